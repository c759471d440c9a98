"""Middleware for all pages of the desk and the back office: database connection, language, null characters."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import translation

SCREENS = ("/desk/", "/admin/")
PROBES = ("/readyz", "/metrics")
API = "/api/"


def wants_page(request: HttpRequest) -> bool:
    """Return whether an answer is a page for a person: at the screens, and where a browser asks outside the API."""
    if request.path.startswith(SCREENS):
        return True
    asks = any((each.main_type, each.sub_type) == ("text", "html") for each in request.accepted_types)
    return asks and not request.path.startswith(API)


class LivingConnection:
    """Middleware that replaces a connection that died, so that a restart of the database fails no page.

    The API notices it with its first query and needs no round trip (:mod:`config.frames.api.auth`); pages start
    with different queries, and have more time.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kept = connection.connection is not None and not connection.in_atomic_block
        if kept and request.path.startswith((*SCREENS, *PROBES)) and not connection.is_usable():
            connection.close()
        return self.get_response(request)


class DeskLanguage:
    """Middleware that uses Chinese until the person switches the language, whatever the browser prefers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if wants_page(request):
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
            known = {code for code, _ in settings.LANGUAGES}
            language = chosen if chosen in known else settings.LANGUAGE_CODE
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


class NoNullCharacter:
    """Middleware that refuses null characters, which no key types and no column can store.

    :raises SuspiciousOperation: answered as a malformed request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(SCREENS):
            for typed in (request.GET, request.POST):
                if any("\0" in text for name, texts in typed.lists() for text in (name, *map(str, texts))):
                    raise SuspiciousOperation("A null character.")
        return self.get_response(request)
