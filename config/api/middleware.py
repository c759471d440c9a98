"""What every answer carries."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

from config.kernel.ids import new_id

PROBES = ("/healthz", "/livez", "/readyz", "/metrics")
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


# A quality of 0, 0.0 and so on (RFC 9110, 12.4.2).
_NOT_ACCEPTABLE = re.compile(r";\s*q\s*=\s*0(?:\.0{0,3})?\s*$", re.IGNORECASE)


class AcceptableLanguages:
    """Leave out of `Accept-Language` what the caller says he does not take; the framework would answer in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ranges = request.META.get("HTTP_ACCEPT_LANGUAGE", "").split(",")
        if any(map(_NOT_ACCEPTABLE.search, ranges)):
            taken = (each.strip() for each in ranges if not _NOT_ACCEPTABLE.search(each))
            request.META["HTTP_ACCEPT_LANGUAGE"] = ",".join(taken)
        return self.get_response(request)


class KnownHosts(CommonMiddleware):
    """Refuse a host that is not the bank's; a probe comes to an address, whoever asks under whatever name."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        return None if request.path in PROBES else super().process_request(request)


class ClientAddress:
    """Take the client's address from the proxy in front, which sets `X-Real-IP` whatever the client sends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if address := request.META.get("HTTP_X_REAL_IP"):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


class RequestIdMiddleware:
    """Give every request an id, the caller's if it is sane, and send it back; keep nothing in caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        request.request_id = given if _SANE.fullmatch(given) else str(new_id())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response
