"""One batch of due transfers, one transaction: claim, lock, judge, write, all in sets."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import choice
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from accounts.operations import funds
from accounts.queries.party_sets import Survey, survey
from config.kernel.clock import CLOCK_MOVE_LOCK
from config.kernel.decisions import Deciding
from config.kernel.locks import everybody_lock
from config.kernel.prepared import NO_IDS, Ids, prepared
from config.kernel.refusals import Ruled
from config.kernel.sql import Statement, batch, id_array, insert, rows, word_array
from transfers.operations.release_judge import Doubtful, judge
from transfers.queries.due import LOOK_AT
from transfers.vocabulary import ReleasedBy


class NotAllMoved(RuntimeError):
    """Undo a batch in which a claimed transfer was not there to be moved."""


class Place(NamedTuple):
    """A place in the queue: when a transfer is to be looked at, and its id."""

    at: datetime
    id: UUID

    def beyond(self) -> "Place":
        """Return the next place."""
        return Place(self.at, UUID(int=self.id.int + 1))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which due transfers a batch takes.

    :param grace_ms: how long they must have been due.
    :param limit: how many at most, the earliest due first.
    :param since: none before this place in the queue; None for the whole queue.
    :param ids: of these only; None for any.
    :param wait_for: the one account that is waited for if somebody else holds it.
    """

    grace_ms: int
    limit: int
    since: Place | None = None
    ids: Iterable[UUID] | None = None
    wait_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """Held transfers whose rows this transaction has locked.

    :ivar accounts: their parties at this bank, each once.
    :ivar first: the first one's place in the queue.
    """

    ids: Ids
    accounts: Ids
    channels: tuple[str, ...]
    outside: tuple[tuple[str, str], ...]
    last_due_at: datetime | None
    first: Place | None
    last: Place | None

    @property
    def count(self) -> int:
        """Return how many transfers there are."""
        return self.ids.size


@dataclass(slots=True)
class Batch:
    """What was claimed and what became of it, filled as the work goes on.

    :ivar ids: what was claimed; once the accounts are locked, what of it is to be released.
    :ivar seen: how many transfers were due, those passed over among them.
    :ivar passed: how many were left because somebody else holds one of their accounts.
    :ivar blocked: one of those accounts, when nothing could be done.
    """

    ids: Ids = NO_IDS
    seen: int = 0
    posted: int = 0
    returned: int = 0
    passed: int = 0
    blocked: UUID | None = None
    first: Place | None = None
    last: Place | None = None


_CLAIMED = """
WITH claimed AS MATERIALIZED ({transfers})
SELECT ARRAY(SELECT id FROM claimed) AS ids,
       ARRAY(SELECT payer_account_id FROM claimed
             UNION SELECT payee_account_id FROM claimed WHERE payee_account_id IS NOT NULL) AS accounts,
       ARRAY(SELECT DISTINCT channel FROM claimed) AS channels,
       ARRAY(SELECT payee_account_number FROM claimed WHERE payee_bank_code <> '') AS outside_numbers,
       ARRAY(SELECT payee_bank_code FROM claimed WHERE payee_bank_code <> '') AS outside_banks,
       (SELECT max(due_at) FROM claimed) AS last_due_at,
       first.look_at AS first_at, first.id AS first_id, last.look_at AS last_at, last.id AS last_id
FROM (SELECT) AS always
LEFT JOIN (SELECT look_at, id FROM claimed ORDER BY look_at, id LIMIT 1) AS first ON true
LEFT JOIN (SELECT look_at, id FROM claimed ORDER BY look_at DESC, id DESC LIMIT 1) AS last ON true
"""
_COLUMNS = f"id, channel, payer_account_id, payee_account_id, payee_account_number, payee_bank_code, due_at, {LOOK_AT}"
_CLAIM = _CLAIMED.format(
    transfers=f"""
    SELECT {_COLUMNS} AS look_at FROM transfers_transfer
    WHERE status = 'held' AND {LOOK_AT} <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
      AND NOT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)
      AND ({LOOK_AT}, id) >= (%(since_at)s, %(since_id)s) {{ids}}
    ORDER BY {LOOK_AT}, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    """  # noqa: S608 - constants
)
_CLAIM_ANY = _CLAIM.format(ids="")
_CLAIM_THESE = _CLAIM.format(ids="AND id = ANY(%(ids)s::uuid[])")
_NARROW = _CLAIMED.format(
    transfers=f"""
    SELECT {_COLUMNS} AS look_at FROM transfers_transfer
    WHERE id = ANY(%(ids)s::uuid[]) AND payer_account_id = ANY(%(locked)s::uuid[])
      AND (payee_account_id IS NULL OR payee_account_id = ANY(%(locked)s::uuid[]))
    """  # noqa: S608 - constants
)
_ANYWHERE = Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))
# The server ends a batch whose process stands still: psycopg leaves a pipeline in a way that disarms the timer for idle
# transactions, and what the batch has locked would stay locked for as long as the process stands still.
TRANSACTION_TIMEOUT = "8s"
#: How long the one account is waited for that a batch waits for.
LOCK_TIMEOUT = "500ms"
# Everything is looked up by ids that are at hand: no statistics make a batch read a whole table, and
# one plan is right for one transfer and for thousands.
_BEHAVE = """
SELECT set_config('transaction_timeout', %s, true), set_config('lock_timeout', %s, true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""

# What is to be executed is moved, posted and told in one statement: money, outcome and event of each
# transfer stand or fall together. That it is still held is the trigger's to see, its row is locked.
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
    RETURNING id, status, outcome_code, due_at, amount_fen, payer_account_id, payee_account_id, payee_internal_id
), posting AS (
    SELECT id, '{funds.EntryKind.TRANSFER.value}' AS kind, payer_account_id AS debit_account,
           NULL::uuid AS debit_internal, payee_account_id AS credit_account, payee_internal_id AS credit_internal,
           amount_fen, %(at)s::timestamptz AS posted_at, true AS from_held
    FROM moved
), {funds.POST_MANY}, {_TOLD}
"""  # noqa: S608 - constants
_RETURN = f"""
WITH moved AS (
    UPDATE transfers_transfer t SET status = 'returned', outcome_code = r.code, ended_at = %(at)s
    FROM unnest(%(ids)s::uuid[], %(codes)s::text[]) AS r(id, code) WHERE t.id = r.id
    RETURNING t.id, t.status, t.outcome_code, t.due_at
), {_TOLD}
"""  # noqa: S608 - constants
# Both sides of the accounts' join come in the order of ids: they are merged.
_MERGE = "SELECT set_config('enable_nestloop', %s, true), set_config('enable_mergejoin', %s, true)"


def release_batch(wanted: Wanted, released_by: ReleasedBy, result: Batch) -> None:
    """Release one batch inside the caller's transaction.

    What pays from or to an account that somebody else holds is passed over, and looked at again by a later batch.

    :param result: filled as the work goes on, so that the caller knows what was claimed when the rest fails.
    """
    if released_by is ReleasedBy.WATCHER and not _clock_rests():
        return
    claimed = _claim(wanted, result)
    if not claimed.count:
        return
    claimed, found = _lock(claimed, wanted.wait_for, result)
    # Claimed by a clock that ran ahead of the one read under the locks: left for the next look.
    if claimed.last_due_at is None or claimed.last_due_at > found.at:
        return
    refused = judge(claimed.ids, claimed.channels, found)
    if _write(claimed, refused, found.at, released_by) != claimed.count:
        raise NotAllMoved
    result.returned, result.posted = len(refused), claimed.count - len(refused)


def behavior() -> Statement:
    """Return the statement with which a batch begins: how long it may take, and how it is planned."""
    return Statement(_BEHAVE, [TRANSACTION_TIMEOUT, LOCK_TIMEOUT])


def _clock_rests() -> bool:
    """Say whether the clock is not being moved, and keep it so until this transaction ends."""
    rests: bool = rows("SELECT pg_try_advisory_xact_lock_shared(%s) AS rests", [CLOCK_MOVE_LOCK])[0]["rests"]
    return rests


def _claim(wanted: Wanted, result: Batch) -> Claimed:
    since = wanted.since or _ANYWHERE
    params: dict[str, Any] = {
        "grace": wanted.grace_ms,
        "limit": wanted.limit,
        "since_at": since.at,
        "since_id": since.id,
    }
    if wanted.ids is not None:
        params["ids"] = Ids.of(wanted.ids)
    # Subjects before rows, and before the short lock timeout: an approval may take longer.
    _, _, found = prepared(
        everybody_lock(),
        behavior(),
        Statement(_CLAIM_ANY if wanted.ids is None else _CLAIM_THESE, params),
    )
    claimed = _claimed(found[0])
    result.seen, result.ids, result.first, result.last = claimed.count, claimed.ids, claimed.first, claimed.last
    return claimed


def _claimed(row: dict[str, Any]) -> Claimed:
    return Claimed(
        ids=row["ids"],
        accounts=row["accounts"],
        channels=tuple(row["channels"]),
        outside=tuple(zip(row["outside_numbers"], row["outside_banks"], strict=True)),
        last_due_at=row["last_due_at"],
        first=Place(row["first_at"], row["first_id"]) if row["first_id"] else None,
        last=Place(row["last_at"], row["last_id"]) if row["last_id"] else None,
    )


def _lock(claimed: Claimed, wait_for: UUID | None, result: Batch) -> tuple[Claimed, Survey]:
    """Lock the accounts of the batch, then read the clock and the facts; leave out what somebody else holds."""
    found = survey(claimed.accounts, claimed.outside, wait_for=wait_for)
    if found.locked.size == claimed.accounts.size:
        return claimed, found
    ((row,),) = prepared(Statement(_NARROW, {"ids": claimed.ids, "locked": found.locked}))
    narrowed = _claimed(row)
    result.ids, result.passed = narrowed.ids, claimed.count - narrowed.count
    if not narrowed.count:
        result.blocked = choice(claimed.accounts.without(found.locked.read()).read())
    return narrowed, found


def _write(claimed: Claimed, refused: dict[Doubtful, Ruled], at: datetime, released_by: ReleasedBy) -> int:
    sent_back = _send_back(refused, at, released_by) if refused else 0
    ids = claimed.ids.without(transfer.id for transfer in refused) if refused else claimed.ids
    _, (row,), _ = prepared(
        Statement(_MERGE, ["off", "on"]),
        Statement(_EXECUTE, {"at": at, "by": released_by.value, "ids": ids}),
        Statement(_MERGE, ["on", "off"]),
    )
    executed: int = row["moved"]
    return executed + sent_back


def _send_back(refused: dict[Doubtful, Ruled], at: datetime, released_by: ReleasedBy) -> int:
    (row,), _, _ = batch(
        Statement(
            _RETURN,
            {
                "at": at,
                "by": released_by.value,
                "ids": id_array(transfer.id for transfer in refused),
                "codes": word_array(refusal.code for refusal in refused.values()),
            },
        ),
        funds.unhold_statement((transfer.payer_account_id, transfer.amount_fen) for transfer in refused),
        insert(*(_decision(transfer, refusal, at) for transfer, refusal in refused.items())),
    )
    moved: int = row["moved"]
    return moved


def _decision(transfer: Doubtful, refusal: Ruled, at: datetime) -> Any:
    deciding = Deciding(
        "release",
        None,
        at=at,
        rule="release",
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts={"channel": transfer.channel, "amount_fen": transfer.amount_fen, "profile": settings.ATM_RULE_PROFILE},
    )
    return deciding.row(refusal)
