"""Release all that is due, batch after batch, once through the queue from its head to its end.

What needs an account that somebody else holds never keeps back the rest: it is passed over, comes again with the next batch
while it is the smaller part of one, and with the next walk otherwise. Once it is late its accounts are waited for.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from config.kernel.foundations import clock_is_moved
from transfers.operations import release
from transfers.operations.passed_over import PassedOver
from transfers.operations.queue_head import QueueHead
from transfers.operations.release import Released
from transfers.operations.release_claim import QueuePosition
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.release")

_passed_over = PassedOver()


def release_all(
    *,
    released_by: ReleasedBy,
    grace_ms: int = 0,
    goes_on: Callable[[], bool],
    tell: Callable[[Released], object] = lambda _: None,
    head: QueueHead | None = None,
    waits: bool = True,
) -> Released:
    """Release what can be released now, the earliest due first.

    :param grace_ms: how long they must have been due, in milliseconds.
    :param goes_on: asked before each batch; False ends the work.
    :param tell: called with what came of each batch.
    :param head: knows where the queue begins; None looks from the very beginning.
    :param waits: whether accounts are waited for once a transfer that needs them is late.
    :returns: the counts, none under a clock that was moved outside a sandbox; `passed` counts what batches left because
        somebody else held it: where it is not 0 something may be left.
    :raises DatabaseError: as `release_due`.
    """
    total = Released()
    if clock_is_moved():
        # Everything held would be due at once, and what has gone to another bank does not come back.
        log.critical("nothing is released: the bank's clock is not the server's")
        return total
    begins = head.since() if head else None
    since = QueuePosition.begin(begins) if begins else None
    while goes_on():
        limit = release.size.now
        done = release.release_due(released_by=released_by, grace_ms=grace_ms, limit=limit, since=since)
        tell(done)
        total += done
        if waits:
            served = _wait_for_one(done, released_by, grace_ms)
            tell(served)
            total += served
        if done.claimed < limit or done.first is None or done.last is None or not (done.ended or done.passed):
            break
        # Behind what was released, so that it is not walked past again.
        since = done.first if done.passed * 2 < done.claimed else done.last.beyond()
    return total


def _wait_for_one(done: Released, released_by: ReleasedBy, grace_ms: int) -> Released:
    """Wait for accounts that a batch has passed over, if it is time, and release what needs them."""
    blocked = _passed_over.next(done.blocked)
    if blocked is None:
        return Released()
    began = time.monotonic()
    served = release.release_blocked(blocked, released_by=released_by, grace_ms=grace_ms)
    in_vain = served.claimed > 0 and not served.ended
    _passed_over.waited(blocked, seconds=time.monotonic() - began, in_vain=in_vain)
    # They were claimed and passed over by the batch before, and are counted there.
    return replace(served, claimed=0, passed=0)
