"""Detection of a temporarily unavailable database, as opposed to a programming error."""

from django.db import InterfaceError, InternalError, OperationalError, connection
from psycopg import errors

from config.kernel.vault.sealed import UnknownKey

#: A read-only server (a standby, an unfinished failover), or a session that the server ended because its transaction
#: was idle or too long: Django raises InternalError, but a retry may succeed.
_NOT_NOW = (errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout)


def database_is_away(error: BaseException | None) -> bool:
    """Return whether a retry may succeed: the database is unreachable, starts, stops or is read-only.

    The same applies to a value sealed with a key that this process lacks: another process can open it.
    """
    if isinstance(error, UnknownKey):
        return True
    if isinstance(error, InternalError):
        return isinstance(error.__cause__, _NOT_NOW)
    return isinstance(error, (OperationalError, InterfaceError))


def renew_if_read_only(error: BaseException | None) -> None:
    """Close a session in which a write was refused as read-only: the next one may find a writable server."""
    if isinstance(error, InternalError) and isinstance(error.__cause__, errors.ReadOnlySqlTransaction):
        renew()


def renew() -> None:
    """Close the connection, so that the next statement opens a new session with current server settings."""
    if not connection.in_atomic_block:
        connection.close()
