"""Size limits of request bodies by address, and a limit on large bodies (大请求体) held at one time.

`config.frames.api.wire` leaves a large body unread; `config.error_pages.BodiesInTime` receives it after the
sender's permission is checked.
"""

import re
from collections.abc import Callable
from enum import Enum, auto
from io import BytesIO
from threading import BoundedSemaphore, Condition
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from config.frames.api.concurrency import place_given_up

#: Size limit of every address that does not accept uploads.
MAX_BYTES = 1024 * 1024
#: Bytes allowed for the rest of a form besides its files.
_AROUND = 64 * 1024
#: An id in an address; `LARGER_BODIES` has one entry, with `{id}`, for all ids.
_ID = re.compile(r"/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/|$)")


def size_limit_of(path: str) -> int:
    """Return the size limit in bytes of a body sent to an address."""
    larger = settings.LARGER_BODIES.get(_without_ids(path))
    return MAX_BYTES if larger is None else int(larger) + _AROUND


def accepts_large_bodies(path: str) -> bool:
    """Return whether an address accepts larger bodies than all others."""
    return _without_ids(path) in settings.LARGER_BODIES


def is_too_large(request: HttpRequest) -> bool:
    """Return whether a request declares a larger body than its address accepts; such a body is read only in part."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > size_limit_of(request.path)


def _without_ids(path: str) -> str:
    return _ID.sub("/{id}", path)


#: In a request's environ: the large body that has not been read yet.
LARGE = "bank.large_body"
#: Large bodies in work at a time in a process, at most one per network address.
LARGE_AT_ONCE = 2
#: Seconds to wait for the previous body of the same address, and again for a place; then the client must send again.
LARGE_WAIT_SECONDS = 3


class BodyResult(Enum):
    """Results of receiving a large body."""

    WHOLE = auto()
    LATE = auto()
    #: Not received: the same network address is sending another body, or all places are in use.
    NO_PLACE = auto()


class LargePlaces:
    """Network addresses that are sending a large body, and places for complete bodies."""

    def __init__(self) -> None:
        self.places = BoundedSemaphore(LARGE_AT_ONCE)
        self.senders: set[str] = set()
        self.changed = Condition()

    def enter(self, address: str) -> bool:
        """Register a sender of a body; return False if the same address is still sending another one."""
        with self.changed:
            free = self.changed.wait_for(lambda: address not in self.senders, timeout=LARGE_WAIT_SECONDS)
            if free:
                self.senders.add(address)
            return free

    def leave(self, address: str) -> None:
        """Allow the next body of an address."""
        with self.changed:
            self.senders.discard(address)
            self.changed.notify_all()


class LargeBody:
    """A large body as `wsgi.input` of the application; empty until it is received.

    :ivar most: size limit in bytes of its address.
    :ivar announced: its `Content-Length`, 0 if none was sent.
    """

    def __init__(
        self, environ: dict[str, Any], *, most: int, announced: int, read: Callable[[], tuple[bytes, bool]]
    ) -> None:
        self.most, self.announced = most, announced
        self._environ, self._read = environ, read
        self._file = BytesIO()
        self._left: Callable[[], None] | None = None
        self.is_read = False

    def read(self, size: int = -1) -> bytes:
        """Return received bytes to the application."""
        return self._file.read(size)

    def readline(self, size: int = -1) -> bytes:
        """Return a line of the received bytes."""
        return self._file.readline(size)

    def receive(self, places: LargePlaces, address: str) -> BodyResult:
        """Read the whole body, then take a place for it until the request is answered."""
        with place_given_up():
            if not places.enter(address):
                return BodyResult.NO_PLACE
            try:
                self.is_read = True
                body, late = self._read()
                if late:
                    return BodyResult.LATE
                if not places.places.acquire(timeout=LARGE_WAIT_SECONDS):
                    return BodyResult.NO_PLACE
            finally:
                places.leave(address)
            self._left = places.places.release
        self._file = BytesIO(body)
        self._environ["CONTENT_LENGTH"] = str(len(body))
        return BodyResult.WHOLE

    def close(self) -> None:
        """Release the body and its place."""
        self._file = BytesIO()
        if self._left is not None:
            self._left()
            self._left = None
