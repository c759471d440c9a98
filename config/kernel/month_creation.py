"""Months are made (建立月分区): those that are missing, ahead of time; rows that came before their month was made come to it.

Many such rows are moved in pieces, so that it ends however many there are, and others read and write meanwhile.
"""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from config.kernel import months
from config.kernel.pieces import PIECE
from config.kernel.sql import rows
from config.kernel.sql_files import SEARCH_PATH
from config.kernel.transactions import owned

#: What the copies of rows without a month hang on until they take their place, and those of no month at hand.
SPLIT, REST = "split", "rest"
_SPLITTING = 0x53504C49


def make_ahead(table: str, today: date, count: int = months.AHEAD) -> list[str]:
    """Make every month that is missing until so many after this one; return their names.

    Rows that came meanwhile, of ids of such a month, are taken to it: many of them in pieces, while others read and write.
    The tables must belong to the role that asks.
    """
    there = months.partitions(table) or _begin(table, today)
    made = {each.month for each in there}
    month = next(each.ends for each in there if each.name == months.name_of(table, months.BEFORE))
    if month is None:
        raise ValueError(f"what was before in {table} has no end")
    missing = []
    while month <= months.month_after(today.replace(day=1), count):
        if month not in made:
            missing.append(month)
        month = months.month_after(month)
    if missing and _many_lie_apart(table, missing):
        _split(table, missing)
    for each in missing:
        months.retried(lambda month=each: _make(table, month))  # type: ignore[misc]
    return [months.name_of(table, each) for each in missing]


def make_after_migrate(*, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Make the months that are missing (`post_migrate`)."""
    today = datetime.now(UTC).date()
    made = []
    for table in filter(months.in_months, months.TABLES):
        if new := make_ahead(table, today):
            months.count(table)
            made += new
    if made and verbosity and stdout:
        stdout.write(f"Months were made: {', '.join(made)}")


def _begin(table: str, today: date) -> list[months.Partition]:
    """Make the two partitions that are no months: of ids before this month, and of no month at hand."""
    bounds = {
        months.BEFORE: f"FOR VALUES FROM (MINVALUE) TO ('{months.least_id(today.replace(day=1))}')",
        months.STRAYS: "DEFAULT",
    }
    with owned():
        for part, bound in bounds.items():
            name = months.name_of(table, part)
            months.run(f"CREATE TABLE {name} PARTITION OF {table} {bound}")
            months.name_indexes(table, name)
            months.guard(table, name)
    return months.partitions(table)


def _make(table: str, month: date) -> None:
    """Make one month; who reads and writes waits for the partition of what is of no month, a moment."""
    name, strays, key = months.name_of(table, month), months.name_of(table, months.STRAYS), months.TABLES[table]
    begins, ends = months.least_id(month), months.least_id(months.month_after(month))
    months.run(f"LOCK TABLE ONLY {table} IN SHARE UPDATE EXCLUSIVE MODE")
    # Somebody else may have made it at the same moment.
    if rows("SELECT FROM pg_class WHERE oid = to_regclass(%s)", [name]):
        return
    months.run(f"LOCK TABLE {strays} IN ACCESS EXCLUSIVE MODE")
    months.make_like(table, name)
    months.take_over(table, strays, name, f"{key} >= '{begins}' AND {key} < '{ends}'")
    months.run(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{begins}') TO ('{ends}')")
    months.name_indexes(table, name)
    months.guard(table, name)


def _many_lie_apart(table: str, missing: list[date]) -> bool:
    """Say whether more rows of missing months lie apart than one statement moves."""
    strays, key = months.name_of(table, months.STRAYS), months.TABLES[table]
    begins, ends = months.least_id(missing[0]), months.least_id(months.month_after(missing[-1]))
    where = f"{key} >= '{begins}' AND {key} < '{ends}'"
    return bool(rows(f"SELECT FROM {strays} WHERE {where} LIMIT 1 OFFSET {PIECE}"))


def _split(table: str, missing: list[date]) -> None:
    """Make months of which many rows lie apart: all that lies apart is copied in pieces, then the copies take its place.

    Rows never change, so a copy stays right; what is written meanwhile is written into both. Nobody sees a copy before.
    """
    with owned():
        # Another process that splits may take minutes; the lock is this session's, and outlasts the transaction.
        months.run("SET LOCAL lock_timeout = 0")
        months.run("SET LOCAL statement_timeout = 0")
        rows("SELECT pg_advisory_lock(%s)", [_SPLITTING])
    try:
        # Somebody else may have made them while this waited.
        if {each.month for each in months.partitions(table)}.issuperset(missing):
            return
        months.retried(lambda: _begin_copies(table, missing))
        after: UUID | None = UUID(int=0)
        while after is not None:
            after = _copy_piece(table, after)
        months.retried(lambda: _exchange(table, missing))
    finally:
        rows("SELECT pg_advisory_unlock(%s)", [_SPLITTING])


def _homes(table: str, missing: list[date]) -> list[tuple[str, str, str]]:
    """Return of each part of what lies apart the name, the bound and the rule; the last is of no month at hand."""
    key, parts = months.TABLES[table], []
    for month in missing:
        begins, ends = months.least_id(month), months.least_id(months.month_after(month))
        bound = f"FOR VALUES FROM ('{begins}') TO ('{ends}')"
        parts.append((months.name_of(table, month), bound, f"{key} >= '{begins}' AND {key} < '{ends}'"))
    return [*parts, (months.name_of(table, REST), "DEFAULT", "")]


def _begin_copies(table: str, missing: list[date]) -> None:
    """Make a home for each row that lies apart, and let those that come have a copy there from now on."""
    strays, split = months.name_of(table, months.STRAYS), months.name_of(table, SPLIT)
    columns = months.columns_of(table)
    # Granted after all writers: a row that they wrote without a copy is read by a piece.
    months.run(f"LOCK TABLE {strays} IN ACCESS EXCLUSIVE MODE")
    # An interrupted run has left them.
    months.run(f"DROP FUNCTION IF EXISTS {strays}_copied() CASCADE")
    months.run(f"DROP TABLE IF EXISTS {split}")
    months.run(f"CREATE TABLE {split} (LIKE {table} INCLUDING DEFAULTS) PARTITION BY RANGE ({months.TABLES[table]})")
    for name, bound, rule in _homes(table, missing):
        months.make_like(table, name, including="INCLUDING INDEXES")
        if rule:
            # By it the rows need not be read again when the copy takes its place.
            months.run(f"ALTER TABLE {name} ADD CONSTRAINT {name}_rule CHECK ({rule})")
        months.run(f"ALTER TABLE {split} ATTACH PARTITION {name} {bound}")
    values = ", ".join(f"NEW.{column}" for column in columns.split(", "))
    copy = f"INSERT INTO {split} ({columns}) VALUES ({values})"  # noqa: S608 - names of ours
    months.run(
        f"CREATE FUNCTION {strays}_copied() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH} AS $$ "
        f"BEGIN {copy}; RETURN NULL; END $$"
    )
    months.run(
        f"CREATE TRIGGER {strays}_copied AFTER INSERT ON {strays} FOR EACH ROW EXECUTE FUNCTION {strays}_copied()"
    )


def _copy_piece(table: str, after: UUID) -> UUID | None:
    """Copy the rows apart that follow an id; return the last one's id, None where no more follow."""
    strays, key, columns = months.name_of(table, months.STRAYS), months.TABLES[table], months.columns_of(table)
    found = rows(
        f"SELECT {key} AS last FROM {strays} WHERE {key} > %s ORDER BY {key} LIMIT 1 OFFSET %s",  # noqa: S608 - names of ours
        [after, PIECE - 1],
    )
    last: UUID | None = found[0]["last"] if found else None
    until = f" AND {key} <= '{last}'" if last else ""
    months.run(
        f"INSERT INTO {months.name_of(table, SPLIT)} ({columns}) SELECT {columns} FROM {strays} "  # noqa: S608 - names of ours
        f"WHERE {key} > '{after}'{until} ON CONFLICT DO NOTHING"
    )
    return last


def _exchange(table: str, missing: list[date]) -> None:
    """Let the copies take the place of what lay apart, a moment in which everybody waits."""
    strays, split = months.name_of(table, months.STRAYS), months.name_of(table, SPLIT)
    months.run(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")
    months.run(f"ALTER TABLE {table} DETACH PARTITION {strays}")
    months.run(f"DROP TABLE {strays}")
    months.run(f"DROP FUNCTION {strays}_copied()")
    for name, bound, rule in _homes(table, missing):
        months.run(f"ALTER TABLE {split} DETACH PARTITION {name}")
        part = name if rule else strays
        if not rule:
            months.run(f"ALTER TABLE {name} RENAME TO {strays}")
        months.run(f"ALTER TABLE {table} ATTACH PARTITION {part} {bound}")
        months.run(f"ALTER TABLE {part} DROP CONSTRAINT IF EXISTS {name}_rule")
        months.name_indexes(table, part)
        months.guard(table, part)
    months.run(f"DROP TABLE {split}")
