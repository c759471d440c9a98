"""Judge one batch of due transfers again and release it (到期入账): post or return each.

PostgreSQL decides what is due and whether it is executed; the caller only decides when to look. A missing, repeated or
concurrent call costs time, but never money.

Most accounts have the same standing: open, not frozen, not listed. The rule is applied once to each combination of
standings that occurs. If it refuses none, it refuses no transfer between such accounts. All other transfers are judged
one by one with the full facts of their parties.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import batched, product
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError

from accounts.policy.facts import AccountStanding, PartyFacts
from accounts.queries.party_sets import AccountLockTimeout, PartySets, facts_of, lock_party_sets, wait_for_accounts
from accounts.vocabulary import Channel
from config.kernel.database.clock import clock_rests
from config.kernel.database.id_arrays import NO_IDS, Ids
from config.kernel.database.sql import Row, Statement, ask, insert, send
from config.kernel.database.transactions import owned
from config.kernel.law.refusals import Ruled
from config.kernel.models import Decision
from config.kernel.trail.decisions import Deciding
from config.logs import constraint_name, sqlstate
from transfers.operations import release_claim
from transfers.operations.parking import park
from transfers.operations.release_claim import ANYWHERE, Blocked, Claimed, Place, claim, passed_over
from transfers.policy.release import ReleaseFacts, check_release
from transfers.vocabulary import DecisionKind, ReleasedBy, Rule

_JUDGED_ALONE = """
SELECT id, channel, amount_fen, payer_account_id, payee_account_id,
       payee_bank_code <> '' AND payee_key = ANY(%(stopped)s::bytea[]) AS is_case_account
FROM transfers_transfer
WHERE id = ANY(%(ids)s::uuid[]) AND (
    payer_account_id = ANY(%(accounts)s::uuid[]) OR payee_account_id = ANY(%(accounts)s::uuid[])
    OR payee_key = ANY(%(stopped)s::bytea[])
)
"""


def judge(transfer_ids: Ids, channels: Iterable[str], found: PartySets) -> list[Decision]:
    """Return the decisions that refuse transfers of a batch, not yet written; execute the others.

    :param channels: all channels that occur among the transfers.
    :param found: facts of their parties, read under locks.
    :raises ValueError: for a channel that this version does not know.
    """
    refusing = _refusing(found.standings, tuple(map(Channel, channels)))
    if not (found.marked or refusing or found.stopped_outside):
        return []
    accounts = Ids.joined((Ids.of(found.marked), *(found.standings[standing] for standing in refusing)))
    params = {"ids": transfer_ids, "accounts": accounts, "stopped": list(found.stopped_outside)}
    alone = ask(Statement(_JUDGED_ALONE, params))
    sides = ("payer_account_id", "payee_account_id")
    parties = facts_of({row[side] for row in alone for side in sides if row[side]}, found.at)
    return [refused for row in alone if (refused := _refused(row, parties, found.at))]


def _refusing(standings: Iterable[AccountStanding], channels: tuple[Channel, ...]) -> list[AccountStanding]:
    """Return the standings that the rule refuses for a payer or a payee.

    The rule was applied to every combination of the other standings and refused none.
    """
    every = list(standings)
    payers = [each for each in every if _allows([each], [None], channels)]
    payees = [each for each in every if _allows(payers, [each], channels)]
    return [each for each in every if each not in payers or each not in payees]


def _allows(
    payers: Iterable[AccountStanding], payees: Iterable[AccountStanding | None], channels: tuple[Channel, ...]
) -> bool:
    try:
        for payer, payee, channel in product(payers, payees, channels):
            check_release(ReleaseFacts(payer=payer, payee=payee, channel=channel, is_case_account=False))
    except Ruled:
        return False
    return True


def _refused(transfer: Row, parties: Mapping[UUID, PartyFacts], at: datetime) -> Decision | None:
    payer, payee_id = parties[transfer["payer_account_id"]], transfer["payee_account_id"]
    facts = ReleaseFacts(
        payer=payer,
        payee=parties[payee_id] if payee_id else None,
        channel=Channel(transfer["channel"]),
        is_case_account=bool(transfer["is_case_account"]),
        amount_fen=transfer["amount_fen"],
    )
    try:
        check_release(facts)
    except Ruled as refusal:
        return Deciding(
            DecisionKind.RELEASE,
            None,
            at=at,
            rule=Rule.RELEASE,
            customer_id=payer.customer_id,
            account_id=payer.account_id,
            object_id=transfer["id"],
            facts=facts.record(),
        ).row(refusal)
    return None


log = logging.getLogger("bank.release")

# SQLSTATE classes of errors that concern no row: the connection (08), the transaction's state and timeout (25), a
# deadlock (40), resources (53), a lock not available (55), an operator (57), the system (58).
_NO_ROWS = frozenset({"08", "25", "40", "53", "55", "57", "58"})
_WAITED_IN_VAIN = frozenset({"55P03", "40P01", "40001"})
_TOOK_TOO_LONG = frozenset({"25P04", "57014"})
#: A restore was marked after the batch was claimed.
_HOLD = "event_releases_wait"

#: A failed batch is repeated in pieces of this size, and a failed piece one by one.
FEW = 32
#: Seconds after a batch timeout during which all batches of this process have this small size.
SLOW_SECONDS = 30.0
_slow_until = 0.0

# One statement writes outcome and event of each transfer, and triggers post the money: all is committed, or nothing. A
# trigger checks that each transfer is still held; its row is locked.
_MOVE = """
WITH moved AS (
    UPDATE transfers_transfer
    SET status = CASE WHEN id = ANY(%(refused)s::uuid[]) THEN 'returned' ELSE 'posted' END,
        settled_at = CASE WHEN id = ANY(%(refused)s::uuid[]) THEN NULL ELSE %(at)s::timestamptz END, ended_at = %(at)s,
        outcome_code = coalesce((%(codes)s::text[])[array_position(%(refused)s::uuid[], id)], '')
    WHERE id = ANY(%(ids)s::uuid[])
    RETURNING id, status, outcome_code, due_at
), written AS (
    INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
    SELECT id, %(at)s, 'held', status, outcome_code, %(by)s, floor(extract(epoch FROM %(at)s - due_at) * 1000)
    FROM moved
)
SELECT count(*) AS moved FROM moved
"""


class NotAllMoved(RuntimeError):
    """Undo a batch in which a claimed transfer could not be moved."""


@dataclass(frozen=True, slots=True)
class Released:
    """Number of claimed transfers, and of their outcomes.

    :ivar passed: number left because another transaction has locked one of their accounts.
    :ivar blocked: these transfers, grouped by accounts.
    :ivar last: for one batch, the place in the queue of the last claimed transfer.
    """

    claimed: int = 0
    posted: int = 0
    returned: int = 0
    parked: int = 0
    passed: int = 0
    blocked: Sequence[Blocked] = field(default=(), compare=False)
    last: Place = field(default=ANYWHERE, compare=False)

    def __add__(self, other: "Released") -> "Released":
        return Released(
            self.claimed + other.claimed,
            self.posted + other.posted,
            self.returned + other.returned,
            self.parked + other.parked,
            self.passed + other.passed,
            (*self.blocked, *other.blocked),
        )

    @property
    def released(self) -> int:
        """Return the number of transfers that are no longer held."""
        return self.posted + self.returned

    @property
    def ended(self) -> int:
        """Return the number of transfers that were processed."""
        return self.released + self.parked


def batch_size() -> int:
    """Return the size of this process's next batch."""
    most: int = settings.RELEASE_BATCH_SIZE
    return min(FEW, most) if time.monotonic() < _slow_until else most


def release_due(
    *,
    released_by: ReleasedBy,
    grace_ms: int = 0,
    since: Place = ANYWHERE,
    ids: Ids | None = None,
    wait_for: Ids = NO_IDS,
) -> Released:
    """Release one batch of due transfers (到期入账).

    Invariants: no transfer before its due instant by the bank's clock read after the locks; each exactly once; each
    judged again. A transfer that fails its batch is set aside. One whose accounts another transaction has locked is
    passed over. The others are not affected.

    :param grace_ms: minimum time since the due instant, in milliseconds.
    :param since: only transfers after this place in the queue.
    :param ids: only these transfers; None for any.
    :param wait_for: accounts to wait for, at most half a second, before others are locked. If another process already
        waits for them, nothing is claimed.
    :returns: the counts. `claimed` below `batch_size` means that the end of the queue is reached. If PostgreSQL
        cancelled a large batch by timeout, nothing is done and the next batches are smaller.
    :raises DatabaseError: when the error concerns no row, for example when the database is down.
    :source: 通告第五条, 2016-12-01: 24 hours after acceptance.
    """
    claimed, began = Claimed(), time.monotonic()
    try:
        with owned():
            if released_by is ReleasedBy.WATCHER and not clock_rests():
                return Released()
            claimed = claim(grace_ms=grace_ms, limit=batch_size(), since=since, ids=ids)
            return _release(claimed, released_by, wait_for) if claimed.ids.size else Released()
    except Exception as fault:  # noqa: BLE001 - whatever one row raises is that row's
        again = partial(release_due, released_by=released_by, grace_ms=grace_ms)
        left = _after(fault, claimed.ids.read(), time.monotonic() - began, again)
        return replace(left, claimed=claimed.ids.size, last=claimed.last)


def _release(claimed: Claimed, released_by: ReleasedBy, wait_for: Ids) -> Released:
    """Lock the accounts of claimed transfers, read clock and facts, then judge and move those locked."""
    if wait_for.size:
        wait_for_accounts(wait_for, at_most=release_claim.LOCK_TIMEOUT)
    found = lock_party_sets(claimed.accounts, claimed.outside)
    ids, blocked = claimed.ids, list[Blocked]()
    if found.locked.size < claimed.accounts.size:
        blocked = passed_over(claimed, found.locked, found.at)
        ids = ids.without(Ids.joined(each.ids for each in blocked).read())
    done = Released(claimed.ids.size, passed=claimed.ids.size - ids.size, blocked=blocked, last=claimed.last)
    # Claimed by a clock ahead of the one read under the locks: left for the next look.
    if not ids.size or claimed.last[0] > found.at:
        return done
    refused = judge(ids, claimed.channels, found)
    params = {
        "ids": ids,
        "at": found.at,
        "by": released_by.value,
        "refused": [each.object_id for each in refused],
        "codes": [each.code for each in refused],
    }
    (moved,), *_ = send(Statement(_MOVE, params), *([insert(*refused)] if refused else []))
    if moved["moved"] != ids.size:
        raise NotAllMoved
    return replace(done, posted=ids.size - len(refused), returned=len(refused))


def _after(fault: Exception, ids: Sequence[UUID], seconds: float, again: Callable[..., Released]) -> Released:
    """Handle a failed batch: do nothing, release it again in pieces, or set one transfer aside.

    :param ids: the claimed transfers.
    :param seconds: duration of the batch.
    :param again: function that releases a batch of given `ids`.
    """
    global _slow_until
    state = sqlstate(fault)
    if constraint_name(fault) == _HOLD:
        return Released()
    if isinstance(fault, AccountLockTimeout) or state in _WAITED_IN_VAIN:
        # Even the claim may have failed: there is still something to try again.
        return Released(passed=len(ids) or 1)
    # The connection failed; errors of the driver about a row's values have no code either.
    gone = state is None and isinstance(fault, (OperationalError, InterfaceError))
    # A process that was busy elsewhere when PostgreSQL ended the batch only sees that the connection is gone.
    slow = state in _TOOK_TOO_LONG or (gone and seconds >= release_claim.TRANSACTION_SECONDS)
    if slow:
        _slow_until = time.monotonic() + SLOW_SECONDS
    concerns_no_row = gone or isinstance(fault, MemoryError) or (state or "")[:2] in _NO_ROWS
    if not ids or (concerns_no_row and not slow):
        raise fault
    if slow and len(ids) > FEW:
        log.warning("a batch of %d took too long (%s)", len(ids), constraint_name(fault))
        return Released()
    if len(ids) == 1:
        return _set_aside(ids[0], fault)
    pieces = batched(ids, FEW if len(ids) > FEW else 1, strict=False)
    return sum((again(ids=Ids.of(piece)) for piece in pieces), Released())


def _set_aside(transfer_id: UUID, fault: Exception) -> Released:
    try:
        return Released(parked=park(transfer_id, fault))
    except DatabaseError as worse:
        # Left in its place, so that the other transfers of its batch go on.
        log.error("transfer %s could not be set aside (%s)", transfer_id, constraint_name(worse))  # noqa: TRY400
        return Released(passed=1)
