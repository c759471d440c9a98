"""Take a request's body off the wire whole and in time, before anything else looks at the request.

The framework believes in `Content-Length` alone, so a chunked body would be an empty one; and a server that closes
a connection on bytes nobody read resets it, and the answer in flight is lost with it.

The server's read of a body has no limit in time and cannot be given up: it ends with the body or with the
connection. Which connection a read belongs to the server does not tell, only the client's address. But while nobody
works on a request from there for as long, a connection from there on which nothing went either way for so long, or on
which something came and was not answered for so long, waits for such a body or for nothing at all: `Watch` ends it. Linux
only: elsewhere a read has no limit.

Protection, not speed: it costs an order at 64 connections less than a twentieth of its CPU (`make bench`); without it
clients that send nothing keep all threads of the server.
"""

import os
import socket
import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from io import BytesIO
from pathlib import Path
from threading import Lock, Thread, get_ident
from time import monotonic, sleep
from typing import Any

from django.conf import settings

from config.frames.api.bodies import LARGE, MAX_BYTES, LargeBody, most_of, takes_more

_LOOK_SECONDS = 1
# Offsets in Linux' struct tcp_info: milliseconds since data was last sent, and last received.
_LAST_SENT, _LAST_RECEIVED = 44, 52
_TCP_INFO_BYTES = 104


#: A client's address and the port it came to.
type Place = tuple[str, int]


class Watch:
    """Knows who is waited for and who is worked for, and looks once a second whether it takes too long."""

    def __init__(self) -> None:
        self.under_way: dict[int, tuple[Place, bool, float]] = {}
        self.lock = Lock()
        self.looking = False
        #: Since when a connection has been seen with something on it that is not answered, by its socket's number.
        self.unanswered: dict[int, float] = {}

    def reading(self, place: Place) -> AbstractContextManager[None]:
        """Note that this thread waits for a body from a place."""
        if not self.looking:
            self._start()
        return _Noted(self.under_way, place, reading=True)

    def working(self, place: Place) -> AbstractContextManager[None]:
        """Note that this thread works on a request from a place."""
        return _Noted(self.under_way, place, reading=False)

    def _start(self) -> None:
        with self.lock:
            if not self.looking:
                self.looking = True
                Thread(target=self._look, name="silence", daemon=True).start()

    def silent(self) -> set[Place]:
        """Return the places a body from which is overdue, and no answer to which."""
        since = monotonic() - settings.REQUEST_BODY_SECONDS
        late = [(place, reading) for place, reading, began in self.under_way.copy().values() if began < since]
        return {place for place, reading in late if reading} - {place for place, reading in late if not reading}

    def _look(self) -> None:
        while True:
            sleep(_LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Look once at the connections of those who are waited for, and end what takes too long."""
        waited_for = {place for place, reading, _ in self.under_way.copy().values() if reading}
        now = monotonic()
        self.unanswered = {number: self.unanswered.get(number, now) for number in unanswered(waited_for)}
        if places := self.silent():
            limit = now - settings.REQUEST_BODY_SECONDS
            trickling = {number for number, since in self.unanswered.items() if since < limit}
            end_silent_connections(places, seconds=settings.REQUEST_BODY_SECONDS, others=trickling)


class _Noted:
    """What a thread is at from a place, while it is at it."""

    __slots__ = ("before", "place", "reading", "under_way")

    def __init__(self, under_way: dict[int, tuple[Place, bool, float]], place: Place, *, reading: bool) -> None:
        self.under_way, self.place, self.reading = under_way, place, reading

    def __enter__(self) -> None:
        self.before = self.under_way.get(get_ident())
        self.under_way[get_ident()] = self.place, self.reading, monotonic()

    def __exit__(self, *failure: object) -> None:
        if self.before is None:
            del self.under_way[get_ident()]
        else:
            # The request whose body was read goes on from now.
            self.under_way[get_ident()] = *self.before[:2], monotonic()


def unanswered(places: set[Place]) -> set[int]:
    """Return the sockets' numbers of connections from these places on which something came after the last answer."""
    found = set()
    for connection in _connections(places):
        sent, received = _idle_milliseconds(connection)
        if received <= sent:
            found.add(os.fstat(connection.fileno()).st_ino)
    return found


def end_silent_connections(places: set[Place], *, seconds: float, others: Collection[int] = ()) -> None:
    """Read no further from this process' TCP connections from these places that were silent for so long.

    :param others: numbers of sockets that end, too, however much is heard of them.
    """
    for connection in _connections(places):
        silent = min(_idle_milliseconds(connection)) / 1000 > seconds
        if silent or os.fstat(connection.fileno()).st_ino in others:
            # The server finds the body at its end, answers and closes.
            connection.shutdown(socket.SHUT_RD)


def _connections(places: set[Place]) -> Iterator[socket.socket]:
    """Return this process' TCP connections from some places, each while it is looked at."""
    for entry in list(Path("/proc/self/fd").iterdir()) if places else ():
        with suppress(OSError), _socket(int(entry.name)) as connection:
            if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.type != socket.SOCK_STREAM:
                continue
            if (connection.getpeername()[0], connection.getsockname()[1]) in places:
                yield connection


def _socket(descriptor: int) -> socket.socket:
    """Return a socket of this process once more; closing it leaves the first one open.

    :raises OSError: when it is none
    """
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _idle_milliseconds(connection: socket.socket) -> tuple[int, int]:
    """Return how long ago something was last sent on a connection, and last received."""
    told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    sent, received = (int(struct.unpack_from("=I", told, at)[0]) for at in (_LAST_SENT, _LAST_RECEIVED))
    return sent, received


type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: A refused body is read away up to here; who sends more than that may lose the refusal.
MOST_READ_AWAY = 16 * MAX_BYTES
#: Set in a request's environ: whether its body came whole and within `REQUEST_BODY_SECONDS`.
LATE = "bank.body_late"
_PIECE = 64 * 1024


class WholeBodies:
    """Give the application a body that is there, with its length; mark a request whose body did not come.

    A body over `MAX_BYTES` for an upload address is not read here: the application receives it once it knows the sender
    (`config.frames.api.bodies`).
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.watch = Watch()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        place = environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)
        if environ.get("wsgi.input_terminated") and (_chunked(environ) or _announced(environ)):
            takes = takes_more(environ.get("PATH_INFO", "")) and environ.get("REQUEST_METHOD") == "POST"
            most = most_of(environ["PATH_INFO"]) if takes else MAX_BYTES
            if most > MAX_BYTES and (_chunked(environ) or _announced(environ) > MAX_BYTES):
                return self._large(environ, start_response, place, most)
            body, late = self._read(environ["wsgi.input"], place, most, _announced(environ))
            environ |= {"wsgi.input": BytesIO(body), LATE: late}
            if _chunked(environ) or late:
                environ["CONTENT_LENGTH"] = str(len(body))
        with self.watch.working(place):
            return self.application(environ, start_response)

    def _large(
        self, environ: dict[str, Any], start_response: Callable[..., Any], place: Place, most: int
    ) -> Iterable[bytes]:
        wire, announced = environ["wsgi.input"], _announced(environ)
        body = LargeBody(environ, most=most, announced=announced, read=lambda: self._read(wire, place, most, announced))
        environ |= {"wsgi.input": body, LARGE: body}
        if _chunked(environ):
            # The length is unknown until the body is received; the framework reads up to this limit.
            environ["CONTENT_LENGTH"] = str(most)
        try:
            with self.watch.working(place):
                # Whole, as long as the body is held: what is uploaded is answered by a page, never by a stream.
                answer = list(self.application(environ, start_response))
        finally:
            body.close()
        if not body.is_read:
            with self.watch.reading(place):
                _read_away(wire, max(MOST_READ_AWAY, 2 * most))
        return answer

    def _read(self, wire: Any, place: Place, most: int, announced: int) -> tuple[bytes, bool]:
        """Return a body, of one that is too large one byte more than it may have, and whether it is late and empty."""
        began = monotonic()
        with self.watch.reading(place):
            body = _read(wire, most)
        slow = monotonic() - began > settings.REQUEST_BODY_SECONDS
        late = slow or len(body) < min(announced, most + 1)
        return b"" if late else body, late


def _chunked(environ: dict[str, Any]) -> bool:
    return "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()


def _announced(environ: dict[str, Any]) -> int:
    length: str = environ.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isdecimal() else 0


def _read(wire: Any, most: int) -> bytes:
    """Return what is allowed of a body and one byte more, enough to be refused; read away what is beyond."""
    body: bytes = wire.read(most + 1)
    if len(body) > most:
        _read_away(wire, max(MOST_READ_AWAY, 2 * most) - len(body))
    return body


def _read_away(wire: Any, left: int) -> None:
    while left > 0 and (piece := wire.read(min(left, _PIECE))):
        left -= len(piece)
