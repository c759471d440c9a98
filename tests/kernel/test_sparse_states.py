"""Models rendered one by one equal those that Django renders together, before and after a change."""

import pytest
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import AddField, RunPython
from django.db.migrations.state import ProjectState

from config.kernel.schema.sparse_states import SparseExecutor, SparseState

ACCOUNT = ("accounts", "account")


@pytest.fixture(scope="module")
def whole() -> ProjectState:
    """The state after the last migration, rendered by Django as a whole."""
    return MigrationLoader(None).project_state()


@pytest.fixture
def state(whole) -> SparseState:
    return SparseState(whole.clone().models, whole.real_apps)


def description(model: type[models.Model]) -> list[tuple]:
    """Return what a migration reads of a model: its columns, its relations and the reverse relations."""
    forth = [(each.name, column(each)) for each in model._meta.local_fields]
    many = [(each.name, each.remote_field.through._meta.db_table) for each in model._meta.local_many_to_many]
    back = [(each.name, each.related_model._meta.label, each.field.name) for each in model._meta.related_objects]
    return [*forth, *many, *sorted(back)]


def column(field: models.Field) -> tuple:
    target = field.remote_field and (field.target_field.model._meta.label, field.target_field.column)
    return field.column, field.null, field.unique, target


def rendered(state: SparseState) -> set[str]:
    return {f"{label}.{name}" for label, models in state.apps.all_models.items() for name in models}


def test_each_model_equals_the_fully_rendered_one(whole, state):
    for key in state.models:
        assert description(state.apps.get_model(*key)) == description(whole.apps.get_model(*key))


def test_only_used_models_are_rendered(state):
    document = state.apps.get_model("accounts", "document")
    assert {"accounts.document", "accounts.customer"} <= rendered(state)
    assert "accounts.card" not in rendered(state)
    assert any(each.related_model._meta.model_name == "card" for each in account_of(state)._meta.related_objects)
    assert document._meta.get_field("customer").related_model is state.apps.get_model("accounts", "customer")


def account_of(state: SparseState) -> type[models.Model]:
    return state.apps.get_model(*ACCOUNT)


def test_a_change_is_seen_by_the_model_and_by_those_that_lead_to_it(state):
    account, customer = account_of(state), state.apps.get_model("accounts", "customer")
    card = state.apps.get_model("accounts", "card")
    assert card._meta.get_field("account").related_model is account
    before = state.clone()
    AddField("Account", "of_old", models.ForeignKey("kernel.Principal", models.PROTECT)).state_forwards(
        "accounts", state
    )
    now = account_of(state)
    assert now._meta.get_field("of_old").related_model is state.apps.get_model("kernel", "principal")
    assert state.apps.get_model("accounts", "card")._meta.get_field("account").related_model is now
    assert state.apps.get_model("accounts", "customer") is customer, "the related model is unchanged"
    assert "of_old" in {each.field.name for each in state.apps.get_model("kernel", "principal")._meta.related_objects}
    assert now in {each.related_model for each in customer._meta.related_objects}
    assert "of_old" not in {each.name for each in account_of(before)._meta.get_fields()}


def test_a_model_that_is_gone_leads_nowhere(state):
    card = state.apps.get_model("accounts", "card")
    assert card in {each.related_model for each in account_of(state)._meta.related_objects}
    state.remove_model("accounts", "card")
    with pytest.raises(LookupError):
        state.apps.get_model("accounts", "card")
    assert "card" not in {each.related_model._meta.model_name for each in account_of(state)._meta.related_objects}


@pytest.mark.owner
@pytest.mark.parametrize("way", ["apply_migration", "unapply_migration"])
def test_python_in_a_migration_has_all_of_them(db, state, way):
    found = []

    def look(apps, editor):
        found.append(hasattr(apps.get_model("accounts", "Customer"), "identities"))

    migration = Migration("looks", "accounts")
    migration.operations = [RunPython(look, look)]
    getattr(SparseExecutor(connection), way)(state, migration)
    assert found == [True]
