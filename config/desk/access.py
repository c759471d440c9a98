"""Who is at the desk: a person with a second factor, one role, and a screen that locks itself.

Every page asks the one table of permissions (`config.kernel.permissions`), like the API.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from config.desk import sessions
from config.desk.requests import DeskRequest, admitted
from config.desk.second_factors import device_showing
from config.kernel import trail
from config.kernel.budgets import OverBudget
from config.kernel.keys import Caller
from config.kernel.models import Principal, Role, SignInEnd, TrailKind
from config.kernel.permissions import Permission, may
from config.kernel.refusals import Forbidden
from config.kernel.text import language

LAST_SEEN = "desk_last_seen"
#: A refresh that a page makes by itself is no sign of life: it must not keep the screen open.
POLL_HEADER = "X-Desk-Poll"

#: What opens a list: who reads one is on record as who reads a single record is.
LISTS = frozenset(
    {
        Permission.VIEW_EVIDENCE,
        Permission.VIEW_TRAIL,
        Permission.LIST_TRANSFERS,
        Permission.VIEW_CERTIFICATES,
        Permission.VIEW_OWN_APPROVALS,
        Permission.FREEZE,
    }
)

type DeskView[**P] = Callable[Concatenate[DeskRequest, P], HttpResponseBase]
type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def caller_of(request: HttpRequest) -> Caller | None:
    """Return the principal at the desk, or None: not signed in, no second factor, or not active any more."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_active or not user.is_verified():
        return None
    return caller_with(user.pk)


def caller_with(user_id: int) -> Caller | None:
    """Return who a user acts as at the desk, None where that is nobody."""
    principal = person_of(user_id)
    if principal is None:
        return None
    return Caller(id=principal.id, name=principal.name, role=principal.role, person_id=principal.person_id)


def person_of(user_id: int) -> Principal | None:
    """Return the principal a user acts as, or None; a machine has no user.

    Who administers and acts in the bank's business as well does neither until the two are parted.
    """
    acting = Principal.objects.filter(person__user_id=user_id, active=True)
    return acting.filter(Q(role=Role.ADMINISTRATOR) | Q(person__user__is_superuser=False)).first()


def desk_page[**P](act: Permission | None = None, *, administrators: bool = False) -> Callable[[DeskView[P]], View[P]]:
    """Open a page to who is signed in and whose role has the act; to others the sign-in, or a refusal.

    The view takes a :class:`DeskRequest` and finds the caller as `request.caller`.

    :param administrators: whether it is theirs, too.
    """

    def wrap(view: DeskView[P]) -> View[P]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            caller = caller_of(request)
            if caller is None:
                return to_sign_in(request)
            if how := found_over(request):
                return to_sign_in(request, over=how)
            touch(request)
            desk_request = admitted(request, caller)
            # An administrator has no part in the bank's business: the back office is another place.
            if caller.role == Role.ADMINISTRATOR and not administrators:
                return render(request, "desk/forbidden.html", status=403)
            if act is not None and not may(caller, act):
                trail.refused(TrailKind.FORBIDDEN, request, Forbidden.code)
                return render(request, "desk/forbidden.html", status=403)
            try:
                answer = view(desk_request, *args, **kwargs)
            except OverBudget as over:
                return _over_budget(request, over)
            except Http404:
                _viewed(request, act, kwargs, found=False)
                raise
            _viewed(request, act, kwargs, found=True)
            return answer

        page.desk_act = act  # type: ignore[attr-defined]
        return page

    return wrap


def _viewed(request: HttpRequest, act: Permission | None, path: Mapping[str, Any], *, found: bool) -> None:
    """Keep that a page about one record, or a list, was read; a form that was sent leaves its own evidence."""
    about = trail.about_path(path)
    if request.method in ("GET", "HEAD") and about is not None and (about or act in LISTS):
        trail.viewed(request, found=found, **about)


def _over_budget(request: HttpRequest, over: OverBudget) -> HttpResponse:
    """Say that somebody's look-ups or views are used up; a part of a page is told in its place."""
    part = "_part" if request.headers.get("HX-Request") else ""
    wait = over.retry_after or 1
    context = {"words": over.detail(language()), "code": over.code, "minutes": -(-wait // 60)}
    answer = render(request, f"desk/over_budget{part}.html", context, status=over.status)
    answer.headers["Retry-After"] = str(wait)
    return answer


def own_page[**P](view: View[P]) -> View[P]:
    """Open a page about a person's own sign-in to whoever is signed in, with a role or without.

    The view finds the caller as `request.caller`, None for somebody who has no place at the desk.
    """

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user: Any = request.user
        if not user.is_authenticated or not user.is_active or not user.is_verified():
            return to_sign_in(request)
        if how := found_over(request):
            return to_sign_in(request, over=how)
        touch(request)
        caller = caller_of(request)
        at_the_desk = caller is not None and caller.role != Role.ADMINISTRATOR
        request.caller = caller if at_the_desk else None  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    page.desk_act = None  # type: ignore[attr-defined]
    return page


def to_sign_in(request: HttpRequest, *, over: SignInEnd | None = None, back: str = "") -> HttpResponse:
    """Send a caller to the sign-in and back here afterwards.

    :param over: how the session came to its end, which takes effect here.
    :param back: where to go afterwards, if not here.
    """
    if over:
        if over == SignInEnd.IDLE:
            trail.record(TrailKind.SCREEN_LOCK, request)
        sessions.end(request, over)
        request.session.flush()
    query = {"next": back or request.get_full_path()} if request.method == "GET" else {}
    if over:
        query["ended" if over == SignInEnd.REPLACED else "idle"] = "1"
    target = f"{reverse('desk:sign-in')}?{urlencode(query)}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def found_over(request: HttpRequest) -> SignInEnd | None:
    """Return how the session has come to its end, by the real clock; None while it goes on."""
    seen = request.session.get(LAST_SEEN)
    if seen is None or timezone.now().timestamp() - seen > settings.DESK_IDLE_SECONDS:
        return SignInEnd.IDLE
    return sessions.found_ended(request)


def touch(request: HttpRequest) -> None:
    """Note a sign of life."""
    if POLL_HEADER not in request.headers:
        request.session[LAST_SEEN] = timezone.now().timestamp()


def verify_second_factor(request: HttpRequest, code: str) -> bool:
    """Check a fresh code of the caller's second factor; each code counts once, for the one act that it is shown with.

    The session goes on under another key: whoever has copied the one before gains nothing (ASVS 7.2.4).
    """
    user: Any = request.user
    if device_showing(user.pk, code) is None:
        trail.refused(TrailKind.WRONG_CODE, request, "SECOND_FACTOR_WRONG")
        return False
    request.session.cycle_key()
    return True
