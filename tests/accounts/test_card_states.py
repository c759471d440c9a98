"""A card is activated, reported lost, found, replaced and cancelled, each from permitted statuses only."""

import pytest
from django.db import transaction

from accounts.models import Card, ImportBatch
from accounts.operations.cards import reinstate_card
from accounts.refusals.money import CaseAccountStopped
from accounts.refusals.opening import CardState
from config.kernel.identity.cards import luhn_valid
from config.kernel.models import Decision
from tests import factories, listings
from tests.accounts.card_calls import act
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.http import code

ACTS = ("activate", "report-lost", "replace", "cancel")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        ("issued", {"activate", "report-lost", "replace", "cancel"}),
        ("active", {"report-lost", "replace", "cancel"}),
        ("lost", {"replace", "cancel"}),
        ("cancelled", set()),
    ],
)
@pytest.mark.parametrize("name", ACTS)
def test_an_act_starts_from_its_states_only(teller, zhang, status, allowed, name):
    card = factories.card(factories.account(zhang), status=status)
    response = act(teller, card, name)
    if name in allowed:
        assert response.status_code == (201 if name == "replace" else 200)
    else:
        assert code(response) == (409, "CARD_STATE")
        assert response.json()["fields"]["card_status"] == status


@pytest.mark.parametrize("name", ACTS)
def test_an_unknown_card_is_not_found(teller, db, name):
    for card_id in ("nothing", "0198c0de-0000-7000-8000-000000000000"):
        assert act(teller, {"id": card_id}, name).status_code == 404


@pytest.mark.parametrize("beyond", [0, 1, 2])
def test_no_activation_while_more_than_four_count(teller, zhang, beyond):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2015")
    for _ in range(3):
        factories.card(account)
    waiting = factories.card(account, status="issued")
    for _ in range(beyond):
        factories.card(account, slot=None, import_batch=batch)
    response = act(teller, waiting, "activate")
    if not beyond:
        assert response.status_code == 200
        return
    assert code(response) == (422, "DEBIT_CARD_LIMIT")
    assert response.json()["fields"] == {"count": 4 + beyond, "limit": 4, "cause": "over_the_limit"}
    detail = response.json()["detail"]
    assert (f"现有 {4 + beyond} 张" in detail, "注销" in detail, "超限额发卡" in detail) == (True, True, False), (
        "an exception issues another card and activates none"
    )
    Card.objects.filter(import_batch=batch).update(status="cancelled", cancelled_at=waiting.issued_at)
    assert act(teller, waiting, "activate").status_code == 200


def test_a_replacement_is_no_way_round_the_activation(teller, zhang):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2015")
    waiting = factories.card(account, status="issued")
    stock = [factories.card(account, slot=None, import_batch=batch) for _ in range(4)]
    for status in ("issued", "lost"):
        Card.objects.filter(pk=waiting.pk).update(status=status)
        assert code(act(teller, waiting, "replace")) == (422, "DEBIT_CARD_LIMIT")
    assert act(teller, stock[0], "replace").status_code == 201, "what was active is so again"
    assert act(teller, stock[1], "cancel").status_code == 200
    assert act(teller, waiting, "replace").json()["status"] == "active"


def test_other_products_are_activated_whatever_counts(teller, zhang):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2015")
    for _ in range(6):
        factories.card(account, slot=None, import_batch=batch)
    for name, status in (("activate", 200), ("replace", 201)):
        waiting = factories.card(account, product="social_security", status="issued")
        assert act(teller, waiting, name).status_code == status


def test_a_replacement_takes_the_place_of_the_old_card(teller, zhang):
    account = factories.account(zhang)
    cards = [factories.card(account) for _ in range(4)]
    act(teller, cards[1], "report-lost")
    response = act(teller, cards[1], "replace")
    assert response.status_code == 201
    fresh = Card.objects.get(pk=response.json()["id"])
    old = Card.objects.get(pk=cards[1].pk)
    assert (old.status, fresh.status, fresh.slot, fresh.replaces_id) == ("cancelled", "active", 2, old.pk)
    assert luhn_valid(response.json()["card_number"])
    assert fresh.number == response.json()["card_number"]


def test_a_replacement_of_stock_stays_stock(teller, zhang):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2015")
    cards = [factories.card(account, slot=None, import_batch=batch) for _ in range(7)]
    fresh = Card.objects.get(pk=act(teller, cards[0], "replace").json()["id"])
    assert (fresh.slot, fresh.import_batch) == (None, batch)


def find(card):
    with transaction.atomic():
        return reinstate_card(principal=factories.caller("teller"), card_id=card.id)


@pytest.mark.parametrize(("activated", "again"), [(NOON, "active"), (None, "issued")])
def test_found_card_gets_its_former_status(teller, zhang, activated, again):
    card = factories.card(factories.account(zhang), status=again, activated_at=activated)
    assert act(teller, card, "report-lost").status_code == 200
    assert find(card).status == again
    settle()
    decision = Decision.objects.get(kind="find_card")
    assert (decision.facts["to"], decision.facts["identified"], decision.customer_id) == (again, "in_person", zhang.id)
    assert act(teller, card, "report-lost").status_code == 200
    find(card)
    with pytest.raises(CardState):
        find(card)


def test_replaced_or_cancelled_card_never_becomes_active_again(teller, zhang):
    account = factories.account(zhang)
    replaced, cancelled = factories.card(account, status="lost"), factories.card(account, status="lost")
    assert act(teller, replaced, "replace").status_code == 201
    assert act(teller, cancelled, "cancel").status_code == 200
    for card in (replaced, cancelled):
        with pytest.raises(CardState):
            find(card)


def test_a_lost_card_of_a_case_account_stays_lost(zhang):
    account = factories.account(zhang)
    card = factories.card(account, status="lost")
    listings.certify_account(account.account_number)
    with pytest.raises(CaseAccountStopped):
        find(card)


def test_the_database_lets_a_lost_card_back_by_the_latest_decision_alone(teller, zhang):
    card = factories.card(factories.account(zhang))
    act(teller, card, "report-lost")
    with refused_by("card_found_by_decision"):
        Card.objects.filter(pk=card.pk).update(status="active")
        settle()
    find(card)
    settle()
    act(teller, card, "report-lost")
    with refused_by("card_found_by_decision"):
        Card.objects.filter(pk=card.pk).update(status="active")
        settle()
