"""Days typed at the desk, independent of the browser's language."""

import re
from datetime import datetime

from config.kernel.identity.characters import fold_width

#: Eight digits, because fewer are ambiguous: 2031115 could be 5 November or 15 January.
_DIGITS = re.compile(r"\d{4}(?:\d{4}|\D.*)")


def day_typed(text: str) -> str:
    """Return a typed day as YYYY-MM-DD; any other text unchanged.

    A browser's own date field uses the browser's language, not the desk's.
    """
    typed = fold_width(text).strip()
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d") if _DIGITS.fullmatch(typed) else ():
        try:
            return datetime.strptime(typed, form).date().isoformat()  # noqa: DTZ007 - a calendar day
        except ValueError:
            continue
    return typed
