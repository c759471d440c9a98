"""Middleware for all pages of the desk and the back office: database connection, language, null characters."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import translation

SCREENS = ("/desk/", "/admin/")
PROBES = ("/readyz", "/metrics")


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
        if request.path.startswith(SCREENS):
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
