"""24 hours last 24 hours in every time zone of server and session, also when clocks change."""

from copy import copy
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.stack.postgres import binaries
from config.stack.process import run_once
from tests.database_refusals import refused_by
from tests.schema import scratch_database
from tests.transfers.factories import held
from transfers.models import Transfer

NEW_YORK = "America/New_York"
#: The day after has 25 hours there, and 23.
AUTUMN, SPRING = datetime(2026, 10, 31, 20, tzinfo=UTC), datetime(2026, 3, 7, 20, tzinfo=UTC)
COUNTED = (
    "SELECT (SELECT count(*) FROM transfers_transfer) AS transfers, (SELECT count(*) FROM transfers_event) AS steps"
)


@pytest.mark.parametrize("accepted_at", [AUTUMN, SPRING])
@pytest.mark.parametrize("zone", [NEW_YORK, "Asia/Shanghai", "UTC"])
def test_24_hours_pass_in_any_session_and_nothing_else_does(noon, payer, accepted_at, zone):
    rows("SELECT set_config('timezone', %s, true)", [zone])
    (transfer,) = held(payer, due_at=accepted_at + timedelta(hours=24))
    assert rows("SELECT FROM transfers_transfer WHERE accepted_at = %s AND id = %s", [accepted_at, transfer.id])
    for hours in (23, 25):
        with refused_by("transfer_delayed_waits_its_hold"):
            Transfer.objects.bulk_create([later(transfer, hours)])


def later(transfer: Transfer, hours: int) -> Transfer:
    """Return another transfer accepted at the same instant with a different delay."""
    other = copy(transfer)
    other.id, other.due_at = new_id(), transfer.accepted_at + timedelta(hours=hours)
    return other


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_dump_is_restored_on_a_server_of_another_zone(noon, payer, tmp_path):
    held(payer, due_at=AUTUMN + timedelta(hours=24), count=3)
    held(payer, due_at=SPRING + timedelta(hours=24))
    (there,) = rows(COUNTED)
    dump = tmp_path / "bank.dump"
    run_once([binaries() / "pg_dump", "--format=custom", f"--file={dump}", at_database()], name="pg_dump")
    with scratch_database("elsewhere") as name:
        rows(f"ALTER DATABASE {connection.ops.quote_name(name)} SET timezone = '{NEW_YORK}'")
        connection.close()
        into = f"--dbname={at_database()}"
        run_once([binaries() / "pg_restore", "--exit-on-error", "--no-owner", into, dump], name="pg_restore")
        assert rows(COUNTED) == [there]


def at_database() -> str:
    """Return the address of the test database for the server's command-line tools."""
    place = connection.get_connection_params()
    return make_conninfo(**{key: place[key] for key in ("dbname", "user", "password", "host", "port") if key in place})
