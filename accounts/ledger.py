"""The ledger for Python code: locks of accounts, internal accounts, and the functions that post.

PostgreSQL writes entries, balances and reservations, from rows that exist already: those of transfers as they are
written (`transfers/sql/money.sql`), others when a function is called with the id of the decision or approval
(`accounts_post_*`). The application's role can write none of them itself. Callers hold the locks of the account rows
(`config.kernel.database.locks` has the order).
"""

from collections.abc import Iterable
from uuid import UUID

from accounts.models import InternalAccount
from accounts.vocabulary import InternalKind
from config.kernel.database.sql import Query, Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.account_numbers import bank_reference

INTERNAL = """
SELECT (SELECT id FROM accounts_internalaccount WHERE kind = %(kind)s AND bank_code = %(bank_code)s) AS id
"""


@transaction_required
def lock_statement(account_ids: Iterable[UUID], *, wait: bool = True) -> Statement:
    """Return the statement that locks account rows in ascending order, so that no two deadlock.

    :param wait: False to skip rows that another transaction has locked.
    :returns: the statement, which gives the `id` of each row that is locked.
    """
    skip = "" if wait else " SKIP LOCKED"
    return Statement(
        f"SELECT id FROM accounts_account WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE{skip}",  # noqa: S608
        [sorted(set(account_ids))],
    )


@transaction_required
def lock(account_ids: Iterable[UUID]) -> None:
    """Lock account rows in ascending order until the transaction ends."""
    ask(lock_statement(account_ids))


def internal_side(kind: InternalKind, bank_code: str = "") -> UUID:
    """Return the id of an internal account of the bank, created at first use (内部户).

    :param kind: cash, clearing or stock.
    :param bank_code: the code of the outside bank, in any spelling; empty except for clearing.
    """
    account_id = ask(internal_query(kind, bank_code))
    if account_id is None:
        bank_code = bank_reference(bank_code)
        # Two transactions that create it at the same instant meet in the unique constraint; both read the one row.
        InternalAccount.objects.bulk_create([InternalAccount(kind=kind, bank_code=bank_code)], ignore_conflicts=True)
        account_id = ask(internal_query(kind, bank_code))
    assert account_id is not None  # noqa: S101 - made a moment ago
    return account_id


def internal_query(kind: InternalKind, bank_code: str = "") -> Query[UUID | None]:
    """Return the query of an internal account's id.

    :param bank_code: the code of the outside bank; empty except for clearing.
    :returns: the id of the internal account, None before its first use.
    """
    params = {"kind": kind.value, "bank_code": bank_reference(bank_code)}
    return Query(INTERNAL, params, lambda found: found[0]["id"])
