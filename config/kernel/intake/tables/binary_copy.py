"""Rows in PostgreSQL's binary COPY format: encoded in any process, written to the database unchanged."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

#: The bytes before the rows and after them.
HEAD = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
TAIL = b"\xff\xff"

_COUNT, _LENGTH = Struct("!h"), Struct("!i")
_INT, _BIG, _BOOL = Struct("!ii"), Struct("!iq"), Struct("!i?")
#: NULL, and the length in front of a uuid and of an index.
NULL, ID, KEY = _LENGTH.pack(-1), _LENGTH.pack(16), _LENGTH.pack(32)
_EPOCH = date(2000, 1, 1).toordinal()
_FIRST_INSTANT, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
#: The encoded lengths below 512, for speed: nearly every value is shorter.
_SHORT = tuple(map(_LENGTH.pack, range(512)))


def framed(value: bytes) -> bytes:
    """Return bytes with their length in front, as a COPY field."""
    size = len(value)
    return (_SHORT[size] if size < 512 else _LENGTH.pack(size)) + value


def word(value: str) -> bytes:
    """Return the COPY field of a text."""
    value_bytes = value.encode()
    size = len(value_bytes)
    return (_SHORT[size] if size < 512 else _LENGTH.pack(size)) + value_bytes


def _int(value: int) -> bytes:
    return _INT.pack(4, value)


def number_field(value: int) -> bytes:
    """Return the COPY field of a bigint."""
    return _BIG.pack(8, value)


def day_field(value: date) -> bytes:
    """Return the COPY field of a date."""
    return _INT.pack(4, value.toordinal() - _EPOCH)


def moment_field(value: datetime) -> bytes:
    """Return the COPY field of an instant."""
    return _BIG.pack(8, (value - _FIRST_INSTANT) // _MICROSECOND)


def _bool(value: bool) -> bytes:
    return _BOOL.pack(1, value)


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "bytes": framed,
    "text": word,
    "int": _int,
    "bigint": number_field,
    "date": day_field,
    "bool": _bool,
    "moment": moment_field,
}


class Column(NamedTuple):
    """A column of a staging table, and the type of its COPY field."""

    name: str
    kind: str


class Packer:
    """Encodes rows of one shape as bytes.

    :param kinds: type of each value: uuid and bytea as bytes, text, int, bigint, date, bool, moment.
    """

    def __init__(self, kinds: Sequence[str]) -> None:
        self.head = _COUNT.pack(len(kinds))
        self.writers = tuple(_WRITERS[kind] for kind in kinds)

    def __call__(self, values: Sequence[Any]) -> bytes:
        """Return one encoded row; None is NULL."""
        parts = [NULL if value is None else write(value) for write, value in zip(self.writers, values, strict=True)]
        return self.head + b"".join(parts)


def row_head(staged: Sequence[Column], import_id: UUID) -> bytes:
    """Return the encoded start of each row of a staging table, up to its line number.

    :param staged: its columns after the line.
    """
    return _COUNT.pack(2 + len(staged)) + framed(import_id.bytes) + _LENGTH.pack(4)
