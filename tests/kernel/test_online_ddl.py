"""Online schema changes: repeatable after an interruption, without effect when applied twice, reversible.

A constraint that rows violate is not added: the operation names the rows and changes nothing.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models
from django.db.migrations.state import ProjectState
from django.db.models import CheckConstraint, F, Q

from config.kernel.database.sql import rows
from config.kernel.schema.online_ddl import (
    NAMED,
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AddUnique,
    AddUniqueKey,
    MakeTable,
    ReplaceCheck,
    ReplaceIndex,
)
from tests import factories
from tests.schema import schema, scratch_database
from tests.transfers.factories import held
from transfers.models import Event, Transfer

RULE = "transfer_parked_after_due"
#: What is reserved is compared with what is held, by the triggers of both.
GUARDED = ("transfers_transfer", "accounts_account")
PARKED = "UPDATE transfers_transfer SET parked_until = due_at + interval '{hours} hours'"
#: What the index of codes is on.
CODES = "transfers_event (code, id DESC) WHERE NOT code = ''"
#: Any row obeys it.
AMPLE = Q(due_at__gte=F("accepted_at")) | Q(amount_fen__gt=0)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def fresh(django_db_setup, django_db_blocker):
    """A migrated database for this file, and its catalog."""
    with django_db_blocker.unblock(), scratch_database("online", migrated=True):
        yield schema()


@pytest.fixture
def account(fresh):
    return factories.account(factories.customer(factories.ZHANG), balance_fen=10_000)


def run(operation, way: str = "forwards") -> None:
    """Run an operation of transfers between its states of the models."""
    state = ProjectState.from_apps(apps)
    after = state.clone()
    operation.state_forwards("transfers", after)
    states = (state, after) if way == "forwards" else (after, state)
    with connection.schema_editor(atomic=False) as editor:
        getattr(operation, f"database_{way}")("transfers", editor, *states)


def of(model: type[models.Model], kind: str, name: str):
    return next(each for each in getattr(model._meta, kind) if each.name == name)


@pytest.mark.parametrize(
    "operation",
    [
        MakeTable("Note", [("id", models.UUIDField(primary_key=True)), ("day", models.DateField(db_index=True))]),
        AddColumn("transfer", "place", models.CharField(max_length=10, null=True)),
        AddUnique("event", models.UniqueConstraint(name="event_once", fields=["transfer", "id"])),
        AddCheck("transfer", CheckConstraint(name="transfer_is_ample", condition=AMPLE)),
        AddCheck("transfer", CheckConstraint(name=RULE, condition=AMPLE)),
        ReplaceCheck("transfer", RULE, CheckConstraint(name="transfer_is_ample", condition=AMPLE)),
        AddIndex("event", models.Index(name="event_by_instant", fields=["at"])),
        ReplaceIndex("event_by_code", "transfers_event (code)", CODES, state_operations=[]),
        AddUniqueKey("transfer_and_account", "transfers_transfer", "id", "payer_account_id"),
        AddForeignKey(
            "event_of_transfer",
            "transfers_event",
            "(transfer_id) REFERENCES transfers_transfer (id) DEFERRABLE INITIALLY DEFERRED",
        ),
    ],
    ids=[
        "table", "column", "unique", "check", "check again", "other check", "index", "other index", "key", "foreign key"
    ],
)  # fmt: skip
def test_interrupted_operation_is_repeated_and_reversed(fresh, account, operation):
    held(account, count=2)
    run(operation)
    once = schema()
    assert once != fresh
    run(operation)
    assert schema() == once
    run(operation, "backwards")
    assert schema() == fresh


def test_a_rule_names_the_rows_that_break_it_and_is_added_once_none_does(fresh, account):
    adding = AddCheck("transfer", of(Transfer, "constraints", RULE))
    for table in GUARDED:
        rows(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    rows(f"ALTER TABLE transfers_transfer DROP CONSTRAINT {RULE}")
    bare = schema()
    broken = {str(each.id) for each in held(account, count=NAMED + 1)}
    rows(PARKED.format(hours=-1))
    held(account)
    with pytest.raises(IntegrityError, match=f"{RULE} is not added") as refused:
        run(adding)
    named = {each for each in broken if each in str(refused.value)}
    assert len(named) == NAMED
    assert str(refused.value).endswith(" and more")
    assert (schema(), Transfer.objects.count()) == (bare, NAMED + 2)
    rows(PARKED.format(hours=1))
    run(adding)
    for table in GUARDED:
        rows(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    assert schema() == fresh


def test_interrupted_index_is_built_again(fresh, account):
    held(account, count=2, step=timedelta(seconds=1))
    rows("DROP INDEX event_by_code")
    with pytest.raises(IntegrityError):
        rows("CREATE UNIQUE INDEX CONCURRENTLY event_by_code ON transfers_event (new_status)")
    for _ in range(2):
        run(AddIndex("event", of(Event, "indexes", "event_by_code")))
        assert schema() == fresh
