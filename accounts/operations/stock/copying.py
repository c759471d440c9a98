"""Rows in PostgreSQL's binary form of COPY: made wherever a processor is free, written as they are."""

from collections.abc import Sequence
from datetime import date
from struct import Struct
from typing import Any, NamedTuple

#: What stands before the rows and after them.
HEAD = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
TAIL = b"\xff\xff"

_COUNT, _LENGTH = Struct("!h"), Struct("!i")
_INT, _BIG, _BOOL = Struct("!ii"), Struct("!iq"), Struct("!i?")
_NULL = _LENGTH.pack(-1)
_EPOCH = date(2000, 1, 1).toordinal()


class Column(NamedTuple):
    """A column of a staging table, and how it is written."""

    name: str
    kind: str


def packed(columns: Sequence[str], values: Sequence[Any]) -> bytes:
    """Return one row.

    :param columns: the type of each value: uuid and bytea as bytes, text, int, bigint, date, bool.
    :param values: None for NULL.
    """
    parts = [_COUNT.pack(len(columns))]
    add = parts.append
    for kind, value in zip(columns, values, strict=True):
        if value is None:
            add(_NULL)
        elif kind == "bytes":
            add(_LENGTH.pack(len(value)))
            add(value)
        elif kind == "text":
            data = value.encode()
            add(_LENGTH.pack(len(data)))
            add(data)
        elif kind == "int":
            add(_INT.pack(4, value))
        elif kind == "bigint":
            add(_BIG.pack(8, value))
        elif kind == "date":
            add(_INT.pack(4, value.toordinal() - _EPOCH))
        else:
            add(_BOOL.pack(1, value))
    return b"".join(parts)
