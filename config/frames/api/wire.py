"""Reading of request bodies from the connection, completely and within a time limit, before any other work.

Django relies on `Content-Length` alone, so a chunked body would be empty for it; and a server that closes a
connection with unread bytes resets it, so that the answer is lost.

The server's read of a body has no time limit and cannot be interrupted: it ends with the body or with the
connection. The server does not tell which connection a read belongs to, only the client's address. `Watch`
therefore ends connections of an address for which no request is being processed, if nothing was sent or
received on them for the time limit, or if something was received and not answered for as long. Such a
connection waits for an overdue body, or for nothing. Linux only: elsewhere a read has no time limit.

Protection, not speed: it costs an order at 64 connections less than a twentieth of its CPU (`make bench`);
without it clients that send nothing keep all threads of the server.
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

from config.frames.api.bodies import LARGE, MAX_BYTES, LargeBody, accepts_large_bodies, size_limit_of

_LOOK_SECONDS = 1
# Offsets in Linux' struct tcp_info: milliseconds since data was last sent, and last received.
_LAST_SENT, _LAST_RECEIVED = 44, 52
_TCP_INFO_BYTES = 104


#: A client's network address, and the port of this server.
type Place = tuple[str, int]


class Watch:
    """Knows which addresses threads read from and work for, and checks time limits once a second."""

    def __init__(self) -> None:
        self.under_way: dict[int, tuple[Place, bool, float]] = {}
        self.lock = Lock()
        self.looking = False
        #: By number of the socket: since when a connection has received data without an answer.
        self.unanswered: dict[int, float] = {}

    def reading(self, place: Place) -> AbstractContextManager[None]:
        """Register this thread as reading a body from an address."""
        if not self.looking:
            self._start()
        return _Registration(self.under_way, place, reading=True)

    def working(self, place: Place) -> AbstractContextManager[None]:
        """Register this thread as processing a request from an address."""
        return _Registration(self.under_way, place, reading=False)

    def _start(self) -> None:
        with self.lock:
            if not self.looking:
                self.looking = True
                Thread(target=self._look, name="silence", daemon=True).start()

    def silent(self) -> set[Place]:
        """Return the addresses with an overdue body and without a request in progress."""
        since = monotonic() - settings.REQUEST_BODY_SECONDS
        late = [(place, reading) for place, reading, began in self.under_way.copy().values() if began < since]
        return {place for place, reading in late if reading} - {place for place, reading in late if not reading}

    def _look(self) -> None:
        while True:
            sleep(_LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Check all connections of reading threads once, and end the overdue ones."""
        waited_for = {place for place, reading, _ in self.under_way.copy().values() if reading}
        now = monotonic()
        self.unanswered = {number: self.unanswered.get(number, now) for number in unanswered(waited_for)}
        if places := self.silent():
            limit = now - settings.REQUEST_BODY_SECONDS
            trickling = {number for number, since in self.unanswered.items() if since < limit}
            end_silent_connections(places, seconds=settings.REQUEST_BODY_SECONDS, others=trickling)


class _Registration:
    """Registration of a thread with an address, for the time of a block."""

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
            # Its body is read: the processing of the request starts now.
            self.under_way[get_ident()] = *self.before[:2], monotonic()


def unanswered(places: set[Place]) -> set[int]:
    """Return the socket numbers of connections from addresses that received data after the last answer."""
    found = set()
    for connection in _connections(places):
        sent, received = _idle_milliseconds(connection)
        if received <= sent:
            found.add(os.fstat(connection.fileno()).st_ino)
    return found


def end_silent_connections(places: set[Place], *, seconds: float, others: Collection[int] = ()) -> None:
    """Stop reading from this process' connections of given addresses that were silent for a time.

    :param others: numbers of sockets to end as well, whether silent or not.
    """
    for connection in _connections(places):
        silent = min(_idle_milliseconds(connection)) / 1000 > seconds
        if silent or os.fstat(connection.fileno()).st_ino in others:
            # The server then reads the end of the body, answers and closes the connection.
            connection.shutdown(socket.SHUT_RD)


def _connections(places: set[Place]) -> Iterator[socket.socket]:
    """Yield this process' TCP connections from given addresses, one at a time."""
    for entry in list(Path("/proc/self/fd").iterdir()) if places else ():
        with suppress(OSError), _socket(int(entry.name)) as connection:
            if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.type != socket.SOCK_STREAM:
                continue
            if (connection.getpeername()[0], connection.getsockname()[1]) in places:
                yield connection


def _socket(descriptor: int) -> socket.socket:
    """Return a duplicate of a socket of this process; closing it leaves the original open.

    :raises OSError: when the descriptor is not a socket
    """
    copy = os.dup(descriptor)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise


def _idle_milliseconds(connection: socket.socket) -> tuple[int, int]:
    """Return the milliseconds since data was last sent on a connection, and since it was last received."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    sent, received = (int(struct.unpack_from("=I", info, at)[0]) for at in (_LAST_SENT, _LAST_RECEIVED))
    return sent, received


type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: Bytes of a refused body that are read and discarded; a client that sends more may lose the answer.
MOST_READ_AWAY = 16 * MAX_BYTES
#: Key in a request's environ: whether its body was incomplete or took longer than `REQUEST_BODY_SECONDS`.
LATE = "bank.body_late"
_PIECE = 64 * 1024


class WholeBodies:
    """WSGI middleware that passes on a complete body with its length, and marks a request with an incomplete body.

    A body over `MAX_BYTES` for an upload address is not read here: the application receives it after checking the
    sender (`config.frames.api.bodies`).
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.watch = Watch()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        place = environ.get("REMOTE_ADDR", ""), int(environ.get("SERVER_PORT") or 0)
        if environ.get("wsgi.input_terminated") and (_chunked(environ) or _announced(environ)):
            takes = accepts_large_bodies(environ.get("PATH_INFO", "")) and environ.get("REQUEST_METHOD") == "POST"
            most = size_limit_of(environ["PATH_INFO"]) if takes else MAX_BYTES
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
                # The answer is completed while the body is held; uploads are answered by a page, never by a stream.
                answer = list(self.application(environ, start_response))
        finally:
            body.close()
        if not body.is_read:
            with self.watch.reading(place):
                _read_away(wire, max(MOST_READ_AWAY, 2 * most))
        return answer

    def _read(self, wire: Any, place: Place, most: int, announced: int) -> tuple[bytes, bool]:
        """Return a body, of a too large one at most one byte over the limit, and whether it timed out."""
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
    """Return the allowed part of a body and one byte more, as a sign of excess; discard the rest."""
    body: bytes = wire.read(most + 1)
    if len(body) > most:
        _read_away(wire, max(MOST_READ_AWAY, 2 * most) - len(body))
    return body


def _read_away(wire: Any, left: int) -> None:
    while left > 0 and (piece := wire.read(min(left, _PIECE))):
        left -= len(piece)
