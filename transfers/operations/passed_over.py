"""Accounts that releases passed over because another transaction held them, and which of them is waited for next.

Payments that hold one account in turn leave it free only for moments, and SKIP LOCKED hardly ever meets one of these.
Who waits for the row joins PostgreSQL's queue for it and gets its turn. A wait delays what else the process could
release, so it waits for the accounts of one set of transfers at a time, and for little of its time where it has waited in vain.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from config.kernel.id_arrays import Ids

#: Accounts are waited for once a transfer that needs them is so late, whatever else is released meanwhile.
LATE = timedelta(milliseconds=250)
#: Accounts that were waited for in vain are left alone until this many times the duration of the last such wait has passed.
REST = 4
#: So many accounts that were waited for in vain are remembered, the latest ones.
REMEMBERED = 100


@dataclass(frozen=True, slots=True)
class Blocked:
    """Due transfers that were passed over because of the same accounts.

    :ivar accounts: those that another transaction held: the payer's, the payee's, or both.
    :ivar ids: the transfers.
    :ivar late: by how much the earliest of them was late.
    """

    accounts: Ids
    ids: Ids
    late: timedelta


def is_late(blocked: Blocked) -> bool:
    """Return whether accounts are to be waited for."""
    return blocked.late >= LATE


class PassedOver:
    """The waits of one process: for how many seconds it waited for each account in vain, and until when it waits for none of these.

    Whatever is still passed over is met again by the next batch or walk, so nothing else is kept.
    """

    def __init__(self) -> None:
        self._in_vain: dict[Ids, float] = {}
        self._rests_until = 0.0

    def next(self, blocked: Iterable[Blocked]) -> Blocked | None:
        """Return what is to be waited for now, if anything: what was waited for least in vain, then the latest.

        :param blocked: what a batch has just passed over.
        """
        left_alone = self._in_vain if time.monotonic() < self._rests_until else {}
        late = (each for each in blocked if is_late(each) and each.accounts not in left_alone)
        return min(late, key=lambda each: (self._in_vain.get(each.accounts, 0.0), -each.late), default=None)

    def waited(self, blocked: Blocked, *, seconds: float, in_vain: bool) -> None:
        """Take in how long these accounts were waited for, and whether in vain."""
        before = self._in_vain.pop(blocked.accounts, 0.0)
        if in_vain:
            self._rests_until = time.monotonic() + REST * seconds
            self._in_vain[blocked.accounts] = before + seconds
            if len(self._in_vain) > REMEMBERED:
                del self._in_vain[next(iter(self._in_vain))]
