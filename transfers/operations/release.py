"""Release what is due (到期入账): post it, or return it when a rule forbids it now.

PostgreSQL decides what is due and whether it is executed; whoever calls this only decides when to
look. Calling it twice, at once or never at all for a while costs time, never money.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.db import DataError, IntegrityError, InternalError, OperationalError, transaction
from psycopg import errors

from transfers.operations.parking import park
from transfers.operations.release_batch import Batch, Crowded, Wanted, release_batch
from transfers.vocabulary import ReleasedBy

#: What one row can do to its batch. Anything else (the database is away) concerns no row.
ROW_FAULTS = (
    IntegrityError,
    DataError,
    InternalError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    RuntimeError,
)
#: How long a batch waits for one lock before the row in question is set aside.
LOCK_TIMEOUT = "1s"
LOCK_TIMEOUT_AMONG_FEW = "100ms"


@dataclass(frozen=True, slots=True)
class Released:
    """How many transfers were claimed, and what became of them."""

    claimed: int = 0
    posted: int = 0
    returned: int = 0
    parked: int = 0

    def __add__(self, other: "Released") -> "Released":
        return Released(
            self.claimed + other.claimed,
            self.posted + other.posted,
            self.returned + other.returned,
            self.parked + other.parked,
        )


def release_due(*, released_by: ReleasedBy, due_before_grace_ms: int = 0, limit: int | None = None) -> Released:
    """Release one batch of due transfers (到期入账).

    What must stay true: none before its due instant by the bank's clock read after the locks, each
    exactly once, each judged again; a transfer that fails its batch is set aside, the others go on.

    :param due_before_grace_ms: how long they must have been due, in milliseconds.
    :param limit: how many at most.
    :returns: the counts; `claimed` below the limit means that nothing more was to be had.
    :source: 通告第五条, 2016-12-01: 24 hours after acceptance.
    """
    wanted = Wanted(due_before_grace_ms, limit or settings.RELEASE_BATCH_SIZE, LOCK_TIMEOUT)
    return _release(wanted, released_by)


def _release(wanted: Wanted, released_by: ReleasedBy) -> Released:
    done = Batch()
    try:
        with transaction.atomic():
            release_batch(wanted, released_by, done)
    except Crowded:
        return _release(replace(wanted, patient=True), released_by)
    except ROW_FAULTS as fault:
        return _divide(done.ids.read(), wanted, released_by, fault)
    except OperationalError as fault:
        if not isinstance(fault.__cause__, (errors.LockNotAvailable, errors.DeadlockDetected)):
            raise
        return _divide(done.ids.read(), wanted, released_by, fault)
    return Released(claimed=done.seen, posted=done.posted, returned=done.returned)


def _divide(claimed: Sequence[UUID], wanted: Wanted, released_by: ReleasedBy, fault: Exception) -> Released:
    """Try the halves of a failed batch alone, down to the row that fails; that one is set aside."""
    if not claimed:
        raise fault
    if len(claimed) == 1:
        return Released(claimed=1, parked=park(claimed[0], fault))
    middle = len(claimed) // 2
    total = Released()
    for part in (claimed[:middle], claimed[middle:]):
        total += _release(Wanted(wanted.grace_ms, len(part), LOCK_TIMEOUT_AMONG_FEW, part), released_by)
    return total
