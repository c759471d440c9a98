"""How large a request's body may be, by its address."""

import re

from django.conf import settings
from django.http import HttpRequest

#: Of every address that is no upload's.
MAX_BYTES = 1024 * 1024
#: What stands around the files of a form.
_AROUND = 64 * 1024
#: An id in an address: the table of larger bodies names the address of all of them.
_ID = re.compile(r"/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/|$)")


def most_of(path: str) -> int:
    """Return how many bytes a body that is sent to an address may have."""
    larger = settings.LARGER_BODIES.get(_without_ids(path))
    return MAX_BYTES if larger is None else int(larger) + _AROUND


def takes_more(path: str) -> bool:
    """Say whether an address takes larger bodies than all others."""
    return _without_ids(path) in settings.LARGER_BODIES


def is_too_large(request: HttpRequest) -> bool:
    """Say whether a request announces a larger body than its address takes: what was read of it is cut off."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > most_of(request.path)


def _without_ids(path: str) -> str:
    return _ID.sub("/{id}", path)
