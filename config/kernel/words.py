"""Sentences in the reader's language: Chinese first, English when it is asked for."""

from typing import Any, cast

from django.utils.functional import lazystr
from django.utils.translation import get_language


def language() -> str:
    """Return `en` when the request prefers English, else `zh`."""
    return "en" if (get_language() or "zh").startswith("en") else "zh"


class _Say:
    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en

    def __str__(self) -> str:
        return self.en if language() == "en" else self.zh


def say(zh: str, en: str) -> str:
    """Return a lazy text that becomes Chinese or English when it is shown."""
    text: Any = lazystr(_Say(zh, en))
    return cast("str", text)
