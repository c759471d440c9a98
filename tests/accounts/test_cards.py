"""Cards over the API: issued to the holder or an agent, at most four per customer."""

import re

import pytest

from accounts.models import Card, ImportBatch
from accounts.vocabulary import CardProduct, CustomerStatus
from config.kernel.identity.cards import luhn_valid
from config.kernel.models import Decision
from tests import factories, listings
from tests.accounts.card_calls import AGENT, act, issue
from tests.factories import LI, ZHANG
from tests.http import code


def test_a_card_is_active_at_once_when_its_holder_is_present(teller, zhang):
    account = factories.account(zhang, "I")
    response = issue(teller, account)
    assert response.status_code == 201
    card = response.json()
    assert luhn_valid(card["card_number"])
    assert re.fullmatch(r"62284800[0-9]{11}", card["card_number"])
    assert card == {
        "id": card["id"],
        "card_number": card["card_number"],
        "product": "debit",
        "status": "active",
        "account_id": str(account.id),
    }
    masked = card["card_number"][:6] + "*" * 9 + card["card_number"][-4:]
    assert teller.get(f"/accounts/{account.id}").json()["cards"] == [card | {"card_number": masked}]


def test_whole_card_number_is_only_in_the_answer_of_the_issue_and_its_replay(teller, zhang):
    account = factories.account(zhang, "I")
    first = teller.post(f"/accounts/{account.id}/cards", {"product": "debit"}, key="k")
    again = teller.post(f"/accounts/{account.id}/cards", {"product": "debit"}, key="k")
    assert again.content == first.content
    number = first.json()["card_number"]
    assert number not in act(teller, first.json(), "report-lost").content.decode()
    assert number not in teller.get(f"/accounts/{account.id}").content.decode()
    assert number.encode() not in bytes(Card.objects.values_list("number", flat=True)[0])


def test_four_cards_and_no_fifth(teller, zhang):
    accounts = [factories.account(zhang, "I"), factories.account(zhang, "II")]
    for number in range(4):
        assert issue(teller, accounts[number % 2]).status_code == 201
    response = issue(teller, accounts[0])
    assert code(response) == (422, "DEBIT_CARD_LIMIT")
    assert "第五条" in response.json()["clause"]
    assert response.json()["fields"] == {"count": 4, "limit": 4}
    assert sorted(Card.objects.values_list("slot", flat=True)) == [1, 2, 3, 4]
    assert Decision.objects.filter(outcome="refused", code="DEBIT_CARD_LIMIT").count() == 1


@pytest.mark.parametrize("status", ["issued", "active", "lost"])
def test_issued_active_and_lost_cards_count(teller, zhang, status):
    account = factories.account(zhang)
    for _ in range(3):
        factories.card(account)
    last = factories.card(account, status=status)
    assert code(issue(teller, factories.account(zhang, "II"))) == (422, "DEBIT_CARD_LIMIT")
    assert act(teller, last, "cancel").status_code == 200
    assert issue(teller, account).status_code == 201


@pytest.mark.parametrize("product", [each for each in CardProduct if not each.counts])
def test_other_products_do_not_count_and_take_no_place(teller, zhang, product):
    account = factories.account(zhang)
    for _ in range(4):
        factories.card(account)
    assert issue(teller, account, product).status_code == 201
    assert Card.objects.get(product=product).slot is None


def test_seven_cards_of_the_stock_work_on_and_no_new_one_is_issued(teller, zhang):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2014")
    cards = [factories.card(account, slot=slot) for slot in (1, 2, 3, 4)]
    cards += [factories.card(account, slot=None, import_batch=batch) for _ in range(3)]
    assert code(issue(teller, account)) == (422, "DEBIT_CARD_LIMIT")
    for card in cards[:3]:
        act(teller, card, "cancel")
    assert code(issue(teller, account)) == (422, "DEBIT_CARD_LIMIT"), "three places are free, four cards count"
    act(teller, cards[3], "cancel")
    assert issue(teller, account).status_code == 201


def test_another_card_for_the_same_class_i_account_is_no_second_account(teller, zhang):
    account = factories.account(zhang, "I")
    assert [issue(teller, account).status_code for _ in range(2)] == [201, 201]


def test_an_organizations_cards_count_together_as_well(teller, organization):
    accounts = [factories.account(organization) for _ in range(2)]
    assert [issue(teller, accounts[number % 2]).status_code for number in range(5)] == [201] * 4 + [422]


@pytest.mark.parametrize(("kind", "account_class"), [("bank", "III"), ("payment", "I"), ("payment", "III")])
def test_class_iii_and_payment_accounts_carry_none(teller, zhang, kind, account_class):
    response = issue(teller, factories.account(zhang, account_class, kind))
    assert code(response) == (422, "CARD_NOT_OFFERED")


def test_no_card_under_a_bar_or_a_review_but_a_replacement(teller, zhang, li):
    account = factories.account(zhang)
    card = factories.card(account)
    listings.certify(ZHANG)
    response = issue(teller, account)
    assert code(response) == (422, "OPENING_BARRED")
    assert response.json()["fields"]["until"] == "2029-01-03T00:00:00.000000+08:00"
    assert act(teller, card, "replace").status_code == 201
    li.status = CustomerStatus.IN_REVIEW
    li.save()
    assert code(issue(teller, factories.account(li))) == (422, "IDENTITY_UNDER_REVIEW")


def test_a_closed_account_and_a_case_account_get_no_card(teller, zhang):
    closed, case = factories.account(zhang), factories.account(zhang)
    card = factories.card(case, status="issued")
    teller.post(f"/accounts/{closed.id}/close")
    listings.certify_account(case.account_number)
    assert code(issue(teller, closed)) == (422, "ACCOUNT_CLOSED")
    assert code(issue(teller, case)) == (422, "CASE_ACCOUNT_STOPPED")
    assert code(act(teller, card, "activate")) == (422, "CASE_ACCOUNT_STOPPED")
    assert code(act(teller, card, "replace")) == (422, "CASE_ACCOUNT_STOPPED")
    assert act(teller, card, "report-lost").status_code == 200


def test_a_frozen_account_may_have_another_card(teller, compliance, zhang):
    account = factories.account(zhang)
    compliance.post(f"/accounts/{account.id}/freezes", {"authority": "广州市公安局", "order_no": "冻1号"})
    assert issue(teller, account).status_code == 201


def test_a_card_an_agent_took_is_activated_by_its_holder(teller, zhang):
    account = factories.account(zhang)
    card = issue(teller, account, agent=AGENT).json()
    assert card["status"] == "issued"
    kept = Card.objects.get(pk=card["id"])
    assert (bytes(kept.agent_key), kept.agent_slot, kept.agent_name) == (LI.identity_key, 1, "李四")
    assert act(teller, card, "activate").json()["status"] == "active"


def test_an_agent_takes_three_for_others_and_no_fourth(teller, zhang, wang, noon):
    holders = [zhang, wang, factories.customer(), factories.customer()]
    accounts = [factories.account(holder) for holder in holders]
    cards = [issue(teller, account, agent=AGENT) for account in accounts[:3]]
    assert [card.status_code for card in cards] == [201] * 3
    response = issue(teller, accounts[3], agent=AGENT | {"document": LI.document | {"type": "temporary_id"}})
    assert code(response) == (422, "AGENT_CARD_LIMIT")
    assert "48号" in response.json()["clause"]
    assert issue(teller, accounts[3], "medical", agent=AGENT).status_code == 422
    act(teller, cards[0].json(), "activate")
    assert code(issue(teller, accounts[3], agent=AGENT)) == (422, "AGENT_CARD_LIMIT"), "an activated card counts on"
    act(teller, cards[0].json(), "cancel")
    assert issue(teller, accounts[3], agent=AGENT).status_code == 201


def test_a_replacement_is_its_holders_card_and_the_agents_no_more(teller, zhang):
    account = factories.account(zhang)
    card = issue(teller, account, agent=AGENT).json()
    fresh = act(teller, card, "replace").json()
    kept = Card.objects.get(pk=fresh["id"])
    assert (kept.status, kept.agent_key, kept.agent_slot) == ("active", None, None)


def test_holder_is_no_agent_for_the_own_card(teller, zhang):
    response = issue(teller, factories.account(zhang), agent={"name": ZHANG.name, "document": ZHANG.document})
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == ["agent"]
