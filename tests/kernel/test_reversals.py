"""Each kind of operation that cannot go back is reported before any migration goes back."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation

from config.kernel.schema.reversals import obstacles
from config.kernel.schema.sparse_states import SparseExecutor
from tests import factories
from tests.transfers.factories import held

#: A statement without its reverse.
ONE_WAY = migrations.RunSQL("SELECT 1")
NUMBER = models.BigIntegerField()

pytestmark = pytest.mark.django_db


def both(operation: Operation) -> Operation:
    """The same operation, applied to the database and to the models separately."""
    return migrations.SeparateDatabaseAndState(database_operations=[operation], state_operations=[operation])


def reported(operation: Operation) -> list[str]:
    """What is reported about a made-up migration of transfers, which is not applied."""
    executor = SparseExecutor(connection)
    migration = Migration("0002_made_up", "transfers")
    migration.operations = [operation]
    graph, key, last = executor.loader.graph, ("transfers", "0002_made_up"), ("transfers", "0001_initial")
    graph.add_node(key, migration)
    graph.add_dependency(migration, key, last)
    return [each.removeprefix("transfers.0002_made_up: ") for each in obstacles(executor, [migration])]


@pytest.fixture
def transfer(noon):
    return held(factories.account(factories.customer(factories.ZHANG), balance_fen=10_000))


@pytest.mark.parametrize("wrap", [lambda operation: operation, both], ids=["plain", "separate"])
@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        (ONE_WAY, "“Raw SQL operation” has no way back."),
        (
            migrations.AddField("transfer", "amount_fen", NUMBER),
            "the column transfers_transfer.amount_fen, which would be dropped, has values.",
        ),
        (
            migrations.RemoveField("transfer", "amount_fen"),
            "the column transfers_transfer.amount_fen would come back without values.",
        ),
        (
            migrations.CreateModel("Transfer", [("id", models.UUIDField(primary_key=True))]),
            "the table transfers_transfer, which would be dropped, has rows.",
        ),
    ],
    ids=["irreversible", "add column", "remove column", "create table"],
)
def test_operation_that_loses_or_lacks_values_is_an_obstacle(transfer, operation, sentence, wrap):
    assert reported(wrap(operation)) == [sentence]


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RunSQL("SELECT 1", "SELECT 1"),
        migrations.AddField("transfer", "memo", models.BinaryField(null=True)),
        migrations.RemoveField("transfer", "memo"),
        migrations.CreateModel("Note", [("id", models.UUIDField(primary_key=True))]),
    ],
    ids=["reversible", "add empty column", "remove optional column", "table that is not there"],
)
def test_operation_that_loses_nothing_is_no_obstacle(transfer, operation):
    assert reported(operation) == []


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("transfer", "amount_fen", NUMBER),
        migrations.RemoveField("transfer", "amount_fen"),
        migrations.CreateModel("Transfer", [("id", models.UUIDField(primary_key=True))]),
    ],
    ids=["add column", "remove column", "create table"],
)
def test_table_without_rows_is_no_obstacle(db, operation):
    assert reported(operation) == []
