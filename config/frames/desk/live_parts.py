"""Parts of a page that renew themselves: answered with nothing while nothing in them changed.

The page sends the version it shows (`live.js`, header `X-Desk-Seen`); times that run on their own, the countdowns, are
no part of it.
"""

from hashlib import blake2b

from django.http import HttpRequest, HttpResponse

from config.kernel.law.text import language

SEEN_HEADER = "X-Desk-Seen"


def version_of(*shown: object) -> str:
    """Return a short version of what a part shows, in the reader's language.

    :param shown: values whose `repr` says all that the part shows of them.
    """
    return blake2b(repr((language(), shown)).encode(), digest_size=8).hexdigest()


def unchanged(request: HttpRequest, version: str) -> HttpResponse | None:
    """Return the answer to a page that shows this version already; None where it shows another, or none."""
    return HttpResponse(status=204) if request.headers.get(SEEN_HEADER) == version else None
