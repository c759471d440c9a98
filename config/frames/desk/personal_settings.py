"""Pages for a person's own sign-in (个人设置): sessions and password; `personal_factors` has the second factors."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth import password_validation, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from config.frames.desk import passkeys, sessions
from config.frames.desk.access import caller_of, own_page, verify_second_factor
from config.frames.desk.evidence import DecisionKind, Rule
from config.frames.desk.factor_checks import RECOVERY_MAX, CodeField
from config.frames.desk.fields import DeskForm
from config.frames.desk.password_rehash import password_typed
from config.frames.desk.second_factors import FEW, sheet_of
from config.kernel.access.passwords import FACT, mark_of
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import owned
from config.kernel.law.text import Text, text
from config.kernel.trail.decisions import deciding

CODE = Text("动态口令（再次验证）", "One-time code (again)")
WRONG_CODE = Text(
    "动态口令不正确或已用过，请等待下一个口令。",
    "The one-time code is wrong or already used; wait for the next one.",
)


def code_field() -> forms.CharField:
    """Return the field for a code of the authenticator."""
    return CodeField(label=CODE)


def own_code_field() -> forms.CharField:
    """Return the field for a code or a recovery code, for acts on one's own sign-in."""
    hint = Text("验证器不在身边时，可输入一个恢复码。", "Without the authenticator, a recovery code will do.")
    return CodeField(label=CODE, help_text=hint, typed_max=RECOVERY_MAX)


def password_field(label: str, *, autocomplete: str) -> forms.CharField:
    """Return a field for a password, which is not trimmed."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=128, strip=False, widget=widget)


class NewPasswordForm(DeskForm):
    """Form with a new password, typed twice."""

    new = password_field(
        Text("新密码（至少12个字符）", "New password (12 characters or more)"), autocomplete="new-password"
    )
    again = password_field(Text("新密码（再次输入）", "New password (again)"), autocomplete="new-password")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        if data["new"] != data["again"]:
            self.add_error("again", Text("两次输入的新密码不一致。", "The two new passwords differ."))
            return data
        try:
            password_validation.validate_password(data["new"], self.user)
        except forms.ValidationError as weak:
            self.add_error("new", weak)
        return data


class ChangePasswordForm(NewPasswordForm):
    """Form with the present and the new password and a fresh code: an unattended screen alone changes none."""

    old = password_field(Text("原密码", "Current password"), autocomplete="current-password")
    code = own_code_field()

    field_order = ("old", "new", "again", "code")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, user=request.user, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        if data["old"] == data["new"]:
            self.add_error("new", Text("新密码与原密码相同。", "The new password is the current one."))
        # The code is checked first: without a valid one the answer must not show whether a guessed password is right.
        elif not verify_second_factor(self.request, data["code"], recovery=True):
            self.add_error("code", WRONG_CODE)
        elif not self._is_own(data["old"]):
            self.add_error("old", Text("原密码不正确。", "The current password is wrong."))
        return data

    def _is_own(self, password: str) -> bool:
        with password_typed():
            return bool(self.user.check_password(password))


@own_page
def own_sign_in(request: HttpRequest) -> HttpResponse:
    """Show a person's own sessions, with links to password and second factors."""
    user: Any = request.user
    sheet, left = sheet_of(user.pk)
    context = {
        "passkeys_on": passkeys.are_on(),
        "passkeys_held": len(passkeys.passkeys_of(user.pk)),
        "sessions": sessions.active_sign_ins(user.pk),
        "this": sessions.own_id(request),
        "sheet": sheet,
        "left": left,
        "few": left <= FEW,
    }
    return render(request, "desk/own.html", context)


@require_POST
@own_page
def end_session(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """End one of a person's own sessions."""
    if sessions.end_own(request.user, sign_in_id):
        messages.success(request, text("已结束该会话。", "The session was ended."))
    return HttpResponseRedirect(reverse("desk:own"))


@require_POST
@own_page
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of a person's own sessions except this one."""
    ended = sessions.end_others(request)
    messages.success(request, text(f"已结束其他 {ended} 个会话。", f"Other sessions ended: {ended}."))
    return HttpResponseRedirect(reverse("desk:own"))


@sensitive_post_parameters()
@own_page
def password(request: HttpRequest) -> HttpResponse:
    """Change the own password and end all other sessions."""
    form = ChangePasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        _change(request, form.cleaned_data["new"])
        messages.success(
            request,
            text("密码已修改，其他会话已结束。", "The password was changed; other sessions were ended."),
        )
        return HttpResponseRedirect(reverse("desk:own"))
    return render(request, "desk/own_password.html", {"form": form}, status=400 if form.errors else 200)


def _change(request: HttpRequest, new: str) -> None:
    user: Any = request.user
    with (
        owned(),
        deciding(DecisionKind.OWN_PASSWORD, principal=caller_of(request), rule=Rule.PASSWORD_AND_CODE) as decision,
    ):
        decision.at = bank_now()
        user.set_password(new)
        user.save(update_fields=["password"])
        ended = sessions.end_others(request)
        decision.facts = {"user": user.get_username(), FACT: mark_of(user), "sessions_ended": ended}
    update_session_auth_hash(request, user)
