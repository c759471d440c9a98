"""A migration lets a table lie in months (`config.kernel.months`), beside whoever writes to it.

What was there stays where it is and becomes one partition: nothing is copied.
"""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import DatabaseError
from django.db.migrations.operations.base import Operation

from config.kernel import months
from config.kernel.month_creation import make_ahead
from config.kernel.months import BEFORE, STRAYS, name_of, retried, run
from config.kernel.sql import rows

#: The month from which on there are months begins so much later: so long a migration that was interrupted may lie.
MARGIN = timedelta(days=20)

INDEXES = """
SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS made, o.conname AS key, pg_get_constraintdef(o.oid) AS rule
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.contype IN ('p', 'u') AND o.conrelid = i.indrelid
WHERE i.indrelid = to_regclass(%s) ORDER BY c.relname
"""
_TRIGGERS = """
SELECT tgname AS name, pg_get_triggerdef(oid) AS made, tgtype & 1 = 1 AS by_row FROM pg_trigger
WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal ORDER BY tgname
"""
_GRANTS = """
SELECT a.grantee::regrole::text AS role, string_agg(a.privilege_type, ', ') AS rights
FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(%s) AND a.grantee NOT IN (0, c.relowner) GROUP BY 1
"""
_REFERRED = "SELECT conname AS name FROM pg_constraint WHERE confrelid = to_regclass(%s) AND contype = 'f'"

_COUNTED = "SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attidentity <> ''"


class _Parts(NamedTuple):
    """What hangs on a table by its name."""

    indexes: list[dict[str, Any]]
    triggers: list[dict[str, Any]]
    grants: list[dict[str, Any]]


class ByMonth(NotInTransactionMixin, Operation):
    """Let a table lie in months by one of its ids (`months.TABLES`); what an interrupted run has done of it is done again or stays.

    Nothing may refer to the table by a foreign key: partitions come and go. The way back is copying: what came since
    is written into the table of before, while nobody else reads or writes.
    """

    reduces_to_sql = False
    reversible = True
    atomic = False

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: to a model it is the same table."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._ensure_not_in_transaction(schema_editor)
        if not months.in_months(self.table):
            part(self.table, datetime.now(UTC))
        make_ahead(self.table, datetime.now(UTC).date())
        months.count(self.table)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._ensure_not_in_transaction(schema_editor)
        if months.in_months(self.table):
            retried(lambda: _join(self.table))

    def describe(self) -> str:
        return f"Let {self.table} lie in months"


def part(table: str, now: datetime) -> None:
    """Let a table lie in months from the next one on; an empty one from this one on.

    Whoever reads or writes waits for a moment, and goes on as before.
    """
    if referring := rows(_REFERRED, [table]):
        raise ValueError(f"{table} is referred to by {', '.join(row['name'] for row in referring)}")
    if counted := rows(_COUNTED, [table]):
        raise ValueError(f"{table} counts its {', '.join(row['name'] for row in counted)} itself, which no part can")
    cut = months.month_after(months.first_of_month(now + MARGIN))
    rule, key, bound = f"{table}_{BEFORE}_ends", months.TABLES[table], months.least_id(cut)
    if not _any(table) or _any(table, f"{key} >= '{bound}'"):
        retried(lambda: _part(table, now, cut))
        return
    # What was there is read while others go on writing; by this rule it need not be read again under a lock.
    gone = f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {rule}"
    retried(lambda: run(f"{gone}, ADD CONSTRAINT {rule} CHECK ({key} < '{bound}') NOT VALID"))
    try:
        run(f"ALTER TABLE {table} VALIDATE CONSTRAINT {rule}")
        retried(lambda: _part(table, now, cut))
    except BaseException:
        # Left alone it would refuse every row of the month that it ends before.
        with suppress(DatabaseError):
            retried(lambda: run(gone))
        raise


def _part(table: str, now: datetime, cut: date) -> None:
    """Put a root in the place of a table, and the table into it as what was before."""
    before, strays = name_of(table, BEFORE), name_of(table, STRAYS)
    rule, key = f"{table}_{BEFORE}_ends", months.TABLES[table]
    run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    if not _any(table):
        cut = months.first_of_month(now)
    bound = months.least_id(cut)
    hangs = _Parts(rows(INDEXES, [table]), rows(_TRIGGERS, [table]), rows(_GRANTS, [table]))
    _step_aside(table, hangs, "", f"_{BEFORE}")
    run(f"ALTER TABLE {table} RENAME TO {before}")
    run(
        f"CREATE TABLE {table} (LIKE {before} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) "
        f"PARTITION BY RANGE ({key})"
    )
    run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {rule}")
    _take_place(table, before, hangs)
    # Ids that are of no time, as those of a sandbox or a test: they are of no month.
    months.make_like(table, strays)
    if _any(before, beyond := f"{key} >= '{bound}'"):
        months.take_over(table, before, strays, beyond)
    run(f"ALTER TABLE {table} ATTACH PARTITION {before} FOR VALUES FROM (MINVALUE) TO ('{bound}')")
    run(f"ALTER TABLE {before} DROP CONSTRAINT IF EXISTS {rule}")
    run(f"ALTER TABLE {table} ATTACH PARTITION {strays} DEFAULT")
    months.name_indexes(table, strays)
    months.guard(table, strays)


def _join(table: str) -> None:
    """Make one table again of what lies in months."""
    before = name_of(table, BEFORE)
    run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    parts = [each.name for each in months.partitions(table) if each.name != before]
    run(f"ALTER TABLE {table} DETACH PARTITION {before}")
    hangs = _Parts(rows(INDEXES, [table]), rows(_TRIGGERS, [table]), rows(_GRANTS, [table]))
    columns = months.columns_of(table)
    for each in parts:
        run(f"INSERT INTO {before} ({columns}) SELECT {columns} FROM {each}")  # noqa: S608 - names of ours
    run(f"DROP TABLE {table}")
    run(f"ALTER TABLE {before} RENAME TO {table}")
    _step_aside(table, hangs, f"_{BEFORE}", "")
    for row in hangs.triggers:
        if row["by_row"]:
            run(row["made"])
    _grant(table, hangs.grants)


def _step_aside(table: str, hangs: _Parts, ending: str, becomes: str) -> None:
    """Rename what hangs on a table; what is asked row by row is asked by the root, which asks for each partition."""
    for row in hangs.indexes:
        run(f"ALTER INDEX {row['name']}{ending} RENAME TO {row['name']}{becomes}")
    for row in hangs.triggers:
        was, named = (row["name"].replace(table, f"{table}{each}") for each in (ending, becomes))
        if not row["by_row"]:
            run(f"ALTER TRIGGER {was} ON {table} RENAME TO {named}")
        elif becomes:
            run(f"DROP TRIGGER {was} ON {table}")


def _take_place(table: str, before: str, hangs: _Parts) -> None:
    for row in hangs.indexes:
        run(f"ALTER TABLE {table} ADD CONSTRAINT {row['key']} {row['rule']}" if row["key"] else row["made"])
    for row in hangs.triggers:
        run(row["made"])
    _grant(table, hangs.grants)
    for row in hangs.grants:
        run(f"REVOKE ALL ON {before} FROM {row['role']}")


def _grant(table: str, grants: list[dict[str, Any]]) -> None:
    for row in grants:
        run(f"GRANT {row['rights']} ON {table} TO {row['role']}")


def _any(table: str, condition: str = "true") -> bool:
    return bool(rows(f"SELECT FROM {table} WHERE {condition} LIMIT 1"))
