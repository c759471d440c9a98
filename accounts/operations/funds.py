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
from config.kernel.sql import Row, Statement

__all__ = [
    "POST_MANY",
    "EntryKind",
    "Posting",
    "Side",
    "clearing_side",
    "clearing_statement",
    "hold_statement",
    "lock_statement",
    "post_statement",
    "unhold_statement",
]


def clearing_statement(bank_code: str) -> Statement:
    """Return the statement that finds an outside bank's clearing account (他行清算), whatever its spelling.

    Of accounts from before there was one spelling, the one of today's comes first.
    """
    return Statement(
        "SELECT id FROM accounts_internalaccount WHERE kind = %s AND upper(bank_code) = %s "
        "ORDER BY bank_code <> upper(bank_code), id LIMIT 1",
        [InternalKind.CLEARING.value, bank_reference(bank_code)],
    )


def clearing_side(bank_code: str, found: list[Row]) -> UUID:
    """Return the clearing account that `clearing_statement` found, made at the bank's first use."""
    if found:
        clearing_id: UUID = found[0]["id"]
        return clearing_id
    made = internal_side(InternalKind.CLEARING, bank_code).internal_id
    assert made is not None  # noqa: S101 - an internal side always has its id
    return made
