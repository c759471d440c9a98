"""A schema change waits briefly for a lock, lets writers go on, and is repeated after a lock timeout or a deadlock."""

import time
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.db import OperationalError, connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, Q

from config.kernel.database.sql import rows
from config.kernel.schema import brief_locks
from config.kernel.schema.brief_locks import retry_blocked, with_short_locks
from config.kernel.schema.online_ddl import AddCheck, AddColumn, AddForeignKey, AddUniqueKey, MakeTable, OnlineSQL
from config.kernel.schema.sparse_states import SparseExecutor
from tests.schema import schema, scratch_database

#: Another session has the table for reading, as a long report has.
READ = "LOCK TABLE transfers_transfer IN ACCESS SHARE MODE"
WRITTEN = "LOCK TABLE transfers_transfer IN ROW EXCLUSIVE MODE"
DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$"
NOTE = models.CharField(max_length=10, db_default="")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def fresh(django_db_setup, django_db_blocker):
    """A bank of this file's own, as the migrations make it."""
    with django_db_blocker.unblock(), scratch_database("brief", migrated=True) as name:
        yield name


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between attempts; `pauses.then` is called in each."""
    recorded = SimpleNamespace(seconds=[], then=lambda: None)

    def sleep(seconds: float) -> None:
        recorded.seconds.append(seconds)
        recorded.then()

    monkeypatch.setattr(brief_locks, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    return recorded


@pytest.fixture
def other(fresh):
    """Another session of the same database, in a transaction."""
    settings = connection.get_connection_params()
    with psycopg.connect(
        **{name: settings[name] for name in ("dbname", "user", "host", "port") if name in settings}
    ) as session:
        yield session
        session.rollback()


def run(operation, way: str = "forwards") -> None:
    state = ProjectState.from_apps(apps)
    after = state.clone()
    operation.state_forwards("transfers", after)
    with connection.schema_editor(atomic=False) as editor:
        getattr(operation, f"database_{way}")(
            "transfers", editor, *((state, after) if way == "forwards" else (after, state))
        )


class TestOneChange:
    @pytest.mark.parametrize(
        ("lock", "operation"),
        [
            (READ, AddColumn("transfer", "note", NOTE)),
            (READ, AddCheck("transfer", CheckConstraint(name="transfer_is_ample", condition=Q(amount_fen__gt=0)))),
            (READ, AddUniqueKey("transfer_and_account", "transfers_transfer", "id", "payer_account_id")),
            (READ, OnlineSQL("ALTER TABLE transfers_transfer ADD n int", "ALTER TABLE transfers_transfer DROP n")),
            (
                WRITTEN,
                MakeTable(
                    "Note",
                    [
                        ("id", models.UUIDField(primary_key=True)),
                        ("transfer", models.ForeignKey("transfers.transfer", models.PROTECT, db_index=False)),
                    ],
                ),
            ),
            (
                WRITTEN,
                AddForeignKey("event_of", "transfers_event", "(transfer_id) REFERENCES transfers_transfer (id)"),
            ),
        ],
        ids=["column", "check", "key", "sql", "table", "foreign key"],
    )  # fmt: skip
    def test_change_without_a_lock_is_repeated_in_both_directions(self, fresh, other, pauses, operation, lock):
        before = schema()
        for way in ("forwards", "backwards"):
            pauses.seconds.clear()
            other.execute(lock)
            pauses.then = other.rollback
            run(operation, way)
            assert len(pauses.seconds) == 1
            assert (schema() != before) == (way == "forwards")

    def test_a_deadlock_is_repeated(self, fresh, pauses):
        tries = iter([DEADLOCK, "SELECT 1"])
        with_short_locks(lambda: rows(next(tries)) and None)
        assert len(pauses.seconds) == 1

    def test_writers_wait_no_longer_than_the_lock_timeout(self, fresh, other, pauses):
        other.execute(READ)

        def settings() -> None:
            assert rows("SHOW lock_timeout") == [{"lock_timeout": brief_locks.LOCK_TIMEOUT}]
            rows("LOCK TABLE transfers_transfer")

        pauses.then = other.rollback
        with_short_locks(settings)
        assert rows("SHOW lock_timeout") != [{"lock_timeout": brief_locks.LOCK_TIMEOUT}]

    def test_another_failure_is_not_repeated(self, fresh, pauses):
        with pytest.raises(OperationalError):
            with_short_locks(lambda: rows("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'query_canceled'; END $$"))
        assert pauses.seconds == []

    def test_patience_ends(self, fresh, pauses, monkeypatch):
        monkeypatch.setattr(brief_locks, "PATIENCE_SECONDS", -1)
        with pytest.raises(OperationalError):
            retry_blocked(lambda: rows(DEADLOCK))
        assert pauses.seconds == []

    def test_pauses_grow_to_a_bound(self, fresh, pauses):
        tries = iter([DEADLOCK] * 8 + ["SELECT 1"])
        retry_blocked(lambda: rows(next(tries)))
        longest = [min(brief_locks.FIRST_PAUSE_SECONDS * 2**n, brief_locks.LONGEST_PAUSE_SECONDS) for n in range(8)]
        assert all(top / 2 <= each <= top for each, top in zip(pauses.seconds, longest, strict=True))


class TestAMigrationInOneTransaction:
    """A made-up migration of transfers; the executor is the one of `migrate`."""

    @pytest.fixture
    def tries(self):
        return []

    @pytest.fixture
    def migration(self, tries):
        def deadlock_first(_, editor) -> None:
            tries.append(rows("SHOW lock_timeout")[0]["lock_timeout"])
            if len(tries) % 2:
                editor.execute(DEADLOCK)

        made = migrations.Migration("0002_made_up", "transfers")
        made.operations = [
            migrations.AddField("transfer", "note", NOTE),
            # Cannot be applied twice to one state.
            migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("transfer", "memo")]),
            migrations.RunPython(deadlock_first, deadlock_first),
        ]
        return made

    def test_is_repeated_as_a_whole_both_ways(self, fresh, pauses, migration, tries):
        before = schema()
        executor = SparseExecutor(connection)
        state = executor._create_project_state(with_applied_migrations=True)
        after = executor.apply_migration(state.clone(), migration)
        assert "note" in after.models["transfers", "transfer"].fields
        assert schema() != before
        executor.unapply_migration(state, migration)
        assert schema() == before
        assert len(pauses.seconds) == 2
        assert tries == [brief_locks.LOCK_TIMEOUT] * 4
        assert rows("SHOW lock_timeout") != [{"lock_timeout": brief_locks.LOCK_TIMEOUT}]
        assert ("transfers", "0002_made_up") not in MigrationLoader(connection).applied_migrations
