"""Release all due transfers, batch after batch, once through the queue from head to end.

A transfer whose account another transaction has locked never delays the rest. It is passed over and tried with the
next batch if there are few of them, otherwise with the next walk through the queue. Once it is late, the process waits
for its accounts.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from config.kernel.database.id_arrays import Ids
from config.kernel.integrity.foundations import clock_is_moved
from transfers.operations.release import Released, batch_size, release_due
from transfers.operations.release_claim import Blocked, begin
from transfers.queries.due_queue import EVER, queue_head
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.release")

#: Seconds for which a process uses the head of the queue that it found; an earlier transfer that comes in meanwhile
#: waits at most so long.
HEAD_SECONDS = 5.0
#: A transfer is due no earlier than the instant of its judgement and visible when its transaction ends. So a transfer
#: may still appear this long before a look.
SLACK_SECONDS = 5
#: Accounts for which the process waited in vain are skipped for this multiple of the duration of the last such wait.
REST = 4
#: Maximum of remembered accounts, the latest ones.
REMEMBERED = 100


class QueueHead:
    """The instant from which this process reads the queue (队列头); nothing older was held a moment ago.

    A released transfer leaves the index of the queue only when no transaction can see it any more. While a report or a
    dump stays open, a read from the beginning passes all transfers released since: up to 22 ms instead of 0.4 (`make
    bench-open`). So the first held transfer is searched for once in a while, locked or not, and other reads begin
    there. An earlier transfer can only come from a stock (overdue at the take-over) or from an acceptance that took
    longer than the slack; the next read from the beginning finds it.
    """

    def __init__(self) -> None:
        self._since, self._looked_at = EVER, float("-inf")

    def since(self) -> datetime:
        """Return the instant from which the queue must be read."""
        now = time.monotonic()
        if now - self._looked_at >= HEAD_SECONDS:
            self._since, self._looked_at = queue_head(slack_seconds=SLACK_SECONDS), now
        return self._since


class AccountWaits:
    """Accounts for which this process waited in vain, and until when it does not wait again.

    An account that many payments lock in turn is free only for moments, which SKIP LOCKED hardly ever meets. A process
    that waits for the row joins PostgreSQL's queue for it and gets its turn. Waiting delays other releases. So the
    process waits for the accounts of one set of transfers at a time, and only a small part of its time if it waited in
    vain before. The next batch or walk meets all transfers passed over again, so no other state is kept.
    """

    def __init__(self) -> None:
        self._in_vain: dict[Ids, float] = {}
        self._rests_until = 0.0

    def next(self, blocked: Iterable[Blocked]) -> Blocked | None:
        """Return the accounts to wait for now, or None; first those waited for longest ago or never, then the latest.

        :param blocked: transfers that a batch has just passed over.
        """
        left_alone = self._in_vain if time.monotonic() < self._rests_until else {}
        late = (each for each in blocked if each.is_late and each.accounts not in left_alone)
        return min(late, key=lambda each: (self._in_vain.get(each.accounts, 0.0), -each.late), default=None)

    def waited(self, blocked: Blocked, *, seconds: float, in_vain: bool) -> None:
        """Record how long these accounts were waited for, and whether in vain."""
        self._in_vain.pop(blocked.accounts, None)
        if in_vain:
            now = self._in_vain[blocked.accounts] = time.monotonic()
            self._rests_until = now + REST * seconds
            if len(self._in_vain) > REMEMBERED:
                del self._in_vain[next(iter(self._in_vain))]


head, _waits = QueueHead(), AccountWaits()


def release_all(*, released_by: ReleasedBy, grace_ms: int = 0, waits: bool = True) -> Iterator[Released]:
    """Release all that can be released now, earliest due first; yield each batch's result after COMMIT.

    It continues as long as the caller iterates. It yields nothing if the clock was moved outside a sandbox. If
    `passed` is not 0, some due transfers may remain.

    :param grace_ms: minimum time since the due instant, in milliseconds.
    :param waits: whether to wait for the accounts of late transfers.
    :raises DatabaseError: as `release_due`.
    """
    if clock_is_moved():
        # All held transfers would be due at once, and money sent to another bank does not come back.
        log.critical("nothing is released: the bank's clock is not the server's")
        return
    since = begin(head.since())
    while True:
        limit = batch_size()
        done = release_due(released_by=released_by, grace_ms=grace_ms, since=since)
        yield done
        if waits and (blocked := _waits.next(done.blocked)):
            yield _wait_for(blocked, released_by, grace_ms)
        if done.claimed < limit or not (done.ended or done.passed):
            return
        # Continue after the released transfers, to avoid reading them again; after the passed-over ones if they were
        # half or more.
        kept_back = done.blocked and done.passed * 2 < done.claimed
        since = begin(min(each.since for each in done.blocked)) if kept_back else done.last


def _wait_for(blocked: Blocked, released_by: ReleasedBy, grace_ms: int) -> Released:
    """Wait for the accounts of transfers that a batch passed over, and release these transfers."""
    began = time.monotonic()
    served = release_due(released_by=released_by, grace_ms=grace_ms, ids=blocked.ids, wait_for=blocked.accounts)
    in_vain = served.claimed > 0 and not served.ended
    _waits.waited(blocked, seconds=time.monotonic() - began, in_vain=in_vain)
    # They were claimed and passed over by the batch before, and counted there.
    return replace(served, claimed=0, passed=0)
