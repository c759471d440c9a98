"""Months that are over (月份关账后的分区): no row comes any more, so what a table of rows that never change needs is done once.

Nothing waits for it: rows are read meanwhile, and those of other months written.
"""

import time
from datetime import date, timedelta

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from config.kernel import months
from config.kernel.months import Partition, run
from config.kernel.sql import rows
from config.kernel.transactions import owned

#: Who made an id before midnight may still be about to commit it.
AFTER = timedelta(days=1)

_BOUND = """
SELECT pg_get_expr(relpartbound, oid) AS bound, pg_get_partition_constraintdef(oid) AS rule
FROM pg_class WHERE oid = %s::regclass
"""

_INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made, o.conname AS key, pg_get_constraintdef(o.oid) AS rule
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u') AND o.conrelid = i.indrelid
WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""


def to_close(table: str, today: date, tablespace: str = "") -> list[Partition]:
    """Return the months that are over and not yet closed, the oldest first.

    :param tablespace: where they are to lie; wherever they are, unless told.
    """
    over = [each for each in months.partitions(table) if each.is_over(today - AFTER)]
    return [each for each in over if not each.frozen or (tablespace and each.tablespace != tablespace)]


def close(part: Partition, tablespace: str = "") -> None:
    """Let no vacuum come back to a month, and lay it where it is to lie: read from end to end once, or copied before.

    The month must be over, and the table belong to the role that asks.
    """
    run("SET statement_timeout = 0")
    run("SET transaction_timeout = 0")
    try:
        if tablespace and part.tablespace != tablespace:
            with owned():
                _copy(part, tablespace)
        run(f"VACUUM (FREEZE, ANALYZE) {part.name}")
    finally:
        run("RESET statement_timeout")
        run("RESET transaction_timeout")


def _copy(part: Partition, tablespace: str) -> None:
    """Put a copy in another place, and let it take the month's: rows of a month that is over do not change."""
    copy, columns, bound = f"{part.name}_copy", months.columns_of(part.table), rows(_BOUND, [part.name])[0]
    run(months.FOR_A_MOMENT)
    # Should a row come nevertheless, it waits, and then comes to the copy.
    run(f"LOCK TABLE {part.name} IN SHARE MODE")
    rows("SELECT set_config('default_tablespace', %s, true)", [tablespace])
    months.make_like(part.table, copy)
    run(f"ALTER TABLE {copy} ADD CONSTRAINT {copy}_rule CHECK ({bound['rule']})")
    run(f"INSERT INTO {copy} ({columns}) SELECT {columns} FROM {part.name}")  # noqa: S608 - names of ours
    for row in rows(_INDEXES, [part.name]):
        if row["key"]:
            run(f"ALTER TABLE {copy} ADD CONSTRAINT {row['key']}_copy {row['rule']}")
        else:
            run(row["made"].replace(f" {row['name']} ON public.{part.name} ", f" {row['name']}_copy ON public.{copy} "))
    months.guard(part.table, copy)
    _wait_for(part.table)
    run(f"ALTER TABLE {part.table} DETACH PARTITION {part.name}")
    run(f"DROP TABLE {part.name}")
    run(f"ALTER TABLE {copy} RENAME TO {part.name}")
    run(f"ALTER TABLE {part.table} ATTACH PARTITION {part.name} {bound['bound']}")
    run(f"ALTER TABLE {part.name} DROP CONSTRAINT {copy}_rule")
    months.name_indexes(part.table, part.name)
    for row in rows(months.TRIGGERS, [part.name]):
        if copy in row["name"]:
            run(f"ALTER TRIGGER {row['name']} ON {part.name} RENAME TO {row['name'].replace(copy, part.name)}")


def _wait_for(table: str) -> None:
    """Have a table alone for a moment, as soon as nobody is in the way: what was copied is not given up for it."""
    ends = time.monotonic() + months.PATIENCE_SECONDS
    while True:
        run("SAVEPOINT alone")
        try:
            run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        except OperationalError as busy:
            if not isinstance(busy.__cause__, LockNotAvailable) or time.monotonic() > ends:
                raise
            run("ROLLBACK TO SAVEPOINT alone")
            time.sleep(months.PAUSE_SECONDS)
        else:
            return
