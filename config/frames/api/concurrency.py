"""Limit of requests processed at one time, independent of the number of server threads.

Protection: without it every thread keeps a connection, requests beyond the server's limit are answered 503,
and orders keep cancellations waiting. Gain of `place_given_up`: with places and connections kept while
others work for a request, an order at 64 connections takes 1.75 times the CPU (`make bench`).
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from select import POLLIN, poll
from threading import BoundedSemaphore, local
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from config.kernel.requests.micro_batches import NotAnswered

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


#: Addresses for transfer orders; a cancellation never waits behind orders.
_ORDERS = {"/api/v1/transfers", "/api/v1/transfers/batch"}
#: Number of places that transfer orders never take.
_KEPT_FREE = 2
_HERE = local()


class RequestLimit:
    """WSGI middleware that processes at most `REQUESTS_AT_WORK` requests at a time, on as many connections.

    The server gives each request a thread, which first waits for the body: there are as many threads as client
    connections, because otherwise clients that send nothing would block all of them. Django keeps a database
    connection for each thread; here connections are passed to the next request.

    At most `ORDERS_TAKEN_IN` transfer orders are accepted at a time, and orders leave two places to other
    requests. A further order is refused at once with a request to retry, so that cancellations are served under
    any number of orders.

    :param beyond: the application that refuses such an order; it uses no database.
    """

    def __init__(self, application: Application, *, beyond: Application) -> None:
        self.application, self.beyond = application, beyond
        self.places = BoundedSemaphore(settings.REQUESTS_AT_WORK)
        self.for_orders = BoundedSemaphore(max(1, settings.REQUESTS_AT_WORK - _KEPT_FREE))
        self.taken_in = BoundedSemaphore(settings.ORDERS_TAKEN_IN)
        self.spare: list[BaseDatabaseWrapper] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if connections.all(initialized_only=True):
            # A thread that has its own connection, as in tests, keeps it; it is not one of the server's threads.
            return self.application(environ, start_response)
        if environ.get("REQUEST_METHOD") != "POST" or environ.get("PATH_INFO") not in _ORDERS:
            return self._serve(environ, start_response, [self.places])
        if not self.taken_in.acquire(blocking=False):
            return self.beyond(environ, start_response)
        try:
            return self._serve(environ, start_response, [self.for_orders, self.places])
        finally:
            self.taken_in.release()

    def _serve(
        self, environ: dict[str, Any], start_response: Callable[..., Any], places: list[BoundedSemaphore]
    ) -> Iterable[bytes]:
        place = _Place(places, self.spare)
        place.take()
        try:
            answer = self.application(environ, start_response)
            if getattr(answer, "streaming", False):
                return _StreamedAnswer(answer, place.give_up)
            try:
                whole = [b"".join(answer)]
            finally:
                answer.close()  # type: ignore[attr-defined]
        except BaseException:
            place.give_up()
            raise
        place.give_up()
        return whole


class _Place:
    """Permission to process a request, with a database connection."""

    def __init__(self, rooms: list[BoundedSemaphore], spare: list[BaseDatabaseWrapper]) -> None:
        self.rooms, self.spare = rooms, spare
        self.is_taken = False

    def take(self) -> None:
        for room in self.rooms:
            room.acquire()
        self.is_taken = True
        _HERE.place = self
        with suppress(IndexError):
            while not _is_alive(kept := self.spare.pop()):
                kept.close()
            connections["default"] = kept

    def give_up(self) -> None:
        _HERE.place = None
        for used in connections.all(initialized_only=True):
            if not used.allow_thread_sharing:
                used.inc_thread_sharing()
            del connections[used.alias]
            self.spare.append(used)
        if self.is_taken:
            self.is_taken = False
            for room in reversed(self.rooms):
                room.release()


def _is_alive(kept: BaseDatabaseWrapper) -> bool:
    """Return whether an unused connection still works: a server that closes it sends something first.

    A caller that used `place_given_up` continues on another connection than before.
    """
    session = kept.connection
    if session is None or session.closed:
        return session is None
    said = poll()
    said.register(session.fileno(), POLLIN)
    return not said.poll(0)


class _StreamedAnswer:
    """A streamed answer; its place is released at its end."""

    def __init__(self, answer: Any, done: Callable[[], None]) -> None:
        self.answer, self.done = answer, done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        try:
            self.answer.close()
        finally:
            self.done()


@contextmanager
def place_given_up() -> Iterator[None]:
    """Release the request's place and connection while another caller works for it, and take both again.

    Only outside a transaction, because the connection's transaction would pass to another request. A caller that
    was not answered in time continues without a place, because hanging callers may occupy all places.
    """
    place: _Place | None = getattr(_HERE, "place", None)
    if place is None:
        yield
        return
    place.give_up()
    try:
        yield
    finally:
        if not isinstance(sys.exception(), NotAnswered):
            place.take()
