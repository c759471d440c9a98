"""Pages for a person's own second factors (本人签到凭据): recovery codes, another authenticator, passkeys."""

import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from django_otp import login as otp_login

from config.frames.desk import passkeys, second_factors, sessions
from config.frames.desk.access import caller_of, own_page, part_of_a_page, verify_second_factor
from config.frames.desk.evidence import DecisionKind, Rule
from config.frames.desk.fields import DeskForm, LineField
from config.frames.desk.personal_settings import WRONG_CODE, own_code_field
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import owned, perform
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text
from config.kernel.models import RecoverySheet, SecondFactor
from config.kernel.trail.decisions import deciding


class OwnFactorForm(DeskForm):
    """Form with a fresh code or a recovery code: an unattended screen alone changes no second factor."""

    code = own_code_field()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        # Checked last: a code is valid once, so an error in another field must not use it up.
        if not self.errors and not verify_second_factor(self.request, data["code"], recovery=True):
            self.add_error("code", WRONG_CODE)
        return data


class NewAuthenticatorForm(DeskForm):
    """Form with the first code of another authenticator; the seed in the form is not trusted."""

    seed = forms.RegexField(r"^[A-Z2-7]{16,64}$", widget=forms.HiddenInput)
    token = forms.CharField(
        label=Text("新验证器显示的动态口令", "One-time code that the new authenticator shows"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


@sensitive_post_parameters()
@own_page
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Create new recovery codes and show them once for printing; earlier ones become invalid."""
    form = OwnFactorForm(request.POST or None, request=request)
    user: Any = request.user
    if request.method == "POST" and form.is_valid():
        codes = _new_sheet(request, user)
        # Shown in this answer, because a message would store them in a cookie or in the session's table.
        return render(request, "desk/own_recovery_codes.html", {"codes": codes, "at": timezone.now()})
    context = {"form": form, "left": second_factors.sheet_of(user.pk)[1]}
    return render(request, "desk/own_recovery.html", context, status=400 if form.errors else 200)


def _new_sheet(request: HttpRequest, user: Any) -> list[str]:
    with (
        owned(),
        deciding(DecisionKind.OWN_RECOVERY_CODES, principal=caller_of(request), rule=Rule.OWN_CODE) as decision,
    ):
        decision.at = bank_now()
        _, left = second_factors.sheet_of(user.pk)
        codes = second_factors.new_sheet(user)
        sheet, _ = second_factors.sheet_of(user.pk)
        decision.facts = {
            "user": user.get_username(),
            "sheet": str(sheet.pk) if sheet else None,
            "codes_made": len(codes),
            "codes_ended": left,
        }
    if isinstance(user.otp_device, RecoverySheet):
        # A session that started with a code of the old sheet continues with the new one.
        otp_login(request, sheet)
    return codes


@sensitive_post_parameters()
@own_page
def authenticator(request: HttpRequest) -> HttpResponse:
    """Replace one's own authenticator: the seed is shown after a code, and its first code proves it."""
    user: Any = request.user
    if "seed" in request.POST:
        return _finish(request)
    form = OwnFactorForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        with owned():
            seed = second_factors.prepare_second_factor(user)
        return _second_step(request, NewAuthenticatorForm(initial={"seed": seed}), seed)
    return render(request, "desk/own_authenticator.html", {"form": form}, status=400 if form.errors else 200)


def _finish(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = NewAuthenticatorForm(request.POST)
    if form.is_valid():
        seed, token = form.cleaned_data["seed"], form.cleaned_data["token"]
        with owned():
            # The form must contain the seed of the prepared authenticator, which is shown only after a code.
            prepared = second_factors.prepared_factor(user)
            known = prepared is not None and hmac.compare_digest(seed, second_factors.seed_of(prepared))
            made = second_factors.confirm_second_factor(user, token) if known else None
            if made:
                _replaced(request, user, made)
        if made:
            otp_login(request, made)
            messages.success(
                request,
                text("验证器已更换，其他会话已结束。", "The authenticator was replaced; other sessions were ended."),
            )
            return HttpResponseRedirect(reverse("desk:own"))
        if not known:
            return HttpResponseRedirect(reverse("desk:own-authenticator"))
        form.add_error("token", WRONG_CODE)
    return _second_step(request, form, request.POST.get("seed", ""))


def _replaced(request: HttpRequest, user: Any, made: SecondFactor) -> None:
    with deciding(DecisionKind.OWN_AUTHENTICATOR, principal=caller_of(request), rule=Rule.OWN_CODE) as decision:
        decision.at = bank_now()
        ended = sessions.end_others(request)
        decision.facts = {"user": user.get_username(), "factor": str(made.pk), "sessions_ended": ended}


def _second_step(request: HttpRequest, form: NewAuthenticatorForm, seed: str) -> HttpResponse:
    user: Any = request.user
    context = {"form": form, **second_factors.seed_texts(user.get_username(), seed)}
    return render(request, "desk/own_authenticator_finish.html", context, status=400 if form.errors else 200)


class NewPasskeyForm(OwnFactorForm):
    """Form with the name of a new passkey, the browser's answer, and a fresh code."""

    name = LineField(label=Text("名称（如所在设备）", "Name, such as the device's"), max_length=40)
    answer = forms.CharField(
        max_length=passkeys.ANSWER_MAX,
        required=False,
        widget=forms.HiddenInput,
    )

    field_order = ("name", "code", "answer")

    def clean(self) -> dict[str, Any]:
        if not self.errors and not self.cleaned_data.get("answer"):
            # Checked before the code, so that no code is used up without an answer of the browser.
            raise forms.ValidationError(
                Text(
                    "浏览器未生成通行密钥。请使用支持通行密钥的浏览器，并在设备上完成验证。",
                    "The browser made no passkey. Use one that can, and confirm on the device.",
                )
            )
        return super().clean()


@require_GET
@never_cache
def passkey_request_options(request: HttpRequest) -> JsonResponse:
    """Return the options for a passkey's answer: for a sign-in, or for an act of the signed-in person."""
    if not passkeys.are_on():
        raise Http404
    user: Any = request.user
    if "gate" in request.GET or not user.is_authenticated or not user.is_verified():
        return JsonResponse(passkeys.request_options(passkeys.SIGN_IN))
    return JsonResponse(passkeys.request_options(passkeys.purpose_of(user.pk), user.pk))


@require_GET
@never_cache
@part_of_a_page
@own_page
def passkey_creation_options(request: HttpRequest) -> JsonResponse:
    """Return the options for the creation of a passkey."""
    if not passkeys.are_on():
        raise Http404
    user: Any = request.user
    return JsonResponse(passkeys.creation_options(user))


@sensitive_post_parameters("code", "answer")
@own_page
def own_passkeys(request: HttpRequest) -> HttpResponse:
    """List a person's own passkeys, and register another."""
    if not passkeys.are_on():
        raise Http404
    form = NewPasskeyForm(request.POST or None, request=request)
    user: Any = request.user
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            perform(lambda: _keep(request, name=data["name"], answer=data["answer"]))
        except BadRequest as bad:
            form.add_error(None, [str(each) for faults in bad.fields.values() for each in faults])
        else:
            request.session[passkeys.HAS_PASSKEYS] = True
            messages.success(request, text("已登记通行密钥。", "The passkey was registered."))
            return HttpResponseRedirect(reverse("desk:own-passkeys"))
    return _listed(request, user, form)


def _keep(request: HttpRequest, *, name: str, answer: str) -> None:
    user: Any = request.user
    with deciding(DecisionKind.OWN_PASSKEY, principal=caller_of(request), rule=Rule.OWN_CODE) as decision:
        decision.at = bank_now()
        kept = passkeys.keep(user, name=name, answer=answer)
        decision.object_id = kept.pk
        decision.facts = {"user": user.get_username(), "passkey": kept.name, "public_digest": kept.public_digest()}


@sensitive_post_parameters("code")
@require_POST
@own_page
def end(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """End one of a person's own passkeys, after a fresh code; sessions that started with it end too."""
    form = OwnFactorForm(request.POST, request=request, auto_id=f"id_{passkey_id}_%s")
    user: Any = request.user
    if form.is_valid():
        try:
            perform(lambda: _end(request, passkey_id))
        except BadRequest as bad:
            form.add_errors(bad)
        else:
            request.session[passkeys.HAS_PASSKEYS] = bool(passkeys.passkeys_of(user.pk))
            messages.success(request, text("已注销该通行密钥。", "The passkey was ended."))
            return HttpResponseRedirect(reverse("desk:own-passkeys"))
    return _listed(request, user, NewPasskeyForm(request=request), {passkey_id: form})


def _end(request: HttpRequest, passkey_id: UUID) -> None:
    user: Any = request.user
    with deciding(DecisionKind.OWN_PASSKEY_ENDED, principal=caller_of(request), rule=Rule.OWN_CODE) as decision:
        decision.at = bank_now()
        decision.object_id = passkey_id
        ended = passkeys.end_passkey(user, passkey_id)
        if ended is None:
            # An unknown passkey or another person's: no decision is recorded.
            raise Http404
        decision.facts = {"user": user.get_username(), "passkey": ended.name}


def _listed(
    request: HttpRequest, user: Any, form: NewPasskeyForm, ending: Mapping[UUID, OwnFactorForm] | None = None
) -> HttpResponse:
    shown = ending or {}
    rows = [
        (each, shown.get(each.pk) or OwnFactorForm(request=request, auto_id=f"id_{each.pk}_%s"))
        for each in passkeys.passkeys_of(user.pk)
    ]
    context = {"form": form, "rows": rows, "domain": settings.PASSKEY_DOMAIN, "passkeys_here": True}
    wrong = form.errors or any(each.errors for each in shown.values())
    return render(request, "desk/own_passkeys.html", context, status=400 if wrong else 200)
