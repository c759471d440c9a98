"""Change of the index key (更换索引密钥): convert every blind index in one transaction of a closed bank.

The new key hashes the index made by the old one, so an index whose plain value is not stored (an agent's
identity, a request's fingerprint) is converted as well, and look-ups compute the same. The old key stays
before the new one in BANK_INDEX_KEY: alone it finds nothing any more, and a thief of it can guess nothing.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import OperationalError, connection, models
from psycopg import errors, sql

from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.vault.key_marks import OtherKeys, generations_behind, index_mark
from config.kernel.vault.resealing import LET_TRIGGERS_SLEEP
from config.kernel.vault.sealed import SealedField, carried_over, index_generations

PIECE = 2000
DIGEST = 32
#: Digests made without an index key: of random keys and codes, of files; public parts of passkeys.
NO_INDEX = frozenset(
    {
        ("kernel_apikey", "digest"),
        ("kernel_enrolment", "digest"),
        ("kernel_exportreceipt", "sha256"),
        ("kernel_passkey", "credential_id"),
        ("kernel_passkey", "public_key"),
    }
)
#: Texts that contain indexes as hexadecimal digits, between slashes.
WRITTEN_OUT = frozenset({("kernel_approval", "about")})

_SESSIONS = """
SELECT count(*) AS count FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
"""
_NEXT = "SELECT {columns} FROM {table} {after} ORDER BY {pk} LIMIT {piece}"
_MARK = "UPDATE kernel_keymark SET mark = %s WHERE kind = 'index' AND key_id = ''"


class BankIsOpen(Exception):
    """Error when another session is connected, in one sentence."""


class IndexTable(NamedTuple):
    """A table with its columns of blind indexes."""

    model: type[models.Model]
    fields: "tuple[models.Field[Any, Any], ...]"

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def pk(self) -> str:
        return str(self.model._meta.pk.column)


def index_tables() -> list[IndexTable]:
    """Return all tables with blind indexes: columns of an index's length, except those named as exceptions."""
    found = (
        IndexTable(model, tuple(each for each in model._meta.local_fields if _is_index(model, each)))
        for model in apps.get_models()
        if model._meta.managed
    )
    return [table for table in found if table.fields]


def carry_over(*, tell: Callable[[str, int, int], object]) -> int:
    """Convert all indexes to the keys of this process; return the number of rows.

    One transaction: all or nothing. Sessions that connect meanwhile wait, and are then refused until they have
    the new key.

    :param tell: called with a table, its rows done, and its approximate number of rows.
    :raises OtherKeys: when the database uses none of these keys.
    :raises BankIsOpen: while another session is connected, or works on a table.
    """
    tables, done = index_tables(), 0
    with owned():
        rows(LET_TRIGGERS_SLEEP)
        # No limit for the conversion itself; only a short wait for other sessions.
        for name, value in (("statement_timeout", 0), ("transaction_timeout", 0), ("lock_timeout", 5000)):
            rows(f"SET LOCAL {name} = {value}")
        _close(tables)
        # A new session first reads the marks of the keys, which are locked from here on.
        if others := rows(_SESSIONS)[0]["count"]:
            raise BankIsOpen(
                f"{others} other sessions are connected to this database: stop web, workers, beat, watcher and poolers."
            )
        behind = generations_behind()
        if behind is None:
            raise OtherKeys("BANK_INDEX_KEY is not the key this database was indexed with.")
        if not behind:
            return 0
        since = index_generations() - behind
        for table in tables:
            done += _carry(table, since, tell)
        rows(_MARK, [index_mark()])
    return done


def _close(tables: list[IndexTable]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, (*(table.name for table in tables), "kernel_keymark")))
    try:
        rows(_statement("LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE", names=names))
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable):
            raise BankIsOpen("Another session uses this database: stop web, workers, beat and watcher first.") from None
        raise


def _carry(table: IndexTable, since: int, tell: Callable[[str, int, int], object]) -> int:
    done = 0
    total = rows(_statement("SELECT count(*) AS count FROM {table}", table=sql.Identifier(table.name)))[0]["count"]
    names = [str(each.column) for each in table.fields]
    write = _write_plain if all(isinstance(each, models.BinaryField) for each in table.fields) else _write_others
    for piece in _pieces(table):
        changed = [
            [row[table.pk], *(_convert(row[name], since) for name in names)]
            for row in piece
            if any(row[name] for name in names)
        ]
        if changed:
            write(table, names, changed)
        done += len(piece)
        tell(table.name, done, total)
    return done


def _write_plain(table: IndexTable, names: list[str], changed: list[list[Any]]) -> None:
    """Write columns with one index each, all rows in one statement."""
    pk = sql.Identifier(table.pk)
    pk_type = sql.SQL(str(table.model._meta.pk.rel_db_type(connection)))
    statement = _statement(
        "UPDATE {table} t SET {sets} FROM unnest(%s::{type}[], {arrays}) AS u({pk}, {columns}) WHERE t.{pk} = u.{pk}",
        table=sql.Identifier(table.name),
        pk=pk,
        type=pk_type,
        arrays=sql.SQL(", ").join([sql.SQL("%s::bytea[]")] * len(names)),
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        sets=sql.SQL(", ").join(sql.SQL("{0} = u.{0}").format(sql.Identifier(name)) for name in names),
    )
    rows(statement, [list(values) for values in zip(*changed, strict=True)])


def _write_others(table: IndexTable, names: list[str], changed: list[list[Any]]) -> None:
    statement = _statement(
        "UPDATE {table} SET {sets} WHERE {pk} = %s",
        table=sql.Identifier(table.name),
        sets=sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names),
        pk=sql.Identifier(table.pk),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[*values, row_id] for row_id, *values in changed])


def _pieces(table: IndexTable) -> Iterator[list[dict[str, Any]]]:
    pk = sql.Identifier(table.pk)
    columns = sql.SQL(", ").join([pk, *(sql.Identifier(str(each.column)) for each in table.fields)])
    after: sql.Composable = sql.SQL("")
    while True:
        words = {"table": sql.Identifier(table.name), "columns": columns, "pk": pk, "piece": sql.Literal(PIECE)}
        piece = rows(_statement(_NEXT, **words, after=after))
        if not piece:
            return
        yield piece
        after = sql.SQL("WHERE {pk} > {last}").format(pk=pk, last=sql.Literal(piece[-1][table.pk]))


def _convert(value: Any, since: int) -> Any:
    """Return a value with its indexes converted: an index, a list of them, or a text that contains them."""
    if isinstance(value, list):
        return [_convert(each, since) for each in value]
    if isinstance(value, str):
        return "/".join(_carried_part(part, since) for part in value.split("/"))
    return None if value is None else carried_over(bytes(value), since=since)


def _carried_part(part: str, since: int) -> str:
    try:
        made = bytes.fromhex(part) if len(part) == 2 * DIGEST else b""
    except ValueError:
        return part
    return carried_over(made, since=since).hex() if made else part


def _is_index(model: type[models.Model], field: "models.Field[Any, Any]") -> bool:
    place = (model._meta.db_table, str(field.column))
    if place in WRITTEN_OUT:
        return True
    if isinstance(field, ArrayField):
        field = field.base_field
    is_digest = isinstance(field, models.BinaryField) and field.max_length == DIGEST
    return is_digest and not isinstance(field, SealedField) and place not in NO_INDEX


def _statement(text: str, **words: sql.Composable) -> str:
    return sql.SQL(text).format(**words).as_string(connection.connection)
