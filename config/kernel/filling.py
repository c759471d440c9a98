"""Write what rows lack that a process of the version before has written: a piece at a time, beside the bank's work."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from config.kernel.clock import bank_now
from config.kernel.transactions import owned

#: How many rows are written in one transaction.
PIECE = 500
_FIRST = UUID(int=0)


def fill(waits: QuerySet[Any], write: Callable[[Any, datetime], object]) -> Iterator[int]:
    """Write into rows that lack something, and yield how many each piece was.

    Each piece is a transaction of its own; what was interrupted is begun again, and a second run writes nothing.

    :param waits: the rows, in any order.
    :param write: takes a row, locked, and the instant.
    """
    last = _FIRST
    while True:
        with owned():
            piece = list(waits.filter(Q(pk__gt=last)).order_by("pk").select_for_update(no_key=True)[:PIECE])
            at = bank_now()
            for row in piece:
                write(row, at)
        if not piece:
            return
        yield len(piece)
        last = piece[-1].pk
