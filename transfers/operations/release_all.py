"""Release all that is due, batch after batch, through the queue from its head to its end.

What needs an account that somebody else holds never stands in the way of the rest: it is passed over and looked at
again, first where it stands, and once most of a batch is such, beyond it. Once it is too late for that, its accounts are
waited for.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from config.kernel.foundations import clock_is_moved
from transfers.operations import release
from transfers.operations.passed_over import LATE, PassedOver
from transfers.operations.queue_head import QueueHead
from transfers.operations.release import Released, TookTooLong
from transfers.operations.release_claim import QueuePosition
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.release")

#: Between looks at what was passed over, in seconds; after them it is left to a later call.
PAUSES = (0.05, 0.2)


class Size:
    """How many transfers a batch takes in this process: fewer for a while after one that took too long.

    Halved by each that does, doubled again by many in a row that do not: on a slow server it stays where it works.
    """

    ENOUGH = 20

    def __init__(self) -> None:
        self._halvings = 0
        self._well = 0

    @property
    def now(self) -> int:
        """Return how many the next batch takes."""
        return max(1, int(settings.RELEASE_BATCH_SIZE) >> self._halvings)

    def took_too_long(self) -> bool:
        """Halve; say whether that makes a difference."""
        if self.now == 1:
            return False
        self._halvings, self._well = self._halvings + 1, 0
        return True

    def went_well(self) -> None:
        """Count one that was in time."""
        self._well += 1
        if self._halvings and self._well >= self.ENOUGH:
            self._halvings, self._well = self._halvings - 1, 0


_size = Size()
_passed_over = PassedOver()


def release_all(
    *,
    released_by: ReleasedBy,
    grace_ms: int = 0,
    goes_on: Callable[[], bool],
    tell: Callable[[Released], object] = lambda _: None,
    head: QueueHead | None = None,
) -> Released:
    """Release batches until nothing is left that can be released now, the earliest due first.

    :param grace_ms: how long they must have been due, in milliseconds.
    :param goes_on: asked before each batch; False ends the work.
    :param tell: called with what came of each batch.
    :param head: knows where the queue begins; None looks from the very beginning.
    :returns: the counts, none under a clock that was moved outside a sandbox; `passed` is what the last walk through the queue left because somebody else holds it.
    :raises TookTooLong: when not even the claim of one comes about in time.
    :raises DatabaseError: as `release_due`.
    """
    total, pauses = Released(), iter(PAUSES)
    if clock_is_moved():
        # Everything held would be due at once, and what has gone to another bank does not come back.
        log.critical("nothing is released: the bank's clock is not the server's")
        return total
    walked = Released()
    while goes_on():
        walked = Released()
        since = head.since() if head else None
        begins = QueuePosition.begin(since) if since else None
        for done in _walk(released_by, grace_ms, goes_on, begins):
            tell(done)
            walked += done
        total += walked
        if not walked.passed:
            break
        # What is held for long is left to a later call; who comes and goes is met again at once.
        pauses = iter(PAUSES) if walked.ended > walked.passed else pauses
        pause = next(pauses, None)
        if pause is None:
            break
        time.sleep(pause)
    return replace(total, passed=walked.passed)


def _walk(
    released_by: ReleasedBy,
    grace_ms: int,
    goes_on: Callable[[], bool],
    since: QueuePosition | None,
) -> Iterator[Released]:
    """Release batches from the head of the queue to its end, and between them what has been passed over for too long."""
    _passed_over.begin_walk()
    ended = 0
    while goes_on():
        limit = _size.now
        try:
            done = release.release_due(released_by=released_by, grace_ms=grace_ms, limit=limit, since=since)
        except TookTooLong:
            if not _size.took_too_long():
                raise
            continue
        _size.went_well()
        ended += done.ended
        _passed_over.meet(done.blocked)
        yield done
        if done.claimed < limit or done.first is None or done.last is None or not (done.ended or done.passed):
            # Where nothing at all can be done there is nothing that a wait would delay.
            yield from _serve(released_by, grace_ms, late=LATE if ended else timedelta())
            return
        yield from _serve(released_by, grace_ms, late=LATE)
        # What this batch left comes again with the next one; what another releaser had claimed and gave up, or what was
        # woken meanwhile, with the next walk.
        since = done.first if done.passed * 2 < done.claimed else done.last.beyond()


def _serve(released_by: ReleasedBy, grace_ms: int, *, late: timedelta) -> Iterator[Released]:
    """Wait for accounts that were passed over, if it is their turn, and release what needs them."""
    blocked = _passed_over.next(late)
    if blocked is None:
        return
    began = time.monotonic()
    try:
        done = release.release_blocked(blocked, released_by=released_by, grace_ms=grace_ms)
    except TookTooLong:
        if not _size.took_too_long():
            raise
        done = Released(claimed=blocked.ids.size)
    in_vain = done.claimed > 0 and not done.ended
    _passed_over.waited(blocked, seconds=time.monotonic() - began, in_vain=in_vain)
    _passed_over.meet(done.blocked)
    # They were claimed and passed over by the batch before, and are counted there.
    yield replace(done, claimed=0, passed=0)
