"""Claim due transfers for a batch: lock their rows, collect their parties, find what blocks others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from config.kernel.database.id_arrays import NO_IDS, Ids
from config.kernel.database.locks import everybody_lock
from config.kernel.database.sql import Query, Row, Statement, ask, send
from transfers.queries.due_queue import EVER, LOOK_AT

#: A place in the queue: the time of the next look at a transfer, and its id.
type Place = tuple[datetime, UUID]

#: Lateness from which the process waits for a transfer's accounts, whatever else is released meanwhile.
LATE = timedelta(milliseconds=250)
# The server ends a batch that takes too long, or whose process hangs, because other transactions need its locked rows.
TRANSACTION_SECONDS = 8
#: Total time for which a batch waits for accounts.
LOCK_TIMEOUT = "500ms"


def begin(at: datetime) -> Place:
    """Return the place in the queue before all transfers of an instant."""
    return at, UUID(int=0)


ANYWHERE = begin(EVER)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Held transfers whose rows this transaction has locked.

    :ivar accounts: their accounts at this bank, each once.
    :ivar outside: keys of their payees' accounts at other banks.
    :ivar last: place of the last transfer, if there is one.
    """

    ids: Ids = NO_IDS
    accounts: Ids = NO_IDS
    channels: tuple[str, ...] = ()
    outside: tuple[bytes, ...] = ()
    last: Place = ANYWHERE


@dataclass(frozen=True, slots=True)
class Blocked:
    """Due transfers that were passed over because another transaction has locked the same accounts.

    :ivar accounts: the locked accounts: the payer's, the payee's, or both.
    :ivar ids: the transfers.
    :ivar since: when the earliest of them was due to be tried.
    :ivar late: lateness of that transfer.
    """

    accounts: Ids
    ids: Ids
    since: datetime
    late: timedelta

    @property
    def is_late(self) -> bool:
        """Return whether they are so late that the process should wait for the accounts."""
        return self.late >= LATE


# No transfer is looked at before it is due.
_CLAIM = f"""
WITH claimed AS MATERIALIZED (
    SELECT id, channel, payer_account_id, payee_account_id, payee_bank_code, payee_key, {LOOK_AT} AS look_at
    FROM transfers_transfer
    WHERE status = 'held' AND {LOOK_AT} <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
      AND NOT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)
      AND ({LOOK_AT}, id) > (%(since_at)s, %(since_id)s) {{ids}}
    ORDER BY {LOOK_AT}, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
SELECT ARRAY(SELECT id FROM claimed) AS ids,
       ARRAY(SELECT payer_account_id FROM claimed
             UNION SELECT payee_account_id FROM claimed WHERE payee_account_id IS NOT NULL) AS accounts,
       ARRAY(SELECT DISTINCT channel FROM claimed) AS channels,
       ARRAY(SELECT payee_key FROM claimed WHERE payee_key IS NOT NULL AND payee_bank_code <> '') AS outside,
       last.look_at AS last_at, last.id AS last_id
FROM (SELECT) AS always
LEFT JOIN (SELECT look_at, id FROM claimed ORDER BY look_at DESC, id DESC LIMIT 1) AS last ON true
"""  # noqa: S608 - constants
_CLAIM_ANY = _CLAIM.format(ids="")
_CLAIM_THESE = _CLAIM.format(ids="AND id = ANY(%(ids)s::uuid[])")
_BLOCKED = f"""
SELECT accounts, array_agg(id) AS ids, min(look_at) AS since FROM (
    SELECT id, {LOOK_AT} AS look_at, array_remove(ARRAY[
        CASE WHEN payer_account_id = ANY(%(others)s::uuid[]) THEN payer_account_id END,
        CASE WHEN payee_account_id = ANY(%(others)s::uuid[]) THEN payee_account_id END
    ], NULL) AS accounts
    FROM transfers_transfer WHERE id = ANY(%(ids)s::uuid[])
) AS passed WHERE accounts <> '{{}}' GROUP BY accounts
"""  # noqa: S608 - constants
# All rows are found by known ids: no statistics can make a batch read a whole table, and one plan is right for one
# transfer and for thousands.
_SET_TIMEOUTS = """
SELECT set_config('transaction_timeout', %s, true), set_config('lock_timeout', %s, true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""


def behavior() -> Statement:
    """Return the statement that begins a batch: its timeout and the planner's settings."""
    return Statement(_SET_TIMEOUTS, [f"{TRANSACTION_SECONDS}s", LOCK_TIMEOUT])


def claim(*, grace_ms: int, limit: int, since: Place = ANYWHERE, ids: Ids | None = None) -> Claimed:
    """Lock the rows of the earliest due transfers that no other transaction is releasing.

    While a restore is unconfirmed, it claims none.

    :param grace_ms: minimum time since the due instant, in milliseconds.
    :param limit: maximum of transfers.
    :param since: only transfers after this place in the queue.
    :param ids: only these transfers; None for any.
    """
    params = {"grace": grace_ms, "limit": limit, "since_at": since[0], "since_id": since[1]}
    text = _CLAIM_ANY
    if ids is not None:
        text, params = _CLAIM_THESE, params | {"ids": ids}
    # Subjects before rows, and before the short lock timeout: an approval may take longer.
    *_, claimed = send(everybody_lock(), behavior(), Query(text, params, _claimed))
    return claimed


def passed_over(claimed: Claimed, locked: Ids, at: datetime) -> list[Blocked]:
    """Return the claimed transfers whose accounts at this bank are not all locked, by accounts.

    :param at: the bank's instant.
    """
    params = {"ids": claimed.ids, "others": claimed.accounts.without(locked.read())}
    return [Blocked(**row, late=at - row["since"]) for row in ask(Statement(_BLOCKED, params))]


def _claimed(found: list[Row]) -> Claimed:
    (row,) = found
    return Claimed(row["ids"], row["accounts"], row["channels"], row["outside"], (row["last_at"], row["last_id"]))
