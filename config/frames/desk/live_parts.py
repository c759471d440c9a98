"""Parts of a page that refresh themselves; the answer is empty while nothing in them has changed.

The page sends the version that it shows (`live.js`, header `X-Desk-Seen`); countdowns run in the browser and
are not part of the version.
"""

from hashlib import blake2b

from django.http import HttpRequest, HttpResponse

from config.kernel.law.text import language

SEEN_HEADER = "X-Desk-Seen"


def version_of(*shown: object) -> str:
    """Return a short version of the content of a part, in the reader's language.

    :param shown: values with a `repr` that contains everything that the part shows.
    """
    return blake2b(repr((language(), shown)).encode(), digest_size=8).hexdigest()


def unchanged(request: HttpRequest, version: str) -> HttpResponse | None:
    """Return the empty answer if the page already shows this version; None otherwise."""
    return HttpResponse(status=204) if request.headers.get(SEEN_HEADER) == version else None
