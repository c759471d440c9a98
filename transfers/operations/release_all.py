"""Release all that is due, batch after batch, once through the queue from its head to its end.

What needs an account that somebody else holds never keeps back the rest: it is passed over, comes again with the next batch
while it is the smaller part of one, and with the next walk otherwise. Once it is late its accounts are waited for.
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

#: For how long a process goes by where it found the head of the queue; what has come in before it meanwhile waits so long at most.
HEAD_SECONDS = 5.0
#: An acceptance is due no earlier than the instant at which it was judged, and is there when its transaction ends: so
#: much before a look something may still come in.
SLACK_SECONDS = 5
#: Accounts that were waited for in vain are left alone until this many times the duration of the last such wait has passed.
REST = 4
#: So many accounts that were waited for in vain are remembered, the latest ones.
REMEMBERED = 100


class QueueHead:
    """From when on this process looks into the queue (队列头): before it, nothing was held a moment ago.

    What is released leaves the index of the queue only when no transaction can see it any more. While a report or a dump
    stays open, a look from the very beginning walks all that was released since: up to 22 ms instead of 0.4
    (`make bench-open`). So the first that is held is looked for once in a while, whoever has it locked, and other looks begin
    there. Nothing comes in before it but a row of a stock that was overdue when it was taken over, or one whose acceptance
    took longer than the slack: the next look from the beginning finds it.
    """

    def __init__(self) -> None:
        self._since, self._looked_at = EVER, float("-inf")

    def since(self) -> datetime:
        """Return the instant from which on the queue is to be looked into."""
        now = time.monotonic()
        if now - self._looked_at >= HEAD_SECONDS:
            self._since, self._looked_at = queue_head(slack_seconds=SLACK_SECONDS), now
        return self._since


class Waits:
    """Which accounts this process has waited for in vain, and until when it waits for none of these.

    Payments that hold one account in turn leave it free only for moments, and SKIP LOCKED hardly ever meets one of these.
    Who waits for the row joins PostgreSQL's queue for it and gets its turn. A wait delays what else the process could
    release, so it waits for the accounts of one set of transfers at a time, and for little of its time where it has waited
    in vain. Whatever is still passed over is met again by the next batch or walk, so nothing else is kept.
    """

    def __init__(self) -> None:
        self._in_vain: dict[Ids, float] = {}
        self._rests_until = 0.0

    def next(self, blocked: Iterable[Blocked]) -> Blocked | None:
        """Return what is to be waited for now, if anything: what was waited for in vain longest ago or never, then the latest.

        :param blocked: what a batch has just passed over.
        """
        left_alone = self._in_vain if time.monotonic() < self._rests_until else {}
        late = (each for each in blocked if each.is_late and each.accounts not in left_alone)
        return min(late, key=lambda each: (self._in_vain.get(each.accounts, 0.0), -each.late), default=None)

    def waited(self, blocked: Blocked, *, seconds: float, in_vain: bool) -> None:
        """Take in how long these accounts were waited for just now, and whether in vain."""
        self._in_vain.pop(blocked.accounts, None)
        if in_vain:
            now = self._in_vain[blocked.accounts] = time.monotonic()
            self._rests_until = now + REST * seconds
            if len(self._in_vain) > REMEMBERED:
                del self._in_vain[next(iter(self._in_vain))]


head, _waits = QueueHead(), Waits()


def release_all(*, released_by: ReleasedBy, grace_ms: int = 0, waits: bool = True) -> Iterator[Released]:
    """Release what can be released now, the earliest due first; yield what came of each batch, once it is committed.

    It goes on as long as it is asked for more, and yields nothing under a clock that was moved outside a sandbox. Where `passed`
    is not 0 something may be left.

    :param grace_ms: how long they must have been due, in milliseconds.
    :param waits: whether accounts are waited for once a transfer that needs them is late.
    :raises DatabaseError: as `release_due`.
    """
    if clock_is_moved():
        # Everything held would be due at once, and what has gone to another bank does not come back.
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
        # Behind what was released, so that it is not walked past again; behind what was passed over if that was half or more.
        kept_back = done.blocked and done.passed * 2 < done.claimed
        since = begin(min(each.since for each in done.blocked)) if kept_back else done.last


def _wait_for(blocked: Blocked, released_by: ReleasedBy, grace_ms: int) -> Released:
    """Wait for accounts that a batch has passed over, and release what needs them."""
    began = time.monotonic()
    served = release_due(released_by=released_by, grace_ms=grace_ms, ids=blocked.ids, wait_for=blocked.accounts)
    in_vain = served.claimed > 0 and not served.ended
    _waits.waited(blocked, seconds=time.monotonic() - began, in_vain=in_vain)
    # They were claimed and passed over by the batch before, and are counted there.
    return replace(served, claimed=0, passed=0)
