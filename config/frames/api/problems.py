"""Error answers: RFC 9457 problems in the reader's language."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from config.kernel.law.refusals import Conflict, NotFound, Refusal, RequestError, Ruled
from config.kernel.law.text import Text, language
from config.kernel.requests.idempotency import RenderedAnswer

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: Text("请求有误", "Malformed request"),
    401: Text("未通过身份验证", "Not authenticated"),
    403: Text("没有权限", "Not permitted"),
    404: Text("没有找到", "Not found"),
    405: Text("不支持此方法", "Method not allowed"),
    408: Text("请求未按时送达", "Request timeout"),
    409: Text("状态冲突", "State conflict"),
    413: Text("请求过大", "Request too large"),
    415: Text("不支持的内容类型", "Unsupported media type"),
    422: Text("按规则不予办理", "Refused by a rule"),
    429: Text("请求过于频繁", "Too many requests"),
    500: Text("系统内部错误", "Internal error"),
    503: Text("服务暂不可用", "Temporarily unavailable"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One error answer."""

    status: int
    code: str
    detail: str
    clause: str | None = None
    fields: dict[str, Any] | None = None
    retry_after: int | None = None

    def body(self, request_id: str) -> dict[str, Any]:
        """Return the members of the problem document."""
        return {
            "type": f"urn:bank:problem:{self.code.lower().replace('_', '-')}",
            "title": str(TITLES.get(self.status, HTTPStatus(self.status).phrase)),
            "status": self.status,
            "detail": str(self.detail),
            "code": self.code,
            "clause": self.clause,
            "fields": self.fields or {},
            "request_id": request_id,
        }

    def response(self, request_id: str) -> HttpResponse:
        """Return the HTTP answer."""
        response = HttpResponse(render(self.body(request_id)), status=self.status, content_type=CONTENT_TYPE)
        if self.retry_after is not None:
            response["Retry-After"] = str(self.retry_after)
        if self.status == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response


#: HTTP status by base class; a test checks that every refusal has one of these bases.
STATUS: dict[type[Refusal], int] = {NotFound: 404, Conflict: 409, Ruled: 422}


def status_of(refusal: Refusal | type[Refusal]) -> int:
    """Return the HTTP status of a refusal."""
    kind = refusal if isinstance(refusal, type) else type(refusal)
    return next(status for base, status in STATUS.items() if issubclass(kind, base))


def of_refusal(refusal: Refusal) -> Problem:
    """Return the problem for a refusal."""
    return Problem(
        status=status_of(refusal),
        code=refusal.code,
        detail=refusal.detail(language()),
        clause=str(refusal.clause) if refusal.clause else None,
        fields=refusal.fields,
    )


def answer_of(refusal: Refusal, request_id: str) -> RenderedAnswer:
    """Return the answer for a refusal, in the form stored with an idempotency key."""
    problem = of_refusal(refusal)
    return RenderedAnswer(problem.status, render(problem.body(request_id)))


def of_request_error(error: RequestError) -> Problem:
    """Return the problem for a request error."""
    return Problem(
        status=error.status,
        code=error.code,
        detail=error.detail(language()),
        fields=error.fields,
        retry_after=error.retry_after,
    )


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def render(body: Any) -> bytes:
    """Encode an answer as JSON; equal answers give equal bytes."""
    return _JSON.encode(body).encode()


_DETAILS = {
    401: (
        "UNAUTHENTICATED",
        Text(
            "没有有效的密钥。请在 Authorization 头中提供 Bearer 密钥。",
            "No valid key. Send `Authorization: Bearer <key>`.",
        ),
    ),
    404: (
        "NOT_FOUND",
        Text(
            "没有找到所指的记录，或者您无权知悉。请核对编号。",
            "There is no such record, or you are not permitted to know of it. Check the id.",
        ),
    ),
    405: ("METHOD_NOT_ALLOWED", Text("此地址不支持该方法。", "This address does not support that method.")),
    408: (
        "REQUEST_TIMEOUT",
        Text(
            "请求正文未按时送达，未作任何处理。请重新发送。",
            "The request body did not arrive in time; nothing was done. Send it again.",
        ),
    ),
    413: ("REQUEST_TOO_LARGE", Text("请求正文不得超过1 MiB。", "The request body must not exceed 1 MiB.")),
    415: ("UNSUPPORTED_MEDIA_TYPE", Text("请求正文须为 application/json。", "Send the body as application/json.")),
    429: ("TOO_MANY_REQUESTS", Text("请求过于频繁，请稍后再试。", "Too many requests; wait and try again.")),
    500: (
        "INTERNAL_ERROR",
        Text(
            "系统内部错误，不能确认本次请求是否已办理。请凭请求号联系管理员；"
            "重试须使用同一 Idempotency-Key，同一键最多办理一次。",
            "Internal error; whether the request was carried out is not known. Quote the request id; "
            "if you repeat it, use the same Idempotency-Key: it is done at most once.",
        ),
    ),
    503: (
        "UNAVAILABLE",
        Text(
            "所依赖的服务暂不可用，不能确认本次请求是否已办理。请稍后以同一 Idempotency-Key 重试，同一键最多办理一次。",
            "A service this depends on is unavailable; whether the request was carried out is not known. Repeat it shortly with the same Idempotency-Key: it is carried out at most once.",
        ),
    ),
}


def plain(status: int, *, retry_after: int | None = None) -> Problem:
    """Return the problem of a status without further details."""
    code, detail = _DETAILS.get(status, ("INVALID_REQUEST", Text(RequestError.zh, RequestError.en)))
    return Problem(status=status, code=code, detail=detail, retry_after=retry_after)
