"""Run SQL queries, each with the reader of its rows.

Queries on the path of transfers use `send`: several in one round trip, planned once per connection
(`config.kernel.database.pipeline`). The plan is generic, so only index look-ups belong there, which are right
for any number of rows. `rows` is for all other statements: it plans for the given values.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, cast, overload

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import DatabaseDefault
from psycopg import Copy
from psycopg.types.json import Jsonb

from config.kernel.database.pipeline import Params, Query, Row, Statement
from config.kernel.database.postgresql.base import DatabaseWrapper
from config.kernel.database.transactions import transaction_required

__all__ = ["Params", "Query", "Row", "Statement", "ask", "copied", "insert", "owe", "rows", "send"]


@overload
def send[A](first: Query[A], /) -> tuple[A]: ...
@overload
def send[A, B](first: Query[A], second: Query[B], /) -> tuple[A, B]: ...
@overload
def send[A, B, C](first: Query[A], second: Query[B], third: Query[C], /) -> tuple[A, B, C]: ...
@overload
def send[A, B, C, D](first: Query[A], second: Query[B], third: Query[C], fourth: Query[D], /) -> tuple[A, B, C, D]: ...
@overload
def send[A, B, C, D, E](
    first: Query[A], second: Query[B], third: Query[C], fourth: Query[D], fifth: Query[E], /
) -> tuple[A, B, C, D, E]: ...
@overload
def send[A, B, C, D, E, F](
    first: Query[A], second: Query[B], third: Query[C], fourth: Query[D], fifth: Query[E], sixth: Query[F], /
) -> tuple[A, B, C, D, E, F]: ...
@overload
def send(*queries: Query[Any]) -> tuple[Any, ...]: ...
def send(*queries: Query[Any]) -> tuple[Any, ...]:
    """Send queries in one round trip and return the result of each, in order.

    Under READ COMMITTED each statement sees what was committed before it started, so facts that are read after a
    lock in the same round trip are facts under that lock. The first error is raised, and later statements are not
    carried out.
    """
    return _wrapper().exchange(*queries)


@transaction_required
def owe(*queries: Query[Any]) -> None:
    """Defer queries to the transaction's next round trip, at the latest to its COMMIT.

    An error of a deferred query is raised then. Its reader is also called then, before COMMIT, and an exception
    of the reader ends the transaction; a `Statement` has no reader.
    """
    _wrapper().owed += queries


def _wrapper() -> DatabaseWrapper:
    # The connection itself: the proxy `connection` searches for it at every access.
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])


def ask[T](query: Query[T]) -> T:
    """Send one query and return its result."""
    return send(query)[0]


def rows(text: str, params: Params = None) -> list[Row]:
    """Run one statement, planned for the given values, and return its rows as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def copied(text: str) -> Iterator[Copy]:
    """Open a COPY from the client, for the caller to write to.

    :raises django.db.DatabaseError: like every statement, also for rows that the database refuses at the end.
    """
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(text) as copy:
        yield copy


def insert(*instances: models.Model) -> Statement:
    """Return the statement that inserts rows of one model, with their ids unless the database assigns them.

    The text is the same for any number of rows. Values are written as the instances hold them.
    """
    model, several = type(instances[0]), len(instances) > 1
    columns = [
        (column, [_adapted(each.__dict__[column.attribute], column) for each in instances])
        for column in _columns(model)
        if not isinstance(instances[0].__dict__[column.attribute], DatabaseDefault)
    ]
    text = _insertion(model, tuple(column for column, _ in columns), several=several)
    return Statement(text, [values if several else values[0] for _, values in columns])


class _Column(NamedTuple):
    name: str
    attribute: str
    type: str
    is_json: bool


def _adapted(value: Any, column: _Column) -> Any:
    return Jsonb(value) if column.is_json else value


@cache
def _columns(model: type[models.Model]) -> tuple[_Column, ...]:
    return tuple(
        # Without its length: a cast would truncate a value that is too long, and the column refuses it.
        _Column(
            str(field.column),
            field.attname,
            re.sub(r"\(\d+\)", "", field.db_type(connections[DEFAULT_DB_ALIAS]) or ""),
            isinstance(field, models.JSONField),
        )
        for field in model._meta.local_concrete_fields
        if not isinstance(field, models.AutoField)
    )


@cache
def _insertion(model: type[models.Model], columns: tuple[_Column, ...], *, several: bool) -> str:
    names = ", ".join(f'"{column.name}"' for column in columns)
    if several:
        arrays = ", ".join(f"%s::{column.type}[]" for column in columns)
        values = f"SELECT * FROM unnest({arrays})"  # noqa: S608 - names and types of ours
    else:
        values = f"VALUES ({', '.join(['%s'] * len(columns))})"
    return f'INSERT INTO "{model._meta.db_table}" ({names}) {values}'
