"""Real threads that start at the same instant, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connections


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
