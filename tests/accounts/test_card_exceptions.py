"""A card beyond the limit of four, requested by a teller with a reason and approved by a supervisor."""

import pytest

from accounts.models import Account, Card, CardException
from accounts.operations.card_exceptions import ask_card_exception
from accounts.vocabulary import CardProduct
from config.kernel.identity.cards import luhn_valid
from tests import factories, listings
from tests.accounts.card_calls import act, ask, issue
from tests.approvals.case import ENDED, Case
from tests.factories import WANG, ZHANG
from tests.http import code

CASES = {
    "card_exception": Case(
        by="teller",
        prepare=factories.four_cards,
        propose=lambda account, maker, _: ask_card_exception(
            principal=maker, account_id=account.id, product=CardProduct.DEBIT, reason="工资卡在外地"
        ),
        ended=ENDED,
        owner=(True, True),
    ),
}


@pytest.fixture
def four(zhang) -> Account:
    account = factories.account(zhang, "I")
    factories.four_cards(account)
    return account


@pytest.mark.django_db(transaction=True)
def test_exception_is_approved_with_a_running_clock(teller, supervisor):
    account = factories.account(factories.customer(ZHANG), "I")
    factories.four_cards(account)
    assert supervisor.approve(ask(teller, account).json()["approval_id"]).status_code == 200
    assert Card.objects.get(exception__isnull=False).status == "active"


def test_a_supervisor_approves_a_fifth_card(teller, supervisor, four):
    asked = ask(teller, four)
    assert asked.status_code == 201
    assert asked.json()["status"] == "pending"
    assert Card.objects.count() == 4
    approved = supervisor.approve(asked.json()["approval_id"])
    assert approved.status_code == 200
    card = approved.json()["card"]
    assert luhn_valid(card["card_number"])
    assert (card["status"], card["product"], card["account_id"]) == ("active", "debit", str(four.id))
    kept = Card.objects.get(pk=card["id"])
    assert (kept.slot, str(kept.exception_id)) == (None, asked.json()["id"])
    shown = supervisor.get(f"/approvals/{asked.json()['approval_id']}").json()
    assert "card" not in shown
    assert card["card_number"] not in str(shown)
    assert code(issue(teller, four)) == (422, "DEBIT_CARD_LIMIT")


def test_one_exception_of_a_product_waits_for_an_account_at_a_time(teller, supervisor, four):
    for count in (5, 6):
        asked = ask(teller, four).json()["approval_id"]
        answer = ask(teller, four)
        assert code(answer) == (409, "APPROVAL_PENDING")
        assert answer.json()["fields"]["approval_id"] == asked
        assert supervisor.approve(asked).status_code == 200
        assert Card.objects.exclude(status="cancelled").count() == count


def test_exceptions_of_two_products_and_of_two_accounts_wait_side_by_side(teller, zhang, four):
    other = factories.account(zhang)
    asked = [ask(teller, four), ask(teller, four, "medical"), ask(teller, other)]
    assert [answer.status_code for answer in asked] == [201] * 3


def test_an_exceptional_card_counts_and_is_replaced_in_kind(teller, supervisor, four):
    asked = ask(teller, four).json()
    card = supervisor.approve(asked["approval_id"]).json()["card"]
    fresh = Card.objects.get(pk=act(teller, card, "replace").json()["id"])
    assert (fresh.slot, str(fresh.exception_id)) == (None, asked["id"])
    for other in Card.objects.filter(slot__isnull=False)[:1]:
        act(teller, other, "cancel")
    assert code(issue(teller, four)) == (422, "DEBIT_CARD_LIMIT"), "three in places and one by exception are four"


def test_an_exception_takes_a_free_place_when_there_is_one(teller, supervisor, four):
    asked = ask(teller, four).json()
    act(teller, Card.objects.get(slot=2), "cancel")
    card = supervisor.approve(asked["approval_id"]).json()["card"]
    assert Card.objects.get(pk=card["id"]).slot == 2


def test_an_exception_is_refused_until_four_debit_cards_count(teller, zhang):
    account = factories.account(zhang, "I")
    for count in range(4):
        refused = ask(teller, account)
        assert code(refused) == (409, "EXCEPTION_NOT_NEEDED")
        assert (refused.json()["clause"], refused.json()["fields"]) == (None, {"count": count, "limit": 4})
        factories.card(account)
    assert ask(teller, account).status_code == 201


def test_a_rejected_exception_issues_nothing(teller, supervisor, four):
    asked = ask(teller, four).json()
    assert supervisor.reject(asked["approval_id"]).status_code == 200
    assert CardException.objects.get().status == "rejected"
    assert Card.objects.count() == 4
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_DECIDED")


def test_exception_is_refused_where_a_card_is_not_permitted(teller, zhang, four):
    assert code(ask(teller, factories.account(zhang, "III"))) == (422, "CARD_NOT_OFFERED")
    listings.certify(ZHANG)
    assert code(ask(teller, four)) == (422, "OPENING_BARRED")
    assert not CardException.objects.exists()


def test_the_bars_are_judged_again_at_approval(teller, supervisor, four, noon):
    asked = ask(teller, four).json()
    certificate = listings.certify(ZHANG)
    response = supervisor.approve(asked["approval_id"])
    assert code(response) == (422, "OPENING_BARRED")
    assert response.json()["fields"]["certificate_id"] == str(certificate.id)
    assert supervisor.get(f"/approvals/{asked['approval_id']}").json()["status"] == "pending"
    assert CardException.objects.get().status == "pending"
    assert Card.objects.count() == 4
    assert supervisor.reject(asked["approval_id"]).status_code == 200


def test_account_with_a_changed_class_makes_the_proposal_stale(teller, supervisor, zhang):
    account = factories.account(zhang, "I")
    factories.four_cards(account)
    asked = ask(teller, account).json()
    teller.post(f"/accounts/{account.id}/downgrade", {"to": "II"})
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")


def test_closed_account_makes_the_proposal_stale(teller, supervisor, zhang):
    account = factories.account(zhang, "I")
    factories.four_cards(factories.account(zhang, "II"))
    asked = ask(teller, account).json()
    teller.post(f"/accounts/{account.id}/close")
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")
    assert Card.objects.count() == 4


def test_the_reason_is_kept_sealed(teller, four):
    ask(teller, four, reason=f"{WANG.name} 的特殊情况")
    assert WANG.name.encode() not in bytes(CardException.objects.values_list("reason", flat=True)[0])
    assert CardException.objects.get().reason == f"{WANG.name} 的特殊情况"
