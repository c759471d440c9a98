"""The way back to an earlier version is asked for all applications before the first one goes back."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.migrations.loader import MigrationLoader
from django.test import override_settings

from benchmarks.drills.next_version import MIGRATION_MODULES
from config.kernel.database.sql import rows
from config.kernel.schema.releases import LAST_MIGRATIONS
from tests import factories
from tests.schema import schema, scratch_database
from tests.transfers.factories import held

#: The made-up migration of transfers goes back before the one of accounts.
FIRST_BACK, LAST_BACK = "transfers_transfer", "accounts_account"
WRITE = "ALTER TABLE {table} DISABLE TRIGGER USER; UPDATE {table} SET remark = '{remark}'; ALTER TABLE {table} ENABLE TRIGGER USER"
#: The version of this code, without its patch.
VERSION = ".".join(settings.VERSION.split(".")[:2])

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def fresh(django_db_setup, django_db_blocker):
    """A bank of the made-up version; what the catalog says of it before that."""
    with django_db_blocker.unblock(), scratch_database("go_back", migrated=True):
        yield schema()


@pytest.fixture
def next_version(fresh):
    with override_settings(MIGRATION_MODULES=MIGRATION_MODULES):
        held(factories.account(factories.customer(factories.ZHANG), balance_fen=10_000))
        call_command("migrate", verbosity=0)
        yield schema()


def printed(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def write(table: str, remark: str) -> None:
    for each in WRITE.format(table=table, remark=remark).split("; "):
        rows(each)


def test_all_applications_go_back_and_forth(fresh, next_version):
    assert next_version != fresh
    said = printed("go_back", VERSION, "--check")
    assert "transfers: 0999_made_up goes back" in said
    assert "kernel: nothing goes back" in said
    assert schema() == next_version
    printed("go_back", VERSION)
    assert schema() == fresh
    assert "accounts: nothing goes back" in printed("go_back", VERSION)
    call_command("migrate", verbosity=0)
    assert schema() == next_version
    printed("go_back", VERSION)


def test_all_migrations_since_the_first_version_go_back_and_forth(fresh):
    held(factories.account(factories.customer(factories.ZHANG), balance_fen=10_000))
    printed("go_back", "1.0")
    assert schema() != fresh
    call_command("migrate", verbosity=0)
    assert schema() == fresh


@pytest.mark.parametrize("table", [FIRST_BACK, LAST_BACK])
@pytest.mark.parametrize(
    "words", [("go_back", VERSION), ("go_back", VERSION, "--check"), ("migrate", "accounts", LAST_MIGRATIONS[VERSION]["accounts"])],
    ids=["go back", "check", "migrate"],
)  # fmt: skip
def test_one_application_with_values_keeps_all_where_they_are(next_version, table, words):
    write(table, "made up")
    with pytest.raises(
        CommandError, match=f"Nothing was changed.*\n.*{table}.remark, which would be dropped, has values"
    ):
        printed(*words)
    assert schema() == next_version
    write(table, "")
    printed("go_back", VERSION)


def test_database_of_another_version_is_left_unchanged(fresh, monkeypatch):
    monkeypatch.setitem(LAST_MIGRATIONS, "next", {**LAST_MIGRATIONS[VERSION], "accounts": "0999_made_up"})
    with override_settings(MIGRATION_MODULES=MIGRATION_MODULES), pytest.raises(CommandError, match="older than"):
        printed("go_back", "next")
    assert schema() == fresh


def test_the_version_of_this_code_has_all_its_migrations_in_the_table():
    named = LAST_MIGRATIONS[VERSION]
    leaves = dict(MigrationLoader(None).graph.leaf_nodes())
    assert {app: leaves[app] for app in ("kernel", "blacklist", "accounts", "transfers")} == named
