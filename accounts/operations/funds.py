"""What transfers may ask of accounts: reserve money, give it back, post it.

Each returns statements for the caller's own round trip; the ledger writes them, and the database
refuses what is not there. The caller gathered the parties' facts under their locks before.
"""

from uuid import UUID

from accounts.ledger import (
    POST_MANY,
    Posting,
    Side,
    hold_statement,
    internal_side,
    lock_statement,
    post_statement,
    unhold_statement,
)
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.identity.account_numbers import bank_reference
from config.kernel.sql import Query

__all__ = [
    "POST_MANY",
    "EntryKind",
    "Posting",
    "Side",
    "clearing_query",
    "hold_statement",
    "lock_statement",
    "new_clearing",
    "post_statement",
    "unhold_statement",
]


def clearing_query(bank_code: str) -> Query[UUID | None]:
    """Return the query that finds an outside bank's clearing account (他行清算), whatever its spelling.

    Of accounts from before there was one spelling, the one of today's comes first.
    """
    return Query(
        "SELECT id FROM accounts_internalaccount WHERE kind = %s AND upper(bank_code) = %s "
        "ORDER BY bank_code <> upper(bank_code), id LIMIT 1",
        [InternalKind.CLEARING.value, bank_reference(bank_code)],
        lambda found: found[0]["id"] if found else None,
    )


def new_clearing(bank_code: str) -> UUID:
    """Return the clearing account of a bank that had none: made at its first use."""
    made = internal_side(InternalKind.CLEARING, bank_code).internal_id
    assert made is not None  # noqa: S101 - an internal side always has its id
    return made
