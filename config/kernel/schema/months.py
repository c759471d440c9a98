"""Monthly partitions of decisions (按月分区): a row belongs to the month (UTC) in which its id was made.

Every id is a UUIDv7 and starts with its instant, so the month needs no column and the id remains the key. Ids
of a month without a partition share one partition, the strays, so that every id has a place. The owner of the
table creates months ahead (`migrate` and `manage.py months`) and closes past ones while others read and
write: rows never change, so those of a partition are copied in pieces, new rows are written into both, and
finally the copies replace it at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from config.kernel.database.bulk import PIECE
from config.kernel.database.sql import Row, rows
from config.kernel.schema.brief_locks import with_short_locks

#: The table that is partitioned by months of its `id`, and its partition for ids without a month.
TABLE, STRAYS = "kernel_decision", "kernel_decision_strays"
#: The table of the copies until they replace the partition, and the trigger that copies rows written meanwhile.
COPIES, COPIED = f"{TABLE}_copies", f"{TABLE}_copied"
#: Number of months that are created ahead: enough for a bank that migrates once a year.
AHEAD = 13

#: The advisory lock of work on months.
_WORK = 0x4D4F4E54
_PARTITIONS = """
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('kernel_decision') ORDER BY c.relname
"""
_DESCRIBED = """
SELECT c.relname AS name, greatest(c.reltuples, 0)::bigint AS estimate, pg_total_relation_size(c.oid) AS bytes,
       pg_relation_size(c.oid) = 0 OR c.relpages > 0 AND c.relallvisible >= c.relpages AS frozen,
       coalesce(t.spcname, '') AS tablespace, c.relname < %s AS over
FROM pg_class c LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
WHERE c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'kernel_decision'::regclass) ORDER BY c.relname
"""
_OWNER = "SELECT relowner::regrole::text AS name FROM pg_class WHERE oid = 'kernel_decision'::regclass"
_INDEXES = """
SELECT c.relname AS name, p.relname AS parent FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_inherits h ON h.inhrelid = c.oid JOIN pg_class p ON p.oid = h.inhparent WHERE i.indrelid = to_regclass(%s)
"""
# A partition inherits row triggers; a statement that names a partition fires only the partition's statement triggers.
_TRIGGERS = """
SELECT tgname AS name, regexp_replace(pg_get_triggerdef(oid), '( TRIGGER | ON public\\.)kernel_decision', '\\1' || %s, 'g') AS made
FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal AND tgtype & 1 = 0 ORDER BY tgname
"""
# By name: a migration may add a column before the copies replace the partition.
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names FROM pg_attribute
WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
# The last row of a piece is the first of the next one.
_COPY = f"""
WITH piece AS MATERIALIZED (SELECT {{columns}} FROM {{source}} WHERE id >= %s ORDER BY id LIMIT %s),
     copied AS (INSERT INTO {COPIES} ({{columns}}) SELECT {{columns}} FROM piece ON CONFLICT DO NOTHING)
SELECT id FROM piece ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - names of ours


def partitions() -> list[str]:
    """Return the names of the partitions, the oldest first, then the strays; empty before the table exists."""
    return [row["name"] for row in rows(_PARTITIONS)]


def name_of(month: date) -> str:
    """Return the name of the partition of a day's month; names sort in the order of months."""
    return f"{TABLE}_{month:%Y_%m}"


def month_of(name: str) -> date:
    """Return the first day of the month of a partition's name."""
    return date(int(name[-7:-3]), int(name[-2:]), 1)


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month a number of months later."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def least_id(month: date) -> UUID:
    """Return the lowest id of a month, given its first day: the lower bound of its partition."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return UUID(int=int(begins.timestamp()) * 1000 << 80)


def months_ahead() -> int:
    """Return how many whole months after the present one have partitions without a gap."""
    there, today, count = partitions(), datetime.now(UTC).date(), 0
    while name_of(month_after(today, count + 1)) in there:
        count += 1
    return count


def described(today: date) -> list[Row]:
    """Return for each partition its name, tablespace (empty for the database's own), bytes with indexes, and more.

    `estimate`: number of rows when the database last counted them. `over`: whether no more rows come, from the
    second day of the next month on, because an id made before midnight may commit later. `frozen`: whether no
    vacuum has anything to do.
    """
    return rows(_DESCRIBED, [name_of(today - timedelta(days=1))])


def make_ahead(today: date, count: int = AHEAD) -> list[str]:
    """Create all missing months until a number of months ahead; return their names.

    Their rows among the strays are moved to them. The session's role must be the table's owner, a member of it or
    a superuser.
    """
    with as_months_owner():
        there, missing = partitions(), []
        month = month_of(min(there[0], name_of(today)))
        while month <= month_after(today, count):
            if (name := name_of(month)) not in there:
                missing.append(name)
            month = month_after(month)
        if missing:
            exchange(STRAYS, [*missing, STRAYS])
    return missing


def make_after_migrate(*, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Create the missing months after `migrate` (`post_migrate`)."""
    made = make_ahead(datetime.now(UTC).date()) if partitions() else []
    if made and verbosity and stdout:
        stdout.write(f"Months were made: {', '.join(made)}")


def close(today: date, tablespace: str = "") -> Iterator[str]:
    """Vacuum and freeze the past months once, so that no later vacuum reads them; yield the name of each.

    The table as a whole is analysed too, which autovacuum does not do.

    :param tablespace: the months are moved to it first; empty moves none.
    """
    for part in described(today):
        moves = tablespace not in ("", part["tablespace"])
        if part["over"] and moves:
            with as_months_owner():
                exchange(part["name"], [part["name"]], tablespace)
        if part["over"] and (moves or not part["frozen"]):
            with _as_long_as_it_takes():
                run(f"VACUUM (FREEZE, ANALYZE) {part['name']}")
            yield part["name"]
    count()


def count() -> None:
    """Analyse the table as a whole, which autovacuum does not do."""
    only = "ONLY" if connection.pg_version >= 180000 else ""  # type: ignore[attr-defined]
    with _as_long_as_it_takes():
        run(f"ANALYZE {only} {TABLE}")


@contextmanager
def _as_long_as_it_takes() -> Iterator[None]:
    run("SET lock_timeout = 0; SET statement_timeout = 0; SET transaction_timeout = 0")
    try:
        yield
    finally:
        run("RESET lock_timeout; RESET statement_timeout; RESET transaction_timeout")


@contextmanager
def as_months_owner() -> Iterator[None]:
    """Work on months as the table's owner and as the only session; remains of an interrupted run are dropped.

    Without the change of role, new months of a superuser would belong to the superuser.
    """
    with _as_long_as_it_takes():
        rows("SELECT pg_advisory_lock(%s)", [_WORK])
    try:
        run(f"SET ROLE {rows(_OWNER)[0]['name']}")
        with_short_locks(_drop_copies)
        yield
    finally:
        run("RESET ROLE")
        rows("SELECT pg_advisory_unlock(%s)", [_WORK])


def exchange(source: str, homes: Sequence[str], tablespace: str = "") -> None:
    """Replace a partition by others with its rows, within `alone`. It needs the space of the partition again.

    :param homes: names of the new partitions; together they accept every row, and the strays come last.
    :param tablespace: of the new partitions; the database's own unless given.
    """
    with_short_locks(lambda: _begin(source, homes, tablespace))
    first, last = None, UUID(int=0)
    while first != last:
        first, last = last, _copy_piece(source, last)
    with_short_locks(lambda: _take_place(source, homes))


def _begin(source: str, homes: Sequence[str], tablespace: str) -> None:
    """Create the copies, and let new rows be written into them as well."""
    rows("SELECT set_config('default_tablespace', %s, true)", [tablespace])
    parts = " ".join(f"INCLUDING {each}" for each in ("DEFAULTS", "CONSTRAINTS", "STORAGE", "INDEXES"))
    run(f"CREATE TABLE {COPIES} (LIKE {TABLE} {parts}) PARTITION BY RANGE (id)")
    for name in homes:
        copy = f"{name}_copy"
        run(f"CREATE TABLE {copy} PARTITION OF {COPIES} {_bound(name)}")
        # With this check the rows of a month need not be read again when the copy becomes a partition.
        if name != STRAYS:
            (row,) = rows("SELECT pg_get_partition_constraintdef(to_regclass(%s)) AS rule", [copy])
            run(f"ALTER TABLE {copy} ADD CONSTRAINT copy_rule CHECK ({row['rule']})")
    columns = _columns(TABLE)
    values = ", ".join(f"NEW.{column}" for column in columns.split(", "))
    copy = f"INSERT INTO {COPIES} ({columns}) VALUES ({values})"  # noqa: S608 - names of ours
    run(
        f"CREATE FUNCTION {COPIED}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN {copy}; RETURN NULL; END $$"
    )
    run(f"REVOKE EXECUTE ON FUNCTION {COPIED}() FROM PUBLIC")
    # This waits for all writers: a row that they wrote without a copy is read by a piece.
    run(f"CREATE TRIGGER {COPIED} AFTER INSERT ON {source} FOR EACH ROW EXECUTE FUNCTION {COPIED}()")


def _copy_piece(source: str, first: UUID) -> UUID:
    """Copy rows from an id on; return the id of the last one, or the same id when none follows."""
    found = rows(_COPY.format(source=source, columns=_columns(COPIES)), [first, PIECE])
    return found[0]["id"] if found else first


def _columns(table: str) -> str:
    return str(rows(_COLUMNS, [table])[0]["names"])


def _take_place(source: str, homes: Sequence[str]) -> None:
    """Replace the partition by its copies, under a short exclusive lock."""
    run(f"ALTER TABLE {TABLE} DETACH PARTITION {source}")
    run(f"DROP TABLE {source}")
    for name in homes:
        copy = f"{name}_copy"
        run(f"ALTER TABLE {COPIES} DETACH PARTITION {copy}")
        run(f"ALTER TABLE {copy} RENAME TO {name}")
        run(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} {_bound(name)}")
        run(f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS copy_rule")
        for row in rows(_INDEXES, [name]):
            run(f"ALTER INDEX {row['name']} RENAME TO {row['parent'] + name.removeprefix(TABLE)}")
        guard(name)
    _drop_copies()


def _bound(name: str) -> str:
    if name == STRAYS:
        return "DEFAULT"
    month = month_of(name)
    return f"FOR VALUES FROM ('{least_id(month)}') TO ('{least_id(month_after(month))}')"


def _drop_copies() -> None:
    run(f"DROP FUNCTION IF EXISTS {COPIED}() CASCADE")
    run(f"DROP TABLE IF EXISTS {COPIES}")


def guard(name: str) -> None:
    """Give a partition the triggers that refuse what its table refuses, for statements that name the partition."""
    for row in rows(_TRIGGERS, [name, TABLE]):
        run(row["made"])


def unguard(name: str) -> None:
    """Drop the triggers that `guard` created."""
    for row in rows(_TRIGGERS, ["", name]):
        run(f"DROP TRIGGER {row['name']} ON {name}")


def run(statement: str) -> None:
    """Run a statement without parameters."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
