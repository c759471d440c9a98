"""Plain SQL in few round trips: several statements travel together, each with its own snapshot."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.sql import InsertQuery

type Row = dict[str, Any]
type Params = Mapping[str, Any] | Sequence[Any] | None

_IN_ARRAY = str.maketrans({'"': '\\"', "\\": "\\\\"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its parameters (`%s` or `%(name)s`)."""

    text: str
    params: Params = field(default=None)


def rows(text: str, params: Params = None) -> list[Row]:
    """Run one statement and return its rows as dicts."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return _fetch(cursor)


def batch(*statements: Statement) -> list[list[Row]]:
    """Run several statements in one round trip and return the rows of each, in order.

    Under READ COMMITTED every statement sees what was committed before it started, so facts that
    follow a lock in the same batch are facts under that lock.
    """
    # The client's cursor writes parameters into the text itself, so each part is bound alone.
    with connection.cursor() as cursor:
        text = ";\n".join(_bound(cursor, statement) for statement in statements)
        cursor.execute(text)
        results = [_fetch(cursor)]
        while cursor.nextset():
            results.append(_fetch(cursor))
    if len(results) != len(statements):
        raise RuntimeError(f"{len(statements)} statements gave {len(results)} results")
    return results


def insert(*instances: models.Model) -> Statement:
    """Return the statement that inserts rows of one model, ids included unless the database counts."""
    model = type(instances[0])
    fields = [field for field in model._meta.local_concrete_fields if not isinstance(field, models.AutoField)]
    query = InsertQuery(model)
    query.insert_values(fields, list(instances))
    ((text, params),) = query.get_compiler(connection=connection).as_sql()
    return Statement(text, params)


def id_array(ids: Iterable[UUID | None]) -> str:
    """Return ids as the text of an array: for thousands, a fraction of the cost of adapting each."""
    return "{" + ",".join("NULL" if each is None else each.hex for each in ids) + "}"


def number_array(numbers: Iterable[int]) -> str:
    """Return whole numbers as the text of an array."""
    return "{" + ",".join(map(str, numbers)) + "}"


def word_array(words: Iterable[str]) -> str:
    """Return words as the text of an array."""
    return "{" + ",".join(f'"{word.translate(_IN_ARRAY)}"' for word in words) + "}"


def _bound(cursor: Any, statement: Statement) -> str:
    if statement.params is None:
        return statement.text
    return str(cursor.mogrify(statement.text, statement.params))


def _fetch(cursor: Any) -> list[Row]:
    if cursor.description is None:
        return []
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
