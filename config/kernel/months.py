"""Tables that lie in months (按月分区): a row belongs to the month of UTC in which an id of its was made.

Every id is a UUIDv7 and begins with its instant, so the month needs no column of its own and the id stays the key.
Rows of before, and of ids that are of no month at hand, have a partition each: any id finds a place.

Only the owner of the tables makes months, and well ahead (`config.kernel.month_creation`): `migrate` does, and
`manage.py months`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, LockNotAvailable

from config.kernel.foundations import Fault, fault
from config.kernel.sql import rows
from config.kernel.transactions import owned

#: The tables that lie in months, each with the id that tells the month; whatever is unique in one contains it.
TABLES = {"kernel_decision": "id"}
#: The partitions that are no months: of ids from before the first month, and of ids of no month at hand.
BEFORE, STRAYS = "before", "strays"
#: So many months after this one are made, so that who migrates once a year never runs out.
AHEAD = 13
#: With fewer than so many whole months ahead somebody is told.
LEAST = 2
FAULT = "kernel.W012"

#: How long a change of a table waits for whoever reads it or writes to it, and how often it comes back.
FOR_A_MOMENT = "SET LOCAL lock_timeout = '500ms'"
PATIENCE_SECONDS, PAUSE_SECONDS = 120.0, 2.0

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_THERE = "SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'p'"
_PARTITIONS = """
SELECT i.inhparent::regclass::text AS table, c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound,
       greatest(c.reltuples, 0)::bigint AS estimate, pg_relation_size(c.oid) = 0 AS empty,
       pg_relation_size(c.oid) = 0 OR c.relpages > 0 AND c.relallvisible >= c.relpages AS frozen,
       coalesce(t.spcname, '') AS tablespace
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname
"""
# What stands for a statement stands for those that name a partition, too: only the named table's triggers are asked.
_TRIGGERS = """
SELECT tgname AS name, pg_get_triggerdef(oid) AS made FROM pg_trigger
WHERE tgrelid = to_regclass(%s) AND NOT tgisinternal AND tgtype & 1 = 0 ORDER BY tgname
"""
_INDEXES = """
SELECT c.relname AS name, p.relname AS parent FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_inherits h ON h.inhrelid = c.oid JOIN pg_class p ON p.oid = h.inhparent WHERE i.indrelid = to_regclass(%s)
"""


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of a table that lies in months.

    :ivar bound: which ids are its, as the catalog says it.
    :ivar estimate: how many rows there were when the database last counted them.
    :ivar frozen: whether no vacuum has anything to do here any more.
    """

    table: str
    name: str
    bound: str
    estimate: int
    empty: bool
    frozen: bool
    tablespace: str

    @property
    def month(self) -> date | None:
        """Return its first day; None of what is no month."""
        days = self._days()
        return days[0] if len(days) > 1 else None

    @property
    def ends(self) -> date | None:
        """Return the first day that is no longer its; None where there is none."""
        return next(iter(self._days()[-1:]), None)

    def is_over(self, today: date) -> bool:
        """Say whether no id of its is made any more."""
        return self.ends is not None and self.ends <= today

    def _days(self) -> list[date]:
        return [(_EPOCH + (UUID(each).int >> 80) * _EPOCH.resolution * 1000).date() for each in _ID.findall(self.bound)]


def in_months(table: str) -> bool:
    """Say whether a table lies in months: it does from a migration on."""
    return bool(rows(_THERE, [table]))


def partitions(table: str) -> list[Partition]:
    """Return the partitions of a table: what was before, the months, what is of none."""
    return sorted((Partition(**row) for row in rows(_PARTITIONS, [table])), key=lambda each: each.ends or date.max)


def month_after(month: date, count: int = 1) -> date:
    """Return the first day of the month so many months later."""
    years, index = divmod(month.month - 1 + count, 12)
    return date(month.year + years, index + 1, 1)


def least_id(month: date) -> UUID:
    """Return what no id of a month or of a later one is less than."""
    begins = datetime(month.year, month.month, 1, tzinfo=UTC)
    return UUID(int=((begins - _EPOCH) // (_EPOCH.resolution * 1000)) << 80)


def name_of(table: str, part: date | str) -> str:
    """Return what a partition, or an index of one, is called.

    :param table: the name of the table, or of its index.
    """
    return f"{table}_{part if isinstance(part, str) else part.strftime('%Y_%m')}"


def index_of(index: str, part: Partition) -> str:
    """Return what the part of an index that a partition has is called."""
    return index + part.name.removeprefix(part.table)


def months_ahead(table: str, today: date) -> int:
    """Return how many whole months after this one have a partition, without a gap."""
    there = partitions(table)
    made = {each.month for each in there}
    before = next((each.ends for each in there if each.name == name_of(table, BEFORE)), None)
    count = 0
    while (month := month_after(today.replace(day=1), count + 1)) in made or (before and month < before):
        count += 1
    return count


def least_ahead() -> float:
    """Return how many months there are ahead in the table that has fewest; 0 before there are any."""
    today = datetime.now(UTC).date()
    return float(min((months_ahead(table, today) for table in TABLES), default=0))


def faults() -> list[Fault]:
    """Say that months run out: what comes then lies apart until they are made, and nothing stops."""
    today = datetime.now(UTC).date()
    short = [each for each in TABLES if in_months(each) and months_ahead(each, today) < LEAST]
    if not short:
        return []
    said = (
        f"Fewer than {LEAST} months are made ahead in {', '.join(short)}: run `manage.py months` as the tables' owner."
    )
    return [fault(FAULT, said, refuses=False, owed=True)]


def count(table: str) -> None:
    """Let the database count a table as a whole, which it does not by itself: it only counts partitions."""
    only = "ONLY " if connection.pg_version >= 180000 else ""  # type: ignore[attr-defined]
    run(f"ANALYZE {only}{table}")
    forget_empty(table)


def forget_empty(table: str) -> None:
    """Let the database know nothing of months that are still empty, as when they were made.

    What it has counted as empty it plans to read from end to end, until it counts again; by then the month may be full.
    """
    # PostgreSQL 17 has no way to forget a count.
    if connection.pg_version >= 180000:  # type: ignore[attr-defined]
        for each in partitions(table):
            if each.empty:
                rows("SELECT pg_clear_relation_stats('public', %s)", [each.name])


def retried[T](act: Callable[[], T]) -> T:
    """Do something in a transaction of its own that gives up sooner than it makes others queue, again and again.

    :raises OperationalError: when others were in the way all the time.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with owned():
                rows(FOR_A_MOMENT)
                return act()
        except OperationalError as busy:
            if not isinstance(busy.__cause__, LockNotAvailable | DeadlockDetected) or time.monotonic() > ends:
                raise
            time.sleep(PAUSE_SECONDS)


def make_like(table: str, name: str) -> None:
    """Make an empty table for a partition."""
    parts = " ".join(f"INCLUDING {each}" for each in ("DEFAULTS", "CONSTRAINTS", "STORAGE", "INDEXES"))
    run(f"CREATE TABLE {name} (LIKE {table} {parts})")


def attach(table: str, name: str, to: str) -> None:
    """Make a table a partition: its indexes are called after the table's, and it refuses what the table refuses.

    :param to: its bound.
    """
    run(f"ALTER TABLE {table} ATTACH PARTITION {name} {to}")
    for row in rows(_INDEXES, [name]):
        wanted = row["parent"] + name.removeprefix(table)
        if row["name"] != wanted:
            run(f"ALTER INDEX {row['name']} RENAME TO {wanted}")
    guard(table, name)


def guard(table: str, name: str) -> None:
    """Let a partition refuse whoever names it what the table refuses."""
    for row in rows(_TRIGGERS, [table]):
        made = row["made"].replace(f" TRIGGER {row['name']} ", f" TRIGGER {row['name'].replace(table, name)} ")
        run(made.replace(f" ON public.{table} ", f" ON public.{name} "))


def unguard(name: str) -> None:
    """Drop what `guard` gave a partition."""
    for row in rows(_TRIGGERS, [name]):
        run(f"DROP TRIGGER {row['name']} ON {name}")


def run(statement: str) -> None:
    """Run a statement as it is."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
