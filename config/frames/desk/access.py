"""Access to the desk: a person with a second factor and one role, at a screen that locks itself.

Every page checks the same table of permissions (`config.kernel.access.permissions`) as the API.
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
from config.frames.desk.drafts import DraftReason
from config.frames.desk.factor_checks import proved_factor
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
#: Automatic requests of a page must not keep the screen open, nor must the parts of a page that htmx fetches: the page
#: reports keys and clicks with a separate request (`desk:still-here`).
POLL_HEADER = "X-Desk-Poll"
PART_HEADER = "HX-Request"
#: In an answer to a script: the session has ended, and why.
LOCKED_HEADER = "X-Desk-Locked"

#: Permissions that open a list: the view of a list is recorded, like the view of a single record.
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
    """Return the principal at the desk; None without sign-in, second factor or active principal."""
    user: Any = request.user
    if not user.is_authenticated or not user.is_active or not user.is_verified():
        return None
    return caller_with(user.pk)


def caller_with(user_id: int) -> Caller | None:
    """Return the caller for a user at the desk; None without an active principal."""
    principal = person_of(user_id)
    if principal is None:
        return None
    return Caller(id=principal.id, name=principal.name, role=principal.role, person_id=principal.person_id)


def person_of(user_id: int) -> Principal | None:
    """Return the active principal of a user; None without one.

    A user with both an administrator's and a business principal may use neither until they are separated.
    """
    acting = Principal.objects.filter(person__user_id=user_id, active=True)
    return acting.filter(Q(role=Role.ADMINISTRATOR) | Q(person__user__is_superuser=False)).first()


def desk_page[**P](
    act: Permission | None = None, *, administrators: bool = False, part: bool = False
) -> Callable[[DeskView[P]], View[P]]:
    """Decorate a view of the desk: it opens for signed-in callers with the permission.

    Other callers get the sign-in page or a refusal. The view takes a :class:`DeskRequest` with the caller as
    `request.caller`. No page is cached, and submitted data is kept out of error reports.

    :param administrators: whether administrators may open it too.
    :param part: whether it answers a part of a page, or only forms, so that no redirect leads to it.
    """

    def wrap(view: DeskView[P]) -> View[P]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            caller = caller_of(request)
            if caller is None:
                return to_sign_in(request)
            if how := session_end(request):
                return to_sign_in(request, over=how)
            touch(request)
            desk_request = admitted(request, caller)
            # Administrators do no business of the bank; they work in the back office.
            if caller.role == Role.ADMINISTRATOR and not administrators:
                return render(request, "desk/forbidden.html", status=403)
            if act is not None and not may(caller, act):
                return forbidden(request)
            try:
                with submitting(lambda: drafts.form_for_proposal(desk_request)):
                    answer = view(desk_request, *args, **kwargs)
            except OverBudget as over:
                answer = _over_budget(request, over)
                drafts.settle(desk_request, answer)
                return answer
            except Refusal as refused:
                # A refusal that the view did not handle is shown as a page, not as a server error.
                return _refused(request, refused)
            except Http404:
                _record_view(request, act, kwargs)
                raise
            drafts.settle(desk_request, answer)
            keep_result(desk_request, answer)
            _record_view(request, act, kwargs, answer)
            return answer

        page.desk_act = act  # type: ignore[attr-defined]
        page.desk_part = part  # type: ignore[attr-defined]
        return sensitive_post_parameters()(never_cache(page))

    return wrap


def forbidden(request: HttpRequest) -> HttpResponse:
    """Answer that the caller's role has no permission, and record it."""
    trail.record_refusal(TrailKind.FORBIDDEN, request, Forbidden.code)
    return render(request, "desk/forbidden.html", status=403)


def _record_view(
    request: HttpRequest, act: Permission | None, path: Mapping[str, Any], answer: HttpResponseBase | None = None
) -> None:
    """Record in the trail that a page about a record, or a list, was read, by any method.

    :param answer: None if nothing was found; a form that ends in a redirect shows nothing and leaves its own
        evidence, and an unchanged part of a page has no content.
    """
    about = trail.about_path(path)
    empty = answer is not None and (
        answer.status_code == HTTPStatus.NO_CONTENT
        or (request.method == "POST" and answer.status_code != HTTPStatus.OK)
    )
    if not empty and about is not None and (about or act in LISTS):
        trail.record_view(request, found=answer is not None, **about)


def _over_budget(request: HttpRequest, over: OverBudget) -> HttpResponse:
    """Answer that the caller's budget of look-ups or views is used up; for a part of a page in its place."""
    part = "_part" if request.headers.get("HX-Request") else ""
    wait = over.retry_after or 1
    context = {"words": over.detail(language()), "code": over.code, "minutes": -(-wait // 60)}
    answer = render(request, f"desk/over_budget{part}.html", context, status=over.status)
    answer.headers["Retry-After"] = str(wait)
    return answer


def _refused(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """Answer a refusal that the page does not show itself."""
    problem = problem_of(refused)
    part = "desk/problem.html" if request.headers.get("HX-Request") else "desk/refused.html"
    return render(request, part, {"problem": problem}, status=problem.status)


def own_page[**P](view: View[P]) -> View[P]:
    """Decorate a view about a person's own sign-in: it opens for every signed-in user, with or without a role.

    The view finds the caller as `request.caller`, None for a user without a principal.
    """

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user: Any = request.user
        if not user.is_authenticated or not user.is_active or not user.is_verified():
            return to_sign_in(request)
        if how := session_end(request):
            return to_sign_in(request, over=how)
        touch(request)
        caller = caller_of(request)
        is_at_desk = caller is not None and caller.role != Role.ADMINISTRATOR
        request.caller = caller if is_at_desk else None  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    page.desk_act = None  # type: ignore[attr-defined]
    return page


def part_of_a_page[**P](view: View[P]) -> View[P]:
    """Mark a view as answering a part of a page, so that no redirect leads to it."""
    view.desk_part = True  # type: ignore[attr-defined]
    return view


def to_sign_in(request: HttpRequest, *, over: SignInEnd | None = None, back: str = "") -> HttpResponse:
    """Redirect to the sign-in, and afterwards back to the page; the content of a submitted form is kept.

    A request by script gets a header instead, and its page covers itself.

    :param over: why the session has ended; the session is ended here.
    :param back: the page afterwards, if not the one of the request.
    """
    form = drafts.form_of(request)
    page = back or drafts.page_of(form, current_page.page_of_request(request))
    sign_in_id = sessions.own_id(request) if over else form and form.sign_in_id
    if form:
        drafts.keep(form, request.POST, DraftReason.SENT)
    if over:
        # Only one of several simultaneous requests ends the sign-in and records the lock.
        if sessions.end(request, over) and over == SignInEnd.IDLE:
            trail.record(TrailKind.SCREEN_LOCK, request)
        request.session.flush()
    if current_page.asked_by_script(request):
        return HttpResponse(status=204, headers={LOCKED_HEADER: over or "out"})
    query = {"next": page} if page else {}
    if sign_in_id:
        query["of"] = sessions.signed_id(sign_in_id)
    if over:
        query["ended" if over == SignInEnd.REPLACED else "idle"] = "1"
    if form:
        query["kept"] = "1"
    return HttpResponseRedirect(f"{reverse('desk:sign-in')}?{urlencode(query)}")


def come_back(request: HttpRequest) -> HttpResponse | None:
    """Keep the content of a form with an expired token, and redirect back to it; None for a form of another site.

    Nothing is carried out without a valid token: the person checks the form and submits it again.
    """
    form = drafts.form_of(request) if current_page.is_same_site(request) else None
    if form is None or current_page.asked_by_script(request):
        return None
    user: Any = request.user
    if caller_of(request) is None:
        return to_sign_in(request)
    if user.pk != form.user_id:
        # The form belongs to another person: save it for that person, and do not show it here.
        drafts.keep(form, request.POST, DraftReason.SENT)
        return None
    if how := session_end(request):
        return to_sign_in(request, over=how)
    drafts.keep(form, request.POST, DraftReason.SENT)
    return HttpResponseRedirect(drafts.page_of(form, current_page.page_of_request(request)))


def session_end(request: HttpRequest) -> SignInEnd | None:
    """Return why the session has ended, by the real clock; None while it is active."""
    seen = request.session.get(LAST_SEEN)
    if seen is None or timezone.now().timestamp() - seen > settings.DESK_IDLE_SECONDS:
        return SignInEnd.IDLE
    return sessions.sign_in_end(request)


def seconds_left(request: HttpRequest) -> int:
    """Return the seconds until the screen locks without further activity."""
    seen = request.session.get(LAST_SEEN, 0)
    return max(0, int(seen + settings.DESK_IDLE_SECONDS - timezone.now().timestamp()))


def touch(request: HttpRequest) -> None:
    """Record activity of the person; automatic requests of a page do not count."""
    if POLL_HEADER not in request.headers and PART_HEADER not in request.headers:
        request.session[LAST_SEEN] = timezone.now().timestamp()


def verify_second_factor(request: HttpRequest, code: str, *, recovery: bool = False) -> bool:
    """Verify a fresh code of the caller's second factor; each code is valid once, for one act.

    The session gets a new key, so that a copy of the old one is useless (ASVS 7.2.4).

    :param recovery: whether a recovery code is accepted, as for acts on one's own sign-in.
    """
    user: Any = request.user
    if proved_factor(request, user.pk, code, recovery=recovery) is None:
        trail.record_refusal(TrailKind.WRONG_CODE, request, "SECOND_FACTOR_WRONG")
        return False
    request.session.cycle_key()
    return True
