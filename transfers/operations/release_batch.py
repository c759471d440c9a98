"""One batch of due transfers, one transaction: claim, lock, gather, judge, write, all in sets."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from accounts.operations import funds
from accounts.queries.parties import Gathered
from accounts.queries.party_sets import gather_set
from accounts.vocabulary import Channel
from config.kernel.clock import CLOCK_MOVE_LOCK
from config.kernel.decisions import Deciding
from config.kernel.locks import everybody_lock
from config.kernel.refusals import Ruled
from config.kernel.sql import Statement, batch, id_array, insert, rows, word_array
from transfers.policy.release import check_release
from transfers.vocabulary import ReleasedBy


class NotAllMoved(RuntimeError):
    """Undo a batch in which a claimed transfer was not there to be moved."""


class Claim(NamedTuple):
    """A held transfer whose row this transaction has locked."""

    id: UUID
    channel: str
    amount_fen: int
    payer_account_id: UUID
    payee_account_id: UUID | None
    payee_internal_id: UUID | None
    payee_account_number: str
    payee_bank_code: str
    due_at: datetime

    @property
    def outside(self) -> tuple[str, str]:
        """Return the payee's account at another bank."""
        return self.payee_account_number, self.payee_bank_code


@dataclass(slots=True)
class Batch:
    """What was claimed and what became of it."""

    claimed: list[UUID] = field(default_factory=list)
    posted: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which due transfers a batch takes.

    :param grace_ms: how long they must have been due.
    :param limit: how many at most, the earliest due first.
    :param lock_timeout: how long it waits for any one lock.
    :param ids: of these only; None for any.
    """

    grace_ms: int
    limit: int
    lock_timeout: str
    ids: Sequence[UUID] | None = None


_CLAIM = """
SELECT id, channel, amount_fen, payer_account_id, payee_account_id, payee_internal_id,
       payee_account_number, payee_bank_code, due_at
FROM transfers_transfer
WHERE status = 'held' AND due_at <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
  AND (parked_until IS NULL OR parked_until <= (SELECT bank_now())) {ids}
ORDER BY due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
"""
_CLAIM_ANY = _CLAIM.format(ids="")
_CLAIM_THESE = _CLAIM.format(ids="AND id = ANY(%(ids)s::uuid[])")

# The row must be held still, and its event is written by the statement that moved it.
_MOVE = """
WITH moved AS (
    UPDATE transfers_transfer t
    SET status = CASE d.code WHEN '' THEN 'posted' ELSE 'returned' END, outcome_code = d.code,
        settled_at = CASE d.code WHEN '' THEN %(at)s::timestamptz END, ended_at = %(at)s
    FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS d(id, code)
    WHERE t.id = d.id AND t.status = 'held'
    RETURNING t.id, t.status, t.outcome_code, t.due_at
), written AS (
    INSERT INTO transfers_event (transfer_id, at, old_status, new_status, code, released_by, lateness_ms)
    SELECT id, %(at)s, 'held', status, outcome_code, %(by)s, floor(extract(epoch FROM %(at)s - due_at) * 1000)
    FROM moved RETURNING 1
)
SELECT count(*) AS moved FROM written
"""


def release_batch(wanted: Wanted, released_by: ReleasedBy, claimed: list[UUID]) -> Batch:
    """Release one batch inside the caller's transaction.

    :param claimed: filled with what was claimed, so that the caller knows it when the rest fails.
    """
    result = Batch(claimed)
    if released_by is ReleasedBy.WATCHER and not _clock_rests():
        return result
    claims = [Claim(*row.values()) for row in _claim(wanted)]
    claimed += [claim.id for claim in claims]
    if not claims:
        return result
    gathered = _gather(claims)
    # Claimed by a clock that ran ahead of the one read under the locks: left for the next look.
    claims = [claim for claim in claims if claim.due_at <= gathered.at]
    refused = _judge(claims, gathered)
    moved = _write(claims, refused, gathered.at, released_by)
    if moved != len(claims):
        raise NotAllMoved
    result.returned, result.posted = len(refused), len(claims) - len(refused)
    return result


def _clock_rests() -> bool:
    """Say whether the clock is not being moved, and keep it so until this transaction ends."""
    rests: bool = rows("SELECT pg_try_advisory_xact_lock_shared(%s) AS rests", [CLOCK_MOVE_LOCK])[0]["rests"]
    return rests


def _claim(wanted: Wanted) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"grace": wanted.grace_ms, "limit": wanted.limit}
    if wanted.ids is not None:
        params["ids"] = id_array(wanted.ids)
    # Subjects before rows, and before the short lock timeout: waiting for an approval is no row's fault.
    _, _, claimed = batch(
        everybody_lock(),
        Statement("SELECT set_config('lock_timeout', %s, true)", [wanted.lock_timeout]),
        Statement(_CLAIM_ANY if wanted.ids is None else _CLAIM_THESE, params),
    )
    return claimed


def _gather(claims: Iterable[Claim]) -> Gathered:
    """Lock the accounts of the whole batch in their order, then read the clock and the facts."""
    accounts = {claim.payer_account_id for claim in claims}
    accounts |= {claim.payee_account_id for claim in claims if claim.payee_account_id}
    return gather_set(accounts, outside=[claim.outside for claim in claims if claim.payee_bank_code])


def _judge(claims: Iterable[Claim], gathered: Gathered) -> dict[UUID, Ruled]:
    """Return the refusals of those that are not to be executed."""
    refused: dict[UUID, Ruled] = {}
    facts, case_accounts = gathered.parties, gathered.outside_case_accounts
    channels = {channel.value: channel for channel in Channel}
    for claim in claims:
        try:
            check_release(
                facts[claim.payer_account_id],
                facts[claim.payee_account_id] if claim.payee_account_id else None,
                channel=channels[claim.channel],
                is_case_account=claim.outside in case_accounts,
            )
        except Ruled as refusal:
            refused[claim.id] = refusal
    return refused


def _write(claims: Collection[Claim], refused: dict[UUID, Ruled], at: datetime, released_by: ReleasedBy) -> int:
    returned = [claim for claim in claims if claim.id in refused] if refused else []
    posted = [_posting(claim, at) for claim in claims if not refused or claim.id not in refused]
    move = {
        "at": at,
        "by": released_by.value,
        "ids": id_array(claim.id for claim in claims),
        "codes": word_array(refused[claim.id].code if refused and claim.id in refused else "" for claim in claims),
    }
    effects = [*funds.post_statements(posted), Statement(_MOVE, move)]
    if returned:
        effects += [
            funds.unhold_statement((claim.payer_account_id, claim.amount_fen) for claim in returned),
            insert(*(_decision(claim, refused[claim.id], at) for claim in returned)),
        ]
    moved: int = batch(*effects)[2][0]["moved"]
    return moved


def _posting(claim: Claim, at: datetime) -> funds.Posting:
    return funds.Posting(
        posting_id=claim.id,
        kind=funds.EntryKind.TRANSFER,
        debit=funds.Side(account_id=claim.payer_account_id),
        credit=funds.Side(account_id=claim.payee_account_id, internal_id=claim.payee_internal_id),
        amount_fen=claim.amount_fen,
        posted_at=at,
        from_held=True,
    )


def _decision(claim: Claim, refusal: Ruled, at: datetime) -> Any:
    deciding = Deciding(
        "release",
        None,
        at=at,
        rule="release",
        account_id=claim.payer_account_id,
        object_id=claim.id,
        facts={"channel": claim.channel, "amount_fen": claim.amount_fen, "profile": settings.ATM_RULE_PROFILE},
    )
    return deciding.row(refusal)
