"""A person's own second factors (本人签到凭据): recovery codes to print, another authenticator in the place of a lost one."""

import hmac
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as otp_login

from config.frames.desk import recovery, second_factors, sessions
from config.frames.desk.access import caller_of, own_page, verify_second_factor
from config.frames.desk.evidence import DecisionKind, Rule
from config.frames.desk.fields import DeskForm
from config.frames.desk.own import WRONG_CODE, own_code_field
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import owned
from config.kernel.law.text import Text, text
from config.kernel.models import RecoverySheet, SecondFactor
from config.kernel.trail.decisions import deciding


class OwnFactorForm(DeskForm):
    """A fresh code, or one from the paper: an open screen alone changes nobody's second factors."""

    code = own_code_field()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        # Last of all: a code counts once, and is not to be lost to a slip elsewhere.
        if not self.errors and not verify_second_factor(self.request, data["code"], recovery=True):
            self.add_error("code", WRONG_CODE)
        return data


class NewAuthenticatorForm(DeskForm):
    """The first code of another authenticator; its seed comes along, and is not believed."""

    seed = forms.RegexField(r"^[A-Z2-7]{16,64}$", widget=forms.HiddenInput)
    token = forms.CharField(
        label=Text("新验证器显示的动态口令", "One-time code that the new authenticator shows"), max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


@sensitive_post_parameters()
@own_page
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them once, to be printed; those before end."""
    form = OwnFactorForm(request.POST or None, request=request)
    user: Any = request.user
    if request.method == "POST" and form.is_valid():
        codes = _new_sheet(request, user)
        # Answered at once: a message would keep them in a cookie or in the session's table.
        return render(request, "desk/own_recovery_codes.html", {"codes": codes, "at": timezone.now()})
    context = {"form": form, "left": recovery.sheet_of(user.pk)[1]}
    return render(request, "desk/own_recovery.html", context, status=400 if form.errors else 200)


def _new_sheet(request: HttpRequest, user: Any) -> list[str]:
    with (
        owned(),
        deciding(DecisionKind.OWN_RECOVERY_CODES, principal=caller_of(request), rule=Rule.OWN_CODE) as decision,
    ):
        decision.at = bank_now()
        _, left = recovery.sheet_of(user.pk)
        codes = recovery.new_sheet(user)
        sheet, _ = recovery.sheet_of(user.pk)
        decision.facts = {
            "user": user.get_username(),
            "sheet": str(sheet.pk) if sheet else None,
            "codes_made": len(codes),
            "codes_ended": left,
        }
    if isinstance(user.otp_device, RecoverySheet):
        # Whoever came in by the paper before goes on by this one.
        otp_login(request, sheet)
    return codes


@sensitive_post_parameters()
@own_page
def authenticator(request: HttpRequest) -> HttpResponse:
    """Put another authenticator in the place of one's own: the seed is shown after a code, its first code proves it."""
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
            # Whoever has not seen the seed of this very authenticator has not come by way of the code.
            prepared = second_factors.prepared(user)
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
    context = {"form": form, **second_factors.seed_shown(user.get_username(), seed)}
    return render(request, "desk/own_authenticator_finish.html", context, status=400 if form.errors else 200)
