"""Move the sandbox clock, and wait until the workers have released what became due.

This module releases nothing itself: it sends a wake-up through the queue `release`, as others do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from config.kernel.database import clock
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.integrity import restores
from transfers.queries.due_queue import count_left
from transfers.refusals import ClockBusy, ReleasePending

WAIT_SECONDS = 30
#: A lost wake-up must not use up the whole waiting time.
WAKE_EVERY_SECONDS = 1
LOOK_EVERY_SECONDS = 0.02
#: A person must first confirm a restored bank.
RESTORED_RETRY_SECONDS = 60


def set_clock(*, now: datetime | None, frozen: bool | None, wake: Callable[[], object]) -> tuple[datetime, bool]:
    """Set, freeze or start the sandbox clock, and wait for the releases.

    :param wake: function that sends a wake-up to the queue `release`.
    :returns: the bank's instant and whether its clock is frozen.
    :raises ClockBackward, BadRequest: as `clock.set_sandbox_clock`.
    :raises ClockBusy, ReleasePending: when the waiting time is over.
    """
    return _move(lambda: clock.set_sandbox_clock(now=now, frozen=frozen), wake)


def advance_clock(seconds: Decimal, *, wake: Callable[[], object]) -> tuple[datetime, bool]:
    """Move the sandbox clock ahead and wait for the releases.

    :param seconds: 0 or more.
    :raises BadRequest, ClockBusy, ReleasePending: as `set_clock`.
    """
    return _move(lambda: clock.advance_sandbox_clock(seconds), wake)


def _move(act: Callable[[], None], wake: Callable[[], object]) -> tuple[datetime, bool]:
    deadline = time.monotonic() + WAIT_SECONDS
    with _moving(deadline):
        with owned():
            act()
        now, _ = clock.sandbox_clock()
        _wait_for_releases(now, deadline, wake)
        return clock.sandbox_clock()


@contextmanager
def _moving(deadline: float) -> Iterator[None]:
    """Hold the lock that keeps the watcher from releasing."""
    while not rows("SELECT pg_try_advisory_lock(%s) AS mine", [clock.CLOCK_MOVE_LOCK])[0]["mine"]:
        if time.monotonic() > deadline:
            raise ClockBusy(retry_after=1)
        time.sleep(LOOK_EVERY_SECONDS)
    try:
        yield
    finally:
        rows("SELECT pg_advisory_unlock(%s)", [clock.CLOCK_MOVE_LOCK])


def _wait_for_releases(due_by: datetime, deadline: float, wake: Callable[[], object]) -> None:
    """Wait until all transfers due by an instant are released, except those set aside.

    :raises ReleasePending: when the time is over; at once while a restore is unconfirmed, because nothing is released
        then.
    """
    next_wake = 0.0
    while count_left(due_by, at_most=1):
        if restores.unconfirmed():
            fields = {"left": count_left(due_by), "restored": "unconfirmed"}
            raise ReleasePending(fields, retry_after=RESTORED_RETRY_SECONDS)
        at = time.monotonic()
        if at > deadline:
            raise ReleasePending({"left": count_left(due_by)}, retry_after=1)
        if at >= next_wake:
            wake()
            next_wake = at + WAKE_EVERY_SECONDS
        time.sleep(LOOK_EVERY_SECONDS)
