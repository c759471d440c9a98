"""Identifiers: UUIDv7, made before the row is written, so that a row id can seal its columns."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> UUID:
    """Return a fresh UUIDv7: ordered by time, opaque to callers."""
    return uuid7()


def id_at(instant: datetime) -> UUID:
    """Return a fresh UUIDv7 of another instant: of what was accepted before it came here."""
    milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | uuid7().int & (1 << 80) - 1)


def read_id(text: object) -> UUID | None:
    """Return the id a caller wrote, or None when it has no id's shape."""
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
