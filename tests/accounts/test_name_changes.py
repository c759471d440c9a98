"""Change of a customer's name: shown by a document on file, approved by a second person, former name kept."""

import pytest

from accounts.models import Customer, NameChange
from accounts.operations.customer_search import names_of
from accounts.operations.names import NewName, request_name_change
from config.kernel.models import Decision
from config.kernel.requests.documents import DocumentInput
from config.kernel.vault.sealed import name_key
from tests import factories
from tests.accounts.merged_customers import BORN, PASSPORT, register
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG

NEW = "张珊"


CASES = {
    "name_change": Case(
        by="teller",
        propose=lambda account, maker, _: request_name_change(
            principal=maker,
            customer_id=account.customer_id,
            entered=NewName("张珊", DocumentInput("resident_id", factories.ZHANG.number, None, None), "户口簿变更记载"),
        ),
        ended=ENDED,
    ),
}


def ask(teller, customer_id, *, name=NEW, document=ZHANG.document, **more):
    return teller.post(
        f"/customers/{customer_id}/names", {"name": name, "document": document, "evidence": "户口簿"} | more
    )


def renamed(teller, supervisor, customer_id, **more):
    asked = ask(teller, customer_id, **more)
    assert asked.status_code == 201, asked.json()
    return supervisor.post(f"/approvals/{asked.json()['approval_id']}/approve", {})


def test_name_change_takes_effect_on_approval_by_a_second_person(teller, supervisor, zhang):
    asked = ask(teller, zhang.id)
    body = asked.json()
    assert asked.status_code == 201
    assert (body["name"], body["old_name"], body["status"], body["in_force_at"]) == ("张*", "张*", "pending", None)
    zhang.refresh_from_db()
    assert zhang.name == "张三"
    approved = supervisor.post(f"/approvals/{body['approval_id']}/approve", {})
    assert (approved.status_code, approved.json()["kind"]) == (200, "name_change")
    zhang.refresh_from_db()
    assert (zhang.name, bytes(zhang.name_index)) == (NEW, name_key(NEW))
    change = NameChange.objects.get()
    assert (change.old_name, change.name, change.in_force_at) == ("张三", NEW, NOON)


def test_the_same_number_under_the_new_name_is_the_same_person(teller, supervisor, zhang):
    conflict = teller.post("/customers", {**ZHANG.body, "name": NEW})
    assert conflict.json()["code"] == "IDENTITY_CONFLICT"
    assert "更改姓名" in conflict.json()["detail"]
    renamed(teller, supervisor, zhang.id)
    assert teller.post("/customers", {**ZHANG.body, "name": NEW}).json()["code"] == "CUSTOMER_EXISTS"


def test_payees_are_compared_with_the_new_name_alone(teller, supervisor, zhang, li):
    payer, payee = factories.account(li, balance_fen=100_00), factories.account(zhang)
    renamed(teller, supervisor, zhang.id)
    order = {
        "payer": {"account_id": str(payer.id)},
        "payee": {"account_number": payee.account_number, "name": NEW},
        "amount": "1.00",
        "arrival": "real_time",
    }
    assert teller.post("/transfers", order).status_code == 201
    order["payee"]["name"] = "张三"
    assert teller.post("/transfers", order).json()["code"] == "PAYEE_NAME_MISMATCH"


def test_the_register_knows_the_former_name_too(teller, supervisor, zhang):
    renamed(teller, supervisor, zhang.id)
    assert names_of([ZHANG.identity_key]) == {ZHANG.identity_key: {NEW, "张三"}}


@pytest.mark.parametrize("name", ["张三", "张 三", "张\u3000三"])
def test_the_name_on_record_is_no_new_one(teller, zhang, name):
    answer = ask(teller, zhang.id, name=name)
    assert (answer.status_code, answer.json()["code"]) == (409, "NAME_UNCHANGED")


def test_a_document_that_is_not_on_file_shows_nothing(teller, zhang):
    answer = ask(teller, zhang.id, document=PASSPORT)
    assert (answer.status_code, answer.json()["code"]) == (404, "DOCUMENT_NOT_FOUND")
    assert "更改姓名" in answer.json()["detail"]
    assert Decision.objects.get(kind="name_change").outcome == "refused"


def test_expired_document_is_reported_at_its_field(teller, zhang):
    answer = ask(teller, zhang.id, document={**ZHANG.document, "valid_until": "2020-01-01"})
    assert answer.status_code == 400
    assert "document.valid_until" in answer.json()["fields"]


def test_one_name_change_is_pending_at_a_time_and_its_maker_does_not_decide(teller, client_for, zhang):
    first = ask(teller, zhang.id)
    second = ask(client_for("teller", "other"), zhang.id, name="张善")
    assert (second.status_code, second.json()["code"]) == (409, "APPROVAL_PENDING")
    assert second.json()["fields"]["approval_id"] == first.json()["approval_id"]


@pytest.mark.parametrize("how", ["reject", "withdraw"])
def test_turned_down_or_taken_back_the_name_stays(teller, supervisor, zhang, how):
    approval_id = ask(teller, zhang.id).json()["approval_id"]
    who = teller if how == "withdraw" else supervisor
    assert who.post(f"/approvals/{approval_id}/{how}", {"reason": "x"}).status_code == 200
    zhang.refresh_from_db()
    assert zhang.name == "张三"


def test_new_name_and_birth_date_are_found_afterwards(teller, supervisor, noon):
    by_id = register(teller, ZHANG.document)
    other = register(teller, PASSPORT, name=NEW, birth_date=BORN)
    assert other["possible_same"] == []
    renamed(teller, supervisor, by_id["id"])
    found = teller.get(f"/customers/{other['id']}").json()["possible_same"]
    assert found == [{"customer_id": by_id["id"], "reasons": ["name_birth_date"]}]


def test_back_again_is_a_change_of_its_own(teller, supervisor, zhang):
    for name in (NEW, "张三", NEW):
        assert renamed(teller, supervisor, zhang.id, name=name).status_code == 200
    zhang.refresh_from_db()
    assert zhang.name == NEW
    assert names_of([ZHANG.identity_key])[ZHANG.identity_key] == {NEW, "张三"}


def test_whole_names_are_shown_to_the_checker_only(teller, supervisor, zhang):
    from config.kernel.approvals import evidence_for
    from config.kernel.models import Approval

    body = ask(teller, zhang.id).json()
    approval = Approval.objects.get(pk=body["approval_id"])
    evidence = evidence_for(approval, factories.caller("supervisor"))
    assert evidence == {"old_name": "张三", "new_name": NEW, "evidence": "户口簿"}
    assert evidence_for(approval, factories.caller("teller")) == {}
    assert NEW not in str(approval.before) + str(approval.after)


class TestDatabaseGuards:
    def test_a_name_changes_with_a_change_in_force_alone(self, teller, zhang):
        ask(teller, zhang.id)
        with refused_by("customer_name_by_change"):
            Customer.objects.filter(pk=zhang.pk).update(name_index=name_key(NEW))
        with refused_by("customer_name_by_change"):
            Customer.objects.filter(pk=zhang.pk).update(name=b"x" * 40)

    def test_an_old_change_in_force_is_no_leave_for_another(self, teller, supervisor, zhang):
        for name in (NEW, "张三"):
            renamed(teller, supervisor, zhang.id, name=name)
        with refused_by("customer_name_by_change"):
            Customer.objects.filter(pk=zhang.pk).update(name_index=name_key(NEW))

    def test_names_of_a_change_cannot_change(self, teller, zhang):
        ask(teller, zhang.id)
        with refused_by("accounts_namechange_stands"):
            NameChange.objects.update(name_index=name_key("张善"))

    def test_name_change_in_force_has_an_instant(self, teller, zhang):
        ask(teller, zhang.id)
        with refused_by("name_change_in_force_since"):
            NameChange.objects.update(in_force_at=NOON)

    def test_name_change_in_force_has_a_second_person(self, teller, zhang):
        from django.db import connection

        ask(teller, zhang.id)
        with refused_by("accounts_namechange_second_person"):
            NameChange.objects.update(status="active", in_force_at=NOON)
            connection.check_constraints()

    def test_a_key_of_name_and_birth_date_moves_with_the_name(self, teller, noon):
        made = register(teller, ZHANG.document)
        with refused_by("accounts_customer_stands"):
            Customer.objects.filter(pk=made["id"]).update(match_key=None)
