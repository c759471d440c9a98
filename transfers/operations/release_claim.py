"""Which due transfers a batch takes: their place in the queue, their rows locked, their parties at hand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from config.kernel.id_arrays import Ids
from config.kernel.locks import everybody_lock
from config.kernel.sql import Query, Row, Statement, send
from transfers.operations.passed_over import Blocked
from transfers.queries.due import EVER, LOOK_AT

_LAST_ID = UUID(int=2**128 - 1)


class QueuePosition(NamedTuple):
    """A place in the queue: when a transfer is to be looked at, and its id."""

    at: datetime
    id: UUID

    @classmethod
    def begin(cls, at: datetime) -> "QueuePosition":
        """Return the first place of an instant."""
        return cls(at, UUID(int=0))

    def beyond(self) -> "QueuePosition":
        """Return the next place."""
        return QueuePosition(self.at, UUID(int=min(self.id.int + 1, _LAST_ID.int)))


@dataclass(frozen=True, slots=True)
class ClaimScope:
    """Which due transfers a batch takes.

    :param grace_ms: how long they must have been due.
    :param limit: how many at most, the earliest due first.
    :param since: none before this place in the queue; None for the whole queue.
    :param ids: of these only; None for any.
    """

    grace_ms: int
    limit: int
    since: QueuePosition | None = None
    ids: Ids | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """Held transfers whose rows this transaction has locked.

    :ivar accounts: their parties at this bank, each once.
    :ivar outside: the keys of their payees' accounts at other banks.
    :ivar first: the first one's place in the queue.
    """

    ids: Ids
    accounts: Ids
    channels: tuple[str, ...]
    outside: frozenset[bytes]
    last_due_at: datetime | None
    first: QueuePosition | None
    last: QueuePosition | None

    @property
    def count(self) -> int:
        """Return how many transfers there are."""
        return self.ids.size


_CLAIMED = """
WITH claimed AS MATERIALIZED ({transfers})
SELECT ARRAY(SELECT id FROM claimed) AS ids,
       ARRAY(SELECT payer_account_id FROM claimed
             UNION SELECT payee_account_id FROM claimed WHERE payee_account_id IS NOT NULL) AS accounts,
       ARRAY(SELECT DISTINCT channel FROM claimed) AS channels,
       ARRAY(SELECT payee_key FROM claimed WHERE payee_key IS NOT NULL AND payee_bank_code <> '') AS outside,
       (SELECT max(due_at) FROM claimed) AS last_due_at,
       first.look_at AS first_at, first.id AS first_id, last.look_at AS last_at, last.id AS last_id
FROM (SELECT) AS always
LEFT JOIN (SELECT look_at, id FROM claimed ORDER BY look_at, id LIMIT 1) AS first ON true
LEFT JOIN (SELECT look_at, id FROM claimed ORDER BY look_at DESC, id DESC LIMIT 1) AS last ON true
"""
_COLUMNS = f"""
id, channel, payer_account_id, payee_account_id, payee_bank_code, payee_key, due_at, {LOOK_AT}
"""
_CLAIM = _CLAIMED.format(
    transfers=f"""
    SELECT {_COLUMNS} AS look_at FROM transfers_transfer
    WHERE status = 'held' AND {LOOK_AT} <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
      AND due_at <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
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
_BLOCKED = f"""
SELECT accounts, array_agg(id) AS ids, min(look_at) AS since FROM (
    SELECT id, {LOOK_AT} AS look_at, array_remove(ARRAY[
        CASE WHEN payer_account_id = ANY(%(others)s::uuid[]) THEN payer_account_id END,
        CASE WHEN payee_account_id = ANY(%(others)s::uuid[]) THEN payee_account_id END
    ], NULL) AS accounts
    FROM transfers_transfer WHERE id = ANY(%(ids)s::uuid[])
) AS passed WHERE accounts <> '{{}}' GROUP BY accounts
"""  # noqa: S608 - constants
_ANYWHERE = QueuePosition.begin(EVER)
# The server ends a batch that takes too long, or whose process hangs: other transactions need the rows it has locked.
TRANSACTION_SECONDS = 8
#: For how long a batch waits for accounts, all of them together.
LOCK_TIMEOUT = "500ms"
# Everything is looked up by ids that are at hand: no statistics make a batch read a whole table, and
# one plan is right for one transfer and for thousands.
_SET_TIMEOUTS = """
SELECT set_config('transaction_timeout', %s, true), set_config('lock_timeout', %s, true),
       set_config('plan_cache_mode', 'force_generic_plan', true),
       set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""


def behavior() -> Statement:
    """Return the statement with which a batch begins: how long it may take, and how it is planned."""
    return Statement(_SET_TIMEOUTS, [f"{TRANSACTION_SECONDS}s", LOCK_TIMEOUT])


def claim(scope: ClaimScope) -> Claimed:
    """Lock the rows of the earliest due transfers that no other transaction is releasing.

    While a restore is unconfirmed there are none.
    """
    since = scope.since or _ANYWHERE
    params: dict[str, Any] = {
        "grace": scope.grace_ms,
        "limit": scope.limit,
        "since_at": since.at,
        "since_id": since.id,
    }
    if scope.ids is not None:
        params["ids"] = scope.ids
    # Subjects before rows, and before the short lock timeout: an approval may take longer.
    *_, claimed = send(
        everybody_lock(), behavior(), Query(_CLAIM_ANY if scope.ids is None else _CLAIM_THESE, params, _claimed)
    )
    return claimed


def narrow(claimed: Claimed, locked: Ids, at: datetime) -> tuple[Claimed, list[Blocked]]:
    """Return those of the claimed transfers whose parties at this bank are all locked, and what keeps back the others.

    :param at: the bank's instant.
    """
    others = claimed.accounts.without(locked.read())
    return send(
        Query(_NARROW, {"ids": claimed.ids, "locked": locked}, _claimed),
        Query(
            _BLOCKED,
            {"ids": claimed.ids, "others": others},
            lambda found: [Blocked(row["accounts"], row["ids"], at - row["since"]) for row in found],
        ),
    )


def _claimed(found: list[Row]) -> Claimed:
    (row,) = found
    return Claimed(
        ids=row["ids"],
        accounts=row["accounts"],
        channels=tuple(row["channels"]),
        outside=frozenset(map(bytes, row["outside"])),
        last_due_at=row["last_due_at"],
        first=QueuePosition(row["first_at"], row["first_id"]) if row["first_id"] else None,
        last=QueuePosition(row["last_at"], row["last_id"]) if row["last_id"] else None,
    )
