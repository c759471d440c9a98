"""Two counters register one person at the same time: one customer results."""

import pytest

from accounts.models import Customer, ExternalAccount, Identity, IdentityConflict
from tests import factories
from tests.factories import ZHANG, Person
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

SPELLINGS = [
    {"name": "欧阳·娜", "document": ZHANG.document},
    {"name": "欧阳•娜", "document": {"type": "resident_id", "number": "11010519491231002x"}},
    {"name": "欧阳・娜", "document": {"type": "temporary_id", "number": "１１０１０５１９４９１２３１００２Ｘ"}},
    {"name": " 欧 阳·娜", "document": {"type": "household_register", "number": ZHANG.number}},
]
PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}


def codes(answers):
    return sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)


def test_one_person_at_four_counters_in_four_spellings_is_one_customer(client_for, noon):
    tellers = [client_for("teller", name) for name in "abcd"]
    answers = at_once(
        *[
            lambda teller=teller, spelling=spelling: teller.post("/customers", {"kind": "individual"} | spelling)
            for teller, spelling in zip(tellers, SPELLINGS, strict=True)
        ]
    )
    assert codes(answers) == [(201, "")] + [(409, "CUSTOMER_EXISTS")] * 3
    assert Customer.objects.count() == Identity.objects.count() == 1
    winner = str(Customer.objects.get().id)
    named = {answer.json()["fields"]["customer_id"] for answer in answers if answer.status_code == 409}
    assert named == {winner}


def test_one_number_under_two_names_at_the_same_instant_is_one_customer_and_one_conflict(client_for, noon):
    one, two = client_for("teller", "a"), client_for("teller", "b")
    answers = at_once(
        lambda: one.post("/customers", ZHANG.body),
        lambda: two.post("/customers", ZHANG.body | {"name": "李四"}),
    )
    assert codes(answers) == [(201, ""), (409, "IDENTITY_CONFLICT")]
    assert (Customer.objects.count(), IdentityConflict.objects.count()) == (1, 1)


def test_a_link_that_is_approved_while_its_person_is_registered_leaves_one_holder(
    client_for, teller, supervisor, zhang
):
    waiting = teller.post(f"/customers/{zhang.id}/documents", {"document": PASSPORT}).json()["approval_id"]
    other = client_for("teller", "b")
    body = {"kind": "individual", "name": "张三", "document": PASSPORT}
    approved, registered = at_once(lambda: supervisor.approve(waiting), lambda: other.post("/customers", body))
    outcome = (approved.status_code, registered.status_code)
    assert outcome in {(200, 409), (409, 201)}, (approved.content, registered.content)
    assert Identity.objects.filter(key=factories.key_of("passport", "X1234567", "GBR")).count() == 1


def test_two_links_of_one_document_approved_at_the_same_instant_leave_one_holder(client_for, teller, zhang, li):
    waiting = [
        teller.post(f"/customers/{each.id}/documents", {"document": PASSPORT}).json()["approval_id"]
        for each in (zhang, li)
    ]
    one, two = client_for("supervisor", "a"), client_for("supervisor", "b")
    answers = at_once(lambda: one.approve(waiting[0]), lambda: two.approve(waiting[1]))
    assert codes(answers) == [(200, ""), (409, "APPROVAL_STALE")]


def test_the_same_document_asked_at_two_counters_waits_once(client_for, zhang):
    tellers = [client_for("teller", name) for name in "ab"]
    path = f"/customers/{zhang.id}/documents"
    answers = at_once(*[lambda teller=teller: teller.post(path, {"document": PASSPORT}) for teller in tellers])
    assert codes(answers) == [(201, ""), (409, "APPROVAL_PENDING")]


def test_one_account_elsewhere_approved_for_two_namesakes_has_one_holder(client_for, teller, zhang):
    namesake = factories.customer(Person("张三", factories.citizen_number()))
    body = {"account_number": "6217000000000006", "bank_code": "ICBC", "name": "张三", "evidence": "见卡"}
    waiting = [
        teller.post(f"/customers/{each.id}/external-accounts", body).json()["approval_id"] for each in (zhang, namesake)
    ]
    one, two = client_for("supervisor", "a"), client_for("supervisor", "b")
    answers = at_once(lambda: one.approve(waiting[0]), lambda: two.approve(waiting[1]))
    assert codes(answers) == [(200, ""), (409, "APPROVAL_STALE")]
    assert ExternalAccount.objects.filter(status="active").count() == 1
