"""Release all that is due, batch after batch, through the queue from its head to its end.

What needs an account that somebody else holds never stands in the way of the rest: it is passed over and looked at
again, first where it stands, and once most of a batch is such, beyond it.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from config.logs import sqlstate
from transfers.operations import release
from transfers.operations.release import Released
from transfers.vocabulary import ReleasedBy

#: Between looks at what was passed over, in seconds; after them it is left to a later call.
PAUSES = (0.02, 0.05, 0.1, 0.2)

_TOOK_TOO_LONG = frozenset({"25P04", "57014"})


@dataclass(slots=True)
class _Size:
    """How many transfers a batch takes: fewer after one that took too long."""

    now: int
    most: int

    def shrink(self) -> bool:
        smaller = self.now > 1
        self.now = max(1, self.now // 2)
        return smaller

    def grow(self) -> None:
        self.now = min(self.most, self.now * 2)


def release_all(
    *,
    released_by: ReleasedBy,
    grace_ms: int = 0,
    goes_on: Callable[[], bool],
    told: Callable[[Released], object] = lambda _: None,
) -> Released:
    """Release batches until nothing is left that can be released now, the earliest due first.

    :param grace_ms: how long they must have been due, in milliseconds.
    :param goes_on: asked before each batch; False ends the work.
    :param told: called with what came of each batch.
    :returns: the counts; `passed` is what the last walk through the queue left because somebody else holds it.
    :raises DatabaseError: as `release_due`.
    """
    total, pauses = Released(), iter(PAUSES)
    size = _Size(settings.RELEASE_BATCH_SIZE, settings.RELEASE_BATCH_SIZE)
    wait_for = None
    walked = Released()
    while goes_on():
        walked = Released()
        for done in _walk(released_by, grace_ms, size, wait_for, goes_on):
            told(done)
            walked += done
        total += walked
        if not walked.passed:
            break
        # Where nothing at all can be done the next walk waits for one of the accounts: somebody's turn it is.
        wait_for = None if walked.ended else walked.blocked
        pauses = iter(PAUSES) if walked.ended else pauses
        pause = next(pauses, None)
        if pause is None:
            break
        time.sleep(pause)
    return replace(total, passed=walked.passed)


def _walk(
    released_by: ReleasedBy, grace_ms: int, size: _Size, wait_for: UUID | None, goes_on: Callable[[], bool]
) -> Iterator[Released]:
    """Release batches from the head of the queue to its end."""
    since = None
    while goes_on():
        limit = size.now
        try:
            done = release.release_due(
                released_by=released_by, grace_ms=grace_ms, limit=limit, since=since, wait_for=wait_for
            )
        except DatabaseError as fault:
            if sqlstate(fault) not in _TOOK_TOO_LONG or not size.shrink():
                raise
            connection.close()
            continue
        yield done
        if done.claimed < limit or done.first is None or done.last is None or not (done.ended or done.passed):
            return
        size.grow()
        # Nothing before the first of this batch is left; what this batch left comes again with the next one.
        since = done.first if done.passed * 2 < done.claimed else done.last.beyond()
        wait_for = None
