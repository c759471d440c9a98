"""Change of a field key (重新加密): seal existing values with the first key while the bank works.

The models say which columns are sealed. A value is replaced only if it has not changed since it was opened,
so no change is lost, and an interrupted run can be repeated. Evidence is written once: only the owner of the
tables may disable its triggers, only for the transaction of one piece.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import connection, models
from psycopg import sql

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned, perform
from config.kernel.vault.sealed import SealedField, field_key_ids, seal, seal_context, unseal

PIECE = 500
#: The first walk skips rows that another transaction has locked, the second waits for them.
WALKS = (" SKIP LOCKED", "")

_OWNER = """
SELECT has_parameter_privilege('session_replication_role', 'SET') AS may_sleep,
       bool_and(pg_has_role(c.relowner, 'USAGE')) AS owns
FROM pg_class c WHERE c.oid = ANY(%s::regclass[])
"""
# The triggers refuse every role; only the owner can disable them.
LET_TRIGGERS_SLEEP = "SET LOCAL session_replication_role = replica"

_USED = """
SELECT encode(substring({column} FROM 2 FOR get_byte({column}, 0)), 'escape') AS key_id, count(*) AS count
FROM {table} WHERE length({column}) > 0 GROUP BY 1
"""
_NEXT = """
SELECT {pk} AS id, {column} AS was FROM {table}
WHERE substring({column} FROM 1 FOR length({head})) <> {head} {after} ORDER BY {pk} LIMIT {piece}
"""
# A value that was changed meanwhile is not replaced.
_REPLACE = """
WITH changed AS MATERIALIZED (SELECT * FROM unnest(%s::{type}[], %s::bytea[], %s::bytea[]) AS u(id, was, becomes)),
mine AS MATERIALIZED (
    SELECT t.{pk} AS id FROM {table} t JOIN changed ON changed.id = t.{pk} AND changed.was = t.{column}
    ORDER BY t.{pk} FOR NO KEY UPDATE OF t{waiting}
)
UPDATE {table} t SET {column} = changed.becomes FROM changed JOIN mine USING (id)
WHERE t.{pk} = changed.id AND t.{column} = changed.was RETURNING t.{pk} AS id
"""


class NotTheOwner(Exception):
    """Error that names the missing right of the role, in one sentence."""


class SealedColumn(NamedTuple):
    """A sealed column of a table."""

    model: type[models.Model]
    field: SealedField

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.field.column}"

    def words(self) -> dict[str, sql.Composable]:
        """Return its names as parts of a statement."""
        pk = self.model._meta.pk
        return {
            "table": sql.Identifier(self.model._meta.db_table),
            "column": sql.Identifier(str(self.field.column)),
            "pk": sql.Identifier(str(pk.column)),
            "type": sql.SQL(str(pk.rel_db_type(connection))),
        }


@dataclass
class Resealed:
    """Result of sealing a column again.

    :ivar done: number of values sealed again.
    :ivar closed: places of values that no key of this process opens.
    """

    done: int = 0
    closed: list[str] = field(default_factory=list)


def sealed_columns() -> list[SealedColumn]:
    """Return all sealed columns of all tables."""
    return [
        SealedColumn(model, each)
        for model in apps.get_models()
        if model._meta.managed
        for each in model._meta.local_fields
        if isinstance(each, SealedField)
    ]


def keys_in_use() -> dict[SealedColumn, Counter[str]]:
    """Return for each column how many values each key has sealed; every column is read completely."""
    return {
        column: Counter({row["key_id"]: row["count"] for row in _ask(_USED, column.words())})
        for column in sealed_columns()
    }


def need_owner(tables: list[str]) -> None:
    """Refuse a role that may not disable the triggers of these tables.

    :raises NotTheOwner: with the missing right.
    """
    found = rows(_OWNER, [tables])[0]
    if not found["owns"]:
        raise NotTheOwner("Run it as the owner of the tables: no other role may rewrite evidence.")
    if not found["may_sleep"]:
        raise NotTheOwner(
            "The owner of the tables needs, once and from a superuser: "
            "GRANT SET ON PARAMETER session_replication_role TO <owner>."
        )


def reseal(column: SealedColumn, *, on_rows: Callable[[int], object]) -> Resealed:
    """Seal values of a column that have other keys with the first key of this process, in pieces.

    :param on_rows: called with the number of further rows done.
    """
    result = Resealed()
    for waiting in WALKS:
        closed: set[Any] = set()
        for piece in _pieces(column):
            opened = dict(_opened(column, piece, closed))
            done = _replace(column, opened, waiting)
            result.done += done
            on_rows(done)
        result.closed = [f"{column} {row_id}" for row_id in sorted(closed, key=str)]
    return result


def retire_key(key_id: str) -> bool:
    """Delete a key's mark, so that no process needs the key or may seal with it; return whether it had one."""
    with owned():
        rows(LET_TRIGGERS_SLEEP)
        return bool(rows("DELETE FROM kernel_keymark WHERE kind = 'field' AND key_id = %s RETURNING id", [key_id]))


def _pieces(column: SealedColumn) -> Iterator[list[dict[str, Any]]]:
    first = field_key_ids()[0].encode()
    head = sql.Literal(bytes([len(first)]) + first)
    after: sql.Composable = sql.SQL("")
    while True:
        words = column.words() | {"head": head, "after": after, "piece": sql.Literal(PIECE)}
        piece = _ask(_NEXT, words)
        if not piece:
            return
        yield piece
        after = sql.SQL("AND {pk} > {last}").format(pk=words["pk"], last=sql.Literal(piece[-1]["id"]))


def _opened(column: SealedColumn, piece: list[dict[str, Any]], closed: set[Any]) -> Iterator[tuple[Any, Any]]:
    for row in piece:
        where = seal_context(column.model._meta.db_table, str(column.field.column), row["id"])
        try:
            text = unseal(row["was"], where=where)
        except (InvalidTag, LookupError, ValueError):
            closed.add(row["id"])
        else:
            yield row["id"], (bytes(row["was"]), seal(text, where=where))


def _replace(column: SealedColumn, opened: dict[Any, tuple[bytes, bytes]], waiting: str) -> int:
    if not opened:
        return 0
    params = [list(opened), [was for was, _ in opened.values()], [becomes for _, becomes in opened.values()]]

    def work() -> int:
        rows(LET_TRIGGERS_SLEEP)
        return len(_ask(_REPLACE, column.words() | {"waiting": sql.SQL(waiting)}, params))

    return perform(work)


def _ask(text: str, words: dict[str, sql.Composable], params: list[Any] | None = None) -> list[dict[str, Any]]:
    return rows(sql.SQL(text).format(**words).as_string(connection.connection), params)
