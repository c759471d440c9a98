"""Unlock a screen (解锁): under a veil the page stands as it was left, for the person who left it and for nobody else."""

from http import HTTPStatus
from typing import Any

from axes.decorators import axes_dispatch
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from config.frames.desk import sessions
from config.frames.desk.access import caller_of, found_over, seconds_left
from config.frames.desk.sign_in import SignInForm, let_in, locked_out
from config.kernel.access.hashing import HashingBusy
from config.kernel.law.text import language, text
from config.kernel.trail.budgets import OverBudget

#: Whose page it is that lies under the veil.
OF_HEADER = "X-Desk-Of"


@sensitive_post_parameters("password", "code")
@never_cache
@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    """Say whether the page's person is signed in again already, or sign that person in, by password and fresh code.

    To whoever else it is, nothing is shown and home is where to go.
    """
    whose = sessions.whose(request.headers.get(OF_HEADER, ""))
    user: Any = request.user
    # Not every session that lives is open: one that was left alone is to be unlocked.
    is_open = caller_of(request) is not None and found_over(request) is None
    if whose is None or (is_open and user != whose):
        return JsonResponse({"home": reverse("desk:home")})
    if is_open:
        return _opened(request)
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request)})
    # Whose name is tried is settled by the page, not by who types.
    typed: Any = request.POST.copy()
    typed["username"] = whose.get_username()
    request.POST = typed
    answer: HttpResponse = _tried(request)
    now_locked = bool(getattr(request, "axes_locked_out", False))
    if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
        if not now_locked:
            return answer
        locked_out(request, {"username": whose.get_username()})
    # Said here, in the veil; axes would answer with a page of its own.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return _refused(
        text(
            f"连续失败次数过多，签到已锁定。请在 {minutes} 分钟后再试，或请管理员解锁。",
            f"Too many failed attempts: sign-in is locked. Try again in {minutes} minutes, or ask an administrator.",
        )
    )


@axes_dispatch
def _tried(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST, request=request)
    try:
        proven = form.is_valid()
    except (OverBudget, HashingBusy) as busy:
        return _refused(busy.detail(language()))
    if not proven:
        return _refused(" ".join(str(each) for faults in form.errors.values() for each in faults))
    let_in(request, form.user, form.device)
    return _opened(request)


def _opened(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"open": True, "csrf": get_token(request), "left": seconds_left(request)})


def _refused(words: str) -> HttpResponse:
    return JsonResponse({"words": words})
