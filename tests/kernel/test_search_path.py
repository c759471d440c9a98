"""The database's functions read the bank's tables, never temporary tables of the caller."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import CardException, Entry
from config.kernel.database import clock
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from tests import factories
from tests.accounts.test_ledger_constraints import legs
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.transfers.factories import held
from transfers.models import Event

FIXED = "search_path=pg_catalog, public, pg_temp"
OURS = """
SELECT p.oid::regprocedure::text AS name, coalesce(p.proconfig, '{}') AS settings, p.prosrc AS source
FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""

pytestmark = pytest.mark.django_db


def temporary(table: str, columns: str, *values: object) -> None:
    """Create a temporary table with the name of a bank's table and one row."""
    rows(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")
    rows(f"INSERT INTO pg_temp.{table} VALUES ({', '.join(['%s'] * len(values))})", values)


def test_every_function_has_a_fixed_search_path(db):
    found = rows(OURS)
    assert {"kernel_second_person()", "event_transfer_exists()", "bank_now()"} <= {row["name"] for row in found}
    assert [row["name"] for row in found if FIXED not in row["settings"]] == []


def test_only_productions_clock_has_none_for_it_reads_nothing(db):
    clock.remove_sandbox()
    (plain,) = [row for row in rows(OURS) if FIXED not in row["settings"]]
    assert (plain["name"], plain["settings"], plain["source"].strip()) == ("bank_now()", [], "SELECT clock_timestamp()")


def test_no_temporary_approval_is_a_second_person(noon, zhang):
    exception = CardException.objects.create(
        account=factories.account(zhang), product="debit", reason="x", asked_at=NOON
    )
    temporary("kernel_approval", "kind text, object_id uuid, status text", "card_exception", exception.id, "approved")
    with refused_by("accounts_cardexception_second_person"):
        rows("UPDATE accounts_cardexception SET status = 'active', approved_at = now()")
        rows("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    ("table", "leg", "column", "constraint"),
    [
        ("accounts_account", 0, "account_id", "entry_account_exists"),
        ("accounts_internalaccount", 1, "internal_id", "entry_internal_exists"),
    ],
)
def test_no_temporary_account_has_entries(noon, zhang, table, leg, column, constraint):
    posting, nobody = legs(factories.account(zhang), 100, -100), new_id()
    setattr(posting[leg], column, nobody)
    temporary(table, "id uuid", nobody)
    with refused_by(constraint):
        Entry.objects.bulk_create(posting)


def test_no_temporary_transfer_has_steps(noon, zhang):
    held(factories.account(zhang, balance_fen=1000))
    nobody = new_id()
    temporary("transfers_transfer", "id uuid", nobody)
    with refused_by("event_transfer_exists"):
        Event.objects.bulk_create([Event(transfer_id=nobody, at=NOON, new_status="held")])


def test_no_temporary_row_moves_the_clock(noon):
    temporary("kernel_sandboxclock", "frozen_at timestamptz, shift interval", NOON + timedelta(hours=25), timedelta())
    assert clock.bank_now() == NOON


def test_sandbox_clock_is_equal_in_every_session(noon):
    """An offset in days crosses a clock change in New York but not in UTC."""
    rows("UPDATE kernel_sandboxclock SET frozen_at = NULL, shift = interval '200 days'")
    rows("SET LOCAL timezone = 'America/New_York'")
    (row,) = rows("SELECT extract(epoch FROM bank_now() - clock_timestamp()) AS ahead")
    assert round(row["ahead"]) == 200 * 24 * 3600


def test_only_the_owner_of_the_database_makes_temporary_tables(db):
    database = connection.ops.quote_name(connection.settings_dict["NAME"])
    rows(f"REVOKE TEMPORARY ON DATABASE {database} FROM CURRENT_USER")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        rows("CREATE TEMPORARY TABLE draft (id int)")
