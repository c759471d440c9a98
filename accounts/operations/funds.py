"""What transfers may ask of accounts: reserve money, give it back, post it.

Each returns statements for the caller's own round trip; the ledger writes them, and the database
refuses what is not there. The caller gathered the parties' facts under their locks before.
"""

from uuid import UUID

from accounts.ledger import (
    POST_MANY,
    Posting,
    Side,
    hold_all_statement,
    hold_statement,
    internal_query,
    internal_side,
    lock_statement,
    post_statement,
    unhold_statement,
)
from accounts.vocabulary import EntryKind, InternalKind
from config.kernel.sql import Query

__all__ = [
    "POST_MANY",
    "EntryKind",
    "Posting",
    "Side",
    "clearing_query",
    "hold_all_statement",
    "hold_statement",
    "lock_statement",
    "new_clearing",
    "post_statement",
    "unhold_statement",
]


def clearing_query(bank_code: str) -> Query[UUID | None]:
    """Return the query that finds an outside bank's clearing account (他行清算)."""
    return internal_query(InternalKind.CLEARING, bank_code)


def new_clearing(bank_code: str) -> UUID:
    """Return the clearing account of a bank that had none: made at its first use."""
    made = internal_side(InternalKind.CLEARING, bank_code).internal_id
    assert made is not None  # noqa: S101 - an internal side always has its id
    return made
