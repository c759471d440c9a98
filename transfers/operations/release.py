"""Release one batch of what is due (到期入账): post it, or return it when a rule forbids it now.

PostgreSQL decides what is due and whether it is executed; whoever calls this only decides when to
look. Calling it twice, at once or never at all for a while costs time, never money.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from accounts.queries.party_sets import WaitedInVain
from config.kernel.id_arrays import NO_IDS, Ids
from config.kernel.transactions import owned
from config.logs import constraint_name, sqlstate
from transfers.operations import release_claim
from transfers.operations.parking import park
from transfers.operations.passed_over import Blocked
from transfers.operations.release_batch import Batch, release_batch
from transfers.operations.release_claim import ClaimScope, QueuePosition
from transfers.vocabulary import ReleasedBy

log = logging.getLogger("bank.release")

# What concerns no row, by the class of its SQLSTATE: the connection (08), the transaction's state and its time (25),
# a deadlock (40), resources (53), a lock not to be had (55), an operator (57), the system (58).
_NO_ROWS = frozenset({"08", "25", "40", "53", "55", "57", "58"})
_WAITED_IN_VAIN = frozenset({"55P03", "40P01", "40001"})
_TOOK_TOO_LONG = frozenset({"25P04", "57014"})
#: A restore was marked since the batch was claimed.
_HOLD = "event_releases_wait"


#: A batch that failed is done again in pieces of so many, and a piece that failed one by one.
FEW = 32
#: For so many seconds after a batch that took too long, all batches of this process are so small.
SLOW_SECONDS = 30.0


class BatchSize:
    """How many transfers the next batch of this process takes."""

    def __init__(self) -> None:
        self._slow_until = 0.0

    @property
    def now(self) -> int:
        """Return the number."""
        most: int = settings.RELEASE_BATCH_SIZE
        return min(FEW, most) if time.monotonic() < self._slow_until else most

    def took_too_long(self) -> None:
        """Take in that PostgreSQL has ended a batch because of its time."""
        self._slow_until = time.monotonic() + SLOW_SECONDS


size = BatchSize()


@dataclass(frozen=True, slots=True)
class Released:
    """How many transfers were claimed, and what became of them.

    :ivar passed: how many were left because somebody else holds an account of theirs.
    :ivar blocked: those of one batch, by the accounts.
    :ivar first: the place in the queue of the first one claimed.
    """

    claimed: int = 0
    posted: int = 0
    returned: int = 0
    parked: int = 0
    passed: int = 0
    blocked: Sequence[Blocked] = field(default=(), compare=False)
    first: QueuePosition | None = field(default=None, compare=False)
    last: QueuePosition | None = field(default=None, compare=False)

    def __add__(self, other: "Released") -> "Released":
        return Released(
            self.claimed + other.claimed,
            self.posted + other.posted,
            self.returned + other.returned,
            self.parked + other.parked,
            self.passed + other.passed,
        )

    @property
    def released(self) -> int:
        """Return how many are held no longer."""
        return self.posted + self.returned

    @property
    def ended(self) -> int:
        """Return for how many something was done."""
        return self.released + self.parked


def release_due(
    *,
    released_by: ReleasedBy,
    grace_ms: int = 0,
    limit: int | None = None,
    since: QueuePosition | None = None,
) -> Released:
    """Release one batch of due transfers (到期入账).

    What must stay true: none before its due instant by the bank's clock read after the locks, each
    exactly once, each judged again; a transfer that fails its batch is set aside, one whose accounts somebody else
    holds is passed over, the others go on.

    :param grace_ms: how long they must have been due, in milliseconds.
    :param limit: how many at most.
    :param since: none before this place in the queue.
    :returns: the counts; `claimed` below the limit means that the queue has been seen to its end. Nothing is done where
        PostgreSQL ended a batch of more than a few because of its time: the next batches are smaller.
    :raises DatabaseError: what concerns no row: the database is away.
    :source: 通告第五条, 2016-12-01: 24 hours after acceptance.
    """
    return _release(ClaimScope(grace_ms, limit or size.now, since=since), released_by)


def release_blocked(blocked: Blocked, *, released_by: ReleasedBy, grace_ms: int = 0) -> Released:
    """Release due transfers that were passed over, after a wait of half a second at most for the accounts they need.

    While it waits it holds no account, or the first of two. Where another process waits already it finds nothing to claim.

    :raises DatabaseError: as `release_due`.
    """
    return _release(ClaimScope(grace_ms, blocked.ids.size, ids=blocked.ids), released_by, blocked.accounts)


def _release(scope: ClaimScope, released_by: ReleasedBy, wait_for: Ids = NO_IDS) -> Released:
    done, began = Batch(), time.monotonic()
    try:
        with owned():
            release_batch(scope, released_by, done, wait_for)
    except Exception as fault:  # noqa: BLE001 - whatever one row raises is that row's
        slow = _took_too_long(fault, time.monotonic() - began)
        left = _after(fault, scope, released_by, done, slow=slow)
        return replace(left, claimed=done.seen, first=done.first, last=done.last)
    return Released(
        claimed=done.seen,
        posted=done.posted,
        returned=done.returned,
        passed=done.passed,
        blocked=done.blocked,
        first=done.first,
        last=done.last,
    )


def _after(fault: Exception, scope: ClaimScope, released_by: ReleasedBy, done: Batch, *, slow: bool) -> Released:
    """Do what a failed batch leaves to do: nothing, the same in pieces, or one row set aside."""
    if constraint_name(fault) == _HOLD:
        return Released()
    if isinstance(fault, WaitedInVain) or sqlstate(fault) in _WAITED_IN_VAIN:
        # Not even the claim may have come about: something is left to try again all the same.
        return Released(passed=done.seen or 1)
    if slow:
        size.took_too_long()
    claimed = done.ids.read()
    if not claimed or (not slow and _is_no_rows(fault)):
        raise fault
    if slow and len(claimed) > FEW:
        log.warning("a batch of %d took too long (%s)", len(claimed), constraint_name(fault))
        return Released()
    again = _in_pieces(claimed, scope, released_by, fault)
    return replace(again, passed=again.passed + done.passed)


def _took_too_long(fault: Exception, seconds: float) -> bool:
    """Say whether PostgreSQL ended a batch because of its time.

    Who was busy elsewhere meanwhile learns only that the connection is gone.
    """
    gone = sqlstate(fault) is None and isinstance(fault, (OperationalError, InterfaceError))
    return sqlstate(fault) in _TOOK_TOO_LONG or (gone and seconds >= release_claim.TRANSACTION_SECONDS)


def _is_no_rows(fault: Exception) -> bool:
    """Say whether a fault would have come to any batch, whatever is in it."""
    state = sqlstate(fault)
    if state is None:
        # The connection; what the driver says of a row's values has no code either.
        return isinstance(fault, (OperationalError, InterfaceError, MemoryError))
    return isinstance(fault, (DatabaseError, InterfaceError)) and state[:2] in _NO_ROWS


def _in_pieces(claimed: Sequence[UUID], scope: ClaimScope, released_by: ReleasedBy, fault: Exception) -> Released:
    """Release what a failed batch had claimed a few at a time, a failed few one by one; set aside the row that fails alone."""
    if len(claimed) == 1:
        return _set_aside(claimed[0], fault)
    total = Released()
    for piece in batched(claimed, FEW if len(claimed) > FEW else 1, strict=False):
        total += _release(ClaimScope(scope.grace_ms, len(piece), ids=Ids.of(piece)), released_by)
    return total


def _set_aside(transfer_id: UUID, fault: Exception) -> Released:
    try:
        return Released(parked=park(transfer_id, fault))
    except DatabaseError as worse:
        # Left where it stands, so that the others of its batch go on.
        log.error("transfer %s could not be set aside (%s)", transfer_id, constraint_name(worse))  # noqa: TRY400
        return Released(passed=1)
