"""Sending SQL: each text is planned once per connection, and its values are sent separately.

All statements of a call are sent together and answered together (libpq's pipeline mode), with any BEGIN that
is still to be sent.

Gain: with psycopg's own pipeline, cursors and prepared statements an order takes 1.54 times the CPU, one of a
set 1.20 times (`make bench-peers`), a release 1.20 times (`make bench`).

psycopg writes the values and reads the results. Values carry no type: the server infers it from the place of
the parameter, so that a text has one plan whichever values are NULL. A parameter whose type cannot be
inferred needs a cast (`%s::uuid[]`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg import abc, adapt, errors, generators
from psycopg._queries import PostgresQuery, _query2pg_nocache
from psycopg.adapt import PyFormat, RecursiveDumper
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from config.kernel.database.id_arrays import register_id_arrays

type Row = dict[str, Any]
type Params = Mapping[str, Any] | Sequence[Any] | None
#: A text with `$1` and so on, its values, and the format of each.
type _Bound = tuple[bytes, Sequence[abc.Buffer | None] | None, Sequence[Format] | None]

#: The minor version of psycopg whose private parts (`_queries`, `generators`, `adapt.Transformer`, `Connection.wait`) are
#: used here. Before another one is named here and in `requirements/runtime.in`, the tests of this module, of faults and of
#: interleavings are run with it.
TRIED_PSYCOPG = "3.3"
#: Errors of a prepared statement that the session lost, or that was planned for columns which a migration has changed.
STALE = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)
#: A plan made for an empty table would read the whole table when it has millions of rows.
_LOOK_UP = b"""
SELECT set_config('bank.seqscan', current_setting('enable_seqscan'), true), set_config('enable_seqscan', 'off', true)
"""
_AS_BEFORE = b"SELECT set_config('enable_seqscan', current_setting('bank.seqscan'), true)"
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
#: Types sent as text: their binary form is that of one type, and the parameter may have another.
_AS_TEXT = (int, bool, float, UUID, date, datetime, timedelta)


def _identity(found: list[Row]) -> list[Row]:
    return found


@dataclass(frozen=True, slots=True)
class Query[T]:
    """A statement with its values (`%s` or `%(name)s`) and the reader of its rows.

    :ivar params: None for a statement without values; its text then contains no `%%`.
    :ivar read: turns the rows, as dicts, into the result.
    """

    text: str
    params: Params
    read: Callable[[list[Row]], T]


@dataclass(frozen=True, slots=True)
class Statement(Query[list[Row]]):
    """A statement whose rows are returned as dicts, or ignored."""

    params: Params = None
    read: Callable[[list[Row]], list[Row]] = _identity


class _ArrayDumper(RecursiveDumper):
    """Write an array with the types of its values.

    Gain: with psycopg's own, which looks at each character, an order of a set takes 1.1 times the CPU (`make
    bench-peers`).
    """

    def dump(self, obj: Sequence[Any]) -> bytes:
        text = "{" + ",".join([self._item(value) for value in obj]) + "}"
        if "\0" in text:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return text.encode()

    def _item(self, value: Any) -> str:
        form = _ITEMS.get(type(value))
        if form is not None:
            return form(value)
        if isinstance(value, str):
            return _quoted(value)
        return _quoted(bytes(self._tx.get_dumper(value, PyFormat.TEXT).dump(value) or b"").decode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


#: How the most frequent types of array items are written.
_ITEMS: dict[type, Callable[[Any], str]] = {
    str: _quoted,
    UUID: lambda value: value.hex,
    int: int.__repr__,
    bool: lambda value: "t" if value else "f",
    datetime: lambda value: f'"{value}"',
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    memoryview: lambda value: f'"\\\\x{value.hex()}"',
    type(None): lambda _: "NULL",
}


class Pipeline:
    """One connection with its prepared statements and the adapters for values and results.

    :ivar adapters: how psycopg writes and reads values here; separate from those of cursors.
    """

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection, self.adapters = connection, adapt.AdaptersMap(connection.adapters)
        for kind in _AS_TEXT:
            self.adapters.register_dumper(kind, self.adapters.get_dumper(kind, PyFormat.TEXT))
        self.adapters.register_dumper(list, _ArrayDumper)
        self.adapters.register_dumper(tuple, _ArrayDumper)
        register_id_arrays(self.adapters)
        self._values = adapt.Transformer(self)
        self._names: dict[bytes, bytes] = {}
        self._columns: dict[bytes, list[str]] = {}
        self._prepared = 0

    def exchange(self, queries: Sequence[Query[Any]], *, commit: bool = False) -> list[list[Row]]:
        """Send statements together and return the rows of each, in order.

        :param commit: commit in the same round trip; if a statement fails, the transaction stays open for a
            rollback.
        :raises psycopg.Error: of the first statement that failed; the later ones were not carried out.
        """
        bound = [self._bound(each.text, each.params) for each in queries]
        try:
            return self._exchange(bound, commit=commit)
        except STALE:
            # The names are not used again, because a server that still has them would refuse them.
            self._names.clear()
            self._columns.clear()
            if self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
                raise
            return self._exchange(bound, commit=commit)

    def _bound(self, text: str, params: Params) -> _Bound:
        if params is None:
            return text.encode(), None, None
        numbered, formats, names, parts = _numbered(text)
        ordered = PostgresQuery.validate_and_reorder_params(parts, params, names)
        return numbered, self._values.dump_sequence(ordered, formats), self._values.formats

    def _exchange(self, bound: Sequence[_Bound], *, commit: bool) -> list[list[Row]]:
        wire = self.connection.pgconn
        fresh = {text: self._name() for text in dict.fromkeys(text for text, *_ in bound) if text not in self._names}
        begins = not self.connection.autocommit and wire.transaction_status == TransactionStatus.IDLE
        first = [b"BEGIN"] * begins + [_LOOK_UP] * bool(fresh)
        last = [_AS_BEFORE] * bool(fresh) + [b"COMMIT"] * commit
        results: list[PGresult] = []
        wire.enter_pipeline_mode()
        try:
            for command in first:
                wire.send_query_params(command, None)
            for text, name in fresh.items():
                wire.send_prepare(name, text)
            for text, values, formats in bound:
                name = self._names.get(text) or fresh[text]
                wire.send_query_prepared(name, values, formats, result_format=Format.BINARY)
            for command in last:
                wire.send_query_params(command, None)
            wire.pipeline_sync()
            self.connection.wait(_answers(wire, len(first) + len(fresh) + len(bound) + len(last), results))
        except BaseException:
            # Answers that are still on the way must not be read as those of later statements. A server that ends a
            # session sends the reason first.
            self.connection.close()
            for result in results:
                _check(result)
            raise
        wire.exit_pipeline_mode()
        answers = iter(results)
        for _ in first:
            _check(next(answers))
        for text, name in fresh.items():
            _check(next(answers))
            self._names[text] = name
        found = [self._rows(text, _check(next(answers))) for text, *_ in bound]
        for _ in last:
            _check(next(answers))
        return found

    def _name(self) -> bytes:
        self._prepared += 1
        return b"bank_%d" % self._prepared

    def _rows(self, text: bytes, result: PGresult) -> list[Row]:
        if not result.ntuples:
            return []
        columns = self._columns.get(text)
        if columns is None:
            columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
            self._columns[text] = columns
        self._values.set_pgresult(result)
        return [dict(zip(columns, values, strict=True)) for values in self._values.load_rows(0, result.ntuples, tuple)]


def _answers(wire: PGconn, count: int, results: list[PGresult]) -> abc.PQGen[None]:
    """Send the queued statements, then collect each answer and wait for the end of the pipeline."""
    yield from generators.send(wire)
    for _ in range(count):
        results += yield from generators.fetch_many(wire)
    yield from generators.fetch_many(wire)


def _check(result: PGresult) -> PGresult:
    if result.status not in _DONE:
        raise errors.error_from_result(result)
    return result


@cache
def _numbered(text: str) -> Any:
    """Return a text with `$1`, `$2` for its values, and psycopg's data for ordering these."""
    return _query2pg_nocache(text.encode(), "utf-8")
