"""Sign-in with a second factor, sign-out, language switch, and unlocking of a screen (解锁).

A locked page stays unchanged under its cover, for its own person only.
"""

from http import HTTPStatus
from typing import Any

from axes.decorators import axes_dispatch
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login

from config.frames.desk import current_page, directory, passkeys, sessions, trial
from config.frames.desk.access import caller_of, caller_with, desk_page, person_of, seconds_left, session_end, touch
from config.frames.desk.factor_checks import RECOVERY_MAX, CodeField, Factor, checked_code, proved_factor
from config.frames.desk.fields import name_missing_fields
from config.frames.desk.lockout import count_attempt, count_failure
from config.frames.desk.password_rehash import password_typed
from config.frames.desk.second_factors import sheet_of, used_words
from config.kernel.access.passwords import HashingBusy
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import Forbidden, RequestError
from config.kernel.law.text import Text, language, text
from config.kernel.models import RecoverySheet, Role, SignInEnd, TrailKind
from config.kernel.trail import trail
from config.kernel.trail.budgets import OverBudget
from config.kernel.vault.sealed import user_key


class SignInForm(forms.Form):
    """Form with name, password and code together; an error does not say which of them is wrong."""

    username = forms.CharField(label=Text("用户名", "User name"), max_length=64)
    password = forms.CharField(label=Text("密码", "Password"), max_length=128, widget=forms.PasswordInput)
    code = CodeField(label=Text("动态口令", "One-time code"), typed_max=RECOVERY_MAX)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name_missing_fields(self)
        self.request = request
        self.user: Any = None
        self.device: Factor | None = None

    def clean_code(self) -> str:
        return checked_code(self.cleaned_data["code"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        # Before the password is hashed, which is expensive.
        count_attempt(self.request)
        with password_typed():
            user = authenticate(self.request, username=data["username"], password=data["password"])
        device = self._device(user, data["code"]) if user else None
        if user is None or device is None:
            if user is not None:
                # A right password with a wrong code is a failure too, which `authenticate` does not report to axes.
                user_login_failed.send(
                    sender=__name__, credentials={"username": data["username"]}, request=self.request
                )
            self._keep_failure(data["username"], user)
            raise forms.ValidationError(
                Text("用户名、密码或动态口令不正确。", "The user name, password or one-time code is wrong.")
            )
        if not user.is_staff and person_of(user.pk) is None:
            # Both factors are proved, so the message may say that only a role is missing.
            trail.record_refusal(
                TrailKind.FORBIDDEN, self.request, Forbidden.code, user_id=user.pk, whom=user_key(data["username"])
            )
            raise forms.ValidationError(
                Text(
                    "该用户没有有效的角色，不能签到。请联系管理员。",
                    "This user has no active role and cannot sign in. Ask an administrator.",
                )
            )
        self.user, self.device = user, device
        return data

    def _device(self, user: Any, code: str) -> Factor | None:
        return proved_factor(self.request, user.pk, code, recovery=True, purpose=passkeys.SIGN_IN)

    def _keep_failure(self, name: str, user: Any) -> None:
        """Record a failed sign-in; an unknown name only as its index, because it may be a password."""
        count_failure(self.request)
        if user is None and getattr(self.request, "axes_locked_out", False):
            # Axes refused without a comparison; `locked_out` records it as a lockout.
            return
        whom = user_key(name)
        if user is not None:
            trail.record_refusal(TrailKind.WRONG_CODE, self.request, "SECOND_FACTOR_WRONG", user_id=user.pk, whom=whom)
        else:
            tried = User.objects.filter(username=name).values_list("pk", flat=True).first()
            trail.record_refusal(TrailKind.WRONG_PASSWORD, self.request, "SIGN_IN_REFUSED", user_id=tried, whom=whom)


@sensitive_post_parameters("password", "code")
@never_cache
@axes_dispatch
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign a person in with password and second factor."""
    tried = trial.demo_sign_in_data(request.GET.get("try", "")) if request.method == "GET" else {}
    form = SignInForm(request.POST or None, request=request, initial=tried)
    try:
        proven = request.method == "POST" and form.is_valid()
    except (OverBudget, HashingBusy) as busy:
        return answer_busy(request, busy)
    if proven:
        let_in(request, form.user, form.device)
        return HttpResponseRedirect(target(request, request.GET.get("next", ""), of=request.GET.get("of")))
    context = {"form": form, "begin": "" if tried else _begin(form), "next": request.GET.get("next", "")}
    context |= {"filled": bool(tried), "directory_on": directory.is_on()}
    context["offered"] = [(name, trial.offered_word(name)) for name in trial.offered_users()]
    context |= {notice: notice in request.GET for notice in ("idle", "ended", "kept")}
    return render(request, "desk/sign_in.html", context)


def let_in(request: HttpRequest, user: User, factor: Any) -> None:
    """Start the session of a person who has proved both factors.

    :param factor: the second factor, which the session stores.
    """
    # The previous person may not have signed out in this browser.
    sessions.end(request, SignInEnd.REPLACED)
    with owned():
        begun = sessions.begin(request, user)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    otp_login(request, factor)
    request.session[sessions.SIGN_IN] = str(begun.pk)
    request.session[passkeys.HAS_PASSKEYS] = bool(passkeys.passkeys_of(user.pk))
    request.session.set_expiry(None)
    touch(request)
    trail.record(TrailKind.SIGN_IN, request, caller=caller_with(user.pk), user_id=user.pk)
    if isinstance(factor, RecoverySheet):
        messages.warning(request, str(used_words(sheet_of(user.pk)[1])))


def _begin(form: SignInForm) -> str:
    """Return the field with the initial focus: the first wrong one; the name is kept, secrets are typed again."""
    if not form.is_bound:
        return "username"
    return next((name for name in form.fields if name in form.errors), "password")


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG001
    """Answer that too many attempts failed, with the time to wait."""
    name = str((credentials or {}).get("username") or request.POST.get("username", ""))
    trail.record_refusal(TrailKind.LOCK_OUT, request, "LOCKED_OUT", whom=user_key(name))
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "desk/locked_out.html", {"minutes": minutes}, status=429)


def answer_busy(request: HttpRequest, busy: RequestError) -> HttpResponse:
    """Answer that this address tried too often or the server is busy; the name is kept."""
    if isinstance(busy, OverBudget):
        trail.record_refusal(TrailKind.LOCK_OUT, request, "TOO_MANY_ATTEMPTS")
    wait = busy.retry_after or 1
    context = {"busy": isinstance(busy, HashingBusy), "words": busy.detail(language()), "minutes": -(-wait // 60)}
    answer = render(request, "desk/come_again.html", context, status=busy.status)
    answer.headers["Retry-After"] = str(wait)
    return answer


def target(request: HttpRequest, onward: str, *, of: str | None = None) -> str:
    """Return the page after sign-in: the person's own last page if valid, otherwise home."""
    page = current_page.page_at(request, onward)
    user: Any = request.user
    if of and sessions.person_of_signed_id(of) != user:
        page = ""
    principal = person_of(user.pk)
    if principal is None or principal.role == Role.ADMINISTRATOR:
        # Administrators and staff without a role cannot open the desk.
        home, room = reverse("admin:index"), "/admin/"
    else:
        home, room = reverse("desk:home"), "/"
    return page if page.startswith(room) else home


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session, or lock the screen; both need the second factor to return.

    The browser's back button then shows no page; language and colours are settings of the screen and stay.
    """
    if request.user.is_authenticated:
        trail.record(TrailKind.SIGN_OUT, request, caller=caller_of(request))
    sessions.end(request, SignInEnd.SIGNED_OUT)
    logout(request)
    return HttpResponseRedirect(reverse("desk:sign-in"), headers={"Clear-Site-Data": '"cache"'})


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Set the language of this screen; a page that shows a secret once is not reloaded."""
    back = request.POST.get("back", "")
    allowed = back.startswith("/") and url_has_allowed_host_and_scheme(back, {request.get_host()})
    stays = bool(request.POST.get("stays"))
    response = HttpResponse(status=204) if stays else HttpResponseRedirect(back if allowed else reverse("desk:home"))
    wanted = request.POST.get("language")
    if wanted in {code for code, _ in settings.LANGUAGES}:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, str(wanted), max_age=365 * 86400, samesite="Strict", httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )  # fmt: skip
    return response


@desk_page(administrators=True, part=True)
def report_activity(request: HttpRequest) -> HttpResponse:
    """Answer a page's report of activity, which keeps the screen open, or its query for the seconds left."""
    return HttpResponse(status=204, headers={"X-Desk-Left": str(seconds_left(request))})


#: In a request to unlock: the signed id of the sign-in that opened the covered page.
OF_HEADER = "X-Desk-Of"


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Answer whether the page's person is signed in again, or sign that person in by password and fresh code.

    Another person sees nothing of the page and is sent home.
    """
    page_user = sessions.person_of_signed_id(request.headers.get(OF_HEADER, ""))
    user: Any = request.user
    # A session that was idle too long still exists but must be unlocked.
    is_open = caller_of(request) is not None and session_end(request) is None
    if page_user is None or (is_open and user != page_user):
        return JsonResponse({"home": reverse("desk:home")})
    if is_open:
        return _opened(request)
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    # The page determines the user name, not the form.
    typed: Any = request.POST.copy()
    typed["username"] = page_user.get_username()
    request.POST = typed
    form = SignInForm(request.POST, request=request)
    if words := words_of_refusal(request, form):
        return JsonResponse({"words": words})
    let_in(request, form.user, form.device)
    return _opened(request)


def words_of_refusal(request: HttpRequest, form: SignInForm) -> str:
    """Return why the typed factors prove nobody, in words; empty if they prove the form's user.

    Misses are counted and recorded as those of the sign-in page are, but the answer is no page of its own.
    """
    try:
        answer: HttpResponse = _tried(request, form)
    except (OverBudget, HashingBusy) as busy:
        return busy.detail(language())
    now_locked = bool(getattr(request, "axes_locked_out", False))
    if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        if not now_locked:
            return " ".join(str(each) for faults in form.errors.values() for each in faults)
        locked_out(request, {"username": request.POST.get("username", "")})
    # The caller shows the words; otherwise axes would replace the answer by its own page.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return text(
        f"连续失败次数过多，签到已锁定。请在 {minutes} 分钟后再试，或请管理员解锁。",
        f"Too many failed attempts: sign-in is locked. Try again in {minutes} minutes, or ask an administrator.",
    )


@axes_dispatch
def _tried(_request: HttpRequest, form: SignInForm) -> HttpResponse:
    return HttpResponse(status=200 if form.is_valid() else 403)


def _opened(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"open": True, "csrf": get_token(request), "left": seconds_left(request)})
