"""Middleware for all answers: language, host, client address, request id."""

import json
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

from config.frames.api.problems import plain
from config.kernel.database.ids import new_id

API = "/api/v1/"
PROBES = ("/healthz", "/livez", "/readyz", "/metrics")
INSIDE = ("/metrics", "/api/schema", "/api/docs")
#: Headers of every answer: no page uses a device, and no other site may load the bank's pages.
_LOCKED_DOWN = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), serial=(), usb=()",
    # Hides which server is used.
    "Server": "bank",
}
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


# A quality of 0, 0.0 and so on (RFC 9110, 12.4.2).
_NOT_ACCEPTABLE = re.compile(r";\s*q\s*=\s*0(?:\.0{0,3})?\s*$", re.IGNORECASE)


class Languages:
    """Middleware that answers in the caller's preferred language among the supported ones.

    Django's own middleware also looks for a language in the address, and would answer in a language that the
    caller excludes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ranges = request.META.get("HTTP_ACCEPT_LANGUAGE", "").split(",")
        if any(map(_NOT_ACCEPTABLE.search, ranges)):
            taken = (each.strip() for each in ranges if not _NOT_ACCEPTABLE.search(each))
            request.META["HTTP_ACCEPT_LANGUAGE"] = ",".join(taken)
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class ScreenBypass:
    """Middleware that passes API requests directly to the middleware after those for screens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        step: Any = get_response
        # Each step is the framework's wrapper of a middleware, which leads to the next step.
        while not isinstance(step.__wrapped__, AxesMiddleware):
            step = step.__wrapped__.get_response
        self.past: Callable[[HttpRequest], HttpResponse] = step.__wrapped__.get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.past(request) if request.path.startswith(API) else self.get_response(request)


class KnownHosts(CommonMiddleware):
    """Middleware that refuses an unknown host; probes are accepted under any host name."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in PROBES else super().process_request(request)


#: Headers in which a proxy describes its client, ignored from any other sender. In WSGI a header with underscores has
#: the same name, so a proxy's own header could be imitated.
_PROXY_HEADERS = ("HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST")


class ClientAddress:
    """Middleware that takes the client's address from `X-Real-IP`, which the proxy always sets.

    A sender outside the bank's own networks is not a proxy: its header is ignored.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_inside(request):
            for name in _PROXY_HEADERS:
                request.META.pop(name, None)
        elif address := request.META.get("HTTP_X_REAL_IP"):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def is_inside(request: HttpRequest) -> bool:
    """Return whether a request comes from the bank's own networks, or over a socket of this machine."""
    given = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(given)
    except ValueError:
        return not given or given.startswith("/")
    return any(address in ip_network(each) for each in settings.INTERNAL_NETWORKS)


class InsideOnly:
    """Middleware that limits metrics and the API document to the bank's own networks; others see only readiness."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        outside = not is_inside(request)
        # A proxy resolves `..` in a path and the bank does not, so such a path could reach inner pages past the proxy.
        dotted = not {".", ".."}.isdisjoint(request.path.split("/"))
        if dotted or (outside and request.path in INSIDE):
            return plain(404).response(request.request_id)  # type: ignore[attr-defined]
        answer = self.get_response(request)
        if outside and request.path == "/readyz" and answer.status_code in (200, 503):
            answer.content = json.dumps({"status": "ok" if answer.status_code == 200 else "failed"}).encode()
        return answer


class RequestIdMiddleware:
    """Middleware that gives every request an id, the caller's if valid, returns it, and forbids caching."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request.request_id = given if _SANE.fullmatch(given) else str(new_id())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        for name, value in _LOCKED_DOWN.items():
            response[name] = value
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response
