"""Days as people type them at the desk: in the desk's own form, whatever language the browser speaks."""

from datetime import datetime


def day_typed(text: str) -> str:
    """Return a day as the contract writes it, from the ways people type one; what is no day stays as it is.

    A browser's own box for days follows the browser's language, not the desk's.
    """
    for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d"):
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()  # noqa: DTZ007 - a calendar day
        except ValueError:
            continue
    return text.strip()
