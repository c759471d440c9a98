"""Helpers for tests of monthly partitions: decisions by partition, and a concurrent reader."""

import itertools
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

from django.core.management import call_command
from django.db import connection

from config.kernel.database.sql import rows
from config.kernel.schema import brief_locks, months

TABLE, STRAYS = months.TABLE, months.STRAYS
TODAY = datetime.now(UTC).date()
#: A day on which the month before is closable and this one is not, whatever the day of the run is.
MIDMONTH = datetime(TODAY.year, TODAY.month, 15, 12, tzinfo=UTC)
THIS = months.name_of(TODAY)
UNCOUNTED = "SELECT reltuples::int AS n FROM pg_class WHERE relname LIKE %s AND relkind = 'r'"
LONG_AGO = datetime(2020, 2, 2, tzinfo=UTC)
INTO = (
    "INSERT INTO {} (id, at, kind, outcome, code, rule, clause, policy_version, facts, principal_id) "
    "VALUES ('{}', now(), 'transfer', 'allowed', '', '', '', 'x', '{{}}', {})"
)


def lies() -> dict[str, str]:
    """Return the partition of each decision."""
    found = rows(f"SELECT id::text AS id, tableoid::regclass::text AS name FROM {TABLE}")
    return {row["id"]: row["name"] for row in found}


def decide(*ids) -> None:
    for each in ids:
        rows(INTO.format(TABLE, each, "NULL"))


def some_ids() -> dict[str, object]:
    """Return an id of each partition."""
    *made, _ = months.partitions()
    return {**{name: months.least_id(months.month_of(name)) for name in made}, STRAYS: "f" + str(uuid4())[1:]}


def printed(*words: str, **more: str) -> str:
    out = StringIO()
    call_command("months", *words, stdout=out, **more)
    return out.getvalue()


@contextmanager
def blocking_reader(monkeypatch):
    """Let another session block until it has been waited for three times; yield the count of pauses."""
    monkeypatch.setattr(brief_locks, "LOCK_TIMEOUT", "1ms")
    other, pauses = connection.copy(), itertools.count()
    other.set_autocommit(False)
    with other.cursor() as elsewhere:
        elsewhere.execute(f"SELECT FROM {TABLE}")

    def pause(_: float) -> None:
        if next(pauses) == 3:
            other.rollback()
            other.close()

    monkeypatch.setattr(brief_locks.time, "sleep", pause)
    yield pauses
