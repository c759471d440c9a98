"""Error pages for people at a screen, without traces and JSON documents."""

import sys
from collections.abc import Callable
from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import resolve

from config.frames.api import errors, problems, wire
from config.frames.api.auth import caller_with, may_call
from config.frames.api.bodies import LARGE, BodyResult, LargeBody, LargePlaces, accepts_large_bodies, is_too_large
from config.frames.desk.access import caller_of, come_back, to_sign_in
from config.frames.desk.middleware import SCREENS, wants_page
from config.kernel.access.permissions import may
from config.kernel.law.refusals import Forbidden
from config.kernel.law.text import Text, language
from config.kernel.models import TrailKind
from config.kernel.trail import trail

TITLES = {
    400: Text("请求有误", "Malformed request"),
    403: Text("没有权限，未作任何处理", "Not permitted; nothing was done"),
    404: Text("页面或记录不存在", "Page or record not found"),
    408: Text(
        "提交的内容未按时送达，未作任何处理，请重新提交",
        "The submission did not arrive in time; nothing was done. Submit it again",
    ),
    413: Text("上传的文件超过上限，未作任何处理", "The files are larger than an upload may be; nothing was done"),
    500: Text(
        "系统内部错误；刚才提交的操作请先查询是否已办理，再决定是否重新办理",
        "Internal error: first check whether your last action was carried out, before repeating it",
    ),
    503: Text(
        "系统暂时不可用，请稍后再试；刚才提交的操作请先查询是否已办理",
        "Temporarily unavailable: try again later, and first check whether your last action was carried out",
    ),
}


STALE_FORM = Text(
    "表单已失效，未作任何处理。请返回重新打开该页。",
    "This form is no longer valid; nothing was done. Go back and open the page again.",
)


def _page(status: int, other: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def handler(request: HttpRequest, exception: Exception | None = None, **_: Any) -> HttpResponse:
        if not wants_page(request):
            return other(request, exception)
        return _error_page(request, status, TITLES[status])

    return handler


def _error_page(request: HttpRequest, status: int, words: str) -> HttpResponse:
    # Without the context of the page header, which needs the database: that may be unavailable.
    context = {"status": status, "words": words, "request": request, "language": language()}
    return HttpResponse(render_to_string("desk/no_page.html", context), status=status)


_forbidden = _page(403, errors.permission_denied)
not_found = _page(404, errors.not_found)
malformed = _page(400, errors.bad_request)
late = _page(408, errors.request_timeout)
too_large = _page(413, errors.bad_request)
broken = _page(500, errors.server_error)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a person who may not open a page of the back office, and record it."""
    trail.record_refusal(TrailKind.FORBIDDEN, request, Forbidden.code)
    return _forbidden(request, exception)


def service_unavailable(request: HttpRequest) -> HttpResponse:
    """Answer a page while a required server is unavailable."""
    answer = _error_page(request, 503, TITLES[503])
    answer["Retry-After"] = str(errors.RETRY_AFTER)
    return answer


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a malformed request, or a session that could not be written, which Django treats as one."""
    # Django's chain of exceptions: SessionInterrupted, the failed update, the database's error.
    update = exception.__context__ if isinstance(exception, SessionInterrupted) else None
    return (
        service_unavailable(request) if update and errors.is_away(update.__context__) else malformed(request, exception)
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an exception of a page: a server is unavailable, or the page has a fault."""
    screen = request.path.startswith(SCREENS)
    return service_unavailable(request) if screen and errors.is_away(sys.exception()) else broken(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """Answer a form of another site, or an expired own form; an own form's content is kept and shown again."""
    if not request.path.startswith(SCREENS):
        return _forbidden(request)
    return come_back(request) or _error_page(request, 403, STALE_FORM)


def uploads_busy(request: HttpRequest) -> HttpResponse:
    """Answer a large body for which there is no place: nothing was done, and the client must send it again."""
    busy = errors.UploadsBusy(retry_after=errors.RETRY_AFTER)
    if not request.path.startswith(SCREENS):
        return problems.of_request_error(busy).response(getattr(request, "request_id", ""))
    answer = _error_page(request, busy.status, busy.detail(language()))
    answer["Retry-After"] = str(errors.RETRY_AFTER)
    return answer


class BodiesInTime:
    """Middleware that answers requests with an incomplete body, so that they are not taken for empty ones.

    A large body is received here, and only if its sender may upload to that address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.places = LargePlaces()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        screen = request.path.startswith(SCREENS)
        if screen and accepts_large_bodies(request.path) and is_too_large(request) and not request.META.get(wire.LATE):
            # Checked before the incomplete body is parsed as a form; the API has its own check.
            return too_large(request)
        body: LargeBody | None = request.META.get(LARGE)
        refused = self._receive(request, body, screen=screen) if body else None
        if refused is None and request.META.get(wire.LATE):
            refused = late(request)
            refused["Connection"] = "close"
        return refused or self.get_response(request)

    def _receive(self, request: HttpRequest, body: LargeBody, *, screen: bool) -> HttpResponse | None:
        """Receive a large body; return an answer if the request ends here, None if it goes on."""
        if screen:
            caller = caller_of(request)
            if caller is None:
                request.META["CONTENT_LENGTH"] = "0"
                return to_sign_in(request)
            if not may(caller, resolve(request.path_info).func.desk_act):  # type: ignore[attr-defined]
                return permission_denied(request)
        else:
            caller = caller_with(request.headers.get("Authorization", ""))
            view = resolve(request.path_info).func.cls  # type: ignore[attr-defined]
            if body.announced > body.most or caller is None or not may_call(caller, view, "POST"):
                # The view refuses the request without reading its body.
                return None
        match body.receive(self.places, request.META.get("REMOTE_ADDR", "")):
            case BodyResult.NO_PLACE:
                return uploads_busy(request)
            case BodyResult.LATE:
                request.META[wire.LATE] = True
            case BodyResult.WHOLE if screen and is_too_large(request):
                return too_large(request)
        return None
