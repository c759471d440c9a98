"""A further document of a customer, linked by two persons; limits and listings then count over all documents."""

import pytest

from accounts.models import Customer, Document, Identity
from accounts.operations.documents import request_document_link
from config.kernel.models import Approval, Decision
from config.kernel.requests.documents import DocumentInput
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.factories import LI, ORGANIZATION, ZHANG, Person
from tests.http import code
from tests.listings import certify

PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}
PR_ID = {"type": "foreign_pr_id", "number": "ABC123456789012"}
ALL_THREE = {"NON_COUNTER_SUSPENDED", "PAYMENT_BUSINESS_SUSPENDED", "OPENING_BARRED"}


CASES = {
    "document_link": Case(
        by="teller",
        propose=lambda account, maker, _: request_document_link(
            principal=maker, customer_id=account.customer_id, entered=DocumentInput("passport", "X1234567", "GBR", None)
        ),
        ended=ENDED,
    ),
}


def ask(teller, customer, document=PASSPORT, **more):
    return teller.post(f"/customers/{customer.id}/documents", {"document": document}, **more)


def linked(teller, supervisor, customer, document=PASSPORT):
    answer = ask(teller, customer, document)
    assert answer.status_code == 201, answer.content.decode()
    decided = supervisor.approve(answer.json()["approval_id"])
    assert decided.status_code == 200, decided.content.decode()
    return answer.json()


def codes(teller, customer):
    return {each["code"] for each in teller.get(f"/customers/{customer.id}").json()["restrictions"]}


def test_a_document_waits_for_a_second_person(teller, zhang):
    body = ask(teller, zhang).json()
    assert body == {
        "customer_id": str(zhang.id),
        "id": body["id"],
        "type": "passport",
        "number": "X1****67",
        "country": "GBR",
        "valid_until": None,
        "status": "pending",
        "approval_id": body["approval_id"],
    }
    shown = teller.get(f"/customers/{zhang.id}").json()["documents"]
    assert [(each["status"], each["approval_id"]) for each in shown] == [
        ("active", None),
        ("pending", body["approval_id"]),
    ]
    assert Identity.objects.count() == 1
    assert teller.post("/customers/lookup", {"document": PASSPORT}).status_code == 404


def test_checker_sees_masked_proposal(teller, supervisor, zhang):
    approval = supervisor.get(f"/approvals/{ask(teller, zhang).json()['approval_id']}").json()
    assert approval["kind"] == "document_link"
    assert approval["before"] == {
        "status": "pending",
        "customer_id": str(zhang.id),
        "name": "张*",
        "identity_of": None,
    }
    assert approval["after"] == {
        "status": "active",
        "type": "passport",
        "number": "X1****67",
        "country": "GBR",
        "valid_until": None,
    }


def test_approved_it_is_the_same_person(teller, supervisor, zhang):
    linked(teller, supervisor, zhang)
    assert teller.post("/customers/lookup", {"document": PASSPORT}).json()["id"] == str(zhang.id)
    body = {"kind": "individual", "name": "张三", "document": PASSPORT}
    assert code(teller.post("/customers", body)) == (409, "CUSTOMER_EXISTS")
    assert Customer.objects.count() == 1
    allowed = Decision.objects.get(kind="document_link")
    assert (allowed.outcome, allowed.customer_id, allowed.principal_id) == (
        "allowed",
        zhang.id,
        supervisor.principal.id,
    )


def test_listings_of_any_document_count_from_the_link_on(teller, supervisor, zhang):
    certify(Person("张三", "X1234567", "military_id"))
    military = {"type": "military_id", "number": "X1234567"}
    assert codes(teller, zhang) == set()
    linked(teller, supervisor, zhang, military)
    assert codes(teller, zhang) == ALL_THREE
    account = {"customer_id": str(zhang.id), "kind": "bank", "account_class": "I"}
    assert code(teller.post("/accounts", account)) == (422, "OPENING_BARRED")


def test_a_certificate_that_comes_later_hits_every_linked_document(teller, supervisor, zhang):
    linked(teller, supervisor, zhang, PR_ID)
    certify(Person("张三", PR_ID["number"], "foreign_pr_id"))
    assert codes(teller, zhang) == ALL_THREE
    screened = teller.post("/blacklist/screenings", {"document": ZHANG.document}).json()
    assert {each["code"] for each in screened["restrictions"]} == ALL_THREE


def test_limits_count_over_all_documents(teller, supervisor, zhang):
    linked(teller, supervisor, zhang)
    factories.account(zhang, "I")
    found = teller.post("/customers/lookup", {"document": PASSPORT}).json()
    account = {"customer_id": found["id"], "kind": "bank", "account_class": "I"}
    assert code(teller.post("/accounts", account)) == (422, "CLASS_I_EXISTS")


def test_a_document_with_the_same_citizen_number_is_the_same_identity(teller, supervisor, zhang):
    linked(teller, supervisor, zhang, {"type": "household_register", "number": ZHANG.number})
    assert (Identity.objects.count(), Document.objects.filter(status="active").count()) == (1, 2)


def test_document_of_another_customer_is_refused_with_the_customers_id(teller, zhang, li):
    answer = ask(teller, zhang, LI.document)
    assert code(answer) == (409, "CUSTOMER_EXISTS")
    assert answer.json()["fields"]["customer_id"] == str(li.id)


def test_a_document_on_file_needs_no_second_time(teller, supervisor, zhang):
    assert code(ask(teller, zhang, ZHANG.document)) == (409, "DOCUMENT_EXISTS")
    linked(teller, supervisor, zhang)
    assert code(ask(teller, zhang)) == (409, "DOCUMENT_EXISTS")


def test_several_documents_may_wait_and_be_approved_in_any_order(teller, supervisor, zhang):
    one, two = ask(teller, zhang).json(), ask(teller, zhang, PR_ID).json()
    assert supervisor.approve(two["approval_id"]).status_code == 200
    assert supervisor.approve(one["approval_id"]).status_code == 200
    assert Identity.objects.filter(customer=zhang).count() == 3


def test_rejected_it_is_gone_and_may_be_shown_again(teller, supervisor, zhang):
    first = ask(teller, zhang).json()
    assert supervisor.reject(first["approval_id"]).status_code == 200
    assert len(teller.get(f"/customers/{zhang.id}").json()["documents"]) == 1
    linked(teller, supervisor, zhang)
    assert Document.objects.filter(customer=zhang, status="rejected").count() == 1
    assert Decision.objects.get(rule="reject").customer_id == zhang.id


@pytest.mark.parametrize(("seconds", "waits"), [(-1, True), (0, False), (1, False)], ids=["below", "at", "above"])
def test_a_proposal_waits_seven_days(teller, supervisor, zhang, noon, seconds, waits):
    first = ask(teller, zhang).json()
    noon.advance(days=7, seconds=seconds)
    shown = teller.get(f"/customers/{zhang.id}").json()["documents"]
    assert len(shown) == (2 if waits else 1)
    assert ask(teller, zhang).status_code == (409 if waits else 201)
    assert supervisor.approve(first["approval_id"]).status_code == (200 if waits else 409)


def test_document_linked_to_another_customer_meanwhile_makes_the_proposal_stale(teller, supervisor, zhang):
    waiting = ask(teller, zhang).json()
    other = teller.post("/customers", {"kind": "individual", "name": "SMITH", "document": PASSPORT})
    assert other.status_code == 201
    assert code(supervisor.approve(waiting["approval_id"])) == (409, "APPROVAL_STALE")
    assert Identity.objects.filter(customer=zhang).count() == 1
    assert supervisor.reject(waiting["approval_id"]).status_code == 200


def test_two_customers_wait_for_one_document_and_the_second_is_stale(teller, supervisor, zhang, li):
    first, second = ask(teller, zhang).json(), ask(teller, li).json()
    assert supervisor.approve(first["approval_id"]).status_code == 200
    assert code(supervisor.approve(second["approval_id"])) == (409, "APPROVAL_STALE")


@pytest.mark.parametrize(
    ("who", "document"),
    [("zhang", ORGANIZATION.document), ("organization", PASSPORT)],
    ids=["individual-with-an-organizations", "organization-with-an-individuals"],
)
def test_a_document_is_of_the_customers_kind(teller, request, who, document):
    answer = ask(teller, request.getfixturevalue(who), document)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["document.type"])


def test_approval_excludes_decisions_about_either_document(teller, zhang):
    ask(teller, zhang)
    keys = {bytes(key) for key in Approval.objects.get().subject_keys}
    assert keys == {ZHANG.identity_key, factories.key_of("passport", "X1234567", "GBR")}


def test_nothing_of_it_holds_personal_data(teller, supervisor, zhang):
    linked(teller, supervisor, zhang)
    for row in Decision.objects.all():
        assert "X1234567" not in str(row.facts)
    for row in Approval.objects.all():
        assert "X1234567" not in f"{row.before}{row.after}"
