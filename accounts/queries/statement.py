"""The statement of an account (对账单): its entries in a period with the balance after each, read in one snapshot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from config.kernel.database.sql import rows
from config.kernel.law.money import Fen

#: One statement of SQL, so that totals and lines are of one snapshot. The index has all columns that are summed up.
_STATEMENT = """
WITH total AS (
  SELECT coalesce(sum(amount_fen) FILTER (WHERE posted_at < %(first)s), 0) AS opening_fen,
         coalesce(sum(amount_fen) FILTER (WHERE posted_at < %(end)s), 0) AS closing_fen,
         coalesce(sum(amount_fen) FILTER (WHERE posted_at < %(first)s OR posted_at < %(end)s AND id <= %(after)s), 0) AS before_fen,
         coalesce(-sum(amount_fen) FILTER (WHERE amount_fen < 0 AND posted_at >= %(first)s AND posted_at < %(end)s), 0) AS debit_fen,
         coalesce(sum(amount_fen) FILTER (WHERE amount_fen > 0 AND posted_at >= %(first)s AND posted_at < %(end)s), 0) AS credit_fen,
         count(*) FILTER (WHERE amount_fen < 0 AND posted_at >= %(first)s AND posted_at < %(end)s) AS debits,
         count(*) FILTER (WHERE amount_fen > 0 AND posted_at >= %(first)s AND posted_at < %(end)s) AS credits
  FROM accounts_entry WHERE account_id = %(account)s
), page AS (
  SELECT id, posting_id, leg, kind, amount_fen, posted_at FROM accounts_entry
  WHERE account_id = %(account)s AND id > %(after)s AND posted_at >= %(first)s AND posted_at < %(end)s
  ORDER BY id LIMIT %(limit)s + 1
)
SELECT t.*, p.id, p.posting_id, p.kind, p.amount_fen, p.posted_at, o.account_id AS other_account_id, i.bank_code,
       t.before_fen + sum(p.amount_fen) OVER (ORDER BY p.id) AS balance_fen
FROM total t LEFT JOIN page p ON true
LEFT JOIN accounts_entry o ON o.posting_id = p.posting_id AND o.leg = 3 - p.leg
LEFT JOIN accounts_internalaccount i ON i.id = o.internal_id
ORDER BY p.id
"""


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """An entry with the balance after it.

    :ivar other_account_id: the account here on the other side of the posting; None if that is an account of the bank.
    :ivar bank_code: of the other bank, if the money went there; else empty.
    """

    id: int
    posting_id: UUID
    kind: str
    posted_at: datetime
    amount_fen: Fen
    balance_fen: Fen
    other_account_id: UUID | None
    bank_code: str


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """The entries of an account in a period, oldest first, and the balances at its ends.

    :ivar after: the id of the last entry if more follow.
    """

    opening_fen: Fen
    closing_fen: Fen
    debits: int
    debit_fen: Fen
    credits: int
    credit_fen: Fen
    entries: tuple[StatementEntry, ...]
    after: int | None


def statement_of(account_id: UUID, first: datetime, end: datetime, *, after: int = 0, limit: int) -> AccountStatement:
    """Return the statement of an account.

    :param first: the instant at which the period begins.
    :param end: the instant before which the period ends.
    :param after: the id of the last entry of the page before.
    :param limit: the number of entries at most; the totals are of the whole period.
    """
    parameters = {"account": account_id, "first": first, "end": end, "after": after, "limit": limit}
    found = rows(_STATEMENT, parameters)
    total, lines = found[0], [row for row in found if row["id"] is not None]
    return AccountStatement(
        opening_fen=int(total["opening_fen"]),
        closing_fen=int(total["closing_fen"]),
        debits=total["debits"],
        debit_fen=int(total["debit_fen"]),
        credits=total["credits"],
        credit_fen=int(total["credit_fen"]),
        entries=tuple(_entries(lines[:limit])),
        after=lines[limit - 1]["id"] if len(lines) > limit else None,
    )


def _entries(lines: Iterable[dict[str, Any]]) -> Iterable[StatementEntry]:
    for row in lines:
        yield StatementEntry(
            id=row["id"],
            posting_id=row["posting_id"],
            kind=row["kind"],
            posted_at=row["posted_at"],
            amount_fen=row["amount_fen"],
            balance_fen=int(row["balance_fen"]),
            other_account_id=row["other_account_id"],
            bank_code=row["bank_code"] or "",
        )
