"""The refusal of a transfer order while too many are being processed: immediate and cheap."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from config.frames.api import problems
from config.frames.api.errors import RETRY_AFTER, OrderPutOff
from config.frames.api.middleware import Languages, RequestIdMiddleware


def _problem(request: HttpRequest) -> HttpResponse:
    problem = problems.of_request_error(OrderPutOff(retry_after=RETRY_AFTER))
    return problem.response(request.request_id)  # type: ignore[attr-defined]


_answer = RequestIdMiddleware(Languages(_problem))


def too_many_orders(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request with 503 in its language, without reading its body or using the database."""
    response = _answer(WSGIRequest(environ))
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]
