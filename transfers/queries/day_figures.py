"""Daily figures of transfers (经营日报): cancelled, returned, and payees with many payers (多人向同一账户转账)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from config.kernel.database.sql import Statement, rows
from config.kernel.identity.masking import mask_account
from transfers.models import Transfer

_ENDED = """
SELECT (ended_at AT TIME ZONE interval '8 hours')::date AS day, status, count(*) AS count, sum(amount_fen)::bigint AS fen
FROM transfers_transfer
WHERE status IN ('cancelled', 'returned') AND ended_at >= %(begins)s AND ended_at < %(ends)s GROUP BY 1, 2
"""


def ended_by_day(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that sums cancelled and returned transfers: `day`, `status`, `count` and `fen`.

    :param ends_at: exclusive end.
    """
    return Statement(_ENDED, {"begins": begins_at, "ends": ends_at})


#: Number of different payers of one payee from which it is reported.
PAYERS = 3
WITHIN = timedelta(hours=24)
#: Number of the newest transfers that are read, however many a day has.
LOOKED_THROUGH_MAX = 20_000
#: Maximum of payees shown, most payers first.
SHOWN = 10

# By id, newest first: every query costs the same, whatever the size of the table.
_LOOK = """
WITH looked AS MATERIALIZED (
    SELECT id, status, accepted_at, payer_account_id, payee_account_id, payee_key, amount_fen FROM transfers_transfer
    ORDER BY id DESC LIMIT %(most)s
), of_payee AS (
    SELECT payee_account_id, payee_key, array_agg(DISTINCT payer_account_id) AS payers, count(*) AS count,
           sum(amount_fen)::bigint AS fen, (array_agg(id ORDER BY id DESC))[1] AS newest_id
    FROM looked WHERE accepted_at > %(since)s AND status <> 'refused' AND (payee_account_id IS NOT NULL OR payee_key IS NOT NULL)
    GROUP BY 1, 2 HAVING count(DISTINCT payer_account_id) >= %(payers)s
), counted AS (
    SELECT o.*, (SELECT count(DISTINCT a.customer_id) FROM accounts_account a WHERE a.id = ANY(o.payers)) AS customers
    FROM of_payee o
)
SELECT payee_account_id, customers, count, fen, newest_id,
       (SELECT count(*) FROM looked) >= %(most)s AND (SELECT min(accepted_at) FROM looked) > %(since)s AS cut
FROM counted WHERE customers >= %(payers)s ORDER BY customers DESC, fen DESC, newest_id LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class ManyPayers:
    """One payee, masked, and the number of customers who paid it.

    :ivar payee_account_id: account of this bank; None for an account at another bank.
    :ivar newest_id: id of the newest of these transfers.
    :ivar cut: True if the day has more transfers than were searched.
    """

    payee: str
    payee_account_id: UUID | None
    customers: int
    count: int
    fen: int
    newest_id: UUID
    cut: bool


def many_payers(at: datetime, *, payers: int = PAYERS, most: int = LOOKED_THROUGH_MAX) -> list[ManyPayers]:
    """Return the payees with several payers within a day, in two queries; most payers first.

    :param at: the bank's present instant.
    :param payers: minimum number of customers; 2 or more.
    :param most: number of the newest transfers that are searched.
    """
    found = rows(_LOOK, {"since": at - WITHIN, "payers": payers, "most": most, "shown": SHOWN})
    newest = Transfer.objects.only("payee_account_number", "payee_sealed").in_bulk([row["newest_id"] for row in found])
    return [ManyPayers(payee=mask_account(str(newest[row["newest_id"]].payee_number)), **row) for row in found]
