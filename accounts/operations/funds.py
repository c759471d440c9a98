"""Accounts for transfers: the locks of their rows, and the clearing account of another bank."""

from uuid import UUID

from accounts.ledger import internal_query, internal_side, lock_statement
from accounts.vocabulary import InternalKind
from config.kernel.database.sql import Query

__all__ = ["clearing_query", "lock_statement", "new_clearing"]


def clearing_query(bank_code: str) -> Query[UUID | None]:
    """Return the query of another bank's clearing account (他行清算)."""
    return internal_query(InternalKind.CLEARING, bank_code)


def new_clearing(bank_code: str) -> UUID:
    """Create the clearing account of a bank at its first use, and return its id."""
    return internal_side(InternalKind.CLEARING, bank_code)
