"""Identifiers: UUIDv7, made before the row is written, so that a row id can seal its columns."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7: ordered by time, opaque to callers."""
    return uuid7()


def read_id(text: object) -> UUID | None:
    """Return the id a caller wrote, or None when it has no id's shape."""
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None
