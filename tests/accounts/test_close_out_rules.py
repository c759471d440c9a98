"""The act of a movement, and when a penalized holder's balance may go to an own bank account."""

from dataclasses import replace
from uuid import UUID

import pytest

from accounts.policy.closing import OwnElsewhere, check_close_out, is_close_out_offered
from accounts.policy.money import credit, transfer_out
from accounts.refusals.close_outs import CloseOutNotOffered, NotAnOwnBankAccount, NothingToCloseOut
from accounts.refusals.money import (
    BalanceLimit,
    InsufficientFunds,
    PaymentBusinessSuspended,
    TransfersHeld,
)
from accounts.vocabulary import AccountKind, AccountStatus, Channel
from blacklist.vocabulary import Act, RestrictionCause
from config.kernel.law.money import BALANCE_MAX
from tests.accounts.parties import OUT_ALONE, own_bank_account, party, suspended

PENALIZED = party(restrictions=suspended())
OWN = own_bank_account(PENALIZED)
CLOSED = replace(OWN, status=AccountStatus.CLOSED)
ELSEWHERE = OwnElsewhere(approved=True, is_case_account=False)
#: Penalized under the measures of 2024 alone.
FREE = party(restrictions=suspended(acts=OUT_ALONE))
#: No bank account of the holder's that could be credited.
NOT_OWN = {
    "of another customer here": None,
    "of another customer": replace(OWN, customer_id=UUID(int=7)),
    "a payment account": replace(OWN, kind=AccountKind.PAYMENT),
    "closed": CLOSED,
}


@pytest.mark.parametrize("payee", NOT_OWN.values(), ids=NOT_OWN)
def test_a_balance_goes_out_to_an_open_own_bank_account_alone(payee):
    def act(to, channel=Channel.COUNTER, amount_fen=100, payer=PENALIZED):
        return transfer_out(payer, to, channel=channel, amount_fen=amount_fen)

    assert act(OWN) is Act.PAYMENT_BALANCE_OUT
    assert act(OWN, payer=replace(PENALIZED, held_fen=100)) is Act.PAYMENT_BALANCE_OUT
    assert act(payee) is Act.PAYMENT_OUT
    assert act(OWN, amount_fen=99) is act(OWN, channel=Channel.ONLINE) is Act.PAYMENT_OUT
    assert act(OWN, payer=replace(PENALIZED, held_fen=1)) is Act.PAYMENT_OUT


def test_money_comes_to_an_account_by_the_act_of_its_kind():
    assert (credit(PENALIZED), credit(OWN)) == (Act.PAYMENT_IN, Act.INBOUND)


@pytest.mark.parametrize("to", NOT_OWN.values(), ids=NOT_OWN)
def test_a_balance_is_closed_out_to_an_own_bank_account_alone(to):
    check_close_out(PENALIZED, OWN)
    check_close_out(party(restrictions=suspended(acts=OUT_ALONE)), OWN)
    with pytest.raises(NotAnOwnBankAccount):
        check_close_out(PENALIZED, to)


@pytest.mark.parametrize(
    ("to", "is_own"),
    [
        (ELSEWHERE, True),
        (replace(ELSEWHERE, approved=False), False),
        (replace(ELSEWHERE, is_case_account=True), False),
    ],
    ids=["approved", "not approved", "a case account"],
)
@pytest.mark.parametrize("account", [PENALIZED, FREE], ids=["older", "2024"])
def test_a_balance_goes_to_an_approved_own_account_at_another_bank(account, to, is_own):
    if is_own:
        assert check_close_out(account, to) == account.balance_fen
    else:
        with pytest.raises(NotAnOwnBankAccount):
            check_close_out(account, to)


@pytest.mark.parametrize(
    ("restrictions", "is_free"),
    [
        (suspended(acts=OUT_ALONE), True),
        (suspended(acts=OUT_ALONE) + suspended(acts=OUT_ALONE), True),
        (suspended(), False),
        (suspended(acts=OUT_ALONE) + suspended(), False),
    ],
    ids=["2024", "2024 twice", "older", "both"],
)
def test_a_part_and_a_gateway_need_the_measures_of_2024_alone(restrictions, is_free):
    account = party(restrictions=restrictions)
    whole = account.balance_fen
    assert check_close_out(account, OWN, amount_fen=whole) == whole
    for how, cause in (({"amount_fen": whole - 1}, "whole_only"), ({"at_counter": False}, "counter_only")):
        if is_free:
            assert check_close_out(account, OWN, **how) == how.get("amount_fen", whole)
        else:
            with pytest.raises(CloseOutNotOffered) as refused:
                check_close_out(account, OWN, **how)
            assert (refused.value.fields["cause"], refused.value.clause) == (cause, None)


def test_a_part_is_at_most_what_is_available():
    account = replace(FREE, held_fen=10)
    assert check_close_out(account, OWN, amount_fen=account.balance_fen - 10) == account.balance_fen - 10
    for amount_fen in (account.balance_fen - 9, account.balance_fen + 1):
        with pytest.raises(InsufficientFunds):
            check_close_out(account, OWN, amount_fen=amount_fen)
    with pytest.raises(InsufficientFunds):
        check_close_out(PENALIZED, OWN, amount_fen=PENALIZED.balance_fen + 1)
    full = replace(OWN, balance_fen=BALANCE_MAX - 50)
    assert check_close_out(FREE, full, amount_fen=50) == 50
    with pytest.raises(BalanceLimit):
        check_close_out(FREE, full, amount_fen=51)


@pytest.mark.parametrize(
    ("account", "cause"),
    [
        (replace(PENALIZED, kind=AccountKind.BANK), "bank_account"),
        (party(), "not_penalized"),
        (party(restrictions=suspended(RestrictionCause.CASE_HOLDER, OUT_ALONE)), "not_penalized"),
    ],
    ids=["a bank account", "nothing stops it", "no penalty does"],
)
def test_close_out_is_refused_without_a_penalty(account, cause):
    with pytest.raises(CloseOutNotOffered) as refused:
        check_close_out(account, OWN)
    assert refused.value.fields["cause"] == cause


def test_close_out_is_refused_with_another_restriction():
    with pytest.raises(PaymentBusinessSuspended):
        check_close_out(party(restrictions=suspended() + suspended(RestrictionCause.CASE_HOLDER)), OWN)


def test_a_whole_balance_is_closed_out_and_fits():
    for account, refusal in (
        (replace(PENALIZED, held_fen=1), TransfersHeld),
        (replace(PENALIZED, balance_fen=0), NothingToCloseOut),
    ):
        with pytest.raises(refusal):
            check_close_out(account, OWN)
    check_close_out(PENALIZED, replace(OWN, balance_fen=BALANCE_MAX - 100))
    with pytest.raises(BalanceLimit):
        check_close_out(PENALIZED, replace(OWN, balance_fen=BALANCE_MAX - 99))


@pytest.mark.parametrize(
    ("kind", "restrictions", "has_way"),
    [
        (AccountKind.PAYMENT, suspended(), True),
        (AccountKind.BANK, suspended(), False),
        (AccountKind.PAYMENT, suspended(acts=OUT_ALONE), True),
        (AccountKind.PAYMENT, suspended(RestrictionCause.CASE_HOLDER), False),
        (AccountKind.PAYMENT, (), False),
    ],
)
def test_balance_can_leave_where_a_penalty_stops_a_payment_account(kind, restrictions, has_way):
    assert is_close_out_offered(kind, restrictions) is has_way
