"""Schema changes beside the bank's work: they name what breaks a rule, change nothing then, and are run again."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader

from config.kernel.online_ddl import NAMED
from config.kernel.sql import rows
from tests import factories
from tests.schema import schema, scratch_database
from tests.transfers.factories import held
from transfers.models import Transfer

RULE = "transfer_parked_after_due"
#: What is reserved is compared with what is held, by the triggers of both.
GUARDED = ("transfers_transfer", "accounts_account")
PARKED = "UPDATE transfers_transfer SET parked_until = due_at + interval '{hours} hours'"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def fresh(django_db_setup, django_db_blocker):
    """A bank of this file's own, as the migrations make it; what the catalog says of it."""
    with django_db_blocker.unblock(), scratch_database("online", migrated=True):
        yield schema()


@pytest.fixture
def account(fresh):
    return factories.account(factories.customer(factories.ZHANG), balance_fen=10_000)


def apply(app: str, migration: str, place: int = 0) -> None:
    """Run one operation of a migration once more, the first unless told."""
    loader = MigrationLoader(connection)
    key = (app, migration)
    before, after = loader.project_state([key], at_end=False), loader.project_state([key])
    with connection.schema_editor(atomic=False) as editor:
        loader.get_migration(*key).operations[place].database_forwards(app, editor, before, after)


def test_a_rule_names_the_rows_that_break_it_and_is_added_once_none_does(fresh, account):
    for table in GUARDED:
        rows(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    rows(f"ALTER TABLE transfers_transfer DROP CONSTRAINT {RULE}")
    bare = schema()
    broken = {str(each.id) for each in held(account, count=NAMED + 1)}
    rows(PARKED.format(hours=-1))
    held(account)
    with pytest.raises(IntegrityError, match=f"{RULE} is not added") as refused:
        apply("transfers", "0014_parked_after_due")
    named = {each for each in broken if each in str(refused.value)}
    assert len(named) == NAMED
    assert str(refused.value).endswith(" and more")
    assert (schema(), Transfer.objects.count()) == (bare, NAMED + 2)
    rows(PARKED.format(hours=1))
    apply("transfers", "0014_parked_after_due")
    for table in GUARDED:
        rows(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    assert schema() == fresh


def test_each_delayed_transfer_gets_the_hold_its_instants_prove(fresh, account):
    regimes = import_module("transfers.migrations.0015_regimes")
    delayed = held(account, count=5)
    held(account, channel="counter")
    rows("ALTER TABLE transfers_transfer DISABLE TRIGGER USER")
    rows("ALTER TABLE transfers_transfer DROP CONSTRAINT transfer_delayed_waits_its_hold")
    rows("UPDATE transfers_transfer SET hold_seconds = NULL")
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as elsewhere:
        elsewhere.execute("SELECT FROM transfers_transfer WHERE id = %s FOR UPDATE", [delayed[2].id])
    # Who releases or cancels one of them is not waited for while others are locked.
    found = regimes.PIECES, ["00000000-0000-0000-0000-000000000000", 10]
    assert [row["locked"] for row in rows(*found)] == [False, False, True, False, False]
    assert Transfer.objects.filter(hold_seconds=86_400).count() == 4
    other.rollback()
    other.close()
    for _ in range(2):
        apply("transfers", "0015_regimes", 1)
        holds = Transfer.objects.order_by("id").values_list("channel", "hold_seconds")
        assert list(holds) == [("atm", 86_400)] * 5 + [("counter", None)]
    rows("ALTER TABLE transfers_transfer ENABLE TRIGGER USER")
    apply("transfers", "0015_regimes", 2)
    assert schema() == fresh


def test_an_index_whose_building_was_interrupted_is_built_anew(fresh, account):
    held(account, count=2, step=timedelta(seconds=1))
    rows("DROP INDEX event_by_code")
    with pytest.raises(IntegrityError):
        rows("CREATE UNIQUE INDEX CONCURRENTLY event_by_code ON transfers_event (new_status)")
    for _ in range(2):
        apply("transfers", "0007_steps_by_code")
        assert schema() == fresh


def test_what_was_done_and_not_recorded_is_done_again(fresh):
    apply("accounts", "0004_external_accounts_compared")
    assert schema() == fresh


FILES = """
SELECT c.relname AS name, c.relfilenode AS file FROM pg_class c
WHERE c.oid = 'transfers_transfer'::regclass
   OR c.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'transfers_transfer'::regclass)
ORDER BY 1
"""


def test_a_wider_column_writes_no_row_and_no_index_anew(fresh, account):
    held(account, count=2, step=timedelta(seconds=1))
    # As it stands once the first step is done.
    apply("transfers", "0028_wider_channels", 0)
    with connection.cursor() as cursor:
        cursor.execute(import_module("transfers.migrations.0028_wider_channels").as_wide_as(8))
    files = rows(FILES)
    assert len(files) > 5
    apply("transfers", "0028_wider_channels", 1)
    assert rows(FILES) == files
    for step in (2, 0, 1, 2):
        apply("transfers", "0028_wider_channels", step)
    assert schema() == fresh
