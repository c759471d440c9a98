"""Identifiers: UUIDv7, made before the row is written, because sealing a column needs the row's id."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REFERENCE = re.compile(r"[0-9A-F]{4}-?[0-9A-F]{4}-?[0-9A-F]{4}")


def new_id() -> UUID:
    """Return a new UUIDv7: ordered by time, without meaning for callers."""
    return uuid7()


def id_at(instant: datetime) -> UUID:
    """Return a new UUIDv7 for an earlier instant, as for imported transfers."""
    milliseconds = (instant - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=milliseconds << 80 | uuid7().int & (1 << 80) - 1)


def read_id(text: object) -> UUID | None:
    """Read an id that a caller wrote; None when it is not a UUID."""
    if not isinstance(text, str) or len(text) != 36:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def reference_text(row_id: UUID) -> str:
    """Return the number on a slip (流水号): the last twelve digits of the id, which are random, grouped."""
    tail = row_id.hex[-12:].upper()
    return f"{tail[:4]}-{tail[4:8]}-{tail[8:]}"


def read_reference(text: str) -> bytes | None:
    """Read the number on a slip; None for any other text."""
    return bytes.fromhex(text.replace("-", "")) if _REFERENCE.fullmatch(text.upper()) else None
