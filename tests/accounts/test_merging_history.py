"""After a merge, history stays as it was, excess is worked off, and the proof holds."""

from accounts.models import Account, Card, Document
from accounts.queries.excess import excess_page
from accounts.queries.restriction_history import restriction_history_of
from tests import evidence, factories
from tests.accounts.merged_customers import PERMIT, committed, merge
from tests.clock import NOON
from tests.factories import Person
from tests.http import ApiClient
from tests.listings import certify
from tests.proof_findings import violated


def test_earlier_decision_is_judged_as_of_its_instant(teller, supervisor, zhang, other, noon):
    factories.account(zhang, "I")
    certify(PERMIT)
    noon.advance(hours=1)
    before = noon.at
    noon.advance(hours=1)
    merge(teller, supervisor, zhang, other)
    noon.advance(hours=1)
    course = restriction_history_of(zhang.id)
    assert course.restrictions(before) == []
    theirs = {each.code for each in course.restrictions(before, other.id)}
    assert "NON_COUNTER_SUSPENDED" in theirs
    assert {each.code for each in course.restrictions(noon.at)} == theirs
    assert [each.certificate_id for each in course.certificate_events()] == [course.listings[0].listing.certificate_id]


def test_freeze_of_the_merged_customer_belongs_to_the_survivor_since_the_merge(teller, supervisor, zhang, other, noon):
    frozen = factories.account(other)
    order = {"authority": "法院", "order_no": "冻1"}
    assert ApiClient("compliance").post(f"/accounts/{frozen.id}/freezes", order).status_code == 201
    before = noon.at
    noon.advance(hours=1)
    merge(teller, supervisor, zhang, other)
    course = restriction_history_of(other.id)
    assert [course.restrictions_and_freezes(at, of=of) != () for at, of in ((before, zhang.id), (before, other.id), (noon.at, zhang.id))] == [
        False, True, True,
    ]  # fmt: skip


def test_restriction_by_a_document_withdrawn_before_is_still_shown(teller, supervisor, zhang, other, noon):
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
    before = restriction_history_of(other.id)
    merge(teller, supervisor, zhang, other)
    course = restriction_history_of(zhang.id)
    assert course.restrictions(restricted, other.id) == before.restrictions(restricted) != []
    assert course.restrictions(restricted) == course.restrictions(noon.at) == []
    assert [each.id for each in course.certificate_events()] == [each.id for each in before.certificate_events()] != []


def test_the_proof_holds_after_a_merge(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "I", balance_fen=100) for each in (zhang, other)]
    for account in accounts:
        for _ in range(3):
            factories.card(account)
    evidence.write_missing()
    merge(teller, supervisor, zhang, other)
    # Written without the acts: the opening balances of accounts that are no stock.
    assert violated() <= {"I31"}


def test_proof_holds_after_a_downgrade_of_the_account_with_the_place(teller, supervisor, zhang, other, noon):
    kept, came = factories.account(zhang, "I"), factories.account(other, "I")
    merge(teller, supervisor, zhang, other)
    committed()
    noon.advance(hours=1)
    assert teller.post(f"/accounts/{kept.id}/downgrade", {"to": "II"}).status_code == 200
    assert Account.objects.get(pk=came.pk).class_slot is None
    assert not violated("I54")


def test_proof_holds_after_a_further_merge_reassigns_places(teller, supervisor, zhang, other, noon):
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
    assert not violated("I54")


def test_proof_holds_after_withdrawal_of_a_moved_document_and_a_further_merge(teller, supervisor, zhang, other, noon):
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
    assert not violated("I53")


def left_over() -> list[tuple[list, list]]:
    return [(each.accounts, each.cards) for each in excess_page(before=None, limit=9)[0]]


def test_excess_is_worked_off_once_the_limit_is_kept(teller, supervisor, zhang, other):
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


def test_excess_downgraded_to_a_class_without_a_limit_is_worked_off(teller, supervisor, zhang, other):
    accounts = [factories.account(each, "III", "payment") for each in (zhang, other)]
    merge(teller, supervisor, zhang, other)
    assert left_over() == [([accounts[1]], [])]
    assert teller.post(f"/accounts/{accounts[1].id}/downgrade", {"to": "II"}).status_code == 200
    assert left_over() == []
