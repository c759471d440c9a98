"""Withdrawal of a document or an external account by two persons; earlier decisions stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account, Document, ExternalAccount, Identity
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.queries.restriction_history import restriction_history_of
from config.kernel.database.ids import new_id
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import ZHANG, Person
from tests.listings import certify
from tests.roles import as_owner

PASSPORT = ("passport", "X1234567", "GBR")
ELSEWHERE = "6222000011112222"


def _own_elsewhere(account: Account) -> Any:
    row = factories.external_account(account.customer, "6217000000000014", status="active", in_force_at=NOON)
    factories.approved("external_account", row)
    return row.id


CASES = {
    "document_withdrawal": Case(
        by="teller",
        prepare=lambda account: factories.document(account.customer, "passport", "Y1234567", "GBR").id,
        propose=lambda account, maker, document_id: request_document_withdrawal(
            principal=maker, customer_id=account.customer_id, document_id=document_id, reason="登记有误"
        ),
        ended=ENDED,
    ),
    "external_account_withdrawal": Case(
        by="teller",
        prepare=_own_elsewhere,
        propose=lambda account, maker, row_id: request_external_account_withdrawal(
            principal=maker, customer_id=account.customer_id, external_account_id=row_id, reason="登记有误"
        ),
        ended=ENDED,
    ),
}


class Foreigner(Person):
    """A person with a passport."""

    @property
    def document(self) -> dict[str, str]:
        return {"type": self.type, "number": self.number, "country": "GBR"}


@pytest.fixture
def passport(zhang) -> Document:
    return factories.document(zhang, *PASSPORT)


@pytest.fixture
def elsewhere(zhang) -> ExternalAccount:
    row = factories.external_account(zhang, ELSEWHERE, status="active", in_force_at=NOON)
    factories.approved("external_account", row)
    return row


def ask(teller, customer, kind, row_id, **body):
    return teller.post(f"/customers/{customer.id}/{kind}/{row_id}/withdrawals", {"reason": "登记有误"} | body)


def withdrawn(teller, supervisor, customer, kind, row_id):
    asked = ask(teller, customer, kind, row_id)
    assert asked.status_code == 201, asked.json()
    return supervisor.post(f"/approvals/{asked.json()['approval_id']}/approve", {})


def restrictions(teller, customer):
    return teller.get(f"/customers/{customer.id}").json()["restrictions"]


class TestDocument:
    def test_withdrawn_document_is_not_the_customers_from_the_approval_on(
        self, teller, supervisor, zhang, passport, noon
    ):
        asked = ask(teller, zhang, "documents", passport.id)
        body = asked.json()
        assert (asked.status_code, body["status"], body["document_id"]) == (201, "pending", str(passport.id))
        assert Identity.objects.filter(customer=zhang).count() == 2
        approved = supervisor.post(f"/approvals/{body['approval_id']}/approve", {})
        assert (approved.status_code, approved.json()["kind"]) == (200, "document_withdrawal")
        passport.refresh_from_db()
        assert (passport.status, passport.identity_id, passport.ended_at) == ("ended", None, NOON)
        assert [each["type"] for each in teller.get(f"/customers/{zhang.id}").json()["documents"]] == ["resident_id"]

    def test_identity_of_a_withdrawn_document_is_free_for_its_owner(self, teller, supervisor, zhang, li, passport):
        document = {"type": "passport", "number": "X1234567", "country": "GBR"}
        withdrawn(teller, supervisor, zhang, "documents", passport.id)
        linked = teller.post(f"/customers/{li.id}/documents", {"document": document})
        assert linked.status_code == 201
        assert supervisor.post(f"/approvals/{linked.json()['approval_id']}/approve", {}).status_code == 200
        found = teller.post("/customers/lookup", {"document": document})
        assert found.json()["id"] == str(li.id)

    def test_restriction_by_the_document_ends_with_the_withdrawal(self, teller, supervisor, zhang, passport, noon):
        certify(Foreigner("张三", "X1234567", "passport"))
        assert restrictions(teller, zhang)
        noon.advance(hours=1)
        withdrawn(teller, supervisor, zhang, "documents", passport.id)
        assert restrictions(teller, zhang) == []
        course = restriction_history_of(zhang.id)
        assert course.restrictions(NOON + timedelta(minutes=59))
        assert course.restrictions(NOON + timedelta(hours=1)) == []

    def test_an_identity_that_another_document_shows_stays(self, teller, supervisor, zhang):
        temporary = factories.document(zhang, "temporary_id", ZHANG.number)
        certify(ZHANG)
        withdrawn(teller, supervisor, zhang, "documents", temporary.id)
        assert Identity.objects.filter(customer=zhang).count() == 1
        assert restrictions(teller, zhang)

    def test_the_first_one_too_and_the_next_is_shown_first(self, teller, supervisor, zhang, passport):
        first = Document.objects.get(customer=zhang, is_primary=True)
        assert withdrawn(teller, supervisor, zhang, "documents", first.id).status_code == 200
        assert [each["type"] for each in teller.get(f"/customers/{zhang.id}").json()["documents"]] == ["passport"]
        assert teller.post("/customers", ZHANG.body).status_code == 201, "the identity is nobody's now"

    def test_last_document_is_not_withdrawn(self, teller, supervisor, zhang, passport):
        first = Document.objects.get(customer=zhang, is_primary=True)
        both = [ask(teller, zhang, "documents", each.id).json()["approval_id"] for each in (first, passport)]
        assert supervisor.post(f"/approvals/{both[0]}/approve", {}).status_code == 200
        refused = supervisor.post(f"/approvals/{both[1]}/approve", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "LAST_DOCUMENT")
        again = ask(teller, zhang, "documents", passport.id)
        assert again.json()["code"] == "APPROVAL_PENDING" or again.json()["code"] == "LAST_DOCUMENT"

    @pytest.mark.parametrize("owner", ["li", "nobody"])
    def test_another_customers_or_an_unknown_document_is_not_withdrawn(self, teller, zhang, li, passport, owner):
        document_id = Document.objects.get(customer=li).id if owner == "li" else new_id()
        assert ask(teller, zhang, "documents", document_id).status_code == 404

    @pytest.mark.parametrize("how", ["reject", "withdraw"])
    def test_turned_down_or_taken_back_it_stays(self, teller, supervisor, zhang, passport, how):
        approval_id = ask(teller, zhang, "documents", passport.id).json()["approval_id"]
        who = teller if how == "withdraw" else supervisor
        assert who.post(f"/approvals/{approval_id}/{how}", {"reason": "x"}).status_code == 200
        passport.refresh_from_db()
        assert passport.status == "active"


class TestExternalAccount:
    def test_withdrawn_account_is_not_own_from_the_approval_on(self, teller, supervisor, zhang, li, elsewhere):
        taken = {"account_number": ELSEWHERE, "bank_code": "ICBC", "name": "李四", "evidence": "存折"}
        refused = teller.post(f"/customers/{li.id}/external-accounts", taken)
        assert (refused.json()["code"], "撤销" in refused.json()["detail"]) == ("EXTERNAL_ACCOUNT_TAKEN", True)
        approved = withdrawn(teller, supervisor, zhang, "external-accounts", elsewhere.id)
        assert (approved.status_code, approved.json()["kind"]) == (200, "external_account_withdrawal")
        elsewhere.refresh_from_db()
        assert (elsewhere.status, elsewhere.in_force_at, elsewhere.ended_at) == ("ended", NOON, NOON)
        assert teller.post(f"/customers/{li.id}/external-accounts", taken).status_code == 201

    def test_a_machine_pays_there_at_once_before_and_waits_after(self, client_for, teller, supervisor, zhang, noon):
        from transfers.queries.invariants import regime_contradictions

        row = factories.external_account(zhang, ELSEWHERE, status="active", in_force_at=NOON - timedelta(days=1))
        factories.approved("external_account", row, at=NOON - timedelta(days=1))
        card = factories.card(factories.account(zhang, "I", balance_fen=100_00))
        order = {
            "payer": {"card_number": card.number},
            "payee": {"account_number": ELSEWHERE, "bank_code": "ICBC", "name": "张三"},
            "amount": "1.00",
        }
        atm = client_for("atm")
        assert atm.post("/transfers", order).json()["same_holder"] is True
        noon.advance(hours=1)
        withdrawn(teller, supervisor, zhang, "external-accounts", row.id)
        assert atm.post("/transfers", order).json()["status"] == "held"
        # What was accepted before stays right.
        assert list(regime_contradictions()) == []

    def test_another_customers_account_is_not_withdrawn(self, teller, li, elsewhere):
        assert ask(teller, li, "external-accounts", elsewhere.id).status_code == 404


class TestDatabaseGuards:
    def test_a_document_ends_by_its_withdrawal_alone(self, zhang, passport):
        for change in (
            {"status": "ended", "ended_at": NOON, "identity": None},
            {"status": "rejected", "identity": None},
        ):
            with refused_by("document_ends_by_withdrawal"):
                Document.objects.filter(pk=passport.pk).update(**change)

    def test_external_account_ends_by_withdrawal_only(self, elsewhere):
        for change in ({"status": "ended", "ended_at": NOON}, {"in_force_at": NOON - timedelta(days=1)}):
            with refused_by("external_account_ends_by_withdrawal"):
                ExternalAccount.objects.filter(pk=elsewhere.pk).update(**change)

    def test_withdrawn_row_has_the_instant_of_its_end(self, teller, zhang, passport, elsewhere):
        from accounts.models import DocumentWithdrawal, ExternalAccountWithdrawal

        with refused_by("document_ended_since"):
            Document.objects.filter(pk=passport.pk).update(ended_at=NOON)
        ask(teller, zhang, "documents", passport.id)
        with refused_by("document_withdrawal_in_force_since"):
            DocumentWithdrawal.objects.update(in_force_at=NOON)
        ask(teller, zhang, "external-accounts", elsewhere.id)
        with refused_by("external_account_withdrawal_in_force_since"):
            ExternalAccountWithdrawal.objects.update(in_force_at=NOON)

    @pytest.mark.parametrize("kind", ["documents", "external-accounts"])
    def test_a_withdrawal_is_in_force_by_a_second_person(self, teller, zhang, passport, elsewhere, kind):
        from accounts.models import DocumentWithdrawal, ExternalAccountWithdrawal

        row_id, model = (
            (passport.id, DocumentWithdrawal) if kind == "documents" else (elsewhere.id, ExternalAccountWithdrawal)
        )
        ask(teller, zhang, kind, row_id)
        with refused_by(f"{model._meta.db_table}_second_person"):
            model.objects.update(status="active", in_force_at=NOON)
            connection.check_constraints()

    def test_the_last_document_stays_and_no_identity_goes_by_hand(
        self, teller, supervisor, zhang, passport, monkeypatch
    ):
        with as_owner(), refused_by("accounts_identity_append_only"):
            Identity.objects.filter(customer=zhang)._raw_delete("default")
        first = Document.objects.get(customer=zhang, is_primary=True)
        both = [ask(teller, zhang, "documents", each.id).json()["approval_id"] for each in (first, passport)]
        monkeypatch.setattr("accounts.operations.withdrawals.check_withdraw_document", lambda *_: None)
        assert supervisor.post(f"/approvals/{both[0]}/approve", {}).status_code == 200
        assert supervisor.post(f"/approvals/{both[1]}/approve", {}).json()["code"] == "CONFLICT"
