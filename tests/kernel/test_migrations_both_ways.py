"""Every migration goes back and forth again: each step forth makes again what stood before it was taken back.

What runs outside a transaction may be interrupted: forth again each of these is begun anew after it had done all but be recorded.

The last step back leaves what the first migrations alone make: from there on both ways have gone through the same.
"""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations import Migration

from accounts.models import Card, Customer, ExternalAccount
from config.kernel.sealed import account_key
from config.kernel.sparse_states import SparseExecutor
from tests import factories
from tests.schema import schema, scratch_database, tables
from tests.transfers.factories import held
from transfers.models import Transfer

APPS = ("kernel", "blacklist", "accounts", "transfers")

APPLY = Migration.apply

pytestmark = pytest.mark.django_db(transaction=True)


class Steps:
    """What the catalog says of an app's tables after each of its migrations."""

    def __init__(self) -> None:
        executor = SparseExecutor(connection)
        leaves = executor.loader.graph.leaf_nodes()
        self.names: dict[str, list[str]] = {}
        for migration, _ in executor.migration_plan(leaves, clean_start=True):
            self.names.setdefault(migration.app_label, []).append(migration.name)
        self.firsts = {app: self.names[app][0] for app in APPS}
        self.lasts = {(app, self.names[app][-1]) for app in APPS}
        self.stood: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.back: list[str] = []

    def told(self, action: str, migration=None, fake: bool = False) -> None:
        if migration is None or migration.app_label not in APPS:
            return
        app, name = migration.app_label, migration.name
        names = self.names[app]
        if action == "apply_success":
            names.append(name)
            # After an app's last one others come still: the whole schema is looked at then.
            assert (app, name) in self.lasts or tables_of(app) == self.stood[app, name], f"{app} {name}, again"
        elif action == "unapply_success":
            assert names.pop() == name
            self.back.append(f"{app} {name}")
            self.stood[app, names[-1]] = tables_of(app)

    def migrate(self, *targets: tuple[str, str]) -> None:
        executor = SparseExecutor(connection, self.told)
        executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def tables_of(app: str) -> dict[str, list[str]]:
    return {name: lines for name, lines in tables().items() if name.startswith(f"{app}_")}


def some_rows() -> None:
    """A customer with an account and a card, a transfer with its first step, a document a second person linked."""
    zhang = factories.customer(factories.ZHANG, sealed_birth_date="1949-12-31")
    account = factories.account(zhang, "I", balance_fen=1000)
    card = factories.card(account)
    factories.document(zhang, "passport", "E12345678", "CHN")
    held(account)
    held(account, payee_account_number="6222000011112222")
    other = factories.account(factories.customer(factories.UNIT), balance_fen=1000)
    held(other, account, card_number=card.number, channel="mobile")
    factories.external_account(zhang, "6222000011112222", "YZ")


def interrupted(self: Migration, state: Any, editor: Any, collect_sql: bool = False) -> Any:
    """Run a migration; one outside a transaction once more, after it was interrupted at the very end."""
    if not self.atomic and self.app_label in APPS:
        APPLY(self, state.clone(), editor, collect_sql)
        # What Django puts off to the end is lost with an interruption.
        editor.deferred_sql.clear()
    return APPLY(self, state, editor, collect_sql)


def test_every_migration_goes_back_and_forth_again(monkeypatch):
    with scratch_database("both_ways", migrated=True):
        steps = Steps()
        fresh = schema()
        with transaction.atomic():
            some_rows()
        every = [(app, name) for app in APPS for name in steps.names[app][1:]]
        steps.migrate(*steps.firsts.items())
        assert sorted(steps.back) == sorted(f"{app} {name}" for app, name in every)
        monkeypatch.setattr(Migration, "apply", interrupted)
        steps.migrate()
        # Nothing is left to apply: what the command itself tells the database.
        call_command("migrate", verbosity=0)
        assert schema() == fresh
        # What is sealed was in plain for the versions before, and is sealed again beside that.
        own = ExternalAccount.objects.get()
        assert (own.account_number, own.number) == ("6222000011112222",) * 2
        assert bytes(own.number_key) == account_key("6222000011112222", "YZ")
        assert own.__dict__["sealed_number"] is not None
        assert {each.payee_number for each in Transfer.objects.exclude(payee_bank_code="")} == {"6222000011112222"}
        (by_card,) = Transfer.objects.filter(payee_bank_code="")
        assert (by_card.payee_account_number, by_card.payee_number) == ("", Card.objects.get().number)
        assert bytes(by_card.payee_key) == bytes(Card.objects.get().number_index)
        assert "1949-12-31" in {str(each.born_on) for each in Customer.objects.all()}
    with scratch_database("firsts"):
        SparseExecutor(connection).migrate(list(steps.firsts.items()))
        for first in steps.firsts.items():
            assert tables_of(first[0]) == steps.stood[first], first
