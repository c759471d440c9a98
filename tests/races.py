"""Real threads for concurrency tests: simultaneous calls, own connections, observed waiting."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from threading import Barrier, Thread
from typing import Self

from django.db import Error, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from config.kernel.database.sql import Statement, rows
from config.stack.process import wait_until
from tests.roles import as_owner

SECONDS = 60


def at_once[T](*calls: Callable[[], T]) -> list[T]:
    """Run calls at the same instant, one thread and connection each; return their results in order.

    Needs a transactional test (`@pytest.mark.django_db(transaction=True)`).
    """
    return in_rounds([calls])[0]


def in_rounds[T](rounds: Sequence[Sequence[Callable[[], T]]]) -> list[list[T]]:
    """Run rounds of equally many calls, each round at the same instant; return the results by round.

    Each place in a round is one thread with one connection, kept from round to round.
    """
    barrier = Barrier(len(rounds[0]))

    def run(calls: Sequence[Callable[[], T]]) -> list[T]:
        try:
            be_patient(connections["default"])
            connections["default"].ensure_connection()
            results = []
            for call in calls:
                barrier.wait(timeout=SECONDS)
                results.append(call())
            return results
        finally:
            connections.close_all()

    ended = [begin(run, calls) for calls in zip(*rounds, strict=True)]
    done = [future.result(timeout=SECONDS * len(rounds)) for future in ended]
    return [list(results) for results in zip(*done, strict=True)]


def begin[**P, T](call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Run a call on a thread that does not keep the process alive: a hanging call fails its test only."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def times[T](count: int, call: Callable[[], T]) -> list[T]:
    """Run one call many times at the same instant."""
    return at_once(*[call] * count)


class ConcurrentCall[T]:
    """A call on its own thread and connection, concurrent with the test.

    It starts while the test holds a lock, and is observed to wait for it; needs a transactional test.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._backend: Future[int] = Future()
        self._end: Future[T] = Future()
        self._thread = Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def _run(self, call: Callable[[], T]) -> None:
        try:
            be_patient(connections["default"])
            self._backend.set_result(rows("SELECT pg_backend_pid() AS pid")[0]["pid"])
            self._end.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            self._end.set_exception(error)
        finally:
            connections.close_all()

    @property
    def pid(self) -> int:
        """Return the process id of its session on the server."""
        return self._backend.result(timeout=SECONDS)

    @property
    def waits(self) -> bool:
        """Return whether it waits for a lock now."""
        waits: bool = rows("SELECT cardinality(pg_blocking_pids(%s)) > 0 AS waits", [self.pid])[0]["waits"]
        return waits

    def wait_until_blocked(self) -> Self:
        """Wait until the call waits for a lock, or has ended without waiting."""
        assert wait_until(lambda: self._end.done() or self.waits, seconds=SECONDS)
        return self

    def result(self) -> T:
        """Return the result of the call, or raise its exception."""
        self._thread.join(timeout=SECONDS)
        return self._end.result(timeout=0)


@contextmanager
def other_transaction(*statements: Statement) -> Iterator[CursorWrapper]:
    """Keep a transaction with these statements open on another connection until the block ends."""
    other = connection.copy()
    be_patient(other)
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            for statement in statements:
                cursor.execute(statement.text, statement.params)
            yield cursor
            # The server notices a moment later that a connection was closed, and keeps its locks until then.
            with suppress(Error):
                cursor.execute("ROLLBACK")
    finally:
        other.close()


@contextmanager
def not_yet_committed() -> Iterator[None]:
    """Keep the block's transaction open, as if its work were not finished when the block continues."""
    unit = transaction.atomic()
    # What owns its transaction refuses to run in another's, but for a test case's.
    unit._from_testcase = True  # type: ignore[attr-defined]
    with unit:
        yield


def row_lock(table: str, row_id: object) -> Statement:
    """Return the statement that locks one row as operations do."""
    return Statement(f"SELECT FROM {table} WHERE id = %s FOR NO KEY UPDATE", [row_id])


def be_patient(wrapper: BaseDatabaseWrapper) -> None:
    """Set a lock timeout for busy machines on a connection."""
    # On a busy machine no lock, and no wait for one, times out before the test ends it.
    options = wrapper.settings_dict["OPTIONS"]
    more = f" -c lock_timeout={SECONDS}s -c idle_in_transaction_session_timeout={SECONDS}s"
    wrapper.settings_dict = wrapper.settings_dict | {"OPTIONS": options | {"options": options["options"] + more}}


def wait_for_blocked_session(wait_event: str) -> None:
    """Wait until another connection waits for a lock: `advisory`, or `transactionid` for a row's."""
    waiting = (
        "SELECT FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = %s"
    )

    def session_waits() -> bool:
        # Within a transaction the view shows what it showed first.
        rows("SELECT pg_stat_clear_snapshot()")
        # Only the owner of the tables sees what another role's session waits for.
        with as_owner():
            return bool(rows(waiting, [wait_event]))

    assert wait_until(session_waits, seconds=30), "nobody waits"
