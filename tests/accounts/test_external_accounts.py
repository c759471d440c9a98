"""An own account at another bank (他行账户), with the customer present, approved by a second person."""

import pytest

from accounts.models import ExternalAccount
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from config.kernel.models import Approval, Decision
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.factories import Person
from tests.http import code

NUMBER, BANK = "6217000000000006", "ICBC"


CASES = {
    "external_account": Case(
        by="teller",
        propose=lambda account, maker, _: request_external_account(
            principal=maker,
            customer_id=account.customer_id,
            entered=ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "出示他行存折原件"),
        ),
        ended=ENDED,
    ),
}


def ask(teller, customer, **changes):
    body = {"account_number": NUMBER, "bank_code": BANK, "name": "张三", "evidence": "已见卡与开户证明"} | changes
    return teller.post(f"/customers/{customer.id}/external-accounts", body)


def test_an_account_elsewhere_waits_for_a_second_person(teller, zhang):
    body = ask(teller, zhang).json()
    assert body == {
        "id": body["id"],
        "customer_id": str(zhang.id),
        "account_number": NUMBER,
        "bank_code": BANK,
        "name": "张*",
        "status": "pending",
        "asked_at": "2026-01-05T12:00:00.000000+08:00",
        "in_force_at": None,
        "approval_id": body["approval_id"],
    }


def test_approved_external_account_is_own_from_that_instant(teller, supervisor, zhang, noon):
    waiting = ask(teller, zhang).json()
    at = noon.advance(hours=1)
    approval = supervisor.approve(waiting["approval_id"]).json()
    row = ExternalAccount.objects.get()
    assert (row.status, row.in_force_at, row.evidence) == ("active", at, "已见卡与开户证明")
    assert approval["before"] == {
        "status": "pending",
        "customer_id": str(zhang.id),
        "name": "张*",
        "registered_by": None,
    }
    assert approval["after"] == {"status": "active", "account_number": "6217********0006", "bank_code": BANK}


@pytest.mark.parametrize("name", ["李四", "张三丰", "张"])
def test_account_in_another_name_is_not_own(teller, zhang, name):
    assert code(ask(teller, zhang, name=name)) == (422, "NOT_THE_HOLDER")
    refused = Decision.objects.get(outcome="refused")
    assert (refused.kind, refused.customer_id) == ("external_account", zhang.id)
    assert ExternalAccount.objects.count() == 0


@pytest.mark.parametrize(("kept", "typed"), [("欧阳·娜", "欧阳•娜"), ("John Smith", "ＪＯＨＮ　ＳＭＩＴＨ")])
def test_a_name_is_compared_in_its_normal_form(teller, noon, kept, typed):
    customer = factories.customer(Person(kept, factories.ZHANG.number))
    assert ask(teller, customer, name=typed).status_code == 201


def test_namesakes_account_is_recognized_by_the_checker_only(teller, supervisor, zhang):
    """A typed name proves nothing: the second person confirms that the account is the customer's own."""
    namesake = factories.customer(Person("张三", factories.citizen_number()))
    first, second = ask(teller, zhang).json(), ask(teller, namesake).json()
    assert supervisor.approve(first["approval_id"]).status_code == 200
    assert code(supervisor.approve(second["approval_id"])) == (409, "APPROVAL_STALE")


@pytest.mark.parametrize("changes", [{}, {"bank_code": "icbc"}], ids=["the-same", "lower-case"])
def test_another_customers_account_is_refused(teller, supervisor, zhang, changes):
    supervisor.approve(ask(teller, zhang).json()["approval_id"])
    namesake = factories.customer(Person("张三", factories.citizen_number()))
    assert code(ask(teller, namesake, **changes)) == (409, "EXTERNAL_ACCOUNT_TAKEN")


def test_the_same_number_at_another_bank_is_another_account(teller, supervisor, zhang):
    for bank in (BANK, "CCB"):
        waiting = ask(teller, zhang, bank_code=bank).json()
        assert supervisor.approve(waiting["approval_id"]).status_code == 200


def test_an_account_is_registered_once(teller, supervisor, zhang):
    waiting = ask(teller, zhang).json()
    again = ask(teller, zhang)
    assert code(again) == (409, "APPROVAL_PENDING")
    assert again.json()["fields"]["approval_id"] == waiting["approval_id"]
    supervisor.approve(waiting["approval_id"])
    answer = ask(teller, zhang)
    assert code(answer) == (409, "EXTERNAL_ACCOUNT_EXISTS")
    assert answer.json()["fields"]["external_account_id"] == waiting["id"]


def test_organization_has_own_accounts_at_other_banks(teller, supervisor, organization):
    waiting = ask(teller, organization, name="示范有限公司")
    assert supervisor.approve(waiting.json()["approval_id"]).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"account_number": "1"},
        {"account_number": "A" * 34},
        {"bank_code": "AB"},
        {"bank_code": "1" * 14},
        {"bank_code": "DEMOBANK1"},
        {"evidence": "x" * 1000},
    ],
    ids=str,
)
def test_the_ends_of_each_form_are_taken(teller, zhang, settings, changes):
    settings.BANK_CODE = "DEMOBANK"
    assert ask(teller, zhang, **changes).status_code == 201


def test_the_checker_sees_no_evidence_in_the_clear_in_the_table(teller, zhang, supervisor):
    waiting = ask(teller, zhang, evidence="身份证 11010519491231002X").json()
    assert "11010519491231002X" not in supervisor.get(f"/approvals/{waiting['approval_id']}").content.decode()


def test_no_proposal_keeps_the_number_in_the_clear(teller, zhang):
    ask(teller, zhang)
    kept = Approval.objects.get()
    assert NUMBER not in f"{kept.before}{kept.after}"
    assert ExternalAccount.objects.get().number == NUMBER


def test_external_account_number_is_stored_in_its_compared_form(teller, zhang):
    assert ask(teller, zhang, account_number="ab12", bank_code="icbc").json()["account_number"] == "AB12"
    assert code(ask(teller, zhang, account_number="AB12", bank_code="ICBC")) == (409, "APPROVAL_PENDING")
    row = ExternalAccount.objects.get()
    assert (row.number, row.bank_code) == ("AB12", "ICBC")
