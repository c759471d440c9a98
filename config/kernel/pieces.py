"""Periodic work in pieces (分批): each is a transaction of its own, and what is left when the time is over goes the next time.

One statement for everything would run into its time limit once too much has piled up, and never end again.
"""

import time
from collections.abc import Callable

#: Rows of a piece: none holds a snapshot or locks for long, and what is done stays done.
PIECE = 10_000
#: No piece is begun after so long, well before Celery's limit.
BUSY_SECONDS = 40


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
