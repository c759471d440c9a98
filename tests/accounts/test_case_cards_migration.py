"""Certificates of older versions keep every number plain: what names a card of this bank takes effect, and back again."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from accounts.queries.accounts import show_account
from blacklist.models import CaseAccount
from config.kernel.sealed import account_key, card_key
from config.kernel.sql import rows
from tests import factories
from tests.broken import past_the_guards
from tests.clock import NOON, Clock
from tests.listing import certify_account

pytestmark = pytest.mark.django_db(transaction=True)

migration = import_module("accounts.migrations.0012_case_cards")
NUMBER = "6222020000000000126"
EDITOR = SimpleNamespace(connection=connection)


def stored():
    """Return each row as it stands: its number in plain, whether one is sealed, its card's key."""
    found = rows(
        "SELECT account_number, bank_code, card_number IS NOT NULL AS sealed, card_key FROM blacklist_caseaccount"
    )
    return {(row["account_number"], row["bank_code"]): (row["sealed"], row["card_key"]) for row in found}


def codes(account):
    return [each.code for each in show_account(account.id).restrictions]


@pytest.fixture
def old():
    """A certificate in force that names accounts, cards and neither, all in plain; return the cards' accounts."""
    Clock().set(NOON)
    zhang, li = factories.customer(factories.ZHANG), factories.customer(factories.LI)
    cards = [factories.account(zhang, "I"), factories.account(li, "I")]
    factories.card(cards[0], number=NUMBER)
    factories.card(cards[1], number="6222020000000000134", status="cancelled")
    factories.account(li, "II", account_number="ab17")
    factories.account(zhang, "II", account_number="6000100000000022")
    certificate = certify_account("6000100000000022")
    with past_the_guards("blacklist_caseaccount"):
        for number, bank in (
            (NUMBER, ""), ("6222020000000000134", ""), ("AB17", ""), ("6217", ""), (NUMBER, "ICBC"),
        ):  # fmt: skip
            sealed = {"outside_number": number, "outside_key": account_key(number, bank)} if bank else {}
            CaseAccount.objects.create(certificate=certificate, account_number=number, bank_code=bank, **sealed)
    return cards


PLAIN = {
    ("6000100000000022", ""), (NUMBER, ""), ("6222020000000000134", ""), ("AB17", ""), ("6217", ""), (NUMBER, "ICBC"),
}  # fmt: skip


@pytest.mark.parametrize("piece", [1, 2, 1000])
def test_finds_the_cards_there_and_back_and_there_again(old, monkeypatch, piece):
    monkeypatch.setattr(migration, "PIECE", piece)
    assert stored() == dict.fromkeys(PLAIN, (False, None))
    assert [codes(account) for account in old] == [["NON_COUNTER_SUSPENDED"], ["NON_COUNTER_SUSPENDED"]]
    for _ in range(2):
        migration.find_cards(apps, EDITOR)
        # Twice: what is done stays as it is.
        migration.find_cards(apps, EDITOR)
        assert {number: kept for number, kept in stored().items() if number[0]} == {
            ("6000100000000022", ""): (False, None),
            ("AB17", ""): (False, None),
            ("6217", ""): (False, card_key("6217")),
            (NUMBER, "ICBC"): (False, None),
        }
        sealed = CaseAccount.objects.filter(account_number="")
        assert {(each.number, bytes(each.card_key)) for each in sealed} == {
            (number, card_key(number)) for number in (NUMBER, "6222020000000000134")
        }
        assert [codes(account) for account in old] == [["CASE_ACCOUNT_STOPPED"], ["CASE_ACCOUNT_STOPPED"]]
        migration.write_plain(apps, EDITOR)
        assert stored() == dict.fromkeys(PLAIN, (False, None))
    assert CaseAccount.objects.count() == len(PLAIN)


def test_leaves_certificates_evidence(old):
    migration.find_cards(apps, EDITOR)
    with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
        CaseAccount.objects.update(account_number="1")
