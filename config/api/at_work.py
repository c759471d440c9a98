"""Work on a few requests at a time, in however many threads the server has."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore, local
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


_HERE = local()


class FewAtWork:
    """Let `REQUESTS_AT_WORK` requests be worked on at a time, on as many connections to the database.

    The server gives each request a thread, which first waits for the body: there are as many threads as
    connections, or clients that send nothing would keep all of them. The framework keeps a connection to the
    database for each thread; here they are kept for whoever works next.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.places = BoundedSemaphore(settings.REQUESTS_AT_WORK)
        self.spare: list[BaseDatabaseWrapper] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if connections.all(initialized_only=True):
            # Not a thread of the server's: it has a connection of its own and keeps it.
            return self.application(environ, start_response)
        self.begin()
        _HERE.works = self
        try:
            answer = self.application(environ, start_response)
            if getattr(answer, "streaming", False):
                return _Streamed(answer, self.done)
            try:
                whole = [b"".join(answer)]
            finally:
                answer.close()  # type: ignore[attr-defined]
        except BaseException:
            self.done()
            raise
        self.done()
        return whole

    def begin(self) -> None:
        """Take a place, and a connection that is kept for whoever works next."""
        self.places.acquire()
        with suppress(IndexError):
            connections["default"] = self.spare.pop()

    def done(self) -> None:
        """Give place and connection to whoever works next."""
        for used in connections.all(initialized_only=True):
            if not used.allow_thread_sharing:
                used.inc_thread_sharing()
            del connections[used.alias]
            self.spare.append(used)
        self.places.release()


class _Streamed:
    """An answer that is made while it is sent: its place is free at its end."""

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
def aside() -> Iterator[None]:
    """Give the request's place and connection to others while somebody else works for it, and take both again.

    Outside a transaction only: what the connection has begun would be somebody else's.
    """
    works: FewAtWork | None = getattr(_HERE, "works", None)
    if works is None:
        yield
        return
    works.done()
    try:
        yield
    finally:
        works.begin()
