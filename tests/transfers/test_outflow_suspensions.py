"""Suspensions of outflow: permitted transfers, the transfer of the whole balance, and all remaining causes."""

from datetime import date

import pytest

from accounts.refusals.money import NonCounterSuspended, PaymentBusinessSuspended
from accounts.refusals.opening import OpeningBarred
from tests import factories
from tests.factories import ZHANG
from tests.http import code, refused
from tests.listings import certify
from tests.transfers.conftest import CARD, money
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

EXTENT = {"accounts": 3, "times": 3, "counterparties": 3}


def jdm(**more):
    return certify(ZHANG, legal_basis="JDM_2024", extent=EXTENT, **more)


@pytest.fixture
def wallet(payer):
    return factories.account(payer.customer, "III", kind="payment", balance_fen=10_000)


def order(payer, payee, amount="100.00", **more):
    to = {"account_number": payee.account_number, "name": payee.customer.name}
    return {"payer": {"account_id": str(payer.id)}, "payee": to, "amount": amount, "arrival": "real_time"} | more


def test_the_whole_balance_goes_to_an_own_bank_account_at_the_counter(teller, wallet, payer):
    jdm()
    made = teller.post("/transfers", order(wallet, payer))
    assert made.status_code == 201, made.json()
    assert (money(wallet), money(payer)) == ((0, 0), (110_000, 0))
    assert teller.post(f"/accounts/{wallet.id}/close").status_code == 200


@pytest.mark.parametrize("amount", ["99.99", "100.01"])
def test_refusal_of_another_amount_mentions_the_whole_balance(teller, wallet, payer, amount):
    jdm()
    body = refused(teller.post("/transfers", order(wallet, payer, amount)), "PAYMENT_BUSINESS_SUSPENDED")
    assert (body["fields"]["exempt"], body["fields"]["until"]) == ("balance", "2028-01-03T00:00:00.000000+08:00")
    assert (
        "余额可全部或部分转入本人银行账户（含经本行登记的他行账户）：通过网上银行、手机银行，或持本人有效身份证件到柜面办理"
        in body["detail"]
    )
    assert "至2028年1月2日（含）止" in body["detail"]
    english = PaymentBusinessSuspended.sentence(body["fields"], "en")
    assert "the balance, as a whole or in part, can be moved to an own bank account" in english


def test_balance_to_others_to_payment_accounts_or_on_other_channels_is_refused(teller, gateway, wallet, payer, payee):
    jdm()
    other = factories.account(payer.customer, "I", kind="payment")
    for to in (payee, other):
        refused(teller.post("/transfers", order(wallet, to)), "PAYMENT_BUSINESS_SUSPENDED")
    online = order(wallet, payer, channel="online")
    refused(gateway.post("/transfers", online), "PAYMENT_BUSINESS_SUSPENDED")


def test_a_part_on_hold_is_in_the_way(teller, gateway, wallet, payer, payee):
    gateway.post("/transfers", order(wallet, payee, "1.00", channel="mobile", arrival="ordinary"))
    jdm()
    for amount in ("100.00", "99.00"):
        refused(teller.post("/transfers", order(wallet, payer, amount)), "PAYMENT_BUSINESS_SUSPENDED")


def test_it_is_judged_by_the_same_act_when_it_is_due(teller, wallet, payer, noon):
    jdm()
    made = teller.post("/transfers", order(wallet, payer, arrival="ordinary")).json()
    assert made["status"] == "held"
    noon.advance(hours=2)
    release_due(released_by=ReleasedBy.CELERY)
    assert Transfer.objects.get(pk=made["id"]).status == "posted"
    assert money(wallet) == (0, 0)


def test_close_out_by_two_persons_is_open_beside_the_transfer(teller, supervisor, wallet, payer):
    jdm()
    asked = teller.post(f"/accounts/{wallet.id}/close-outs", {"to_account_id": str(payer.id)})
    assert supervisor.approve(asked.json()["approval_id"]).status_code == 200
    assert money(wallet) == (0, 0)


def test_older_regime_between_the_two_persons_makes_the_close_out_stale(teller, supervisor, wallet, payer):
    jdm()
    asked = teller.post(f"/accounts/{wallet.id}/close-outs", {"to_account_id": str(payer.id)})
    before = money(wallet)
    certify(ZHANG)
    assert code(supervisor.approve(asked.json()["approval_id"])) == (409, "APPROVAL_STALE")
    assert money(wallet) == before


def test_older_regime_forbids_the_transfer_and_leaves_the_close_out_by_two_persons(teller, wallet, payer):
    jdm()
    certify(ZHANG)
    body = refused(teller.post("/transfers", order(wallet, payer)), "PAYMENT_BUSINESS_SUSPENDED")
    assert body["fields"]["until"] == "2031-01-03T00:00:00.000000+08:00"
    assert "经复核办理" in body["detail"]
    asked = teller.post(f"/accounts/{wallet.id}/close-outs", {"to_account_id": str(payer.id)})
    assert asked.status_code == 201


def test_balance_transfer_is_promised_by_the_one_restriction_that_permits_it(teller, wallet, payer):
    """The older regime ends first and forbids the transfer of the balance until then."""
    certify(ZHANG, certified_on=date(2021, 6, 1))
    jdm()
    part = refused(teller.post("/transfers", order(wallet, payer, "1.00")), "PAYMENT_BUSINESS_SUSPENDED")
    assert "按本项限制，余额可全部或部分转入本人" in part["detail"]
    assert "Under this restriction" in PaymentBusinessSuspended.sentence(part["fields"], "en")
    whole = refused(teller.post("/transfers", order(wallet, payer)), "PAYMENT_BUSINESS_SUSPENDED")
    assert whole["fields"]["until"] == part["fields"]["also"][0]["until"] == "2026-06-02T00:00:00.000000+08:00"


def test_a_transfer_accepted_before_is_returned_when_only_outflow_stops(gateway, payer, payee, noon):
    made = gateway.post("/transfers", order(payer, payee, channel="mobile", arrival="ordinary")).json()
    jdm()
    noon.advance(hours=2)
    release_due(released_by=ReleasedBy.CELERY)
    row = Transfer.objects.get(pk=made["id"])
    assert (row.status, row.outcome_code) == ("returned", "NON_COUNTER_SUSPENDED")


def withdrawn(atm):
    return atm.post("/cash/withdrawals", {"account": {"card_number": CARD}, "amount": "1.00"})


def deposited(atm):
    return atm.post("/cash/deposits", {"account": {"card_number": CARD}, "amount": "1.00"})


def test_later_end_of_two_regimes_is_reported_with_the_other_regime(atm, payer):
    """The older regime ends first; the answer also says what the suspension of outflow stops afterwards."""
    certify(ZHANG, certified_on=date(2021, 6, 1))
    jdm()
    out = refused(withdrawn(atm), "NON_COUNTER_SUSPENDED")
    assert (out["fields"]["until"], out["fields"]["direction"]) == ("2028-01-03T00:00:00.000000+08:00", "out")
    assert out["fields"]["also"] == [
        {
            "code": "NON_COUNTER_SUSPENDED", "cause": "penalty", "legal_basis": "NOTICE_2016",
            "until": "2026-06-02T00:00:00.000000+08:00",
        }
    ]  # fmt: skip
    # It speaks for itself alone: at the machine the other one takes no cash either.
    assert "本项限制不影响收款和自助设备存款" in out["detail"]
    assert "This restriction stops neither what comes in nor cash" in NonCounterSuspended.sentence(out["fields"], "en")
    cash = refused(deposited(atm), "NON_COUNTER_SUSPENDED")
    assert (cash["fields"]["until"], "direction" in cash["fields"]) == ("2026-06-02T00:00:00.000000+08:00", False)
    assert cash["fields"]["also"] == [
        {
            "code": "NON_COUNTER_SUSPENDED", "cause": "penalty", "legal_basis": "JDM_2024",
            "until": "2028-01-03T00:00:00.000000+08:00", "direction": "out",
        }
    ]  # fmt: skip
    assert cash["detail"].endswith("另有以下限制，不随本项结束：限制非柜面出金（惩戒），至2028年1月2日（含）止。")
    english = NonCounterSuspended.sentence(cash["fields"], "en")
    assert english.endswith("Non-counter outflow restricted (Penalty) through 2 January 2028 (inclusive).")


def test_two_bars_of_two_regimes(teller, payer):
    """Payment accounts are barred longer than bank accounts, and neither sentence contradicts the other."""
    certify(ZHANG, certified_on=date(2023, 6, 1))
    jdm()
    body = {"customer_id": str(payer.customer_id), "account_class": "III"}
    bank = refused(teller.post("/accounts", body | {"kind": "bank"}), "OPENING_BARRED")
    assert bank["fields"]["until"] == "2026-06-02T00:00:00.000000+08:00"
    assert bank["detail"].endswith("不随本项结束：暂停新开立支付账户（惩戒），至2028年1月2日（含）止。")
    payment = refused(teller.post("/accounts", body | {"kind": "payment"}), "OPENING_BARRED")
    assert (payment["fields"]["until"], payment["fields"]["only"]) == ("2028-01-03T00:00:00.000000+08:00", "payment")
    assert payment["detail"].endswith("不随本项结束：不得新开立账户（惩戒），至2026年6月1日（含）止。")
    assert "No new account (Penalty) through 1 June 2026" in OpeningBarred.sentence(payment["fields"], "en")


def test_the_bar_on_cards_goes_with_the_bar_on_bank_accounts_alone(teller, payer):
    jdm()
    assert teller.post(f"/accounts/{payer.id}/cards", {"product": "debit"}).status_code == 201
    eligible = teller.get(f"/customers/{payer.customer_id}/eligibility").json()
    assert {name: each["allowed"] for name, each in eligible.items()} == {
        "bank_class_i": False, "bank_class_ii": True, "bank_class_iii": True, "payment_class_iii": False,
        "debit_card": True,
    }  # fmt: skip
    assert eligible["payment_class_iii"]["until"] == "2028-01-03T00:00:00.000000+08:00"
    assert eligible["bank_class_i"]["code"] == "CLASS_I_EXISTS"
    certify(ZHANG)
    assert refused(teller.post(f"/accounts/{payer.id}/cards", {"product": "debit"}), "OPENING_BARRED")


def test_money_comes_in_and_a_machine_takes_deposits(gateway, atm, payer, payee):
    factories.pay_in(payee, 1_000)
    jdm()
    paid = gateway.post("/transfers", order(payee, payer, "1.00", channel="online"))
    assert paid.status_code == 201, paid.json()
    assert deposited(atm).status_code == 201
    own = factories.account(payer.customer, "II")
    refused(gateway.post("/transfers", order(payer, own, "1.00", channel="online")), "NON_COUNTER_SUSPENDED")
