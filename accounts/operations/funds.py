"""What transfers ask of accounts: the locks of their rows, and the clearing account of an outside bank."""

from uuid import UUID

from accounts.ledger import internal_query, internal_side, lock_statement
from accounts.vocabulary import InternalKind
from config.kernel.database.sql import Query

__all__ = ["clearing_query", "lock_statement", "new_clearing"]


def clearing_query(bank_code: str) -> Query[UUID | None]:
    """Return the query that finds an outside bank's clearing account (他行清算)."""
    return internal_query(InternalKind.CLEARING, bank_code)


def new_clearing(bank_code: str) -> UUID:
    """Return the clearing account of a bank that had none: made at its first use."""
    return internal_side(InternalKind.CLEARING, bank_code)
