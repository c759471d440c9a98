"""Every migration goes back and forth again: each step back leaves what stood before it, the way forth the same schema."""

import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts.models import Card, Customer, ExternalAccount
from config.kernel.sealed import account_key
from tests import factories
from tests.schema import schema, scratch_database, tables
from tests.transfers.factories import held
from transfers.models import Transfer

APPS = ("kernel", "blacklist", "accounts", "transfers")

pytestmark = pytest.mark.django_db(transaction=True)


class Steps:
    """What the catalog says of an app's tables after each of its migrations."""

    def __init__(self) -> None:
        self.stood: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.names: dict[str, list[str]] = {}
        self.back: list[str] = []

    def told(self, action: str, migration=None, fake: bool = False) -> None:
        if migration is None or migration.app_label not in APPS:
            return
        app, name = migration.app_label, migration.name
        names = self.names.setdefault(app, [])
        if action == "apply_success":
            names.append(name)
            assert tables_of(app) == self.stood.setdefault((app, name), tables_of(app)), f"{app} {name}, again"
        elif action == "unapply_success":
            assert names.pop() == name
            self.back.append(f"{app} {name}")
            assert tables_of(app) == self.stood[app, names[-1]], f"{app} {name}, back"

    def migrate(self, *targets: tuple[str, str]) -> None:
        executor = MigrationExecutor(connection, self.told)
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


def test_every_migration_goes_back_and_forth_again():
    with scratch_database("both_ways"):
        steps = Steps()
        steps.migrate()
        fresh = schema()
        with transaction.atomic():
            some_rows()
        firsts = {app: names[0] for app, names in steps.names.items()}
        every = [(app, name) for app, names in steps.names.items() for name in names[1:]]
        steps.migrate(*firsts.items())
        assert sorted(steps.back) == sorted(f"{app} {name}" for app, name in every)
        steps.migrate()
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
