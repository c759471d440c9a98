"""Real threads: they start at the same instant, each with a connection of its own, and are seen to wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections

from config.kernel.sql import rows
from config.stack.process import wait_until


def at_once[T](*calls: Callable[[], T]) -> list[T]:
    """Run calls at the same instant, one thread and connection each; return their results in order.

    Needs a transactional test (`@pytest.mark.django_db(transaction=True)`).
    """
    barrier = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            connections["default"].ensure_connection()
            barrier.wait(timeout=30)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(run, call) for call in calls]]


def times[T](count: int, call: Callable[[], T]) -> list[T]:
    """Run one call many times at the same instant."""
    return at_once(*[call] * count)


def wait_until_somebody_waits(wait_event: str) -> None:
    """Wait until another connection waits for a lock of a kind: `advisory`, or `transactionid` for a row's."""
    waiting = (
        "SELECT FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = %s"
    )

    def somebody_waits() -> bool:
        # Within a transaction the view shows what it showed first.
        rows("SELECT pg_stat_clear_snapshot()")
        return bool(rows(waiting, [wait_event]))

    assert wait_until(somebody_waits, seconds=30), "nobody waits"
