"""Opening, looking up and closing accounts over the API."""

import re
from datetime import date, datetime, timedelta

import pytest

from accounts.models import Account, Card, ImportBatch
from accounts.vocabulary import CustomerStatus
from config.kernel.identity.cards import luhn_check_digit, luhn_valid
from config.kernel.law.dates import SHANGHAI
from config.kernel.models import Decision
from tests import factories, listings
from tests.factories import LI, ORGANIZATION, ZHANG
from tests.http import code

AGENT = {"name": LI.name, "document": LI.document}


def open_for(teller, customer, account_class="I", kind="bank", **more):
    body = {"customer_id": str(customer.id), "kind": kind, "account_class": account_class} | more
    return teller.post("/accounts", body)


def test_account_is_opened(teller, zhang):
    response = open_for(teller, zhang)
    assert response.status_code == 201
    account = response.json()
    assert re.fullmatch(r"[0-9]{17}", account["account_number"])
    assert luhn_valid(account["account_number"])
    assert account | {"id": "", "account_number": ""} == {
        "id": "",
        "customer_id": str(zhang.id),
        "account_number": "",
        "kind": "bank",
        "account_class": "I",
        "status": "open",
        "opened_at": "2026-01-05T12:00:00.000000+08:00",
        "closed_at": None,
        "balance": "0.00",
        "held": "0.00",
        "available": "0.00",
        "restrictions": [],
        "cards": [],
    }
    assert teller.get(f"/accounts/{account['id']}").json() == account


@pytest.mark.parametrize(
    ("kind", "account_class", "limit", "refusal"),
    [
        pytest.param("bank", "I", 1, "CLASS_I_EXISTS", id="notice-5-class-i"),
        pytest.param("bank", "II", 5, "CLASS_II_LIMIT", id="pboc-16-class-ii"),
        pytest.param("bank", "III", 5, "CLASS_III_LIMIT", id="pboc-16-class-iii"),
        pytest.param("payment", "III", 1, "PAYMENT_CLASS_III_EXISTS", id="notice-5-payment-iii"),
    ],
)
def test_a_class_takes_as_many_as_the_rule_lets(teller, zhang, kind, account_class, limit, refusal):
    for _ in range(limit):
        assert open_for(teller, zhang, account_class, kind).status_code == 201
    response = open_for(teller, zhang, account_class, kind)
    assert code(response) == (422, refusal)
    assert response.json()["clause"]
    assert response.json()["fields"] == {"count": limit, "limit": limit}
    slots = Account.objects.filter(customer=zhang).values_list("class_slot", flat=True)
    assert sorted(slots) == list(range(1, limit + 1))
    decision = Decision.objects.get(outcome="refused")
    assert (decision.kind, decision.code, decision.customer_id) == ("open_account", refusal, zhang.id)


def test_a_class_i_closed_makes_room_for_another(teller, zhang):
    first = open_for(teller, zhang).json()
    assert teller.post(f"/accounts/{first['id']}/close").status_code == 200
    assert open_for(teller, zhang).status_code == 201


def test_three_class_i_from_2014_stay_and_no_other_is_opened(teller, zhang):
    batch = ImportBatch.objects.create(source="stock-2014")
    for slot in (1, None, None):
        factories.account(zhang, "I", class_slot=slot, import_batch=batch)
    assert code(open_for(teller, zhang)) == (422, "CLASS_I_EXISTS")
    in_place = Account.objects.get(customer=zhang, class_slot=1)
    assert teller.post(f"/accounts/{in_place.id}/close").status_code == 200
    assert code(open_for(teller, zhang)) == (422, "CLASS_I_EXISTS"), "a free place opens no door while stock counts"
    assert Account.objects.filter(customer=zhang, account_class="I", status="open").count() == 2


def test_payment_accounts_of_class_i_and_ii_are_not_limited(teller, zhang):
    for account_class in ("I", "I", "II", "II"):
        assert open_for(teller, zhang, account_class, "payment").status_code == 201


def test_an_individual_without_a_class_is_malformed(teller, zhang):
    response = open_for(teller, zhang, "none")
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == ["account_class"]
    assert not Decision.objects.exists()


def test_an_organization_opens_accounts_without_class_only(teller, organization):
    assert code(open_for(teller, organization, "I")) == (422, "ORGANIZATION_HAS_NO_CLASS")
    for _ in range(3):
        assert open_for(teller, organization, "none").status_code == 201


def test_nothing_is_opened_while_an_identity_is_under_review(teller, zhang):
    zhang.status = CustomerStatus.IN_REVIEW
    zhang.save()
    assert code(open_for(teller, zhang)) == (422, "IDENTITY_UNDER_REVIEW")


def test_a_penalized_person_opens_nothing_for_three_calendar_years(teller, zhang, noon):
    listings.certify(ZHANG, certified_on=date(2026, 1, 2))
    response = open_for(teller, zhang)
    assert code(response) == (422, "OPENING_BARRED")
    assert response.json()["fields"]["until"] == "2029-01-03T00:00:00.000000+08:00"
    assert "第五条" in response.json()["clause"]
    end = datetime(2029, 1, 3, tzinfo=SHANGHAI)
    noon.set(end - timedelta(microseconds=1))
    assert code(open_for(teller, zhang)) == (422, "OPENING_BARRED")
    noon.set(end)
    assert open_for(teller, zhang).status_code == 201


def test_longer_of_two_penalties_bars(teller, zhang):
    listings.certify(ZHANG, certified_on=date(2024, 5, 1))
    listings.certify(ZHANG, certified_on=date(2025, 5, 1))
    assert open_for(teller, zhang).json()["fields"]["until"] == "2028-05-02T00:00:00.000000+08:00"


def test_a_listing_of_a_linked_document_bars_too(teller, zhang):
    factories.document(zhang, "hk_macau_permit", "H12345678")
    listings.certify(factories.Person(ZHANG.name, "H12345678", "hk_macau_permit"))
    assert code(open_for(teller, zhang)) == (422, "OPENING_BARRED")


def test_the_documents_with_one_citizen_number_are_one_person(teller, zhang):
    listings.certify(factories.Person(ZHANG.name, ZHANG.number, "household_register"))
    assert code(open_for(teller, zhang)) == (422, "OPENING_BARRED")


def test_listing_of_the_agent_does_not_bar_the_holder(teller, zhang):
    listings.certify(LI)
    assert open_for(teller, zhang, agent=AGENT).status_code == 201
    account = Account.objects.get(customer=zhang)
    assert (bytes(account.agent_key), account.agent_name) == (LI.identity_key, LI.name)


@pytest.mark.parametrize(
    ("agent", "field"),
    [
        ({"name": ZHANG.name, "document": ZHANG.document}, "agent"),
        ({"name": ZHANG.name, "document": ZHANG.document | {"type": "temporary_id"}}, "agent"),
        ({"name": ORGANIZATION.name, "document": ORGANIZATION.document}, "agent.document.type"),
        ({"name": LI.name, "document": LI.document | {"number": "360426199101010072"}}, "agent.document.number"),
        ({"name": LI.name, "document": LI.document | {"valid_until": "2026-01-04"}}, "agent.document.valid_until"),
        ({"name": LI.name}, "agent.document"),
        ({"document": LI.document}, "agent.name"),
        ("李四", "agent"),
    ],
)
def test_an_agent_is_another_individual_with_a_valid_document(teller, zhang, agent, field):
    response = open_for(teller, zhang, agent=agent)
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == [field]


@pytest.mark.parametrize("customer_id", ["", "x", "0198c0de-0000-7000-8000-000000000000"])
def test_an_unknown_customer_is_not_found(teller, db, customer_id):
    body = {"customer_id": customer_id, "kind": "bank", "account_class": "I"}
    assert code(teller.post("/accounts", body)) == (404, "NOT_FOUND")


def test_account_numbers_pass_over_those_of_the_stock(teller, zhang):
    number = open_for(teller, zhang, "II").json()["account_number"]
    body = str(int(number[:-1]) + 1)
    factories.account(zhang, "III", account_number=body + luhn_check_digit(body))
    assert open_for(teller, zhang, "II").status_code == 201


def test_account_is_found_by_account_or_card_number(teller, zhang):
    card = factories.card(factories.account(zhang))
    by_card = teller.post("/accounts/lookup", {"card_number": card.number}, key=None)
    assert by_card.status_code == 200
    found = by_card.json()
    assert found["id"] == str(card.account_id)
    assert found["cards"][0]["card_number"] == "622848******" + card.number[-4:]
    by_number = teller.post("/accounts/lookup", {"account_number": found["account_number"]}, key=None)
    assert by_number.json() == found
    assert code(teller.post("/accounts/lookup", {"card_number": "6228480000000000"}, key=None)) == (404, "NOT_FOUND")
    assert code(teller.post("/accounts/lookup", {}, key=None)) == (400, "INVALID_REQUEST")


def test_readers_read_and_others_do_not(client_for, zhang):
    account = factories.account(zhang)
    for role, status in (("teller", 200), ("supervisor", 200), ("compliance", 200), ("auditor", 200), ("atm", 403)):
        assert client_for(role).get(f"/accounts/{account.id}").status_code == status
        assert client_for(role).get(f"/accounts/{account.id}/entries").status_code == status


def test_an_account_shows_the_penalty_of_its_holder(teller, zhang):
    account = factories.account(zhang)
    certificate = listings.certify(ZHANG, certified_on=date(2026, 1, 2))
    [restriction] = teller.get(f"/accounts/{account.id}").json()["restrictions"]
    assert restriction["code"] == "NON_COUNTER_SUSPENDED"
    assert restriction["until"] == "2031-01-03T00:00:00.000000+08:00"
    assert restriction["certificate_id"] == str(certificate.id)


def test_entries_are_listed_newest_first(teller, zhang):
    account = factories.account(zhang)
    for amount in ("10", "20.50"):
        teller.post("/cash/deposits", {"account": {"account_id": str(account.id)}, "amount": amount})
    teller.post("/cash/withdrawals", {"account": {"account_id": str(account.id)}, "amount": "5"})
    page = teller.get(f"/accounts/{account.id}/entries", limit=2).json()
    assert [(each["kind"], each["direction"], each["amount"]) for each in page["results"]] == [
        ("withdrawal", "debit", "5.00"),
        ("deposit", "credit", "20.50"),
    ]
    rest = teller.get(f"/accounts/{account.id}/entries", limit=2, cursor=page["next"]).json()
    assert [each["amount"] for each in rest["results"]] == ["10.00"]
    assert rest["next"] is None
    assert set(rest["results"][0]) == {"id", "posted_at", "kind", "direction", "amount", "reference"}
    assert teller.get("/accounts/nothing/entries").status_code == 404


def test_an_account_with_money_or_holds_is_not_closed(teller, zhang):
    account = factories.account(zhang, balance_fen=1)
    response = teller.post(f"/accounts/{account.id}/close")
    assert code(response) == (409, "ACCOUNT_NOT_EMPTY")
    assert response.json()["fields"] == {"balance": "0.01", "held": "0.00"}
    factories.pay_in(account, -1)
    closed = teller.post(f"/accounts/{account.id}/close")
    assert closed.status_code == 200
    assert (closed.json()["status"], closed.json()["closed_at"]) == ("closed", "2026-01-05T12:00:00.000000+08:00")


def test_closing_cancels_the_cards_and_frees_their_places(teller, zhang):
    first, second = factories.account(zhang, "I"), factories.account(zhang, "II")
    for _ in range(2):
        factories.card(first)
        factories.card(second)
    answer = teller.post(f"/accounts/{first.id}/close").json()
    assert [card["status"] for card in answer["cards"]] == ["cancelled", "cancelled"]
    assert Card.objects.filter(account=second, status="active").count() == 2
    assert teller.post(f"/accounts/{second.id}/cards", {"product": "debit"}).status_code == 201


def test_a_closed_account_is_not_closed_again(teller, zhang):
    account = factories.account(zhang)
    teller.post(f"/accounts/{account.id}/close")
    assert code(teller.post(f"/accounts/{account.id}/close")) == (422, "ACCOUNT_CLOSED")


def test_a_frozen_account_and_a_case_account_are_not_closed(teller, compliance, zhang, noon):
    frozen, case = factories.account(zhang), factories.account(zhang)
    compliance.post(f"/accounts/{frozen.id}/freezes", {"authority": "广州市公安局", "order_no": "冻1号"})
    listings.certify_account(case.account_number)
    assert code(teller.post(f"/accounts/{frozen.id}/close")) == (422, "ACCOUNT_FROZEN")
    assert code(teller.post(f"/accounts/{case.id}/close")) == (422, "CASE_ACCOUNT_STOPPED")


def test_a_penalized_person_still_closes_at_the_counter(teller, zhang):
    account = factories.account(zhang)
    listings.certify(ZHANG)
    assert teller.post(f"/accounts/{account.id}/close").status_code == 200


def test_a_page_takes_as_many_queries_as_another(teller, zhang, django_assert_max_num_queries):
    account = factories.account(zhang, "I")
    with django_assert_max_num_queries(12) as few:
        teller.get(f"/accounts/{account.id}")
    for _ in range(4):
        factories.card(account)
        factories.account(zhang, "III")
    with django_assert_max_num_queries(len(few)):
        teller.get(f"/accounts/{account.id}")
