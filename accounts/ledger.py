"""The ledger: the only writer of balances, reservations and entries.

Double entry: every posting has a debit and a credit leg of the same amount. A customer's account
keeps its balance and what is held of it; the bank's own side keeps none, its balance is the sum of
its entries. Callers hold the account rows' locks already (`config.kernel.locks` has the order).

Writes are given out as statements, so that a caller can send its own in the same round trip.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import InternalAccount
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.identity.account_numbers import bank_reference
from config.kernel.money import Fen
from config.kernel.sql import Query, Statement, ask
from config.kernel.transactions import transaction_required


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a posting: a customer's account or one of the bank's own."""

    account_id: UUID | None = None
    internal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """Money that moves from `debit` to `credit` at an instant.

    :param posting_id: for a transfer the transfer's id; the same id cannot be posted twice.
    :param amount_fen: whole fen, above zero.
    :param from_held: whether the amount was reserved on the debited account.
    """

    posting_id: UUID
    kind: EntryKind
    debit: Side
    credit: Side
    amount_fen: Fen
    posted_at: datetime
    from_held: bool = False


#: The clauses that move the money of a statement's `posting`: its entries, then what they add up to on
#: each account. `posting` has the columns of `_POSTING`; the accounts' rows are locked already. A
#: database that finds an entry of the same posting, or less money than moves, refuses the whole.
_POST = """
entry AS (
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
    SELECT p.id, side.leg, p.kind, side.account_id, side.internal_id, side.amount_fen, p.posted_at, side.from_held
    FROM posting p CROSS JOIN LATERAL (
        VALUES (1, p.debit_account, p.debit_internal, -p.amount_fen, p.from_held),
               (2, p.credit_account, p.credit_internal, p.amount_fen, false)
    ) AS side(leg, account_id, internal_id, amount_fen, from_held)
), delta AS (
    SELECT account_id, sum(balance)::bigint AS balance, sum(held)::bigint AS held
    FROM (
        SELECT debit_account, -amount_fen, CASE WHEN from_held THEN -amount_fen ELSE 0 END FROM posting
        UNION ALL
        SELECT credit_account, amount_fen, 0 FROM posting
    ) AS leg(account_id, balance, held)
    WHERE account_id IS NOT NULL GROUP BY account_id ORDER BY account_id
), moved_money AS (
    UPDATE accounts_account a SET balance_fen = a.balance_fen + d.balance, held_fen = a.held_fen + d.held
    FROM delta d WHERE a.id = d.account_id {among}
)
"""
POST = _POST.format(among="")
#: The same for thousands of postings. Where nothing but merge joins may be planned, the accounts are met
#: in one walk through their index, in its order; each is looked up from the root otherwise.
POST_MANY = _POST.format(among="AND a.id = ANY(ARRAY(SELECT account_id FROM delta))")
INTERNAL = """
SELECT (SELECT id FROM accounts_internalaccount WHERE kind = %(kind)s AND bank_code = %(bank_code)s) AS id
"""
_POSTING = """
WITH posting AS (
    SELECT * FROM unnest(
        %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::timestamptz[],
        %s::boolean[]
    ) AS p(id, kind, debit_account, debit_internal, credit_account, credit_internal, amount_fen, posted_at, from_held)
)
"""

_OPEN = """
WITH {accounts}, account AS (
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, import_batch_id,
        breach_id, status, branch, last_used_on, opened_at, balance_fen, held_fen, agent_key, agent_name, agent_relation)
    SELECT id, customer_id, account_number, kind, account_class, class_slot, import_batch_id, breach_id, 'open', branch,
        last_used_on, opened_at, balance_fen, 0, agent_key, agent_name, agent_relation FROM opened
), entry AS (
    INSERT INTO accounts_entry (posting_id, leg, kind, account_id, internal_id, amount_fen, posted_at, from_held)
    SELECT o.posting_id, side.leg, %(opening)s, side.account_id, side.internal_id, side.amount_fen, %(posted_at)s, false
    FROM opened o CROSS JOIN LATERAL (
        VALUES (1, NULL::uuid, %(stock)s::uuid, -o.balance_fen), (2, o.id, NULL::uuid, o.balance_fen)
    ) AS side(leg, account_id, internal_id, amount_fen)
    WHERE o.balance_fen > 0
)
SELECT count(*) AS opened FROM opened
"""


@transaction_required
def lock_statement(account_ids: Iterable[UUID], *, wait: bool = True) -> Statement:
    """Return the statement that locks account rows in ascending order, so that no two deadlock.

    :param wait: False to pass over the rows that another transaction holds.
    :returns: the statement, which gives the `id` of each row that is locked.
    """
    passing = "" if wait else " SKIP LOCKED"
    return Statement(
        f"SELECT id FROM accounts_account WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE{passing}",  # noqa: S608
        [sorted(set(account_ids))],
    )


@transaction_required
def lock(account_ids: Iterable[UUID]) -> None:
    """Lock account rows in ascending order until the transaction ends."""
    ask(lock_statement(account_ids))


@transaction_required
def hold_statement(amounts: Iterable[tuple[UUID, Fen]]) -> Statement:
    """Return the statement that reserves money, on many accounts at once (资金预留).

    The constraint `account_available_not_negative` has the last word.

    :param amounts: (account, fen) pairs, above zero; an account may occur more than once.
    """
    return _held_statement("+", amounts)


@transaction_required
def hold_all_statement(holds: str, params: Mapping[str, Any]) -> Statement:
    """Return the statement that reserves money on many accounts at once (资金预留).

    :param holds: SQL of a query that gives `account_id` and `fen`, above zero, each account once.
    :param params: its values.
    """
    return Statement(
        f"UPDATE accounts_account a SET held_fen = a.held_fen + h.fen FROM ({holds}) h WHERE a.id = h.account_id",  # noqa: S608
        params,
    )


@transaction_required
def unhold_statement(amounts: Iterable[tuple[UUID, Fen]]) -> Statement:
    """Return the statement that gives reservations back, many accounts at once.

    :param amounts: (account, fen) pairs; an account may occur more than once.
    """
    return _held_statement("-", amounts)


def _held_statement(sign: str, amounts: Iterable[tuple[UUID, Fen]]) -> Statement:
    totals: defaultdict[UUID, int] = defaultdict(int)
    for account_id, amount_fen in amounts:
        totals[account_id] += amount_fen
    return Statement(
        f"UPDATE accounts_account a SET held_fen = held_fen {sign} d.amount "  # noqa: S608 - a sign of ours
        "FROM unnest(%s::uuid[], %s::bigint[]) AS d(id, amount) WHERE a.id = d.id",
        [list(totals), list(totals.values())],
    )


@transaction_required
def post_statement(postings: Sequence[Posting]) -> Statement:
    """Return the statement that moves money for a set of postings.

    A database that finds an entry of the same posting, or less money than moves, refuses the whole.
    """
    return Statement(
        f"{_POSTING}, {POST} SELECT count(*) AS posted FROM posting",  # noqa: S608 - constants
        [
            [posting.posting_id for posting in postings],
            [posting.kind.value for posting in postings],
            [posting.debit.account_id for posting in postings],
            [posting.debit.internal_id for posting in postings],
            [posting.credit.account_id for posting in postings],
            [posting.credit.internal_id for posting in postings],
            [posting.amount_fen for posting in postings],
            [posting.posted_at for posting in postings],
            [posting.from_held for posting in postings],
        ],
    )


@transaction_required
def open_statement(accounts: str, params: Mapping[str, Any], stock: Side, posted_at: datetime) -> Statement:
    """Return the statement that opens accounts with what they had elsewhere, and posts it with them, in one (期初余额).

    An account that begins with a balance and no entry of it, or the other way round, ends the transaction.

    :param accounts: SQL after WITH whose last clause, `opened`, has the columns of `accounts_account`, and `posting_id`.
    :param params: its values.
    :param stock: the bank's own side that the balances come from.
    :param posted_at: the instant of the entries.
    :returns: the statement, which gives how many were `opened`.
    """
    return Statement(
        _OPEN.format(accounts=accounts),
        {**params, "stock": stock.internal_id, "posted_at": posted_at, "opening": EntryKind.OPENING.value},
    )


def internal_side(kind: InternalKind, bank_code: str = "") -> Side:
    """Return the bank's own side, made at first use (内部户).

    :param kind: cash, clearing or stock.
    :param bank_code: of the outside bank, in any spelling; empty but for clearing.
    """
    found = ask(internal_query(kind, bank_code))
    if found is None:
        bank_code = bank_reference(bank_code)
        # Two first uses at the same instant meet in the unique constraint; the loser reads.
        InternalAccount.objects.bulk_create([InternalAccount(kind=kind, bank_code=bank_code)], ignore_conflicts=True)
        found = ask(internal_query(kind, bank_code))
    return Side(internal_id=found)


def internal_query(kind: InternalKind, bank_code: str = "") -> Query[UUID | None]:
    """Return the query that finds the bank's own side, whatever the spelling of an outside bank.

    :param bank_code: of the outside bank; empty but for clearing.
    :returns: the id of the internal account, None before its first use.
    """
    params = {"kind": kind.value, "bank_code": bank_reference(bank_code)}
    return Query(INTERNAL, params, lambda found: found[0]["id"])
