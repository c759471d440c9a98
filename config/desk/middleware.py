"""The desk speaks Chinese until somebody switches, whatever the browser prefers."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class DeskLanguage:
    """Choose the language of the desk and the back office by the switch alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(("/desk/", "/admin/")):
            chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
            known = {code for code, _ in settings.LANGUAGES}
            language = chosen if chosen in known else settings.LANGUAGE_CODE
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)
