"""Pages of the sign-in with the directory (统一身份签到): redirect, return, and the bank's own second factor."""

from typing import Any

from axes.decorators import axes_dispatch
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET

from config.frames.desk import current_page, directory, passkeys
from config.frames.desk.access import person_of
from config.frames.desk.directory import DirectoryAway, DirectoryProof, DirectoryRefused
from config.frames.desk.factor_checks import RECOVERY_MAX, CodeField, checked_code, proved_factor
from config.frames.desk.fields import DeskForm
from config.frames.desk.lockout import count_attempt, count_failure
from config.frames.desk.personal_settings import WRONG_CODE
from config.frames.desk.sign_in import answer_busy, let_in, target
from config.kernel.law.text import Text
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.trail.budgets import OverBudget
from config.kernel.vault.sealed import user_key

#: Key in the session for a person who was confirmed by the directory and must still show the bank's second factor, and
#: the seconds for that.
_PENDING, _SECONDS = "desk_directory", 300
_NEXT = "desk_directory_next"

AWAY = Text(
    "统一身份认证暂时无法访问，未作任何处理。请稍后再试，或以本行用户名和密码签到。",
    "The bank's directory cannot be reached; nothing was done. Try again later, or sign in with user name and password.",
)
REFUSED = Text(
    "统一身份认证未通过，或已超时、已使用，未签到。请重新开始。",
    "The directory did not confirm the sign-in, or it took too long or was used before. Start again.",
)
NOT_ENTERED = Text(
    "统一身份认证已通过，但该用户未在本系统登记，或已停用、没有有效的角色，不能签到。请联系管理员。",
    "The directory confirmed who you are, but no active user with a role is entered here. Ask an administrator.",
)
LOCKED = Text(
    "连续失败次数过多，签到已锁定。请稍后再试，或请管理员解锁。",
    "Too many failed attempts: sign-in is locked. Try again later, or ask an administrator.",
)


class CodeForm(DeskForm):
    """Form for the bank's second factor, if the directory's is not accepted."""

    code = CodeField(label=Text("动态口令", "One-time code"), typed_max=RECOVERY_MAX)

    def clean_code(self) -> str:
        return checked_code(self.cleaned_data["code"])


@require_GET
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Redirect the browser to the directory."""
    _must_be_on()
    try:
        count_attempt(request)
        there = directory.begin(request, request.build_absolute_uri(reverse("desk:directory-back")))
    except OverBudget as busy:
        return answer_busy(request, busy)
    except DirectoryAway:
        return _failed(request, "DIRECTORY_AWAY", AWAY, status=503)
    request.session[_NEXT] = current_page.page_at(request, request.GET.get("next", ""))
    return HttpResponseRedirect(there)


@require_GET
@never_cache
def back(request: HttpRequest) -> HttpResponse:
    """Reload from a page of this site: a browser sends no session cookie with another site's redirect."""
    _must_be_on()
    answer = {name: request.GET[name] for name in ("code", "state", "error", "iss") if name in request.GET}
    return render(
        request, "desk/directory_back.html", {"onward": f"{reverse('desk:directory-arrived')}?{urlencode(answer)}"}
    )


@require_GET
@never_cache
def arrived(request: HttpRequest) -> HttpResponse:
    """Sign in the identified person, at once or after the bank's own second factor."""
    _must_be_on()
    try:
        claims = directory.arrive(request)
    except DirectoryAway:
        return _failed(request, "DIRECTORY_AWAY", AWAY, status=503)
    except DirectoryRefused:
        count_failure(request)
        return _failed(request, "DIRECTORY_REFUSED", REFUSED)
    user = User.objects.filter(username=claims.username, is_active=True).first()
    if user is None or (not user.is_staff and person_of(user.pk) is None):
        # A sign-in creates no users.
        return _failed(request, "NOT_ENTERED", NOT_ENTERED, whom=claims.username)
    if not AxesProxyHandler.is_allowed(request, {"username": user.username}):
        return _failed(request, "LOCKED_OUT", LOCKED, whom=claims.username, status=429)
    if claims.second_factor:
        return _let_in(request, user, DirectoryProof(user.pk))
    request.session[_PENDING] = {"user": user.pk, "at": timezone.now().timestamp()}
    return HttpResponseRedirect(reverse("desk:directory-code"))


@sensitive_post_parameters("code")
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Ask the identified person for a second factor of the bank."""
    _must_be_on()
    pending = request.session.get(_PENDING)
    fresh = pending and 0 <= timezone.now().timestamp() - pending["at"] <= _SECONDS
    user = User.objects.filter(pk=pending["user"], is_active=True).first() if pending and fresh else None
    if user is None:
        return HttpResponseRedirect(reverse("desk:sign-in"))
    # Failures are counted for the user that the directory confirmed, not for a typed name.
    typed: Any = request.POST.copy()
    typed["username"] = user.username
    request.POST = typed
    answer: HttpResponse = _asked(request, user)
    return answer


@axes_dispatch
def _asked(request: HttpRequest, user: User) -> HttpResponse:
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            count_attempt(request)
        except OverBudget as busy:
            return answer_busy(request, busy)
        factor = proved_factor(request, user.pk, form.cleaned_data["code"], recovery=True, purpose=passkeys.SIGN_IN)
        if factor is not None:
            return _let_in(request, user, factor)
        count_failure(request)
        user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
        trail.record_refusal(
            TrailKind.WRONG_CODE, request, "SECOND_FACTOR_WRONG", user_id=user.pk, whom=user_key(user.username)
        )
        form.add_error("code", WRONG_CODE)
    return render(request, "desk/directory_code.html", {"form": form, "username": user.username})


def _let_in(request: HttpRequest, user: User, factor: Any) -> HttpResponse:
    onward = request.session.pop(_NEXT, "")
    request.session.pop(_PENDING, None)
    let_in(request, user, factor)
    return HttpResponseRedirect(target(request, onward))


def _failed(request: HttpRequest, why: str, words: Text, *, whom: str = "", status: int = 403) -> HttpResponse:
    request.session.pop(_PENDING, None)
    kind = TrailKind.LOCK_OUT if why == "LOCKED_OUT" else TrailKind.WRONG_PASSWORD
    trail.record_refusal(kind, request, why, whom=user_key(whom) if whom else None)
    return render(request, "desk/directory_failed.html", {"words": words, "code": why}, status=status)


def _must_be_on() -> None:
    if not directory.is_on():
        raise Http404
