"""Who is at the desk: a person with a second factor, one role, and a screen that locks itself.

Every page asks the one table of permissions (`config.kernel.permissions`), like the API.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from config.desk import sessions
from config.desk.requests import DeskRequest, admitted
from config.desk.second_factors import device_showing
from config.kernel.keys import Caller
from config.kernel.models import Principal, Role, SignInEnd
from config.kernel.permissions import Permission, may

LAST_SEEN = "desk_last_seen"
#: A refresh that a page makes by itself is no sign of life: it must not keep the screen open.
POLL_HEADER = "X-Desk-Poll"

type DeskView[**P] = Callable[Concatenate[DeskRequest, P], HttpResponseBase]
type View[**P] = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def caller_of(request: HttpRequest) -> Caller | None:
    """Return the principal at the desk, or None: not signed in, no second factor, or not active any more."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_active or not user.is_verified():
        return None
    principal = person_of(user.pk)
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
                return render(request, "desk/forbidden.html", status=403)
            return view(desk_request, *args, **kwargs)

        page.desk_act = act  # type: ignore[attr-defined]
        return page

    return wrap


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
        return False
    request.session.cycle_key()
    return True
