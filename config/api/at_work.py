"""Work on a few requests at a time, in however many threads the server has."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

type Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


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
        self.places.acquire()
        try:
            with suppress(IndexError):
                connections["default"] = self.spare.pop()
            answer = self.application(environ, start_response)
            if getattr(answer, "streaming", False):
                return _Streamed(answer, self._done)
            try:
                whole = [b"".join(answer)]
            finally:
                answer.close()  # type: ignore[attr-defined]
        except BaseException:
            self._done()
            raise
        self._done()
        return whole

    def _done(self) -> None:
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
