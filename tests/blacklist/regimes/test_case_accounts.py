"""Case accounts are stopped under 银发〔2016〕261号 一(二), for every legal basis of the certificate."""

from dataclasses import replace
from datetime import date

import pytest

from blacklist.policy.restrictions import restrictions_of_account, restrictions_of_person
from blacklist.regimes import regimes
from blacklist.vocabulary import Act, Category, RestrictionKind
from tests.blacklist.regimes.worked_cases import certified, midnight

AT = midnight(2026, 6, 2)
HOLDERS = {"NOTICE_2016": "《关于防范和打击电信网络诈骗犯罪的通告》(2016) 第五条"}


def named(basis):
    listed = certified(basis, date(2026, 6, 1), Category.CASE_ACCOUNT)
    return [replace(listed, identity_key=None, account_number="6217A")]


def of_account(basis, number, *, payment=False):
    return restrictions_of_account(named(basis), account_number=number, card_keys=(), payment=payment, at=AT)


@pytest.mark.parametrize("basis", regimes())
def test_the_account_itself_does_nothing_any_more(basis):
    """Case 56."""
    (stop,) = of_account(basis, "6217A")
    assert (stop.kind, stop.until) == (RestrictionKind.CASE_ACCOUNT_STOPPED, None)
    assert str(stop.clause) == "银发〔2016〕261号 一(二)"
    assert {act for act in Act if not stop.stops(act)} == {
        Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ENQUIRE, Act.REPORT_LOST
    }  # fmt: skip


@pytest.mark.parametrize("basis", regimes())
def test_other_accounts_of_the_holder_are_suspended_both_ways_and_openings_permitted(basis):
    (suspended,) = of_account(basis, "6218")
    assert suspended.stops(Act.MACHINE_CASH_IN)
    assert suspended.stops(Act.BASIC_DEBIT)
    assert not suspended.stops(Act.INBOUND)
    (payment,) = of_account(basis, "6218", payment=True)
    assert payment.stops(Act.PAYMENT_BALANCE_OUT)
    person = restrictions_of_person(named(basis), at=AT)
    assert {str(each.clause) for each in person} == {HOLDERS.get(basis, "银发〔2016〕261号 一(二)")}
    assert {each.until for each in person} == {None}
    assert not any(each.stops(Act.OPEN_BANK_ACCOUNT) or each.stops(Act.OPEN_PAYMENT_ACCOUNT) for each in person)
