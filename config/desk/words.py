"""Words of the desk."""

from config.kernel.words import say


def told(zh: str, en: str) -> str:
    """Return a text in the reader's language now."""
    return str(say(zh, en))
