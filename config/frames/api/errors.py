"""Conversion of exceptions into problems: never an HTML page, a trace or a database message."""

import logging
import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from redis.exceptions import RedisError
from rest_framework import exceptions

from config.frames.api import problems
from config.frames.api.problems import Problem
from config.kernel.access.passwords import HashingBusy
from config.kernel.law.refusals import Forbidden, Refusal, RequestError
from config.kernel.law.text import Text, language
from config.kernel.models import TrailKind
from config.kernel.requests.micro_batches import NotAnswered
from config.kernel.requests.outages import database_is_away, renew_if_read_only
from config.kernel.trail import trail

log = logging.getLogger("bank.api")

#: Seconds until a request should be repeated after a server was unavailable.
RETRY_AFTER = 1
#: Start of the codes for a missing or wrong second-factor code.
SECOND_FACTOR = "SECOND_FACTOR"


class TooLarge(RequestError):
    """Error for a body over 1 MiB."""

    status = 413
    code = "REQUEST_TOO_LARGE"
    title = Text("请求正文过大", "Request too large")
    zh = "请求正文不得超过1 MiB。未作任何处理。"
    en = "A request body is 1 MiB at most. Nothing was done."


class NotJson(RequestError):
    """Error for a body that is not declared as JSON."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    title = Text("请求格式不符", "Unsupported media type")
    zh = "请求正文须为 UTF-8 编码的 application/json。未作任何处理。"
    en = "Send the body as application/json in UTF-8. Nothing was done."


class UploadTooLarge(RequestError):
    """Error for files beyond the size limit of one request."""

    status = 413
    code = "UPLOAD_TOO_LARGE"
    title = Text("上传文件过大", "Upload too large")
    zh = "上传的文件超过上限。未作任何处理。"
    en = "The files are larger than an upload may be. Nothing was done."


class NotMultipart(RequestError):
    """Error for a body with files that is not declared as a form."""

    status = 415
    code = "NOT_MULTIPART"
    title = Text("上传格式不符", "Not a multipart upload")
    zh = "请以 multipart/form-data 上传文件。未作任何处理。"
    en = "Send the files as multipart/form-data. Nothing was done."


class TooMany(RequestError):
    """Error for requests beyond a rate limit."""

    status = 429
    code = "TOO_MANY_REQUESTS"
    title = Text("请求过于频繁", "Too many requests")
    zh = "请求过于频繁，请稍后再试。"
    en = "Too many requests; wait and try again."


class OrderPutOff(RequestError):
    """Error for a transfer order that must be sent again later; nothing was done and its key is free."""

    status = 503
    code = "UNAVAILABLE"
    title = Text("转账请求繁忙", "Service busy")
    zh = "当前转账请求过多，或付款账户正在办理其他业务，本次请求未对本笔作任何处理。请稍后以同一 Idempotency-Key 重试；撤销转账不受影响。"
    en = "Too many transfer orders are being worked on, or others on the payer's account; this request did nothing. Repeat it shortly with the same Idempotency-Key. Cancellations go on."


class UploadsBusy(RequestError):
    """Error for a large body while too many others are being processed."""

    status = 503
    code = "UPLOADS_BUSY"
    title = Text("上传处理繁忙", "Too many uploads at once")
    zh = "当前正在处理其他上传的文件，本次未作任何处理。请稍候再次提交；接口请使用同一 Idempotency-Key。"
    en = "Other uploads are being worked on; nothing was done. Send it again shortly, over the API with the same Idempotency-Key."


def is_away(error: BaseException | None) -> bool:
    """Return whether an error means a temporarily unavailable server; close a read-only session."""
    renew_if_read_only(error)
    return isinstance(error, (RedisError, ConnectionError, HashingBusy, NotAnswered)) or database_is_away(error)


def of_fault(error: BaseException | None) -> Problem:
    """Return the problem for an unexpected exception."""
    return problems.plain(503, retry_after=RETRY_AFTER) if is_away(error) else problems.plain(500)


def problem_of(error: BaseException) -> Problem:
    """Return the problem for an exception."""
    match error:
        case Refusal():
            return problems.of_refusal(error)
        case RequestError():
            return problems.of_request_error(error)
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return problems.plain(401)
        case exceptions.PermissionDenied() | PermissionDenied():
            return Problem(403, Forbidden.code, Forbidden().detail(language()))
        case Http404() | exceptions.NotFound():
            return problems.plain(404)
        case SuspiciousOperation():
            # 400, for example, for too many query parameters.
            return problems.plain(413 if isinstance(error, RequestDataTooBig) else 400)
        case exceptions.Throttled():
            return problems.plain(429, retry_after=int(getattr(error, "wait", None) or 1))
        case exceptions.APIException():
            return problems.plain(error.status_code)
        case _:
            return of_fault(error)


def problem_handler(error: Exception, context: dict[str, Any]) -> HttpResponseBase:
    """Answer an exception of a view (hook of Django REST framework)."""
    request = context["request"]
    problem = problem_of(error)
    if problem.status >= 500:
        # Logs class, constraint and trace; never the error's text, which may contain a row.
        log.error("request failed", exc_info=error, extra={"request_id": request.request_id})
    if problem.status == 403:
        # Recorded here, after the rollback of the transaction.
        wrong_code = problem.code.startswith(SECOND_FACTOR)
        kind = TrailKind.WRONG_CODE if wrong_code else TrailKind.FORBIDDEN
        trail.record_refusal(kind, request._request, problem.code)
    elif isinstance(error, exceptions.NotAuthenticated):
        trail.record_refusal(TrailKind.WRONG_KEY, request._request, "KEY_MISSING")
    response = problem.response(request.request_id)
    if problem.status == 405:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _page(status: int) -> Any:
    def handler(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
        return problems.plain(status).response(getattr(request, "request_id", ""))

    return handler


bad_request, permission_denied, not_found, request_timeout = _page(400), _page(403), _page(404), _page(408)


def server_error(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Answer an exception outside the API's views, for example in a middleware."""
    return of_fault(sys.exception()).response(getattr(request, "request_id", ""))
