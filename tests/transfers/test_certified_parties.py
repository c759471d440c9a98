"""Scenarios of penalized persons and case accounts over HTTP, from the certificate to the answer."""

from datetime import date, timedelta

import pytest

from accounts.refusals.money import CaseAccountStopped, refusal_for_payer
from tests import factories, listings
from tests.clock import NOON
from tests.http import outcome
from tests.transfers.conftest import CARD, money, pay_in
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db


def certify(*people, **more) -> str:
    """Put a certificate dated the day before in force; return its id."""
    return str(listings.certify(*people, certified_on=date(2026, 1, 4), **more).id)


def test_a_penalised_person_is_served_at_the_counter_only(atm, teller, order, payer):
    certify(factories.ZHANG)
    cash = {"account": {"card_number": CARD}, "amount": "10.00"}
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"
    assert outcome(atm.post("/cash/withdrawals", cash)) == "NON_COUNTER_SUSPENDED"
    assert outcome(atm.post("/cash/deposits", cash)) == "NON_COUNTER_SUSPENDED"
    assert outcome(teller.post("/cash/withdrawals", cash)) == 201
    assert outcome(teller.post("/cash/deposits", cash)) == 201
    assert outcome(teller.post("/transfers", order(payer={"account_id": str(payer.id)}, arrival="real_time"))) == 201


def test_refusal_states_end_and_possible_steps(atm, order):
    certify(factories.ZHANG)
    body = atm.post("/transfers", order()).json()
    assert body["fields"]["until"] == "2031-01-05T00:00:00.000000+08:00"
    assert body["fields"]["cause"] == "penalty"
    assert "第五条" in body["clause"]
    assert "柜面" in body["detail"]
    assert "公安机关认定" in body["detail"]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(
            "2031-01-04T23:59:59.999999+08:00", "NON_COUNTER_SUSPENDED", id="notice-5-last-restricted-instant"
        ),
        pytest.param("2031-01-05T00:00:00+08:00", 201, id="notice-5-first-free-instant"),
    ],
)
def test_the_penalty_ends_by_the_calendar_without_any_job(atm, order, noon, at, expected):
    certify(factories.ZHANG)
    noon.set(type(NOON).fromisoformat(at))
    assert outcome(atm.post("/transfers", order())) == expected


def test_a_penalised_payee_is_still_credited(atm, order, payee):
    certify(factories.LI)
    assert outcome(atm.post("/transfers", order())) == 201


def release(noon, *, seconds: float = 0) -> None:
    noon.set(NOON + timedelta(hours=24, seconds=seconds))
    release_due(released_by=ReleasedBy.CELERY)


def test_payer_penalized_meanwhile_keeps_the_money(atm, auditor_of, order, noon, payer, payee):
    made = atm.post("/transfers", order()).json()["id"]
    noon.set(NOON + timedelta(hours=24, seconds=-1))
    certify(factories.ZHANG)
    release(noon)
    answer = auditor_of.get(f"/transfers/{made}").json()
    assert (answer["status"], answer["outcome_code"]) == ("returned", "NON_COUNTER_SUSPENDED")
    assert (money(payer), money(payee)) == ((100_000, 0), (0, 0))


def test_payee_penalized_meanwhile_is_paid(atm, auditor_of, order, noon, payee):
    made = atm.post("/transfers", order()).json()["id"]
    certify(factories.LI)
    release(noon)
    assert auditor_of.get(f"/transfers/{made}").json()["status"] == "posted"
    assert money(payee) == (10_000, 0)


def test_a_payee_that_became_a_case_account_is_not_paid(atm, auditor_of, order, noon, payer, payee):
    made = atm.post("/transfers", order()).json()["id"]
    certify(case_accounts=[{"account_number": payee.account_number}])
    release(noon)
    answer = auditor_of.get(f"/transfers/{made}").json()
    assert (answer["status"], answer["outcome_code"]) == ("returned", "CASE_ACCOUNT_STOPPED")
    assert (money(payer), money(payee)) == ((100_000, 0), (0, 0))


def test_a_case_account_stops_and_its_holders_others_are_suspended(atm, teller, order, payer, zhang):
    case = factories.account(zhang, "II")
    pay_in(case, 1_000)
    certify(case_accounts=[{"account_number": case.account_number}])
    stopped = {"account": {"account_id": str(case.id)}, "amount": "1.00"}
    assert outcome(teller.post("/cash/withdrawals", stopped)) == "CASE_ACCOUNT_STOPPED"
    assert outcome(teller.post("/cash/deposits", stopped)) == "CASE_ACCOUNT_STOPPED"
    refused = atm.post("/transfers", order())
    assert outcome(refused) == "NON_COUNTER_SUSPENDED"
    assert refused.json()["fields"]["until"] is None
    assert (
        outcome(teller.post("/cash/withdrawals", {"account": {"account_id": str(payer.id)}, "amount": "1.00"})) == 201
    )


def test_holder_is_served_again_after_the_re_verification(client_for, atm, teller, order, zhang, noon):
    case = factories.account(zhang, "II")
    certify(case_accounts=[{"account_number": case.account_number}])
    noon.advance(minutes=1)
    asked = teller.post(
        f"/customers/{zhang.id}/reverifications", {"identity_check": {"method": "联网核查", "result": "match"}}
    ).json()
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"
    assert client_for("supervisor").approve(asked["approval_id"]).status_code == 200
    assert outcome(atm.post("/transfers", order())) == 201
    stopped = {"account": {"account_id": str(case.id)}, "amount": "1.00"}
    assert outcome(teller.post("/cash/deposits", stopped)) == "CASE_ACCOUNT_STOPPED"


def test_payment_accounts_of_the_penalised_do_no_business_at_all(teller, atm, order, zhang, payer):
    wallet = factories.account(zhang, "III", "payment")
    pay_in(wallet, 5_000)
    certify(factories.ZHANG)
    body = {"account": {"account_id": str(wallet.id)}, "amount": "1.00"}
    assert outcome(teller.post("/cash/withdrawals", body)) == "PAYMENT_BUSINESS_SUSPENDED"
    assert outcome(teller.post("/cash/deposits", body)) == "PAYMENT_BUSINESS_SUSPENDED"
    to_wallet = order(
        payer={"account_id": str(payer.id)},
        payee={"account_number": wallet.account_number, "name": "张三"},
        arrival="real_time",
    )
    assert outcome(teller.post("/transfers", to_wallet)) == "PAYMENT_BUSINESS_SUSPENDED"


def test_payer_does_not_learn_why_or_until_when_the_payee_cannot_receive(teller, order, payer, li):
    """通告第六条: certificates of other persons and their terms are confidential."""
    wallet, case = factories.account(li, "III", "payment"), factories.account(li, "II")
    certify(factories.LI)
    certify(case_accounts=[{"account_number": case.account_number}])
    for account, expected in ((wallet, "PAYMENT_BUSINESS_SUSPENDED"), (case, "CASE_ACCOUNT_STOPPED")):
        payee = {"account_number": account.account_number, "name": "李四"}
        order_to = order(payer={"account_id": str(payer.id)}, payee=payee, arrival="real_time")
        problem = teller.post("/transfers", order_to).json()
        assert problem["code"] == expected
        assert problem["fields"].keys() == {"side", "transfer_id"}
        assert "2031" not in problem["detail"]
        assert "收款" in problem["detail"]
        assert "惩戒" not in problem["detail"]


def test_payer_to_a_case_account_is_warned_in_both_languages():
    """通告第八条: the payer is warned not to pay again, and learns whom to call."""
    refusal = refusal_for_payer(CaseAccountStopped())
    for language, words in {"zh": ("请勿再向其转账", "110"), "en": ("Do not transfer to it again", "110")}.items():
        assert [word for word in words if word not in refusal.detail(language)] == []


def test_revocation_lifts_restrictions_of_its_certificate_only(client_for, atm, order):
    first, second = certify(factories.ZHANG), certify(factories.ZHANG)
    maker, checker = client_for("compliance"), client_for("compliance", "2")

    def revoke(certificate):
        body = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "错误认定"}
        asked = maker.post(f"/blacklist/certificates/{certificate}/revocations", body).json()
        assert checker.approve(asked["approval_id"]).status_code == 200

    revoke(first)
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"
    revoke(second)
    assert outcome(atm.post("/transfers", order())) == 201


def test_a_case_account_at_another_bank_is_not_paid(atm, order):
    outside = {"account_number": "87144583", "bank_code": "YZ"}
    certify(case_accounts=[outside])
    assert outcome(atm.post("/transfers", order(payee=outside | {"name": "王二"}))) == "CASE_ACCOUNT_STOPPED"


def test_a_cancellation_goes_on_under_every_restriction(atm, teller, order, payer):
    made = atm.post("/transfers", order()).json()["id"]
    certify(factories.ZHANG)
    certify(case_accounts=[{"account_number": payer.account_number}])
    answer = teller.post(f"/transfers/{made}/cancel", {"applicant": {"document": factories.ZHANG.document}})
    assert outcome(answer) == 200
    assert money(payer) == (100_000, 0)


@pytest.fixture
def auditor_of(client_for):
    return client_for("auditor")
