"""Work on very many rows: in pieces (分批), each a transaction of its own, or in sets (集合作业), planned for them.

Periodic work (`in_pieces`) ends when its time is over, and what is left goes the next time: one statement for everything
would run into its time limit once too much has piled up. Where a list or a stock is put in force, or lifted, all decisions
wait for a piece: its size follows from how long the last one held its locks (`Pieces`). One process at a time works on sets.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import Conflict

#: Rows of a piece: none holds a snapshot or locks for long, and what is done stays done.
PIECE = 10_000
#: No piece is begun after so long, well before Celery's limit.
BUSY_SECONDS = 40
#: A piece is followed by one of at most so many times its size.
_GROWTH = 2
#: How long a pause is, as a share of the time for which the last piece held its locks.
_PAUSE = 0.5


def in_pieces(piece: Callable[[], int], *, whole: int = 1, seconds: float | None = None) -> int:
    """Repeat a piece of work until one finds less than a whole one, or the time is over; return how much was done.

    There is always one: however little time there is, something goes on.

    :param piece: does and commits what it finds, and returns how much that was.
    :param seconds: how long pieces are begun; `BUSY_SECONDS` unless given.
    """
    ends = time.monotonic() + (BUSY_SECONDS if seconds is None else seconds)
    total = 0
    while True:
        done = piece()
        total += done
        if done < whole or time.monotonic() >= ends:
            return total


class Pieces:
    """The size of the next piece, and the pause before it, by how long the last one held its locks.

    What waits for the locks of a piece waits about `seconds`. The pause leaves room for those who waited and have more than
    one lock to take: without it each of their locks would wait for a piece of its own.

    :param seconds: a piece is to hold its locks for so long.
    :param first: size of the first piece.
    :param most: largest size of a piece.
    :ivar size: how many items the next piece takes.
    """

    def __init__(self, *, seconds: float, first: int, most: int) -> None:
        self.seconds, self.most, self.size = seconds, most, min(first, most)
        self._since: float | None = None

    def locked(self) -> None:
        """Begin to measure: the piece has its locks from now on."""
        self._since = time.monotonic()

    def done(self, count: int) -> None:
        """Fit the size to a piece whose transaction has ended, and pause.

        :param count: how many items it had, which may be more than its size; none where it found nothing to do.
        """
        if self._since is None:
            return
        held, self._since = max(time.monotonic() - self._since, 1e-6), None
        if count:
            self.size = max(1, min(int(count * self.seconds / held), self.size * _GROWTH, self.most))
        time.sleep(_PAUSE * held)


#: Rows above which nothing but hash and merge joins is planned: a staging table has no statistics of its own.
MANY = 200


@transaction_required
def in_sets(count: int) -> None:
    """Let the statements of this transaction be planned for sets of rows, and take as long as they need."""
    rows("SET LOCAL statement_timeout = '1h'")
    rows("SET LOCAL transaction_timeout = 0")
    rows("SET LOCAL work_mem = '256MB'")
    if count > MANY:
        rows("SET LOCAL enable_nestloop = off")


@contextmanager
def session_lock(lock: int) -> Iterator[bool]:
    """Hold an advisory lock on this session; yield False, without it, while another session has it."""
    mine = bool(rows("SELECT pg_try_advisory_lock(%s) AS mine", [lock])[0]["mine"])
    try:
        yield mine
    finally:
        # A session that broke has no lock any more.
        if mine and connection.connection is not None and not connection.connection.closed:
            rows("SELECT pg_advisory_unlock(%s)", [lock])


@contextmanager
def one_at_a_time(lock: int, busy: type[Conflict]) -> Iterator[None]:
    """Hold an advisory lock on this session.

    :param lock: which.
    :param busy: what is refused while another session has it.
    :raises Conflict: that.
    """
    with session_lock(lock) as mine:
        if not mine:
            raise busy
        yield
