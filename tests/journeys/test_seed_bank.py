"""The small bank of a demo is generated once, in chronological order."""

import pytest
from django.core.management import call_command

from accounts.models import Account, Card, Customer
from blacklist.models import Certificate
from blacklist.operations.summaries import certificate_summary
from config.kernel.models import Decision
from config.kernel.vault.sealed import name_key
from config.oversight.queries.proof import prove
from tests.roles import as_owner

ZHOU = "6228480099000000036"


@pytest.fixture
def seeded(db, tmp_path):
    with as_owner():
        call_command("seed_principals", keys_file=tmp_path / "keys.json")
    call_command("seed_bank")


def state():
    return [model.objects.count() for model in (Customer, Account, Card, Certificate, Decision)]


def test_seeding_again_does_nothing(seeded):
    before = state()
    call_command("seed_bank")
    assert state() == before


def test_all_books_and_rules_hold(seeded):
    assert [finding.invariant.name for finding in prove() if not finding.holds] == []


def test_one_person_of_the_small_bank_is_certified_and_cannot_pay_at_machines(seeded, client_for):
    order = {
        "payer": {"card_number": ZHOU},
        "payee": {"account_number": "1", "bank_code": "YZ", "name": "王二"},
        "amount": "1",
    }
    assert client_for("atm").post("/transfers", order).json()["code"] == "NON_COUNTER_SUSPENDED"


def test_small_bank_has_one_certificate_of_each_regime(seeded):
    found = {each.legal_basis: certificate_summary(each)["remarks"] for each in Certificate.objects.all()}
    assert found == {"NOTICE_2016": [], "PBOC_85": [], "JDM_2024": []}
    assert set(Certificate.objects.values_list("status", flat=True)) == {"in_force"}


def test_one_customer_of_the_small_bank_is_beyond_the_limits(seeded):
    crowded = Customer.objects.get(name_index=name_key("何其昌"))
    assert (crowded.cards.count(), crowded.cards.filter(slot=None).count()) == (5, 1)
    assert sorted(crowded.accounts.values_list("class_slot", flat=True), key=str) == [1, None]
