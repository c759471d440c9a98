"""A bank shared by many tests: built once per process by operations, then restored row by row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from psycopg import Cursor, sql

TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
AND relname <> 'django_migrations' ORDER BY relname
"""
type Lines = dict[str, list[bytes]]
_KEPT: dict[str, tuple[Lines, object]] = {}


def snapshot[T](name: str, build: Callable[[], T]) -> T:
    """Return the result of building a bank, with its rows in the database.

    The first call builds it and stores the new rows. Later calls insert the same rows with the triggers disabled,
    because the triggers have checked each of them before.

    :param name: an equal name gives the equal bank, object and rows.
    :param build: adds rows and changes no existing row.
    """
    if name not in _KEPT:
        before = _lines()
        made = build()
        _KEPT[name] = _came(before, _lines()), made
        return made
    lines, made = _KEPT[name]
    with _cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, rows in lines.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                copy.write(b"".join(rows))
        cursor.execute("SET LOCAL session_replication_role = origin")
    return made  # type: ignore[return-value]


def _lines() -> Lines:
    """Return the rows of every table."""
    with _cursor() as cursor:
        return {table: _rows(cursor, table) for (table,) in cursor.execute(TABLES).fetchall()}


def _rows(cursor: Cursor, table: str) -> list[bytes]:
    """Return the rows of a table in the format of COPY."""
    with cursor.copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(each) for each in copy).splitlines(keepends=True)


def _came(before: Lines, after: Lines) -> Lines:
    changed = [table for table, rows in before.items() if set(rows) - set(after[table])]
    assert not changed, f"rows of {changed} were changed: only added rows can be restored"
    came = {table: [row for row in rows if row not in set(before[table])] for table, rows in after.items()}
    return {table: rows for table, rows in came.items() if rows}


@contextmanager
def _cursor() -> Iterator[Cursor]:
    """Yield psycopg's own cursor in a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield cursor.cursor.connection.cursor()
