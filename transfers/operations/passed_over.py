"""Accounts that releases have passed over because another transaction held them: since when, and which is waited for next.

Payments that hold one account in turn leave it free only for moments, and SKIP LOCKED hardly ever meets one of these.
Who waits for the row joins PostgreSQL's queue for it and gets its turn. A wait delays what else falls due, so a process
waits for little of its time, and for one set of accounts at a time.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from config.kernel.id_arrays import Ids

#: Accounts are waited for once a transfer that needs them is so late, whatever else is released meanwhile.
LATE = timedelta(milliseconds=500)
#: A process does not wait again until this many times the duration of its last wait has passed.
REST = 4
#: A wait in vain counts for so many seconds, also where another process holds the transfers meanwhile and they are not met.
REMEMBERED = 30.0


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


class PassedOver:
    """The blocked accounts that this process passed over, and the waits for them."""

    def __init__(self) -> None:
        self._met: dict[Ids, Blocked] = {}
        # How often in vain, and when last.
        self._in_vain: dict[Ids, tuple[int, float]] = {}
        self._rests_until = 0.0

    def begin_walk(self) -> None:
        """Forget what the last walk met: a walk meets again whatever is still passed over."""
        since = time.monotonic() - REMEMBERED
        self._in_vain = {accounts: (times, at) for accounts, (times, at) in self._in_vain.items() if at > since}
        self._met = {}

    def meet(self, blocked: Iterable[Blocked]) -> None:
        """Take in what a batch has passed over."""
        for each in blocked:
            known = self._met.get(each.accounts)
            if known is None or each.late >= known.late:
                self._met[each.accounts] = each

    def next(self, late: timedelta = LATE) -> Blocked | None:
        """Return what is to be waited for now, if anything: first what was waited for in vain least often, then the latest.

        :param late: of what is at least so late.
        """
        if time.monotonic() < self._rests_until:
            return None
        waiting = [each for each in self._met.values() if each.late >= late]
        return min(waiting, key=lambda each: (self._times_in_vain(each.accounts), -each.late), default=None)

    def waited(self, blocked: Blocked, *, seconds: float, in_vain: bool) -> None:
        """Take in that these accounts were waited for: unless in vain, they are forgotten until they are met again."""
        now = time.monotonic()
        self._rests_until = now + REST * seconds
        if in_vain:
            self._in_vain[blocked.accounts] = self._times_in_vain(blocked.accounts) + 1, now
        else:
            self._met.pop(blocked.accounts, None)
            self._in_vain.pop(blocked.accounts, None)

    def _times_in_vain(self, accounts: Ids) -> int:
        return self._in_vain.get(accounts, (0, 0.0))[0]
