"""Questions to the database, each with what its rows mean.

Those of the money's way are sent with `send`: several in one round trip, planned once per connection
(`config.kernel.database.pipeline`). The plan is the generic one, so nothing but index look-ups belongs there, right
whatever the number of rows. `rows` is for everything else: it is planned for the values at hand.
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
    """Send queries in one round trip and return what each found, in order.

    Under READ COMMITTED every statement sees what was committed before it started, so facts that
    follow a lock in the same round trip are facts under that lock. What one of them meets is raised, and none after
    it is carried out.
    """
    return _wrapper().exchange(*queries)


@transaction_required
def owe(*queries: Query[Any]) -> None:
    """Let queries leave with the transaction's next round trip, before what is asked there, or with its COMMIT.

    What one of them meets is raised then. A reader of rows is told then, too, and before COMMIT: what it raises ends
    the transaction; a `Statement` has none.
    """
    _wrapper().owed += queries


def _wrapper() -> DatabaseWrapper:
    # The connection itself: the name `connection` looks for it anew at every step.
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])


def ask[T](query: Query[T]) -> T:
    """Send one query and return what it found."""
    return send(query)[0]


def rows(text: str, params: Params = None) -> list[Row]:
    """Run one statement, planned for its values, and return its rows as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def copied(text: str) -> Iterator[Copy]:
    """Give what is written by a COPY from the client.

    :raises django.db.DatabaseError: as every statement does, also of what the database refuses at the end.
    """
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(text) as copy:
        yield copy


def insert(*instances: models.Model) -> Statement:
    """Return the statement that inserts rows of one model, ids included unless the database counts.

    There is one text for one row and one for more, however many. Values go as the rows hold them.
    """
    model, several = type(instances[0]), len(instances) > 1
    columns = [
        (column, [_as_held(each.__dict__[column.attribute], column) for each in instances])
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


def _as_held(value: Any, column: _Column) -> Any:
    return Jsonb(value) if column.is_json else value


@cache
def _columns(model: type[models.Model]) -> tuple[_Column, ...]:
    return tuple(
        # Without its length: a cast would cut off what is too long, where the column refuses it.
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
