"""Bulk work on many rows: in pieces (分批), each in its own transaction, or in sets (集合作业) with suitable plans.

Periodic work (`in_pieces`) stops when its time is over and continues at the next run; one statement for everything would
reach its time limit when too much has accumulated. While a list or a stock is put in force
or lifted, all decisions wait for a piece, so its size follows from how long the last one held its locks
(`Pieces`). One process at a time works on sets.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import Conflict

#: Rows of a piece: it holds snapshot and locks only for a short time, and is committed alone.
PIECE = 10_000
#: Seconds after which no piece is begun, well below Celery's limit.
BUSY_SECONDS = 40
#: Factor by which a piece may be larger than the one before.
_GROWTH = 2
#: Length of a pause, as a share of the time for which the last piece held its locks.
_PAUSE = 0.5


def in_pieces(piece: Callable[[], int], *, whole: int = 1, seconds: float | None = None) -> int:
    """Repeat a piece of work until it finds less than a whole piece or time is over; return the total.

    At least one piece is always done, however short the time is.

    :param piece: does and commits what it finds, and returns the number of items done.
    :param whole: number of items of a whole piece.
    :param seconds: time in which new pieces may begin; `BUSY_SECONDS` unless given.
    """
    ends = time.monotonic() + (BUSY_SECONDS if seconds is None else seconds)
    total = 0
    while True:
        done = piece()
        total += done
        if done < whole or time.monotonic() >= ends:
            return total


class Pieces:
    """The size of the next piece and the pause before it, from how long the last piece held its locks.

    Transactions that wait for the locks of a piece wait about `seconds`. The pause lets a waiting transaction
    take all of its locks; without it each of them would wait for another piece.

    :param seconds: how long a piece should hold its locks.
    :param first: size of the first piece.
    :param most: largest size of a piece.
    :ivar size: number of items of the next piece.
    """

    def __init__(self, *, seconds: float, first: int, most: int) -> None:
        self.seconds, self.most, self.size = seconds, most, min(first, most)
        self._since: float | None = None

    def locked(self) -> None:
        """Start the measurement: the piece holds its locks from now on."""
        self._since = time.monotonic()

    def done(self, count: int) -> None:
        """Adjust the size after a piece has committed, and pause.

        :param count: number of items it had, which may exceed its size; 0 where it found none.
        """
        if self._since is None:
            return
        held, self._since = max(time.monotonic() - self._since, 1e-6), None
        if count:
            self.size = max(1, min(int(count * self.seconds / held), self.size * _GROWTH, self.most))
        time.sleep(_PAUSE * held)


#: Rows above which only hash and merge joins are planned, because a staging table has no statistics.
MANY = 200


@transaction_required
def in_sets(count: int) -> None:
    """Set planner and time limit of this transaction for statements on large sets of rows."""
    rows("SET LOCAL statement_timeout = '1h'")
    rows("SET LOCAL transaction_timeout = 0")
    rows("SET LOCAL work_mem = '256MB'")
    if count > MANY:
        rows("SET LOCAL enable_nestloop = off")


@contextmanager
def session_lock(lock: int) -> Iterator[bool]:
    """Hold an advisory lock of the session; yield False when another session holds it."""
    is_held = bool(rows("SELECT pg_try_advisory_lock(%s) AS is_held", [lock])[0]["is_held"])
    try:
        yield is_held
    finally:
        # A broken session has lost its lock.
        if is_held and connection.connection is not None and not connection.connection.closed:
            rows("SELECT pg_advisory_unlock(%s)", [lock])


@contextmanager
def one_at_a_time(lock: int, busy: type[Conflict]) -> Iterator[None]:
    """Hold an advisory lock of the session, or refuse.

    :param lock: the number of the lock.
    :param busy: the refusal while another session holds it.
    :raises Conflict: `busy`.
    """
    with session_lock(lock) as is_held:
        if not is_held:
            raise busy
        yield
