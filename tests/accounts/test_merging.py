"""Merge of two customers of one person: no row is lost, nothing ends, no money moves."""

import pytest

from accounts.models import Account, Card, Customer, Document, IdentityConflict
from accounts.queries.documents import born_on
from accounts.queries.names import namesakes_of
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.models import Decision
from config.oversight.queries.evidence import decisions_of, read_filters
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge
from tests.clock import NOON
from tests.factories import DAY, Person
from tests.http import code


def books() -> list[dict]:
    return rows("SELECT id, balance_fen, held_fen FROM accounts_account ORDER BY id")


def test_merged_customer_is_the_survivor_from_then_on(teller, supervisor, zhang, other, noon):
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


def test_surviving_customer_is_no_longer_the_other_of_a_conflict(teller, supervisor, zhang, other, noon):
    conflict = IdentityConflict(customer=other, at=NOON, principal_id=factories.caller("teller").id)
    conflict.name = zhang.name
    conflict.save(force_insert=True)
    assert [each.customer_id for each in namesakes_of(conflict.pk)] == [zhang.id]
    merge(teller, supervisor, zhang, other)
    assert namesakes_of(conflict.pk) == []


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
def test_look_up_of_the_merged_customer_finds_the_surviving_one(teller, supervisor, zhang, how):
    other = factories.customer(PERMIT, phone="13800138000")
    merge(teller, supervisor, zhang, other)
    asked = {"document": PERMIT.document} if how == "document" else {"phone": "13800138000"}
    assert teller.post("/customers/lookup", asked).json()["id"] == str(zhang.id)


def test_account_opened_under_the_merged_id_belongs_to_the_survivor(teller, supervisor, zhang, other):
    merge(teller, supervisor, zhang, other)
    opened = teller.post("/accounts", {"customer_id": str(other.id), "kind": "bank", "account_class": "II"})
    assert opened.status_code == 201
    assert opened.json()["customer_id"] == str(zhang.id)
    assert Decision.objects.get(kind="open_account").customer_id == zhang.id


def test_customers_merged_earlier_are_moved_too(teller, supervisor, zhang, other):
    third = factories.customer(Person("张三", "台胞证", "military_id"))
    merge(teller, supervisor, other, third)
    merge(teller, supervisor, zhang, other)
    assert {each.merged_into_id for each in Customer.objects.exclude(pk=zhang.pk)} == {zhang.id}
    assert teller.get(f"/customers/{third.id}").json()["id"] == str(zhang.id)


@pytest.mark.parametrize("reviewed", ["zhang", "other"])
def test_review_continues_under_the_other_name(teller, supervisor, zhang, other, reviewed):
    check = {"identity_check": {"method": "联网核查", "result": "photo_mismatch"}}
    named = {"zhang": zhang, "other": other}[reviewed]
    assert code(teller.post(f"/customers/{named.id}/reverifications", check)) == (422, "IDENTITY_NOT_CONFIRMED")
    merge(teller, supervisor, zhang, other)
    assert teller.get(f"/customers/{zhang.id}").json()["status"] == "in_review"
    body = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "II"}
    assert code(teller.post("/accounts", body)) == (422, "IDENTITY_UNDER_REVIEW")


def test_surviving_customer_is_recognized_by_the_other_documents_name(teller, supervisor, zhang):
    other = factories.customer(Person("ZHANG SAN", "H12345678", "hk_macau_permit"))
    merge(teller, supervisor, zhang, other)
    for name in ("张三", "ZHANG SAN"):
        again = teller.post("/customers", {"kind": "individual", "name": name, "document": PERMIT.document})
        assert code(again) == (409, "CUSTOMER_EXISTS")
        assert again.json()["fields"] == {"customer_id": str(zhang.id)}
    stranger = teller.post("/customers", {"kind": "individual", "name": "李四", "document": PERMIT.document})
    assert code(stranger) == (409, "IDENTITY_CONFLICT")


def test_everything_about_either_is_found_by_either_id(teller, supervisor, zhang, other):
    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    teller.post(f"/customers/{other.id}/reverifications", check)
    merge(teller, supervisor, zhang, other)
    about = [
        {each.kind for each in decisions_of(read_filters({"about": str(each.id)}, at=bank_now()))}
        for each in (zhang, other)
    ]
    assert about[0] == about[1] == {"reverification", "ask_merge", "customer_merge"}


@pytest.mark.parametrize("stated", ["1990-01-01", "1990-01-02", None])
def test_the_birth_date_that_a_document_shows_stays(teller, supervisor, stated):
    """The surviving customer's date is on a linked document; the other's was stated, or is in a document number."""
    passport = {"type": "passport", "number": "X1234567", "country": "GBR"}
    permit = {"type": "hk_macau_permit", "number": "H12345678"}
    body = {"kind": "individual", "name": "赵六"}
    other = teller.post("/customers", body | {"document": permit} | ({"birth_date": stated} if stated else {})).json()
    remains = teller.post("/customers", body | {"document": passport}).json()
    shown = {"type": "resident_id", "number": factories.citizen_number(birth="19900101")}
    linked = teller.post(f"/customers/{remains['id']}/documents", {"document": shown}).json()
    assert supervisor.approve(linked["approval_id"]).status_code == 200
    before = Customer.objects.get(pk=remains["id"])
    merge(teller, supervisor, before, Customer.objects.get(pk=other["id"]))
    after = Customer.objects.get(pk=remains["id"])
    assert born_on(after, DAY).isoformat() == "1990-01-01"
    assert after.match_key == before.match_key
