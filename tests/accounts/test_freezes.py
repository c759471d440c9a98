"""Freezes over the API: effective at once, several at a time, lifted by a second person."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, Freeze, FreezeLift
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from config.kernel.database.clock import bank_now
from config.kernel.models import Decision
from tests import factories, listings
from tests.approvals.case import Case
from tests.http import code

ORDER = {"authority": "广州市公安局", "order_no": "穗公冻〔2026〕1号"}
LIFT = {"order_no": "穗公解〔2026〕1号", "reason": "案件撤销"}


def _frozen(account: Account) -> Any:
    officer = factories.caller("compliance", "who-froze")
    until = bank_now() + timedelta(days=30)
    return place_freeze(principal=officer, account_id=account.id, authority="法院", order_no="冻1", until=until).id


CASES = {
    "freeze_lift": Case(
        by="compliance",
        prepare=_frozen,
        propose=lambda _, maker, freeze_id: ask_freeze_lift(
            principal=maker, freeze_id=freeze_id, order_no="解1", reason="原案已撤销"
        ),
        owner=(True, True),
    ),
}


@pytest.fixture
def checker(client_for):
    return client_for("compliance", "checker")


def freeze(compliance, account, **more):
    return compliance.post(f"/accounts/{account.id}/freezes", ORDER | more)


def lift(compliance, freeze_id):
    return compliance.post(f"/freezes/{freeze_id}/lift", LIFT)


def withdraw(teller, account, amount="1"):
    return teller.post("/cash/withdrawals", {"account": {"account_id": str(account.id)}, "amount": amount})


def test_a_freeze_is_in_force_at_once_and_stops_every_debit(teller, compliance, zhang):
    account = factories.account(zhang, balance_fen=1000)
    response = freeze(compliance, account)
    assert response.status_code == 201
    assert response.json() == {
        "id": response.json()["id"],
        "account_id": str(account.id),
        **ORDER,
        "starts_at": "2026-01-05T12:00:00.000000+08:00",
        "until": None,
        "lifted_at": None,
        "status": "in_force",
    }
    assert code(withdraw(teller, account)) == (422, "ACCOUNT_FROZEN")
    deposit = {"account": {"account_id": str(account.id)}, "amount": "1"}
    assert teller.post("/cash/deposits", deposit).status_code == 201
    assert teller.get(f"/accounts/{account.id}").json()["restrictions"] == [
        {
            "kind": "freeze",
            "code": "ACCOUNT_FROZEN",
            "clause": None,
            "starts_at": "2026-01-05T12:00:00.000000+08:00",
            "until": None,
            "last_day": None,
            "authority": ORDER["authority"],
            "doc_no": ORDER["order_no"],
        }
    ]


def test_a_freeze_ends_by_itself_at_its_instant(teller, compliance, zhang, noon):
    account = factories.account(zhang, balance_fen=1000)
    until = noon.at + timedelta(hours=1)
    assert freeze(compliance, account, until=until.isoformat()).json()["until"] == "2026-01-05T13:00:00.000000+08:00"
    noon.set(until - timedelta(microseconds=1))
    assert code(withdraw(teller, account)) == (422, "ACCOUNT_FROZEN")
    noon.set(until)
    assert withdraw(teller, account).status_code == 201
    assert teller.get(f"/accounts/{account.id}").json()["restrictions"] == []


@pytest.mark.parametrize("until", ["2026-01-05T12:00:00+08:00", "2026-01-05T03:59:59Z", "2027-01-01", "soon", 1])
def test_a_freeze_ends_after_now(compliance, zhang, until):
    response = freeze(compliance, factories.account(zhang), until=until)
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == ["until"]


def test_a_lift_takes_a_second_person(teller, compliance, checker, zhang, noon):
    account = factories.account(zhang, balance_fen=1000)
    frozen = freeze(compliance, account).json()
    asked = lift(compliance, frozen["id"])
    assert asked.status_code == 200
    assert asked.json() == frozen | {"approval_id": asked.json()["approval_id"]}
    assert code(withdraw(teller, account)) == (422, "ACCOUNT_FROZEN")
    assert code(compliance.approve(asked.json()["approval_id"])) == (403, "SAME_PERSON")
    noon.advance(minutes=5)
    approved = checker.approve(asked.json()["approval_id"])
    assert approved.status_code == 200
    assert approved.json()["object"] == {"type": "freeze", "id": frozen["id"]}
    assert withdraw(teller, account).status_code == 201
    assert Freeze.objects.get().lifted_at == noon.at
    kept = FreezeLift.objects.get()
    assert (kept.order_no, kept.reason) == (LIFT["order_no"], LIFT["reason"])


def test_each_of_several_freezes_is_lifted_alone(teller, compliance, checker, zhang):
    account = factories.account(zhang, balance_fen=1000)
    first, second = freeze(compliance, account).json(), freeze(compliance, account, order_no="穗公冻〔2026〕2号").json()
    asked = [lift(compliance, each["id"]).json()["approval_id"] for each in (first, second)]
    checker.approve(asked[0])
    assert code(withdraw(teller, account)) == (422, "ACCOUNT_FROZEN")
    assert len(teller.get(f"/accounts/{account.id}").json()["restrictions"]) == 1
    checker.approve(asked[1])
    assert withdraw(teller, account).status_code == 201


def test_a_second_request_to_lift_waits_for_the_first(compliance, checker, zhang):
    frozen = freeze(compliance, factories.account(zhang)).json()
    asked = lift(compliance, frozen["id"]).json()
    assert code(lift(checker, frozen["id"])) == (409, "APPROVAL_PENDING")
    assert FreezeLift.objects.count() == 1
    assert checker.reject(asked["approval_id"]).status_code == 200
    assert Freeze.objects.get().lifted_at is None
    assert lift(compliance, frozen["id"]).status_code == 200


def test_lifted_or_expired_freeze_is_not_lifted_again(compliance, checker, zhang, noon):
    account = factories.account(zhang)
    lifted = freeze(compliance, account).json()
    checker.approve(lift(compliance, lifted["id"]).json()["approval_id"])
    response = lift(compliance, lifted["id"])
    assert code(response) == (409, "FREEZE_STATE")
    assert response.json()["fields"] == {"freeze_status": "lifted"}
    expired = freeze(compliance, account, until=(noon.at + timedelta(hours=1)).isoformat()).json()
    noon.advance(hours=1)
    assert lift(compliance, expired["id"]).json()["fields"] == {"freeze_status": "expired"}


def test_a_freeze_that_expired_before_the_approval_is_stale(compliance, checker, zhang, noon):
    frozen = freeze(compliance, factories.account(zhang), until=(noon.at + timedelta(hours=1)).isoformat()).json()
    asked = lift(compliance, frozen["id"]).json()
    noon.advance(hours=1)
    assert code(checker.approve(asked["approval_id"])) == (409, "APPROVAL_STALE")


def test_a_case_account_can_be_frozen_and_a_closed_one_cannot(teller, compliance, zhang):
    case, closed = factories.account(zhang), factories.account(zhang)
    listings.certify_account(case.account_number)
    teller.post(f"/accounts/{closed.id}/close")
    assert freeze(compliance, case).status_code == 201
    assert code(freeze(compliance, closed)) == (422, "ACCOUNT_CLOSED")


def test_a_lift_leaves_the_penalty(teller, compliance, checker, zhang):
    account = factories.account(zhang)
    listings.certify(factories.ZHANG)
    asked = lift(compliance, freeze(compliance, account).json()["id"]).json()
    checker.approve(asked["approval_id"])
    codes = [each["code"] for each in teller.get(f"/accounts/{account.id}").json()["restrictions"]]
    assert codes == ["NON_COUNTER_SUSPENDED"]


def test_unknown_accounts_and_freezes_are_not_found(compliance, zhang):
    zhang.id = "nothing"
    assert freeze(compliance, zhang).status_code == 404
    for freeze_id in ("nothing", "0198c0de-0000-7000-8000-000000000000"):
        assert lift(compliance, freeze_id).status_code == 404


@pytest.mark.parametrize("field", ["authority", "order_no"])
@pytest.mark.parametrize("value", ["", "   ", "x" * 121, "a\u200bb", None, 1])
def test_a_freeze_names_its_authority_and_its_order(compliance, zhang, field, value):
    response = freeze(compliance, factories.account(zhang), **{field: value})
    assert code(response) == (400, "INVALID_REQUEST")
    assert list(response.json()["fields"]) == [field]


def test_lift_is_in_the_customers_record(compliance, checker, zhang):
    frozen = freeze(compliance, factories.account(zhang)).json()
    checker.approve(lift(compliance, frozen["id"]).json()["approval_id"])
    kept = Decision.objects.filter(customer_id=zhang.id).order_by("at", "id").values_list("kind", flat=True)
    assert list(kept) == ["place_freeze", "ask_freeze_lift", "freeze_lift"]
