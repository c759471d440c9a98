"""A merge is proposed by one person and approved by another: exclusions, related proposals, staleness."""

import pytest

from accounts.models import Customer
from accounts.operations.merging import request_merge
from accounts.queries.customer_overview import pending_about
from accounts.queries.merging import merge_shown
from config.kernel.database.clock import bank_now
from config.kernel.models import Approval
from tests import factories
from tests.accounts.merged_customers import PERMIT, merge, propose
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.http import code

CASES = {
    "customer_merge": Case(
        by="teller",
        prepare=lambda _: factories.customer(factories.Person("张三", "H12345678", "hk_macau_permit")).id,
        propose=lambda account, maker, other_id: request_merge(
            principal=maker, customer_id=account.customer_id, other_id=other_id, evidence="两证件均已出示"
        ),
        ended=ENDED,
    ),
}


def test_merged_customers_are_not_merged_again(teller, supervisor, zhang, other):
    merge(teller, supervisor, zhang, other)
    for one, two in ((zhang, other), (other, zhang), (zhang, zhang)):
        assert code(propose(teller, one, two)) == (400, "INVALID_REQUEST")


def test_two_citizen_numbers_are_two_persons(teller, zhang, li):
    refused = propose(teller, zhang, li)
    assert code(refused) == (422, "TWO_CITIZEN_NUMBERS")
    assert refused.json()["clause"] is None


def test_two_customers_are_declared_different_by_the_same_proposal(teller, supervisor, zhang, li):
    proposed = propose(teller, zhang, li, decision="different").json()
    assert proposed["decision"] == "different"
    approval = Approval.objects.get(pk=proposed["approval_id"])
    assert approval.kind == "customer_difference"
    assert supervisor.approve(proposed["approval_id"]).status_code == 200
    assert teller.get(f"/customers/{li.id}").json()["id"] == str(li.id)


def test_pending_name_change_of_the_merged_customer_is_stale(teller, supervisor, zhang, other):
    asked = {"name": "张珊", "document": PERMIT.document, "evidence": "户口簿变更记载"}
    waiting = teller.post(f"/customers/{other.id}/names", asked)
    assert waiting.status_code == 201, waiting.json()
    merge(teller, supervisor, zhang, other)
    assert code(supervisor.approve(waiting.json()["approval_id"])) == (409, "APPROVAL_STALE")


def test_organizations_are_not_merged(teller, zhang):
    organization = factories.customer(factories.ORGANIZATION)
    assert code(propose(teller, zhang, organization)) == (422, "MERGE_NOT_OFFERED")
    assert code(propose(teller, organization, zhang)) == (422, "MERGE_NOT_OFFERED")


def test_merge_with_an_unknown_customer_is_refused(teller, zhang):
    nobody = Customer(id="01900000-0000-7000-8000-000000000000")
    assert code(propose(teller, zhang, nobody)) == (404, "NOT_FOUND")
    assert code(propose(teller, nobody, zhang)) == (404, "NOT_FOUND")


def test_changes_since_the_request_make_it_stale(teller, supervisor, zhang, other):
    proposed = propose(teller, zhang, other).json()
    factories.account(other, "II")
    assert code(supervisor.approve(proposed["approval_id"])) == (409, "APPROVAL_STALE")
    assert Customer.objects.get(pk=other.id).merged_into_id is None


def test_pending_document_link_of_the_surviving_customer_is_decided_first(teller, supervisor, zhang, other):
    """The merged customer lost the document and got it back, so the facts equal those shown to the checker."""
    passport = {"document": {"type": "passport", "number": "X1234567", "country": "GBR"}}

    def asked(path, body):
        proposed = teller.post(path, body)
        assert proposed.status_code == 201, proposed.json()
        return proposed.json()["approval_id"]

    lost = factories.document(other, "passport", "X1234567", "GBR")
    merging = propose(teller, zhang, other).json()["approval_id"]
    withdrawal = asked(f"/customers/{other.id}/documents/{lost.id}/withdrawals", {"reason": "登记有误"})
    assert supervisor.approve(withdrawal).status_code == 200
    waiting = asked(f"/customers/{zhang.id}/documents", passport)
    assert supervisor.approve(asked(f"/customers/{other.id}/documents", passport)).status_code == 200
    refused = supervisor.approve(merging)
    assert (code(refused), refused.json()["fields"]) == ((409, "APPROVAL_PENDING"), {"approval_id": waiting})


@pytest.mark.parametrize("renamed", ["zhang", "other"])
def test_a_name_that_looks_the_same_masked_has_changed(teller, supervisor, zhang, other, noon, renamed):
    proposed = propose(teller, zhang, other).json()
    noon.advance(minutes=1)
    named, document = {"zhang": (zhang, factories.ZHANG.document), "other": (other, PERMIT.document)}[renamed]
    asked = {"name": "张四", "document": document, "evidence": "户口簿变更记载"}
    change = teller.post(f"/customers/{named.id}/names", asked).json()
    assert supervisor.approve(change["approval_id"]).status_code == 200
    assert code(supervisor.approve(proposed["approval_id"])) == (409, "APPROVAL_STALE")


def test_checker_sees_the_resulting_excess(teller, zhang, other):
    for each in (zhang, other):
        factories.account(each, "I")
    proposed = propose(teller, zhang, other).json()
    after = Approval.objects.get(pk=proposed["approval_id"]).after
    assert after["open_accounts"] == {"bank_I": 2}
    assert len(after["excess_accounts"]) == 1


def test_proposals_made_stale_are_named_before_the_decision(teller, supervisor, zhang, li, other):
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


def test_pending_sameness_proposal_moves_to_the_surviving_customer(teller, supervisor, zhang, li, other):
    waits = propose(teller, other, li, decision="different").json()["id"]
    merge(teller, supervisor, zhang, other)
    assert [str(each) for each in pending_about(zhang.id)] == [waits]
