"""Every remaining cause of a restriction is named with its end, and no text contradicts another cause."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.operations.freezes import place_freeze
from accounts.queries.accounts import show_account
from accounts.refusals.money import NonCounterSuspended
from blacklist.queries import restriction_answers
from config.frames.desk.labels import value_word
from config.kernel.models import Decision
from tests import factories
from tests.factories import ZHANG
from tests.listings import certify, certify_account

pytestmark = pytest.mark.django_db

PENALTY = {
    "code": "NON_COUNTER_SUSPENDED",
    "cause": "penalty",
    "legal_basis": "NOTICE_2016",
    "until": "2031-01-03T00:00:00.000000+08:00",
}


@pytest.fixture
def accounts(zhang):
    """A penalized person's case account, and another account with a card and money."""
    case, other = factories.account(zhang, balance_fen=1000), factories.account(zhang, balance_fen=1000)
    factories.card(other, number="6222020000000000000")
    certify(ZHANG)
    certify_account(case.account_number)
    return case, other


def withdrawn(client, **account):
    return client.post("/cash/withdrawals", {"account": account, "amount": "1.00"}).json()


def test_penalized_holder_of_a_case_account_is_given_both_causes(client_for, accounts):
    refused = withdrawn(client_for("atm"), card_number="6222020000000000000")
    fields = refused["fields"]
    assert (refused["code"], fields["cause"], fields["until"]) == ("NON_COUNTER_SUSPENDED", "case_holder", None)
    assert fields["also"] == [PENALTY]
    assert "已暂停，直至认定撤销或身份重新核实" in refused["detail"]
    assert "不随本项结束：停止非柜面业务（惩戒），至2031年1月2日（含）止。" in refused["detail"]


def test_causes_are_named_in_english_too(client_for, accounts):
    refused = withdrawn(client_for("atm"), card_number="6222020000000000000")
    assert NonCounterSuspended.sentence(refused["fields"], "en").endswith(
        "Other restrictions do not end with this one: "
        "Non-counter business stopped (Penalty) through 2 January 2031 (inclusive)."
    )


def test_stored_decision_gives_the_same_causes(client_for, accounts):
    withdrawn(client_for("atm"), card_number="6222020000000000000")
    kept = Decision.objects.filter(code="NON_COUNTER_SUSPENDED").latest("at", "id")
    assert kept.facts["also"] == [PENALTY]
    assert value_word("also", kept.facts["also"]) == "暂停非柜面业务 惩戒 至2031年1月2日（含）止 六部门通告（2016年）"


def test_case_account_is_stopped_until_the_revocation_and_other_causes_are_named(teller, accounts):
    case, _ = accounts
    officer = factories.caller("compliance")
    place_freeze(principal=officer, account_id=case.id, authority="某区法院", order_no="冻1", until=None)
    refused = withdrawn(teller, account_id=str(case.id))
    assert refused["code"] == "CASE_ACCOUNT_STOPPED"
    assert "直至认定撤销" in refused["detail"]
    assert "重新核实" not in refused["detail"]
    assert refused["detail"].endswith("停止非柜面业务（惩戒），至2031年1月2日（含）止；账户冻结，直至解除。")


def test_a_freeze_promises_no_credit_that_a_suspension_stops(teller, zhang):
    payment = factories.account(zhang, "III", kind="payment")
    certify(ZHANG)
    officer = factories.caller("compliance")
    place_freeze(principal=officer, account_id=payment.id, authority="某区法院", order_no="冻1", until=None)
    refused = withdrawn(teller, account_id=str(payment.id))
    assert refused["code"] == "ACCOUNT_FROZEN"
    assert "仍可收款" not in refused["detail"]
    assert "停止支付账户所有业务（惩戒），至2031年1月2日（含）止。" in refused["detail"]


def test_customer_under_review_and_barred_is_promised_no_account(teller, noon):
    body = ZHANG.body | {"identity_check": {"method": "联网核查", "result": "not_found"}}
    customer = teller.post("/customers", body).json()["id"]
    certify(ZHANG)
    verdict = teller.get(f"/customers/{customer}/eligibility").json()["bank_class_i"]
    assert verdict["code"] == "IDENTITY_UNDER_REVIEW"
    assert verdict["detail"].endswith("另有以下限制，不随本项结束：不得新开立账户（惩戒），至2029年1月2日（含）止。")


def test_single_cause_has_no_additional_text(teller, client_for, zhang):
    account = factories.account(zhang, balance_fen=1000)
    factories.card(account, number="6222020000000000000")
    certify(ZHANG)
    certify(ZHANG)
    refused = withdrawn(client_for("atm"), card_number="6222020000000000000")
    assert set(refused["fields"]) == {"until", "cause", "legal_basis"}
    assert "另有" not in refused["detail"]


@pytest.mark.parametrize("role", ["teller", "supervisor", "compliance", "auditor"])
def test_a_restriction_names_its_last_day_and_its_paper(client_for, zhang, accounts, role):
    case, _ = accounts
    for path in (f"/customers/{zhang.id}", f"/accounts/{case.id}"):
        for each in client_for(role).get(path).json()["restrictions"]:
            assert (each["authority"], each["doc_no"][:9]) == ("广州市公安局", "公(反诈)认字〔2")
            assert each["last_day"] == ("2031-01-02" if each["kind"] == "penalty" and "OPEN" not in each["code"] else
                                        "2029-01-02" if each["kind"] == "penalty" else None)  # fmt: skip


def test_a_freeze_in_mid_day_has_that_day_for_its_last(compliance, teller, zhang):
    account = factories.account(zhang)
    order = {"authority": "某区法院", "order_no": "冻1", "until": "2026-02-01T15:30:00+08:00"}
    compliance.post(f"/accounts/{account.id}/freezes", order)
    (restriction,) = teller.get(f"/accounts/{account.id}").json()["restrictions"]
    assert (restriction["until"], restriction["last_day"]) == ("2026-02-01T15:30:00.000000+08:00", "2026-02-01")
    body = withdrawn(teller, account_id=str(account.id))
    assert "冻结，至2026年2月1日15:30止，" in body["detail"]


def test_many_certificates_are_named_with_one_query(zhang):
    account = factories.account(zhang)
    certify(ZHANG)
    for _ in range(3):
        certify(ZHANG)
    found = show_account(account.id).restrictions
    assert len(found) == 4
    with CaptureQueriesContext(connection) as asked:
        assert {each["starts_at"][:10] for each in restriction_answers(found)} == {"2026-01-02"}
    assert len(asked) == 1
