"""SQL on its way to the server: each text is planned once per connection, its values travel beside it.

All statements of a call leave together and come back together (libpq's pipeline mode), and a BEGIN that
is still owed goes with them.

Gain: with psycopg's own pipeline, cursors and prepared statements an order takes 1.54 times the CPU, one of a set 1.20 times
(`make bench-peers`), a release 1.20 times (`make bench`).

Every value travels in a form of which the server learns the type from where it stands, so that a text
has one plan whatever is NULL in it: a parameter that stands in no such place needs its cast (`%s::uuid[]`).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from psycopg import abc, adapt, errors, generators
from psycopg.dbapi20 import Binary
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.json import Jsonb

from config.kernel.id_arrays import Ids, read_id_arrays

type Row = dict[str, Any]
type Params = Mapping[str, Any] | Sequence[Any] | None
type Text = tuple[str, Params]
type _Value = tuple[bytes | None, Format]

#: The minor version of psycopg whose private parts (`generators`, `adapt.Transformer`, `Connection.wait`) are used here.
#: On a further one the tests of this module, of faults and of interleavings are run before it is named here and in
#: `requirements/runtime.in`.
TRIED_PSYCOPG = "3.3"
#: What a session no longer has, or has planned for columns that are others now: a migration went on meanwhile.
STALE = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
#: The plan of a table that is empty now would read it from end to end when it has millions of rows.
_LOOK_UP = b"""
SELECT set_config('bank.seqscan', current_setting('enable_seqscan'), true), set_config('enable_seqscan', 'off', true)
"""
_AS_BEFORE = b"SELECT set_config('enable_seqscan', current_setting('bank.seqscan'), true)"
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
_PLACE = re.compile(r"%(?:\((\w+)\)s|(s)|(%))")


@dataclass(slots=True)
class _Known:
    """What one connection has been told: its prepared statements, and how its results are read."""

    reader: abc.Transformer
    names: dict[bytes, bytes] = field(default_factory=dict)
    columns: dict[bytes, list[str]] = field(default_factory=dict)
    count: int = 0

    def name(self) -> bytes:
        self.count += 1
        return b"bank_%d" % self.count

    def forget(self) -> None:
        # The names are not used again: a server that still has them would refuse them.
        self.names.clear()
        self.columns.clear()


_SESSIONS: WeakKeyDictionary["psycopg.Connection[Any]", _Known] = WeakKeyDictionary()


def exchange(session: "psycopg.Connection[Any]", texts: Sequence[Text], *, commit: bool = False) -> list[list[Row]]:
    """Send statements together and return the rows of each, in order.

    :param texts: with `%s` or `%(name)s` for each value, and the values; none when there are no values, and no `%%` then.
    :param commit: end the transaction with them; when one of them fails it goes on, to be undone.
    :raises psycopg.Error: what the first of them met; none after it was carried out.
    """
    known = _SESSIONS.get(session)
    if known is None:
        read_id_arrays(session)
        known = _SESSIONS[session] = _Known(adapt.Transformer(session))
    bound = [_bound(text, params) for text, params in texts]
    try:
        return _exchange(session, known, bound, commit=commit)
    except STALE:
        known.forget()
        if session.pgconn.transaction_status != TransactionStatus.IDLE:
            raise
        return _exchange(session, known, bound, commit=commit)


def _exchange(
    session: "psycopg.Connection[Any]", known: _Known, bound: Sequence[tuple[bytes, Sequence[_Value]]], *, commit: bool
) -> list[list[Row]]:
    wire = session.pgconn
    fresh = {text: known.name() for text in dict.fromkeys(text for text, _ in bound) if text not in known.names}
    begins = not session.autocommit and wire.transaction_status == TransactionStatus.IDLE
    first = [b"BEGIN"] * begins + [_LOOK_UP] * bool(fresh)
    last = [_AS_BEFORE] * bool(fresh) + [b"COMMIT"] * commit
    results: list[PGresult] = []
    wire.enter_pipeline_mode()
    try:
        for command in first:
            wire.send_query_params(command, None)
        for text, name in fresh.items():
            wire.send_prepare(name, text)
        for text, values in bound:
            wire.send_query_prepared(
                known.names.get(text) or fresh[text],
                [value for value, _ in values],
                [form for _, form in values],
                result_format=Format.BINARY,
            )
        for command in last:
            wire.send_query_params(command, None)
        wire.pipeline_sync()
        session.wait(_answers(wire, len(first) + len(fresh) + len(bound) + len(last), results))
    except BaseException:
        # What is still on its way belongs to no later question. A server that ends a session says why first.
        session.close()
        for result in results:
            _check(result)
        raise
    wire.exit_pipeline_mode()
    answers = iter(results)
    for _ in first:
        _check(next(answers))
    for text, name in fresh.items():
        _check(next(answers))
        known.names[text] = name
    found = [_rows(known, text, _check(next(answers))) for text, _ in bound]
    for _ in last:
        _check(next(answers))
    return found


def _answers(wire: PGconn, count: int, results: list[PGresult]) -> abc.PQGen[None]:
    """Send what is queued, then collect each answer and wait for the end of the pipeline."""
    yield from generators.send(wire)
    for _ in range(count):
        results += yield from generators.fetch_many(wire)
    yield from generators.fetch_many(wire)


def _check(result: PGresult) -> PGresult:
    if result.status not in _DONE:
        raise errors.error_from_result(result)
    return result


def _rows(known: _Known, text: bytes, result: PGresult) -> list[Row]:
    if not result.ntuples:
        return []
    columns = known.columns.get(text)
    if columns is None:
        columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
        known.columns[text] = columns
    known.reader.set_pgresult(result)
    return [dict(zip(columns, values, strict=True)) for values in known.reader.load_rows(0, result.ntuples, tuple)]


def _bound(text: str, params: Params) -> tuple[bytes, list[_Value]]:
    if params is None:
        return text.encode(), []
    numbered, names = _numbered(text)
    values = [params[name] for name in names] if isinstance(params, Mapping) else params
    if len(values) != len(names):
        raise ValueError(f"{len(names)} places, {len(values)} values")
    return numbered, [_value(value) for value in values]


@cache
def _numbered(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Return a text with `$1`, `$2` for its values, and the names of these; no name twice."""
    names: list[str] = []

    def numbered(found: re.Match[str]) -> str:
        name, single, percent = found.groups()
        if percent:
            return "%"
        if single or name not in names:
            names.append(name or "")
        return f"${len(names) if single else names.index(name) + 1}"

    return _PLACE.sub(numbered, text).encode(), tuple(names)


def _value(value: Any) -> _Value:
    if value is None:
        return None, Format.TEXT
    kind = type(value)
    form = _FORMS.get(kind)
    if form is None:
        form = next((each for of, each in _KINDS if issubclass(kind, of)), None)
        if form is None:
            raise TypeError(f"{kind.__name__} is no value of the database's")
        _FORMS[kind] = form
    return form(value)


def _as_text(text: str) -> _Value:
    if "\0" in text:
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return str.encode(text), Format.TEXT


def _text(form: Callable[[Any], str]) -> Callable[[Any], _Value]:
    return lambda value: (form(value).encode(), Format.TEXT)


def _json(value: Jsonb) -> _Value:
    found = (value.dumps or json.dumps)(value.obj)
    return found.encode() if isinstance(found, str) else bytes(found), Format.TEXT


def _array(values: Sequence[Any]) -> _Value:
    return _as_text("{" + ",".join([_item(value) for value in values]) + "}")


def _item(value: Any) -> str:
    """Return one value as it stands in the text of an array."""
    form = _ITEMS.get(type(value))
    if form is not None:
        return form(value)
    found, _ = _value(value)
    return "NULL" if found is None else _quoted(found.decode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


#: In this order: a boolean is a number, too, and an instant a day.
_KINDS: tuple[tuple[type, Callable[[Any], _Value]], ...] = (
    (str, _as_text),
    (UUID, _text(lambda value: value.hex)),
    (bool, _text(lambda value: "t" if value else "f")),
    (int, _text(int.__repr__)),
    (Decimal, _text(str)),
    (Ids, lambda value: (value, Format.BINARY)),
    (bytes, lambda value: (value, Format.BINARY)),
    (memoryview, lambda value: (bytes(value), Format.BINARY)),
    (Binary, lambda value: (bytes(value.obj), Format.BINARY)),
    (datetime, _text(datetime.isoformat)),
    (date, _text(date.isoformat)),
    (Jsonb, _json),
    (list, _array),
    (tuple, _array),
)
_FORMS: dict[type, Callable[[Any], _Value]] = {}
#: What most arrays consist of.
_ITEMS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    UUID: lambda value: value.hex,
    int: int.__repr__,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    memoryview: lambda value: f'"\\\\x{value.hex()}"',
    type(None): lambda _: "NULL",
}
