"""What was kept before each factor said whose it is says so from the migration on; nobody loses a way to sign in."""

import pytest
from django.db import connection

from config.desk.recovery import new_sheet
from config.kernel.models import Passkey, RecoverySheet, SecondFactor
from config.kernel.sparse_states import SparseExecutor
from config.kernel.sql import rows
from config.kernel.transactions import owned
from tests import people
from tests.schema import scratch_database

#: Columns that later migrations add: they are not there yet.
LATER = {"api_failure_timestamp", "api_failure_count"}
TABLES = ("kernel_secondfactor", "kernel_recoverysheet", "kernel_passkey")


@pytest.mark.django_db(transaction=True)
def test_what_was_kept_before_belongs_to_whom_it_stands_under():
    with scratch_database("factors", migrated=True):
        user = people.user("clerk")
        SecondFactor.objects.create(user=user, name="app", tolerance=1)
        Passkey(user=user, name="phone", credential_id=b"x", public_key=b"y").save(force_insert=True)
        with owned():
            new_sheet(user)
        SparseExecutor(connection).migrate([("kernel", "0032_how_codes_are_read")])
        kept = {table: rows(f"SELECT * FROM {table}") for table in TABLES}
        assert not [name for found in kept.values() for row in found for name in row if name == "belongs"]
        for _ in range(2):
            SparseExecutor(connection).migrate([("kernel", "0033_whose_factors_are")])
            for model in (SecondFactor, RecoverySheet, Passkey):
                there = model.objects.defer(*LATER & {field.name for field in model._meta.fields})
                assert [each.is_its_persons() for each in there] == [True]
        assert {table: [{**row, "belongs": ...} for row in rows(f"SELECT * FROM {table}")] for table in TABLES} == {
            table: [{**row, "belongs": ...} for row in found] for table, found in kept.items()
        }
