"""Short lock waits of schema changes, and their repetition when another session holds the lock.

A change that waits for a table's lock makes every later writer queue behind it. So it gives up after `LOCK_TIMEOUT`, lets
the writers go on, and is repeated. Used by the operations of migrations (`online_ddl`, `sql_files`), by `months`, and by
`migrate` for each migration that is one transaction (`sparse_states`).
"""

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from config.kernel.database.transactions import owned

log = logging.getLogger("bank.migrations")

#: How long a change waits for a lock; the writers of the table wait behind it for as long.
LOCK_TIMEOUT = "200ms"
#: A long change must not keep its lock.
STATEMENT_TIMEOUT = "20s"
#: How long a change is repeated, and the pauses between, each twice the one before, in which writers catch up.
PATIENCE_SECONDS = 120.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 2.0

_IN_THE_WAY = (LockNotAvailable, DeadlockDetected)


def with_short_locks(change: Callable[[], object]) -> None:
    """Change one table in a transaction of its own with short lock waits; repeat it when it got no lock.

    Inside a transaction the change is run once: `migrate` repeats that transaction as a whole.

    :param change: locks one table; a foreign key locks the table that it refers to, too.
    :raises OperationalError: when other sessions held the lock all the time.
    """
    if connection.in_atomic_block:
        change()
        return

    def attempt() -> None:
        with owned():
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"
                )
            change()

    retry_blocked(attempt)


def retry_blocked[T](attempt: Callable[[], T]) -> T:
    """Repeat an attempt after a lock timeout (55P03) or a deadlock (40P01); return what it returns.

    :param attempt: changes nothing when it fails, or can be run again on what it has changed.
    :raises OperationalError: for another failure, or when other sessions held the lock all the time.
    """
    began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
    while True:
        try:
            return attempt()
        except OperationalError as error:
            if not isinstance(error.__cause__, _IN_THE_WAY) or time.monotonic() - began > PATIENCE_SECONDS:
                raise
            log.warning("a schema change got no lock and is repeated: %s", error.__cause__.sqlstate)
        # Random pauses do not meet periodic work each time.
        time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - a pause
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


@contextmanager
def short_lock_waits() -> Iterator[None]:
    """Shorten the lock waits of all transactions in the block."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
