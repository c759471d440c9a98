"""Monthly partitions: created ahead, guarded like the whole table, closed when over, reached by migrations."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import StringIO
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ProjectState
from django.db.models import Q

from config.kernel.database.ids import id_at, new_id
from config.kernel.database.sql import rows
from config.kernel.models import Decision
from config.kernel.schema import months
from config.kernel.schema.online_ddl import AddCheck, AddColumn, AddIndex
from config.logs import constraint_name
from tests.database_refusals import refused_by
from tests.months import INTO, LONG_AGO, STRAYS, TABLE, THIS, TODAY, blocking_reader, decide, lies, printed, some_ids
from tests.races import ConcurrentCall, at_once
from tests.roles import application_role, connected_as
from tests.schema import schema, scratch_database

# --- which month an id is of ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        ("2026-11-30T23:59:59.999+00:00", date(2026, 11, 1)),
        ("2026-12-01T00:00:00+00:00", date(2026, 12, 1)),
        # Of UTC: in Shanghai it is December already.
        ("2026-12-01T07:59:59.999+08:00", date(2026, 11, 1)),
        ("2028-02-29T12:00:00+00:00", date(2028, 2, 1)),
    ],
)
def test_an_id_is_of_the_month_of_utc_in_which_it_was_made(instant, month):
    made = id_at(datetime.fromisoformat(instant))
    assert months.least_id(month) <= made < months.least_id(months.month_after(month))


@pytest.mark.parametrize(
    ("count", "after"), [(1, date(2027, 1, 1)), (13, date(2028, 1, 1)), (-1, date(2026, 11, 1)), (0, date(2026, 12, 1))]
)
def test_a_month_so_many_later(count, after):
    assert months.month_after(date(2026, 12, 1), count) == after


# --- guards -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestGuards:
    def test_each_partition_has_the_guards_of_the_table(self):
        decide(new_id())
        assert len(months.partitions()) == 2 + months.AHEAD
        for name in (*months.partitions(), TABLE):
            for change in (f"UPDATE {name} SET code = code", f"DELETE FROM {name}", f"TRUNCATE {name}"):
                with refused_by(f"{name}_append_only"):
                    rows(change)
        assert Decision.objects.count() == 1

    def test_row_without_a_principal_is_refused_in_each_partition(self):
        for name, made in {**some_ids(), TABLE: new_id()}.items():
            with refused_by("decision_principal_exists"):
                rows(INTO.format(name, made, f"'{uuid4()}'"))

    def test_unique_constraint_of_a_month_is_reported_by_the_tables_name(self):
        for name, made in some_ids().items():
            decide(made)
            with pytest.raises(IntegrityError) as refused, transaction.atomic():
                decide(made)
            assert refused.value.__cause__.diag.constraint_name == f"{TABLE}_pkey{name.removeprefix(TABLE)}"
            assert constraint_name(refused.value) == f"{TABLE}_pkey"


@pytest.mark.django_db(transaction=True)
def test_the_application_writes_and_reads_by_the_tables_name_alone(application):
    with connected_as(application) as server:
        server.autocommit = True
        server.execute(INTO.format(TABLE, new_id(), "NULL"))
        assert server.execute(f"SELECT count(*) FROM {TABLE}").fetchone() == (1,)
        for name in months.partitions():
            for asked in ("SELECT FROM {}", "DELETE FROM {}", "UPDATE {} SET code = code", "TRUNCATE {}", "DROP TABLE {}",
                          f"ALTER TABLE {TABLE} DETACH PARTITION {{}}", "ALTER TABLE {} DISABLE TRIGGER USER",
                          INTO.format(name, new_id(), "NULL").replace("{}", "{{}}")):  # fmt: skip
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    server.execute(asked.format(name))


# --- months ahead -----------------------------------------------------------------------------------------


@pytest.fixture
def bank():
    """A migrated database for one test."""
    with scratch_database("months", migrated=True):
        yield


def month_later(count: int) -> date:
    return months.month_after(TODAY.replace(day=1), count)


def middle_of(month: int) -> datetime:
    return datetime(*month_later(month).timetuple()[:2], 15, tzinfo=UTC)


def forgotten(*later: int) -> list[str]:
    """Drop monthly partitions, then write rows of these months; return the ids of all rows outside partitions."""
    for month in later:
        rows(f"DROP TABLE {months.name_of(month_later(month))}")
    made = [id_at(middle_of(month)) for month in later for _ in range(7)]
    made += [months.least_id(month_later(later[0])), UUID(int=months.least_id(month_later(later[-1] + 1)).int - 1)]
    apart = [*map(str, made), "ffffffff-0000-4000-8000-000000000000"]
    decide(*apart)
    return apart


def everything(server: object = connection) -> list[str]:
    """Return the id of each visible decision, once for every occurrence."""
    with server.cursor() as cursor:
        cursor.execute(f"SELECT id::text FROM {TABLE} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


@contextmanager
def elsewhere(role: str):
    """Connect to the same database as another role."""
    other = connection.copy()
    other.settings_dict["USER"] = role
    try:
        other.ensure_connection()
        yield other.connection
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
class TestMonthsAhead:
    def test_migrate_creates_exactly_the_missing_months(self, bank):
        whole, out = schema(), StringIO()
        for month in (3, 13):
            rows(f"DROP TABLE {months.name_of(months.month_after(TODAY.replace(day=1), month))}")
        call_command("migrate", stdout=out)
        assert "Months were made" in out.getvalue()
        assert schema() == whole
        call_command("migrate", stdout=out)
        assert out.getvalue().count("Months were made") == 1

    def test_two_concurrent_runs_create_each_month_once(self, bank):
        whole = schema()
        rows(f"DROP TABLE {months.name_of(months.month_after(TODAY.replace(day=1), 13))}")
        made = at_once(*[lambda: months.make_ahead(TODAY)] * 2)
        assert sorted(map(len, made)) == [0, 1]
        assert schema() == whole

    def test_number_of_months_ahead_is_measured_and_increased_by_a_command(self, bank):
        assert months.months_ahead() == months.AHEAD
        for month in (13, 12):
            rows(f"DROP TABLE {months.name_of(month_later(month))}")
        assert months.months_ahead() == months.AHEAD - 2
        assert "made: " in printed()
        assert months.months_ahead() == months.AHEAD

    def test_rows_that_came_before_their_month_was_made_come_to_it(self, bank):
        late = months.month_after(TODAY.replace(day=1), 15)
        middle = datetime(late.year, late.month, 15, tzinfo=UTC)
        kept = {str(id_at(middle)) for _ in range(3)}
        decide(*kept, "ffffffff-0000-4000-8000-000000000000")
        made = months.make_ahead(TODAY, 15)
        assert made == [months.name_of(months.month_after(TODAY.replace(day=1), each)) for each in (14, 15)]
        assert {row["id"] for row in rows(f"SELECT id::text AS id FROM {made[1]}")} == kept
        assert rows(f"SELECT count(*) AS n FROM {STRAYS}") == [{"n": 1}]
        for name in (made[1], STRAYS):
            with refused_by(f"{name}_append_only"):
                rows(f"DELETE FROM {name}")

    def test_many_rows_move_to_their_months_in_pieces_during_reads_and_writes(self, bank, monkeypatch):
        """A single statement would exceed its time limit from some number of rows on, and would never finish."""
        whole = schema()
        apart = forgotten(12, 13)
        moved, pieces, plain = [], [], months._copy_piece

        def copied():
            return rows(f"SELECT count(*) AS n FROM {months.COPIES}")[0]["n"]

        def copy_during_writes(source, after):
            with elsewhere(role) as server:
                # One before what is copied already, one after it, one of no month.
                for made in (id_at(middle_of(12)), id_at(middle_of(13)), "f" + str(uuid4())[1:]):
                    server.execute(INTO.format(TABLE, made, "NULL"))
                    apart.append(str(made))
                assert everything(server) == sorted(apart)
            pieces.append(after)
            before = copied()
            last = plain(source, after)
            moved.append(copied() - before)
            return last

        monkeypatch.setattr(months, "PIECE", 5)
        monkeypatch.setattr(months, "_copy_piece", copy_during_writes)
        with application_role() as role:
            made = months.make_ahead(TODAY)
        assert made == [months.name_of(month_later(each)) for each in (12, 13)]
        assert len(pieces) > 4
        assert len(pieces) == len(set(pieces)) == len(moved)
        assert max(moved) <= 5
        assert schema() == whole
        found = lies()
        assert sorted(found) == sorted(apart)
        assert {name for each, name in found.items() if each.startswith("f")} == {STRAYS}
        for name, month in zip(made, (12, 13), strict=True):
            ends = months.least_id(month_later(month + 1))
            assert {each for each in found if months.least_id(month_later(month)) <= UUID(each) < ends} == {
                each for each, where in found.items() if where == name
            }
            with refused_by(f"{name}_append_only"):
                rows(f"DELETE FROM {name}")

    def test_copied_rows_are_not_read_again_while_others_wait(self, bank):
        forgotten(12, 13)
        said: list[str] = []
        connection.connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
        rows("SET client_min_messages = debug1")
        made = months.make_ahead(TODAY)
        rows("RESET client_min_messages")
        for name in made:
            assert f'partition constraint for table "{name}" is implied by existing constraints' in said

    def test_run_interrupted_between_two_pieces_loses_nothing_and_is_repeated(self, bank, monkeypatch):
        whole = schema()
        apart, plain = forgotten(13), months._copy_piece

        def interrupted(source, after):
            if after != UUID(int=0):
                raise KeyboardInterrupt
            return plain(source, after)

        monkeypatch.setattr(months, "PIECE", 5)
        with monkeypatch.context() as patch:
            patch.setattr(months, "_copy_piece", interrupted)
            with pytest.raises(KeyboardInterrupt):
                months.make_ahead(TODAY)
        more = str(id_at(middle_of(13)))
        decide(more)
        assert everything() == sorted([*apart, more])
        assert months.make_ahead(TODAY) == [months.name_of(month_later(13))]
        assert everything() == sorted([*apart, more])
        assert schema() == whole

    def test_rest_of_an_interrupted_run_is_dropped_without_missing_months(self, bank):
        whole = schema()
        months._begin(STRAYS, [STRAYS], "")
        assert schema() != whole
        assert months.make_ahead(TODAY) == []
        assert schema() == whole

    def test_column_added_during_copies_stops_no_decision(self, bank):
        months._begin(STRAYS, [STRAYS], "")
        rows(f"ALTER TABLE {TABLE} ADD COLUMN more int")
        one, other = "f" + str(uuid4())[1:], "f" + str(uuid4())[1:]
        decide(one)
        months._copy_piece(STRAYS, UUID(int=0))
        decide(other)
        assert {one, other} <= lies().keys()
        months.make_ahead(TODAY)
        assert {one, other} <= lies().keys()

    def test_months_belong_to_the_owner_of_the_table(self, bank):
        owner = connection.settings_dict["USER"]
        forgotten(13)
        connection.close()
        connection.settings_dict["USER"] = "postgres"
        try:
            months.make_ahead(TODAY)
        finally:
            connection.close()
            connection.settings_dict["USER"] = owner
        found = rows(
            "SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relname LIKE 'kernel_decision%%'", []
        )
        assert [row["owner"] for row in found] == [owner]

    def test_two_concurrent_splits_run_one_after_the_other(self, bank, monkeypatch):
        whole, apart, plain = schema(), forgotten(13), months._copy_piece
        calls = []

        def piece(source, after):
            if not calls:
                calls.append(ConcurrentCall(lambda: months.make_ahead(TODAY)).wait_until_blocked())
            return plain(source, after)

        monkeypatch.setattr(months, "PIECE", 5)
        monkeypatch.setattr(months, "_copy_piece", piece)
        months.make_ahead(TODAY)
        calls[0].result()
        assert everything() == sorted(apart)
        assert schema() == whole

    def test_error_of_the_database_is_reported_in_its_words(self, bank, monkeypatch):
        def too_long(*_):
            with transaction.atomic():
                rows("SET LOCAL statement_timeout = '1ms'")
                rows("SELECT pg_sleep(60)")

        monkeypatch.setattr(months, "make_ahead", too_long)
        with pytest.raises(CommandError, match="statement timeout: run it again"):
            printed()

    def test_creation_of_a_month_waits_for_a_reader_and_is_repeated(self, bank, monkeypatch):
        with blocking_reader(monkeypatch) as pauses:
            assert len(months.make_ahead(TODAY, 14)) == 1
        assert next(pauses) == 4

    def test_role_other_than_the_owner_creates_no_months(self, bank):
        rows(f"DROP TABLE {months.name_of(months.month_after(TODAY.replace(day=1), 13))}")
        with application_role() as role:
            connection.close()
            own, connection.settings_dict["USER"] = connection.settings_dict["USER"], role
            try:
                assert "12 months ahead" in printed("--list")
                with pytest.raises(CommandError, match="as the tables' owner"):
                    printed()
            finally:
                connection.close()
                connection.settings_dict["USER"] = own


# --- what later migrations add ----------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "operation",
    [
        AddIndex("decision", models.Index(name="decision_by_rule", fields=["rule", "-at"], condition=Q(kind="x"))),
        AddColumn("decision", "place", models.CharField(max_length=10, null=True)),
        AddCheck("decision", models.CheckConstraint(name="decision_has_a_kind", condition=~Q(kind=""))),
    ],
    ids=["index", "column", "check"],
)
def test_migration_reaches_each_month_and_can_be_reversed(bank, operation):
    decide(new_id(), id_at(LONG_AGO), uuid4())
    whole, state = schema(), ProjectState.from_apps(apps)
    after = state.clone()
    operation.state_forwards("kernel", after)
    for _ in range(2):
        with connection.schema_editor(atomic=False) as editor:
            operation.database_forwards("kernel", editor, state, after)
    added = schema()
    changed = {place for place in added if added[place] != whole.get(place)}
    assert changed == {TABLE, *months.partitions()}
    months.make_ahead(TODAY, 14)
    made = months.name_of(months.month_after(TODAY.replace(day=1), 14))
    assert len(schema()[made]) == len(added[THIS])
    rows(f"DROP TABLE {made}")
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("kernel", editor, after, state)
    assert schema() == whole


@pytest.mark.django_db(transaction=True)
def test_index_interrupted_in_a_month_is_built_again(bank):
    whole = schema()
    rows("DROP INDEX decision_by_object")
    decide(new_id(), new_id())
    rows(f"CREATE INDEX decision_by_object ON ONLY {TABLE} (object_id)")
    with pytest.raises(psycopg.errors.UniqueViolation), connection.cursor() as cursor:
        cursor.cursor.connection.execute(
            f"CREATE UNIQUE INDEX CONCURRENTLY decision_by_object_{TODAY:%Y_%m} ON {THIS} (kind)"
        )
    state = ProjectState.from_apps(apps)
    with connection.schema_editor(atomic=False) as editor:
        AddIndex("decision", models.Index(name="decision_by_object", fields=["object_id"])).database_forwards(
            "kernel", editor, state, state
        )
    assert schema() == whole
