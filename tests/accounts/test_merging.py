"""Two customers who are one person become one, by two persons: nothing is lost, nothing ends, not a fen moves."""

import pytest

from accounts.models import Account, Card, Customer, Document, SamePerson
from config.kernel.models import Approval, Decision
from config.kernel.sql import rows
from tests import factories
from tests.factories import Person
from tests.http import code

PERMIT = Person("张三", "H12345678", "hk_macau_permit")
SEEN = "两证件均已出示，照片一致"


@pytest.fixture
def other(db) -> Customer:
    """The same Zhang San, who came with another document before."""
    return factories.customer(PERMIT)


def propose(teller, remains, other, **more):
    body = {"customer_id": str(other.id), "decision": "same", "evidence": SEEN} | more
    return teller.post(f"/customers/{remains.id}/same-person", body)


def merge(teller, supervisor, remains, other):
    proposed = propose(teller, remains, other)
    assert proposed.status_code == 201, proposed.json()
    approved = supervisor.approve(proposed.json()["approval_id"])
    assert approved.status_code == 200, approved.json()
    return SamePerson.objects.get(pk=proposed.json()["id"])


def books() -> list[dict]:
    return rows("SELECT id, balance_fen, held_fen FROM accounts_account ORDER BY id")


def test_the_other_is_the_one_from_then_on(teller, supervisor, zhang, other, noon):
    kept, came = factories.account(zhang, "I", balance_fen=100), factories.account(other, "I", balance_fen=23)
    card, card_came = factories.card(kept), factories.card(came)
    before = books()
    entries = rows("SELECT count(*) AS count FROM accounts_entry")
    made = merge(teller, supervisor, zhang, other)
    assert books() == before
    assert rows("SELECT count(*) AS count FROM accounts_entry") == entries
    answers = [teller.get(f"/customers/{each.id}").json() for each in (zhang, other)]
    assert answers[0] == answers[1]
    assert answers[0]["id"] == str(zhang.id)
    assert {each["id"] for each in answers[0]["accounts"]} == {str(kept.id), str(came.id)}
    assert [each["type"] for each in answers[0]["documents"]] == ["resident_id", "hk_macau_permit"]
    assert answers[0]["counts"]["bank_class_i"] == answers[0]["counts"]["debit_cards"] == 2
    excess = Account.objects.get(pk=came.id)
    assert (excess.customer_id, excess.class_slot, excess.merge_id) == (zhang.id, None, made.id)
    assert (Card.objects.get(pk=card_came.id).slot, Card.objects.get(pk=card.id).slot) == (2, 1)
    assert Document.objects.filter(customer=zhang, is_primary=True).count() == 1
    assert made.in_force_at == noon.at


def test_nothing_is_opened_beyond_a_limit_while_anything_exceeds_it(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "I") for each in (zhang, other)]
    cards = [factories.card(each) for each in accounts for _ in range(3)]
    made = merge(teller, supervisor, zhang, other)
    assert [Card.objects.get(pk=each.id).slot for each in cards] == [1, 2, 3, 4, None, None]
    assert {each.merge_id for each in Card.objects.filter(slot=None)} == {made.id}
    for each in (zhang, other):
        body = {"customer_id": str(each.id), "kind": "bank", "account_class": "I"}
        assert code(teller.post("/accounts", body)) == (422, "CLASS_I_EXISTS")
    issue = f"/accounts/{accounts[1].id}/cards"
    for _ in range(2):
        assert code(teller.post(issue, {"product": "debit"})) == (422, "DEBIT_CARD_LIMIT")
        assert teller.post(f"/cards/{cards.pop(0).id}/cancel", {}).status_code == 200
    assert code(teller.post(issue, {"product": "debit"})) == (422, "DEBIT_CARD_LIMIT")
    assert teller.post(f"/cards/{cards.pop(0).id}/cancel", {}).status_code == 200
    assert teller.post(issue, {"product": "debit"}).status_code == 201


def test_an_excess_card_is_replaced_and_works(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "I") for each in (zhang, other)]
    cards = [factories.card(each) for each in accounts for _ in range(4)]
    made = merge(teller, supervisor, zhang, other)
    replaced = teller.post(f"/cards/{cards[-1].id}/replace", {})
    assert replaced.status_code == 201, replaced.json()
    assert Card.objects.get(pk=replaced.json()["id"]).merge_id == made.id


@pytest.mark.parametrize("how", ["document", "phone"])
def test_whoever_is_looked_for_is_the_one(teller, supervisor, zhang, how):
    other = factories.customer(PERMIT, phone="13800138000")
    merge(teller, supervisor, zhang, other)
    asked = {"document": PERMIT.document} if how == "document" else {"phone": "13800138000"}
    assert teller.post("/customers/lookup", asked).json()["id"] == str(zhang.id)


def test_the_account_opened_under_the_merged_id_is_the_ones(teller, supervisor, zhang, other):
    merge(teller, supervisor, zhang, other)
    opened = teller.post("/accounts", {"customer_id": str(other.id), "kind": "bank", "account_class": "II"})
    assert opened.status_code == 201
    assert opened.json()["customer_id"] == str(zhang.id)
    assert Decision.objects.get(kind="open_account").customer_id == zhang.id


def test_who_is_one_already_is_not_merged_again(teller, supervisor, zhang, other):
    merge(teller, supervisor, zhang, other)
    for one, two in ((zhang, other), (other, zhang), (zhang, zhang)):
        assert code(propose(teller, one, two)) == (400, "INVALID_REQUEST")


def test_a_merge_of_both_ways_waits_once(teller, zhang, other):
    first = propose(teller, zhang, other).json()["approval_id"]
    second = propose(teller, other, zhang)
    assert code(second) == (409, "APPROVAL_PENDING")
    assert second.json()["fields"] == {"approval_id": first}


def test_two_citizen_numbers_are_two_persons(teller, zhang, li):
    refused = propose(teller, zhang, li)
    assert code(refused) == (422, "TWO_CITIZEN_NUMBERS")
    assert refused.json()["clause"] is None


def test_organizations_are_not_merged(teller, zhang):
    unit = factories.customer(factories.UNIT)
    assert code(propose(teller, zhang, unit)) == (422, "MERGE_NOT_OFFERED")
    assert code(propose(teller, unit, zhang)) == (422, "MERGE_NOT_OFFERED")


def test_whom_nobody_knows_is_merged_with_nobody(teller, zhang):
    nobody = Customer(id="01900000-0000-7000-8000-000000000000")
    assert code(propose(teller, zhang, nobody)) == (404, "NOT_FOUND")
    assert code(propose(teller, nobody, zhang)) == (404, "NOT_FOUND")


def test_what_has_changed_since_is_stale(teller, supervisor, zhang, other):
    proposed = propose(teller, zhang, other).json()
    factories.account(other, "II")
    assert code(supervisor.approve(proposed["approval_id"])) == (409, "APPROVAL_STALE")
    assert Customer.objects.get(pk=other.id).merged_into_id is None


def test_who_was_merged_before_comes_too(teller, supervisor, zhang, other):
    third = factories.customer(Person("张三", "台胞证", "military_id"))
    merge(teller, supervisor, other, third)
    merge(teller, supervisor, zhang, other)
    assert {each.merged_into_id for each in Customer.objects.exclude(pk=zhang.pk)} == {zhang.id}
    assert teller.get(f"/customers/{third.id}").json()["id"] == str(zhang.id)


def test_the_checker_is_shown_what_will_be_left_over(teller, zhang, other):
    for each in (zhang, other):
        factories.account(each, "I")
    proposed = propose(teller, zhang, other).json()
    after = Approval.objects.get(pk=proposed["approval_id"]).after
    assert after["open_accounts"] == {"bank_I": 2}
    assert len(after["excess_accounts"]) == 1
