"""One batch of due transfers, one transaction: claim, lock, judge, write, all in sets."""

from dataclasses import dataclass, field
from datetime import datetime

from accounts.queries.party_sets import PartySets, lock_party_sets, wait_for_accounts
from config.kernel.clock import clock_rests
from config.kernel.decisions import Deciding
from config.kernel.id_arrays import NO_IDS, Ids
from config.kernel.models import Decision
from config.kernel.sql import Query, Row, ask, insert, send
from transfers.operations import release_claim
from transfers.operations.passed_over import Blocked
from transfers.operations.release_claim import Claimed, ClaimScope, QueuePosition, claim, narrow
from transfers.operations.release_judge import SentBack, judge
from transfers.vocabulary import (
    DecisionKind,
    ReleasedBy,
    Rule,
)


class NotAllMoved(RuntimeError):
    """Undo a batch in which a claimed transfer was not there to be moved."""


@dataclass(slots=True)
class Batch:
    """What was claimed and what became of it, filled as the work goes on.

    :ivar ids: what was claimed; once the accounts are locked, what of it is to be released.
    :ivar seen: how many transfers were due, those passed over among them.
    :ivar passed: how many were left because another transaction held one of their accounts.
    :ivar blocked: those, by the accounts.
    """

    ids: Ids = NO_IDS
    seen: int = 0
    posted: int = 0
    returned: int = 0
    passed: int = 0
    blocked: list[Blocked] = field(default_factory=list)
    first: QueuePosition | None = None
    last: QueuePosition | None = None


# One statement writes the outcome and the event of each transfer, and a trigger posts the money: all of it is committed, or
# nothing. A trigger checks that each transfer is still held; its row is locked.
_TOLD = """
written AS (
    INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
    SELECT id, %(at)s, 'held', status, outcome_code, %(by)s, floor(extract(epoch FROM %(at)s - due_at) * 1000)
    FROM moved
)
SELECT count(*) AS moved FROM moved
"""
_EXECUTE = f"""
WITH moved AS (
    UPDATE transfers_transfer SET status = 'posted', settled_at = %(at)s, ended_at = %(at)s
    WHERE id = ANY(%(ids)s::uuid[])
    RETURNING id, status, outcome_code, due_at
), {_TOLD}
"""  # noqa: S608 - constants
_RETURN = f"""
WITH moved AS (
    UPDATE transfers_transfer t SET status = 'returned', outcome_code = r.code, ended_at = %(at)s
    FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS r(id, code) WHERE t.id = r.id
    RETURNING t.id, t.status, t.outcome_code, t.due_at
), {_TOLD}
"""  # noqa: S608 - constants


def release_batch(scope: ClaimScope, released_by: ReleasedBy, result: Batch, wait_for: Ids = NO_IDS) -> None:
    """Release one batch inside the caller's transaction.

    What pays from or to an account that somebody else holds is passed over, and looked at again by a later batch.

    :param result: filled as the work goes on, so that the caller knows what was claimed when the rest fails.
    :param wait_for: accounts that are waited for if another transaction holds them, before any other is locked.
    """
    if released_by is ReleasedBy.WATCHER and not clock_rests():
        return
    claimed = claim(scope)
    result.seen, result.ids, result.first, result.last = claimed.count, claimed.ids, claimed.first, claimed.last
    if not claimed.count:
        return
    if wait_for.size:
        wait_for_accounts(wait_for, at_most=release_claim.LOCK_TIMEOUT)
    claimed, found = _lock(claimed, result)
    # Claimed by a clock that ran ahead of the one read under the locks: left for the next look.
    if claimed.last_due_at is None or claimed.last_due_at > found.at:
        return
    refused = judge(claimed.ids, claimed.channels, found)
    if _write(claimed, refused, found.at, released_by) != claimed.count:
        raise NotAllMoved
    result.returned, result.posted = len(refused), claimed.count - len(refused)


def _moved(found: list[Row]) -> int:
    moved: int = found[0]["moved"]
    return moved


def _lock(claimed: Claimed, result: Batch) -> tuple[Claimed, PartySets]:
    """Lock the accounts of the batch, then read the clock and the facts; leave out what somebody else holds."""
    found = lock_party_sets(claimed.accounts, claimed.outside)
    if found.locked.size == claimed.accounts.size:
        return claimed, found
    narrowed, result.blocked = narrow(claimed, found.locked, found.at)
    result.ids, result.passed = narrowed.ids, claimed.count - narrowed.count
    return narrowed, found


def _write(claimed: Claimed, refused: list[SentBack], at: datetime, released_by: ReleasedBy) -> int:
    sent_back = _send_back(refused, at, released_by) if refused else 0
    ids = claimed.ids.without(each.transfer.id for each in refused) if refused else claimed.ids
    return ask(Query(_EXECUTE, {"at": at, "by": released_by.value, "ids": ids}, _moved)) + sent_back


def _send_back(refused: list[SentBack], at: datetime, released_by: ReleasedBy) -> int:
    moved, _ = send(
        Query(
            _RETURN,
            {
                "at": at,
                "by": released_by.value,
                "ids": [each.transfer.id for each in refused],
                "codes": [each.refusal.code for each in refused],
            },
            _moved,
        ),
        insert(*(_decision(each, at) for each in refused)),
    )
    return moved


def _decision(sent_back: SentBack, at: datetime) -> Decision:
    transfer, facts, refusal, _ = sent_back
    deciding = Deciding(
        DecisionKind.RELEASE,
        None,
        at=at,
        rule=Rule.RELEASE,
        customer_id=sent_back.customer_id,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts=facts.record(),
    )
    return deciding.row(refusal)
