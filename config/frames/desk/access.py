"""Who is at the desk: a person with a second factor, one role, and a screen that locks itself.

Every page asks the one table of permissions (`config.kernel.access.permissions`), like the API.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from config.frames.desk import current_page, drafts, sessions
from config.frames.desk.drafts import How
from config.frames.desk.factor_checks import factor_shown
from config.frames.desk.form_acts import keep_result
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest, admitted
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals import submitting
from config.kernel.law.refusals import Forbidden, Refusal
from config.kernel.law.text import language
from config.kernel.models import Principal, Role, SignInEnd, TrailKind
from config.kernel.trail import trail
from config.kernel.trail.budgets import OverBudget

LAST_SEEN = "desk_last_seen"
#: What a page asks for by itself is no sign of life: it must not keep the screen open. So is each part of a page that htmx
#: fetches, for whatever reason: the page tells of keys and clicks with a request of their own (`desk:still-here`).
POLL_HEADER = "X-Desk-Poll"
PART_HEADER = "HX-Request"
#: Tells a script that the session has come to its end, and how.
LOCKED_HEADER = "X-Desk-Locked"

#: What opens a list: who reads one is on record as who reads a single record is.
LISTS = frozenset(
    {
        Permission.VIEW_EVIDENCE,
        Permission.VIEW_TRAIL,
        Permission.LIST_TRANSFERS,
        Permission.VIEW_CERTIFICATES,
        Permission.VIEW_OWN_APPROVALS,
        Permission.VIEW_CONFLICTS,
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


def desk_page[**P](
    act: Permission | None = None, *, administrators: bool = False, part: bool = False
) -> Callable[[DeskView[P]], View[P]]:
    """Open a page to who is signed in and whose role has the act; to others the sign-in, or a refusal.

    The view takes a :class:`DeskRequest` and finds the caller as `request.caller`. No page is kept in a cache, and nothing
    that was typed goes into the report of an error.

    :param administrators: whether it is theirs, too.
    :param part: whether it answers a part of a page, or forms alone: nobody is led to it.
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
                with submitting(lambda: drafts.at_hand(desk_request)):
                    answer = view(desk_request, *args, **kwargs)
            except OverBudget as over:
                answer = _over_budget(request, over)
                drafts.settle(desk_request, answer)
                return answer
            except Refusal as refused:
                # A page tells what it can; where it can tell nothing, it says why in place of failing.
                return _refused(request, refused)
            except Http404:
                _viewed(request, act, kwargs)
                raise
            drafts.settle(desk_request, answer)
            keep_result(desk_request, answer)
            _viewed(request, act, kwargs, answer)
            return answer

        page.desk_act = act  # type: ignore[attr-defined]
        page.desk_part = part  # type: ignore[attr-defined]
        return sensitive_post_parameters()(never_cache(page))

    return wrap


def _viewed(
    request: HttpRequest, act: Permission | None, path: Mapping[str, Any], answer: HttpResponseBase | None = None
) -> None:
    """Keep that a page about one record, or a list, was read, by whatever method it was asked for.

    :param answer: None where nothing was found; a form that led on shows nothing and leaves its own evidence.
    """
    about = trail.about_path(path)
    led_on = answer is not None and request.method == "POST" and answer.status_code != HTTPStatus.OK
    if not led_on and about is not None and (about or act in LISTS):
        trail.viewed(request, found=answer is not None, **about)


def _over_budget(request: HttpRequest, over: OverBudget) -> HttpResponse:
    """Say that somebody's look-ups or views are used up; a part of a page is told in its place."""
    part = "_part" if request.headers.get("HX-Request") else ""
    wait = over.retry_after or 1
    context = {"words": over.detail(language()), "code": over.code, "minutes": -(-wait // 60)}
    answer = render(request, f"desk/over_budget{part}.html", context, status=over.status)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _refused(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """Say what a rule refuses, where a page has not said it itself."""
    problem = problem_of(refused)
    part = "desk/problem.html" if request.headers.get("HX-Request") else "desk/refused.html"
    return render(request, part, {"problem": problem}, status=problem.status)


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


def part_of_a_page[**P](view: View[P]) -> View[P]:
    """Say of a page's own address that it answers a part of a page: nobody is led to it."""
    view.desk_part = True  # type: ignore[attr-defined]
    return view


def to_sign_in(request: HttpRequest, *, over: SignInEnd | None = None, back: str = "") -> HttpResponse:
    """Send a caller to the sign-in and back to where he stood afterwards; what a form brought is kept for its person.

    A script is told instead, and its page draws a veil over what stands there.

    :param over: how the session came to its end, which takes effect here.
    :param back: where to go afterwards, if not where the request came from.
    """
    form = drafts.form_of(request)
    page = back or drafts.page_of(form, current_page.stands_on(request))
    whose = sessions.own_id(request) if over else form and form.sign_in_id
    if form:
        drafts.keep(form, request.POST, How.SENT)
    if over:
        # Of several requests that find it so at the same instant one is on record.
        if sessions.end(request, over) and over == SignInEnd.IDLE:
            trail.record(TrailKind.SCREEN_LOCK, request)
        request.session.flush()
    if current_page.asked_by_script(request):
        return HttpResponse(status=204, headers={LOCKED_HEADER: over or "out"})
    query = {"next": page} if page else {}
    if whose:
        query["of"] = sessions.named(whose)
    if over:
        query["ended" if over == SignInEnd.REPLACED else "idle"] = "1"
    if form:
        query["kept"] = "1"
    return HttpResponseRedirect(f"{reverse('desk:sign-in')}?{urlencode(query)}")


def come_back(request: HttpRequest) -> HttpResponse | None:
    """Keep what a form too old brought and lead back to it, or to the sign-in; None for a form of another site.

    Nothing is carried out without a token that is good: its person looks at the form again and submits it.
    """
    form = drafts.form_of(request) if current_page.is_from_here(request) else None
    if form is None or current_page.asked_by_script(request):
        return None
    user: Any = request.user
    if caller_of(request) is None:
        return to_sign_in(request)
    if user.pk != form.user_id:
        # Of somebody else's page: kept for who typed it, shown to nobody here.
        drafts.keep(form, request.POST, How.SENT)
        return None
    if how := found_over(request):
        return to_sign_in(request, over=how)
    drafts.keep(form, request.POST, How.SENT)
    return HttpResponseRedirect(drafts.page_of(form, current_page.stands_on(request)))


def found_over(request: HttpRequest) -> SignInEnd | None:
    """Return how the session has come to its end, by the real clock; None while it goes on."""
    seen = request.session.get(LAST_SEEN)
    if seen is None or timezone.now().timestamp() - seen > settings.DESK_IDLE_SECONDS:
        return SignInEnd.IDLE
    return sessions.found_ended(request)


def seconds_left(request: HttpRequest) -> int:
    """Return how long the screen stays open without a further sign of life."""
    seen = request.session.get(LAST_SEEN, 0)
    return max(0, int(seen + settings.DESK_IDLE_SECONDS - timezone.now().timestamp()))


def touch(request: HttpRequest) -> None:
    """Note a sign of life, unless a page asks for something by itself."""
    if POLL_HEADER not in request.headers and PART_HEADER not in request.headers:
        request.session[LAST_SEEN] = timezone.now().timestamp()


def verify_second_factor(request: HttpRequest, code: str, *, recovery: bool = False) -> bool:
    """Check a fresh code of the caller's second factor; each code counts once, for the one act that it is shown with.

    The session goes on under another key: whoever has copied the one before gains nothing (ASVS 7.2.4).

    :param recovery: whether a recovery code will do, as for what concerns the own sign-in.
    """
    user: Any = request.user
    if factor_shown(request, user.pk, code, recovery=recovery) is None:
        trail.refused(TrailKind.WRONG_CODE, request, "SECOND_FACTOR_WRONG")
        return False
    request.session.cycle_key()
    return True
