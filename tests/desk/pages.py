"""Pages of the desk as a test reads them."""

from django.conf import settings
from django.http import HttpResponse
from django.test import Client


def text_of(answer: HttpResponse) -> str:
    """Return a page as text."""
    return answer.content.decode()


def english(client: Client) -> Client:
    """Switch a client to English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client
