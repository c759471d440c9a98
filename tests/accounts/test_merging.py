"""Two customers who are one person become one, by two persons: nothing is lost, nothing ends, not a fen moves."""

import pytest

from accounts.models import Account, Card, Customer, Document, IdentityConflict, SamePerson
from accounts.queries.births import born_on
from accounts.queries.conflicts import namesakes_of
from accounts.queries.course import course_of
from accounts.queries.excess import excess_page
from accounts.queries.merge_shown import merge_shown
from accounts.queries.waiting import waiting_about
from config.kernel.clock import bank_now
from config.kernel.models import Approval, Decision
from config.kernel.sql import rows
from config.oversight.queries.evidence import decisions_of, read_filters
from config.oversight.queries.proof import prove
from tests import evidence, factories
from tests.clock import NOON
from tests.factories import DAY, Person
from tests.http import ApiClient, code
from tests.listing import certify

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


def test_who_remains_is_no_other_customer_of_the_name_of_a_conflict(teller, supervisor, zhang, other, noon):
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


def test_two_may_be_declared_different_in_the_same_way(teller, supervisor, zhang, li):
    proposed = propose(teller, zhang, li, decision="different").json()
    assert proposed["decision"] == "different"
    approval = Approval.objects.get(pk=proposed["approval_id"])
    assert approval.kind == "customer_difference"
    assert supervisor.approve(proposed["approval_id"]).status_code == 200
    assert teller.get(f"/customers/{li.id}").json()["id"] == str(li.id)


def test_a_change_of_name_that_waited_for_the_other_is_stale(teller, supervisor, zhang, other):
    asked = {"name": "张珊", "document": PERMIT.document, "evidence": "户口簿变更记载"}
    waiting = teller.post(f"/customers/{other.id}/names", asked)
    assert waiting.status_code == 201, waiting.json()
    merge(teller, supervisor, zhang, other)
    assert code(supervisor.approve(waiting.json()["approval_id"])) == (409, "APPROVAL_STALE")


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


@pytest.mark.parametrize("renamed", ["zhang", "other"])
def test_a_name_that_looks_the_same_masked_has_changed(teller, supervisor, zhang, other, noon, renamed):
    proposed = propose(teller, zhang, other).json()
    noon.advance(minutes=1)
    named, document = {"zhang": (zhang, factories.ZHANG.document), "other": (other, PERMIT.document)}[renamed]
    asked = {"name": "张四", "document": document, "evidence": "户口簿变更记载"}
    change = teller.post(f"/customers/{named.id}/names", asked).json()
    assert supervisor.approve(change["approval_id"]).status_code == 200
    assert code(supervisor.approve(proposed["approval_id"])) == (409, "APPROVAL_STALE")


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


def test_what_was_decided_before_is_judged_as_of_its_instant(teller, supervisor, zhang, other, noon):
    factories.account(zhang, "I")
    certify(PERMIT)
    noon.advance(hours=1)
    before = noon.at
    noon.advance(hours=1)
    merge(teller, supervisor, zhang, other)
    noon.advance(hours=1)
    course = course_of(zhang.id)
    assert course.restrictions(before) == []
    theirs = {each.code for each in course.restrictions(before, other.id)}
    assert "NON_COUNTER_SUSPENDED" in theirs
    assert {each.code for each in course.restrictions(noon.at)} == theirs
    assert [each.certificate_id for each in course.certified()] == [course.past[0].listing.certificate_id]


def test_a_freeze_of_the_other_is_the_ones_since_the_merge(teller, supervisor, zhang, other, noon):
    frozen = factories.account(other)
    order = {"authority": "法院", "order_no": "冻1"}
    assert ApiClient("compliance").post(f"/accounts/{frozen.id}/freezes", order).status_code == 201
    before = noon.at
    noon.advance(hours=1)
    merge(teller, supervisor, zhang, other)
    course = course_of(other.id)
    assert [course.standing(at, of=of) != () for at, of in ((before, zhang.id), (before, other.id), (noon.at, zhang.id))] == [
        False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize("reviewed", ["zhang", "other"])
def test_who_is_under_review_stays_so_under_the_other_name(teller, supervisor, zhang, other, reviewed):
    check = {"identity_check": {"method": "联网核查", "result": "photo_mismatch"}}
    named = {"zhang": zhang, "other": other}[reviewed]
    assert code(teller.post(f"/customers/{named.id}/reverifications", check)) == (422, "IDENTITY_NOT_CONFIRMED")
    merge(teller, supervisor, zhang, other)
    assert teller.get(f"/customers/{zhang.id}").json()["status"] == "in_review"
    body = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "II"}
    assert code(teller.post("/accounts", body)) == (422, "IDENTITY_UNDER_REVIEW")


def test_who_comes_with_the_other_document_is_known_by_its_name(teller, supervisor, zhang):
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


def test_the_proof_holds_after_a_merge(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "I", balance_fen=100) for each in (zhang, other)]
    for account in accounts:
        for _ in range(3):
            factories.card(account)
    evidence.write_missing()
    merge(teller, supervisor, zhang, other)
    # Written without the acts: the opening balances of accounts that are no stock.
    assert {each.invariant.name for each in prove() if not each.holds} <= {"I31"}


def committed() -> None:
    """Let the database look at what is written so far, as it does at COMMIT."""
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    rows("SET CONSTRAINTS ALL DEFERRED")


def broken() -> set[str]:
    return {each.invariant.name for each in prove() if not each.holds}


def test_the_proof_holds_after_what_kept_its_place_is_downgraded(teller, supervisor, zhang, other, noon):
    kept, came = factories.account(zhang, "I"), factories.account(other, "I")
    merge(teller, supervisor, zhang, other)
    committed()
    noon.advance(hours=1)
    assert teller.post(f"/accounts/{kept.id}/downgrade", {"to": "II"}).status_code == 200
    assert Account.objects.get(pk=came.pk).class_slot is None
    assert "I54" not in broken()


def test_the_proof_holds_after_a_further_merge_gives_places_anew(teller, supervisor, zhang, other, noon):
    kept, came = factories.account(zhang, "I"), factories.account(other)
    cards = [factories.card(kept) for _ in range(4)]
    excess = factories.card(came)
    merge(teller, supervisor, zhang, other)
    committed()
    noon.advance(hours=1)
    for each in cards[2:]:
        assert teller.post(f"/cards/{each.id}/cancel", {}).status_code == 200
    third = factories.customer(Person("张三", "H87654321", "hk_macau_permit"), at=noon.at)
    later = factories.account(third, opened_at=noon.at)
    assert teller.post(f"/accounts/{later.id}/cards", {"product": "debit"}).status_code == 201
    noon.advance(hours=1)
    merge(teller, supervisor, third, zhang)
    assert Card.objects.get(pk=excess.pk).slot is None
    assert "I54" not in broken()


@pytest.mark.parametrize("told", ["1990-01-01", "1990-01-02", None])
def test_the_birth_date_that_a_document_shows_stays(teller, supervisor, told):
    """Of the one that remains a linked document says it; of the other it was told, or a document's number has it."""
    passport = {"type": "passport", "number": "X1234567", "country": "GBR"}
    permit = {"type": "hk_macau_permit", "number": "H12345678"}
    body = {"kind": "individual", "name": "赵六"}
    other = teller.post("/customers", body | {"document": permit} | ({"birth_date": told} if told else {})).json()
    remains = teller.post("/customers", body | {"document": passport}).json()
    shown = {"type": "resident_id", "number": factories.citizen_number(birth="19900101")}
    linked = teller.post(f"/customers/{remains['id']}/documents", {"document": shown}).json()
    assert supervisor.approve(linked["approval_id"]).status_code == 200
    before = Customer.objects.get(pk=remains["id"])
    merge(teller, supervisor, before, Customer.objects.get(pk=other["id"]))
    after = Customer.objects.get(pk=remains["id"])
    assert born_on(after, DAY).isoformat() == "1990-01-01"
    assert after.match_key == before.match_key


def test_what_a_document_brought_that_was_withdrawn_before_is_still_told(teller, supervisor, zhang, other, noon):
    withdrawn = Person("张三", "M87654321", "hk_macau_permit")
    document = factories.document(other, withdrawn.type, withdrawn.number)
    factories.account(other, "I")
    certify(withdrawn)
    noon.advance(hours=1)
    restricted = noon.at
    noon.advance(hours=1)
    path = f"/customers/{other.id}/documents/{document.id}/withdrawals"
    asked = teller.post(path, {"reason": "登记有误"}).json()
    assert supervisor.approve(asked["approval_id"]).status_code == 200
    noon.advance(hours=1)
    before = course_of(other.id)
    merge(teller, supervisor, zhang, other)
    course = course_of(zhang.id)
    assert course.restrictions(restricted, other.id) == before.restrictions(restricted) != []
    assert course.restrictions(restricted) == course.restrictions(noon.at) == []
    assert [each.id for each in course.certified()] == [each.id for each in before.certified()] != []


def test_what_becomes_stale_is_told_before_the_press(teller, supervisor, zhang, li, other):
    further = factories.document(other, "passport", "X1234567", "GBR")
    elsewhere = factories.external_account(other, "6222000011112222", status="active", in_force_at=NOON)
    factories.approved("external_account", elsewhere)
    path, reason = f"/customers/{other.id}", {"reason": "登记有误"}
    check = {"method": "联网核查", "result": "match"}
    waiting = [
        teller.post(f"{path}/names", {"name": "张珊", "document": PERMIT.document, "evidence": "户口簿变更记载"}),
        teller.post(f"{path}/documents/{further.id}/withdrawals", reason),
        teller.post(f"{path}/external-accounts/{elsewhere.id}/withdrawals", reason),
        teller.post(f"{path}/reverifications", {"identity_check": check}),
        propose(teller, zhang, other, decision="different"),
        propose(teller, other, li),
    ]
    stays = teller.post(f"/customers/{zhang.id}/reverifications", {"identity_check": check})
    ids = [each.json()["approval_id"] for each in (*waiting, stays)]
    proposed = propose(teller, zhang, other).json()["approval_id"]
    assert {str(each) for each in merge_shown(zhang.id, other.id, bank_now()).stale} == {*ids[:-1]}
    assert supervisor.approve(proposed).status_code == 200
    ended = [supervisor.approve(each) for each in ids]
    assert [code(each) for each in ended[:-1]] == [(409, "APPROVAL_STALE")] * len(waiting)
    assert ended[-1].status_code == 200


def left_over() -> list[tuple[list, list]]:
    return [(each.accounts, each.cards) for each in excess_page(before=None, limit=9)[0]]


def test_what_was_left_over_is_worked_off_once_the_limit_is_kept_again(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "I") for each in (zhang, other)]
    cards = [factories.card(each) for each in accounts for _ in range(3)]
    merge(teller, supervisor, zhang, other)
    committed()
    cancel = [f"/cards/{each.id}/cancel" for each in cards]
    assert teller.post(cancel[0], {}).status_code == 200
    assert left_over() == [([accounts[1]], cards[4:])]
    assert teller.post(cancel[1], {}).status_code == 200
    assert left_over() == [([accounts[1]], [])]
    assert teller.post(f"/accounts/{accounts[0].id}/close", {}).status_code == 200
    assert left_over() == []


def test_what_is_downgraded_to_a_class_without_a_limit_is_worked_off(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "III", "payment") for each in (zhang, other)]
    merge(teller, supervisor, zhang, other)
    assert left_over() == [([accounts[1]], [])]
    assert teller.post(f"/accounts/{accounts[1].id}/downgrade", {"to": "II"}).status_code == 200
    assert left_over() == []


def test_what_waited_for_the_other_and_a_third_waits_with_the_one(teller, supervisor, zhang, li, other):
    waits = propose(teller, other, li, decision="different").json()["id"]
    merge(teller, supervisor, zhang, other)
    assert [str(each) for each in waiting_about(zhang.id)] == [waits]


def test_the_proof_holds_after_what_came_was_withdrawn_and_a_further_merge(teller, supervisor, zhang, other, noon):
    document = Document.objects.get(customer=other)
    elsewhere = factories.external_account(other, "6222000011112222", status="active", in_force_at=NOON)
    factories.approved("external_account", elsewhere)
    merge(teller, supervisor, zhang, other)
    committed()
    for path in (f"documents/{document.id}", f"external-accounts/{elsewhere.id}"):
        asked = teller.post(f"/customers/{zhang.id}/{path}/withdrawals", {"reason": "登记有误"}).json()
        assert supervisor.approve(asked["approval_id"]).status_code == 200
    noon.advance(hours=1)
    merge(teller, supervisor, factories.customer(Person("张三", "H87654321", "hk_macau_permit")), zhang)
    assert "I53" not in broken()
