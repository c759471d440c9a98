"""A part of a table in months is exchanged for others (分区替换): its rows are copied in pieces, then the copies take its place.

For rows that came before their month was made, and for a month that is to lie elsewhere. Others read and write meanwhile:
rows never change, so a copy stays right; what is written meanwhile is written into both, and nobody sees a copy before.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import UUID

from config.kernel import months
from config.kernel.months import run
from config.kernel.pieces import PIECE
from config.kernel.sql import rows
from config.kernel.sql_files import SEARCH_PATH
from config.kernel.transactions import owned

#: What the copies hang on until they take their place, each of them until then, and who copies what is written meanwhile.
COPIES, COPY, COPIED = "copies", "copy", "copied"

#: The advisory lock of who works on months.
_WORK = 0x4D4F4E54
_OWNER = "SELECT relowner::regrole::text AS name FROM pg_class WHERE oid = to_regclass(%s)"
# Partitions may have them in another order.
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
_RULE = "SELECT pg_get_partition_constraintdef(to_regclass(%s)) AS rule"


@contextmanager
def alone(table: str) -> Iterator[None]:
    """Work on the months of a table as its owner while no other session does; what an interrupted run has left is dropped.

    The session must be the owner's, of a member of it or a superuser's: otherwise later months would belong to another role.
    """
    with owned():
        # The other may take minutes; the lock is this session's, and outlasts the transaction.
        run("SET LOCAL lock_timeout = 0")
        run("SET LOCAL statement_timeout = 0")
        rows("SELECT pg_advisory_lock(%s)", [_WORK])
    try:
        run(f"SET ROLE {rows(_OWNER, [table])[0]['name']}")
        months.retried(lambda: _drop_copies(table))
        yield
    finally:
        run("RESET ROLE")
        rows("SELECT pg_advisory_unlock(%s)", [_WORK])


def _drop_copies(table: str) -> None:
    run(f"DROP FUNCTION IF EXISTS {months.name_of(table, COPIED)}() CASCADE")
    run(f"DROP TABLE IF EXISTS {months.name_of(table, COPIES)}")


def exchange(table: str, source: str, homes: Mapping[str, str], tablespace: str = "") -> None:
    """Exchange a partition for others that hold its rows, within `alone`. It takes the room of the partition once more.

    :param homes: the bound of each new partition by its name; together they take every row, a default comes last.
    :param tablespace: where they are to lie; the database's own unless given.
    """
    months.retried(lambda: _begin(table, source, homes, tablespace))
    after: UUID | None = UUID(int=0)
    while after is not None:
        after = _copy_piece(table, source, after)
    months.retried(lambda: _take_place(table, source, homes))


def _begin(table: str, source: str, homes: Mapping[str, str], tablespace: str) -> None:
    """Make a home for each row, and let those that come have a copy there from now on."""
    key, columns = months.TABLES[table], _columns_of(table)
    copies, copied = months.name_of(table, COPIES), months.name_of(table, COPIED)
    rows("SELECT set_config('default_tablespace', %s, true)", [tablespace])
    run(f"CREATE TABLE {copies} (LIKE {table} INCLUDING DEFAULTS) PARTITION BY RANGE ({key})")
    for name, to in homes.items():
        home = months.name_of(name, COPY)
        months.make_like(table, home)
        run(f"ALTER TABLE {copies} ATTACH PARTITION {home} {to}")
        # By it the rows of a month need not be read again when the copy takes its place; those of the default partition are.
        if rule := rows(_RULE, [home])[0]["rule"]:
            run(f"ALTER TABLE {home} ADD CONSTRAINT copy_rule CHECK ({rule})")
    values = ", ".join(f"NEW.{column}" for column in columns.split(", "))
    copy = f"INSERT INTO {copies} ({columns}) VALUES ({values})"  # noqa: S608 - names of ours
    run(
        f"CREATE FUNCTION {copied}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH} AS $$ "
        f"BEGIN {copy}; RETURN NULL; END $$"
    )
    run(f"REVOKE EXECUTE ON FUNCTION {copied}() FROM PUBLIC")
    # Granted after all writers: a row that they wrote without a copy is read by a piece.
    run(f"CREATE TRIGGER {copied} AFTER INSERT ON {source} FOR EACH ROW EXECUTE FUNCTION {copied}()")


def _copy_piece(table: str, source: str, first: UUID) -> UUID | None:
    """Copy rows from an id on; return the first id that is not copied, None where there is none."""
    key, columns, copies = months.TABLES[table], _columns_of(table), months.name_of(table, COPIES)
    found = rows(
        f"SELECT {key} AS next FROM {source} WHERE {key} >= %s ORDER BY {key} LIMIT 1 OFFSET {PIECE}",  # noqa: S608 - names of ours
        [first],
    )
    following: UUID | None = found[0]["next"] if found else None
    until = f" AND {key} < '{following}'" if following else ""
    run(
        f"INSERT INTO {copies} ({columns}) SELECT {columns} FROM {source} "  # noqa: S608 - names of ours
        f"WHERE {key} >= '{first}'{until} ON CONFLICT DO NOTHING"
    )
    return following


def _take_place(table: str, source: str, homes: Mapping[str, str]) -> None:
    """Let the copies take the place of the partition, a moment in which everybody waits."""
    copies, copied = months.name_of(table, COPIES), months.name_of(table, COPIED)
    run(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")
    run(f"ALTER TABLE {table} DETACH PARTITION {source}")
    run(f"DROP TABLE {source}")
    run(f"DROP FUNCTION {copied}()")
    for name, to in homes.items():
        home = months.name_of(name, COPY)
        run(f"ALTER TABLE {copies} DETACH PARTITION {home}")
        run(f"ALTER TABLE {home} RENAME TO {name}")
        months.attach(table, name, to)
        run(f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS copy_rule")
    run(f"DROP TABLE {copies}")


def _columns_of(table: str) -> str:
    return str(rows(_COLUMNS, [table])[0]["names"])
