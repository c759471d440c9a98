"""Cards over the API: four per customer, agents, activation, replacement, exceptions."""

import re
from datetime import timedelta

import pytest
from django.db import transaction

from accounts.models import Account, Card, CardException, ImportBatch
from accounts.operations.losses import find_card_again
from accounts.refusals.money import CaseAccountStopped
from accounts.refusals.opening import CardState
from accounts.vocabulary import CustomerStatus
from config.kernel.identity.cards import luhn_valid
from config.kernel.models import Decision
from tests import factories, listing
from tests.accounts.test_money_moves import settle
from tests.broken import refused_by
from tests.clock import NOON
from tests.factories import LI, WANG, ZHANG
from tests.http import code

AGENT = {"name": LI.name, "document": LI.document}
ACTS = ("activate", "report-lost", "replace", "cancel")


def issue(teller, account, product="debit", **more):
    return teller.post(f"/accounts/{account.id}/cards", {"product": product} | more)


def ask(teller, account, product="debit", reason="工资卡和两张贷款还款卡分属不同合同"):
    return teller.post(f"/accounts/{account.id}/card-exceptions", {"product": product, "reason": reason})


def act(teller, card, name):
    card_id = card["id"] if isinstance(card, dict) else card.id
    return teller.post(f"/cards/{card_id}/{name}")


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


def test_the_whole_number_stands_in_the_issuing_answer_and_its_replay_only(teller, zhang):
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


@pytest.mark.parametrize("product", ["social_security", "medical", "military_security"])
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


def test_an_organizations_cards_count_together_as_well(teller, unit):
    accounts = [factories.account(unit) for _ in range(2)]
    assert [issue(teller, accounts[number % 2]).status_code for number in range(5)] == [201] * 4 + [422]


@pytest.mark.parametrize(("kind", "account_class"), [("bank", "III"), ("payment", "I"), ("payment", "III")])
def test_class_iii_and_payment_accounts_carry_none(teller, zhang, kind, account_class):
    response = issue(teller, factories.account(zhang, account_class, kind))
    assert code(response) == (422, "CARD_NOT_OFFERED")


def test_no_card_under_a_bar_or_a_review_but_a_replacement(teller, zhang, li):
    account = factories.account(zhang)
    card = factories.card(account)
    listing.certify(ZHANG)
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
    listing.certify_account(case.account_number)
    assert code(issue(teller, closed)) == (422, "ACCOUNT_CLOSED")
    assert code(issue(teller, case)) == (422, "CASE_ACCOUNT_STOPPED")
    assert code(act(teller, card, "activate")) == (422, "CASE_ACCOUNT_STOPPED")
    assert code(act(teller, card, "replace")) == (422, "CASE_ACCOUNT_STOPPED")
    assert act(teller, card, "report-lost").status_code == 200


def test_a_frozen_account_may_have_another_card(teller, compliance, zhang):
    account = factories.account(zhang)
    compliance.post(f"/accounts/{account.id}/freezes", {"authority": "广州市公安局", "order_no": "冻1号"})
    assert issue(teller, account).status_code == 201


# --- agents -------------------------------------------------------------------------------------


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


def test_the_holder_is_no_agent_of_his_own(teller, zhang):
    response = issue(teller, factories.account(zhang), agent={"name": ZHANG.name, "document": ZHANG.document})
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == ["agent"]


# --- states -------------------------------------------------------------------------------------


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
def test_an_unknown_card_is_not_found_and_only_tellers_act(teller, client_for, db, name):
    for card_id in ("nothing", "0198c0de-0000-7000-8000-000000000000"):
        assert act(teller, {"id": card_id}, name).status_code == 404
    assert act(client_for("supervisor"), {"id": "nothing"}, name).status_code == 403


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
    assert response.json()["fields"] == {"count": 4 + beyond, "limit": 4}
    Card.objects.filter(import_batch=batch).update(status="cancelled", cancelled_at=waiting.issued_at)
    assert act(teller, waiting, "activate").status_code == 200


def test_other_products_are_activated_whatever_counts(teller, zhang):
    account, batch = factories.account(zhang), ImportBatch.objects.create(source="stock-2015")
    for _ in range(6):
        factories.card(account, slot=None, import_batch=batch)
    waiting = factories.card(account, product="social_security", status="issued")
    assert act(teller, waiting, "activate").status_code == 200


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


# --- beyond four --------------------------------------------------------------------------------


@pytest.fixture
def four(zhang) -> Account:
    account = factories.account(zhang, "I")
    for _ in range(4):
        factories.card(account)
    return account


@pytest.mark.django_db(transaction=True)
def test_it_is_approved_while_the_clock_runs(teller, supervisor):
    account = factories.account(factories.customer(ZHANG), "I")
    for _ in range(4):
        factories.card(account)
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


def test_a_rejected_exception_issues_nothing(teller, supervisor, four):
    asked = ask(teller, four).json()
    assert supervisor.reject(asked["approval_id"]).status_code == 200
    assert CardException.objects.get().status == "rejected"
    assert Card.objects.count() == 4
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_DECIDED")


def test_who_may_not_have_a_card_may_not_have_one_by_exception(teller, zhang, four):
    assert code(ask(teller, factories.account(zhang, "III"))) == (422, "CARD_NOT_OFFERED")
    listing.certify(ZHANG)
    assert code(ask(teller, four)) == (422, "OPENING_BARRED")
    assert not CardException.objects.exists()


def test_the_bars_are_judged_again_at_approval(teller, supervisor, four, noon):
    asked = ask(teller, four).json()
    certificate = listing.certify(ZHANG)
    response = supervisor.approve(asked["approval_id"])
    assert code(response) == (422, "OPENING_BARRED")
    assert response.json()["fields"]["certificate_id"] == str(certificate.id)
    assert supervisor.get(f"/approvals/{asked['approval_id']}").json()["status"] == "pending"
    assert CardException.objects.get().status == "pending"
    assert Card.objects.count() == 4
    assert supervisor.reject(asked["approval_id"]).status_code == 200


def test_an_account_that_changed_its_class_meanwhile_is_stale(teller, supervisor, zhang):
    account = factories.account(zhang, "I")
    asked = ask(teller, account).json()
    teller.post(f"/accounts/{account.id}/downgrade", {"to": "II"})
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")


def test_an_account_that_was_closed_meanwhile_is_stale(teller, supervisor, zhang):
    account = factories.account(zhang, "I")
    asked = ask(teller, account).json()
    teller.post(f"/accounts/{account.id}/close")
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")
    assert not Card.objects.exists()


def test_an_exception_waits_seven_days(teller, supervisor, four, noon):
    asked = ask(teller, four).json()
    noon.set(noon.at + timedelta(days=7))
    assert code(supervisor.approve(asked["approval_id"])) == (409, "APPROVAL_DECIDED")
    assert ask(teller, four).status_code == 201


def test_roles_of_an_exception(client_for, teller, four):
    assert ask(client_for("supervisor"), four).status_code == 403
    asked = ask(teller, four).json()
    assert client_for("compliance").approve(asked["approval_id"]).status_code == 403
    assert teller.approve(asked["approval_id"]).status_code == 403


def test_the_reason_is_kept_sealed(teller, four):
    ask(teller, four, reason=f"{WANG.name} 的特殊情况")
    assert WANG.name.encode() not in bytes(CardException.objects.values_list("reason", flat=True)[0])
    assert CardException.objects.get().reason == f"{WANG.name} 的特殊情况"


def find(card):
    with transaction.atomic():
        return find_card_again(principal=factories.caller("teller"), card_id=card.id)


@pytest.mark.parametrize(("activated", "again"), [(NOON, "active"), (None, "issued")])
def test_a_lost_card_that_was_found_is_what_it_was(teller, zhang, activated, again):
    card = factories.card(factories.account(zhang), status=again, activated_at=activated)
    assert act(teller, card, "report-lost").status_code == 200
    assert find(card).status == again
    settle()
    told = Decision.objects.get(kind="find_card")
    assert (told.facts["to"], told.facts["identified"], told.customer_id) == (again, "in_person", zhang.id)
    assert act(teller, card, "report-lost").status_code == 200
    find(card)
    with pytest.raises(CardState):
        find(card)


def test_what_is_replaced_or_cancelled_never_comes_back(teller, zhang):
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
    listing.certify_account(account.account_number)
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
