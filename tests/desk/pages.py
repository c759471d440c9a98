"""Helpers to read the desk's pages in tests."""

import re

from django.conf import settings
from django.http import HttpResponse
from django.test import Client


def text_of(answer: HttpResponse) -> str:
    """Return a page as text, without the line breaks of its layout."""
    page = re.sub(r"(?<=>)\s*\n\s*|\s*\n\s*(?=<)", "", answer.content.decode())
    return re.sub(r"\s*\n\s*", " ", page)


def english(client: Client) -> Client:
    """Switch a client to English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client
