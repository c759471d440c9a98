"""A month that is over is closed during reads and writes, and moved to the given tablespace."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError
from django.db import connection

from config.kernel.database.ids import id_at, new_id
from config.kernel.database.sql import rows
from config.kernel.integrity import dumps
from config.kernel.models import Decision
from config.kernel.schema import months
from tests.database_refusals import refused_by
from tests.months import INTO, MIDMONTH, TABLE, THIS, UNCOUNTED, blocking_reader, decide, lies, printed
from tests.races import ConcurrentCall
from tests.roles import superuser
from tests.schema import schema, scratch_database

DAY = timedelta(days=1)
MONTH = MIDMONTH.date().replace(day=1)
LAST = months.month_after(MONTH, -1)
OVER = months.name_of(LAST)
#: An instant of the month that is over.
THEN = datetime(LAST.year, LAST.month, 2, tzinfo=UTC)


def closable(today: date) -> list[str]:
    """Return the names of the partitions that can be closed on a day."""
    return [each["name"] for each in months.described(today) if each["over"] and not each["frozen"]]


@contextmanager
def a_bank():
    """A migrated database for one test, with a partition of last month."""
    with scratch_database("months", migrated=True):
        months.make_ahead(LAST)
        yield


@pytest.fixture
def bank():
    with a_bank():
        yield


@pytest.fixture(autouse=True)
def midmonth():
    """Run on a day on which the previous month can be closed; on the first day of a month none can."""
    with time_machine.travel(MIDMONTH):
        yield


@contextmanager
def tablespace():
    """Create a tablespace on the server that the tests share."""
    name = f"cold_of_{connection.settings_dict['NAME']}"
    with superuser() as server:
        server.autocommit = True
        server.execute("SET allow_in_place_tablespaces = on")
        server.execute(f"CREATE TABLESPACE {name} LOCATION ''")
        server.execute(f"GRANT CREATE ON TABLESPACE {name} TO {connection.settings_dict['USER']}")
    try:
        yield name
    finally:
        with superuser() as server:
            server.autocommit = True
            server.execute(f"DROP TABLESPACE {name}")


@pytest.mark.django_db(transaction=True)
class TestClosing:
    def test_ended_month_is_closed_once_and_open_month_never(self, bank):
        decide(*(id_at(THEN) for _ in range(3)), new_id())
        first, last = MONTH, months.month_after(MONTH) - DAY
        # Who made an id before midnight may still commit it on the first day.
        assert closable(first) == []
        assert closable(first + DAY) == closable(last) == closable(last + DAY) == [OVER]
        assert closable(last + 2 * DAY) == [OVER, THIS]
        assert f"closed: {OVER}" in printed("--close")
        assert closable(last) == []
        assert "closed: " not in printed("--close")

    def test_each_month_is_closable_from_the_second_day_of_the_next(self, bank):
        made = months.partitions()[:-1]
        decide(*(months.least_id(months.month_of(each)) for each in made))
        assert len(made) == 2 + months.AHEAD
        for each in made:
            ends = months.month_after(months.month_of(each))
            assert [each in closable(ends + days * DAY) for days in (-1, 0, 1)] == [False, False, True], each

    def test_closed_month_is_moved_with_its_content(self):
        with tablespace() as cold, a_bank():
            ids = {str(id_at(THEN)) for _ in range(50)}
            decide(*ids)
            whole = schema()
            assert f"closed: {OVER}" in printed("--close", tablespace=cold)
            (over,) = (each for each in months.described(MIDMONTH.date()) if each["over"])
            assert (over["name"], over["tablespace"], over["frozen"]) == (OVER, cold, True)
            where = "SELECT DISTINCT t.spcname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE i.indrelid = %s::regclass"
            assert rows(where, [OVER]) == [{"name": cold}]
            assert {row["id"] for row in rows(f"SELECT id::text AS id FROM {OVER}")} == ids
            assert schema()[OVER] == whole[OVER]
            assert schema() == whole
            assert list(months.close(MIDMONTH.date(), cold)) == []

    def test_tablespace_without_permission_is_reported_first(self):
        """Without this check the message would send the owner of the tables to the owner of the tables."""
        with tablespace() as cold:
            with superuser() as server:
                server.execute(f"REVOKE CREATE ON TABLESPACE {cold} FROM {connection.settings_dict['USER']}")
            with pytest.raises(CommandError, match=f"GRANT CREATE ON TABLESPACE {cold} TO the tables' owner"):
                printed("--close", tablespace=cold)

    def test_a_place_without_anything_to_close_is_refused(self):
        with pytest.raises(CommandError, match="with --close"):
            printed(tablespace="pg_default")

    def test_migration_does_not_wait_for_a_month_being_read(self):
        with a_bank():
            decide(id_at(THEN))
            other = connection.copy()
            other.set_autocommit(False)
            with other.cursor() as elsewhere:
                elsewhere.execute(f"LOCK TABLE {OVER} IN SHARE UPDATE EXCLUSIVE MODE")
                closing = ConcurrentCall(lambda: printed("--close")).wait_until_blocked()
                assert ConcurrentCall(lambda: months.make_ahead(MIDMONTH.date(), 1)).result() == []
            other.rollback()
            other.close()
            assert f"closed: {OVER}" in closing.result()

    def test_month_is_copied_during_reads_and_writes(self, monkeypatch):
        asked, plain = [], months._copy_piece

        def look(*words):
            other = connection.copy()
            with other.cursor() as elsewhere:
                elsewhere.execute("SET lock_timeout = '1s'")
                elsewhere.execute(INTO.format(TABLE, new_id(), "NULL"))
                # A row of the month that is over comes with the copy.
                elsewhere.execute(INTO.format(TABLE, id_at(THEN), "NULL"))
                elsewhere.execute(f"SELECT count(*) FROM {TABLE}")
                asked.append(elsewhere.fetchone()[0])
            other.close()
            return plain(*words)

        with tablespace() as cold, a_bank():
            monkeypatch.setattr(months, "PIECE", 3)
            monkeypatch.setattr(months, "_copy_piece", look)
            decide(*(id_at(THEN) for _ in range(3)))
            printed("--close", tablespace=cold)
            assert asked[:2] == [5, 7]
            assert Decision.objects.count() == asked[-1]
            assert set(lies().values()) == {OVER, THIS}

    def test_copied_month_waits_for_readers(self, monkeypatch):
        with tablespace() as cold, a_bank():
            decide(id_at(THEN))
            with blocking_reader(monkeypatch) as pauses:
                printed("--close", tablespace=cold)
            assert next(pauses) == 4
            assert (Decision.objects.count(), list(months.close(MIDMONTH.date(), cold))) == (1, [])

    def test_a_backup_comes_back_where_there_is_no_such_tablespace(self, tmp_path):
        file = tmp_path / "bank.dump"
        with tablespace() as cold, a_bank():
            decide(id_at(THEN), new_id())
            printed("--close", tablespace=cold)
            there = lies()
            dumps.backup(file, str)
        with scratch_database("restored"):
            dumps.restore(file, str)
            assert lies() == there
            with refused_by(f"{THIS}_append_only"):
                rows(f"DELETE FROM {THIS}")
            # What the restore has counted as empty is not planned for as empty.
            assert {row["n"] for row in rows(UNCOUNTED, [f"{TABLE}_20%"])} == {-1, 1}
            if connection.pg_version >= 180000:
                assert rows("SELECT FROM pg_stats WHERE tablename = %s AND inherited", [TABLE])

    def test_missing_tablespace_is_refused(self, bank):
        with pytest.raises(CommandError, match="no tablespace"):
            printed("--close", tablespace="nowhere")
