"""A database that does not do its work for the moment, told apart from a mistake in ours."""

from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg import errors

from config.kernel.vault.sealed import UnknownKey

#: A server that only reads (a standby, a failover that is not finished), a session that it ended because its
#: transaction stood still or took too long: to Django faults of the database itself, yet to be tried again.
_NOT_NOW = (errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout)


def database_is_away(error: BaseException | None) -> bool:
    """Return whether the same may well succeed in a moment: the database is away, starts, stops or only reads.

    So may what was sealed with a key that this process has not: another process opens it.
    """
    if isinstance(error, UnknownKey):
        return True
    if isinstance(error, InternalError):
        return isinstance(error.__cause__, _NOT_NOW)
    return isinstance(error, (OperationalError, InterfaceError))


def renew_if_read_only(error: BaseException | None) -> None:
    """Give up a session in which a write was refused because it only reads: the next may find a writable server."""
    if isinstance(error, InternalError) and isinstance(error.__cause__, errors.ReadOnlySqlTransaction):
        renew()


def renew() -> None:
    """Let the next statement open a session of its own: some of what one was told at its start it keeps for life."""
    if not connection.in_atomic_block:
        connection.close()
