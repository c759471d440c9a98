"""The act of a movement, and when a penalized holder's balance may go to an own bank account."""

from dataclasses import replace
from uuid import UUID

import pytest

from accounts.policy.closing import check_close_out, is_close_out_offered
from accounts.policy.money import credit, transfer_out
from accounts.refusals.money import (
    BalanceLimit,
    CloseOutNotOffered,
    NotAnOwnBankAccount,
    NothingToCloseOut,
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
#: No bank account of the holder's that could be credited.
NOT_OWN = {
    "at another bank": None,
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
