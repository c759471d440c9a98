"""Whether money may move: the statuses of a card, and the order of several reasons."""

from uuid import UUID

import pytest

from accounts.policy.money import check_credit, check_debit, check_deposit
from accounts.refusals.money import AccountClosed, CardNotActive, CaseAccountStopped
from accounts.vocabulary import AccountStatus, CardStatus
from blacklist.policy.restrictions import Restriction
from blacklist.regimes.shape import PROVISIONAL_STOP
from blacklist.vocabulary import Act, RestrictionCause, RestrictionKind
from config.kernel.law.clauses import PBOC_261_CASE_ACCOUNT
from tests.accounts.parties import party
from tests.clock import NOON


def stop(*causes: RestrictionCause) -> tuple[Restriction, ...]:
    return tuple(
        Restriction(
            RestrictionKind.CASE_ACCOUNT_STOPPED,
            cause,
            PBOC_261_CASE_ACCOUNT if cause is RestrictionCause.CASE_ACCOUNT else None,
            NOON,
            None,
            UUID(int=number),
            PROVISIONAL_STOP if cause is RestrictionCause.PROVISIONAL else None,
        )
        for number, cause in enumerate(causes)
    )


CERTIFIED, PROVISIONAL = RestrictionCause.CASE_ACCOUNT, RestrictionCause.PROVISIONAL


@pytest.mark.parametrize("status", [each for each in CardStatus if each is not CardStatus.ACTIVE])
def test_a_card_that_is_not_active_moves_nothing_and_hinders_no_credit(status):
    with_it = party(card_status=status)
    for check, act in ((check_debit, Act.PAYMENT_OUT), (check_deposit, Act.PAYMENT_IN)):
        check(party(card_status=CardStatus.ACTIVE), act)
        check(party(), act)
        with pytest.raises(CardNotActive):
            check(with_it, act)
    check_credit(with_it)


def test_closed_account_is_reported_before_a_case_account():
    for restrictions in ((), stop(CERTIFIED)):
        with pytest.raises(AccountClosed):
            check_debit(party(status=AccountStatus.CLOSED, restrictions=restrictions), Act.PAYMENT_OUT)


@pytest.mark.parametrize("causes", [(CERTIFIED,), (CERTIFIED, PROVISIONAL), (PROVISIONAL, CERTIFIED)])
def test_decided_stop_is_reported_before_a_provisional_one(causes):
    with pytest.raises(CaseAccountStopped) as refused:
        check_debit(party(restrictions=stop(*causes)), Act.PAYMENT_OUT)
    assert refused.value.clause == PBOC_261_CASE_ACCOUNT
    assert "cause" not in refused.value.fields


def test_a_provisional_stop_lets_money_in_and_says_that_no_clause_stops_it():
    stopped = party(restrictions=stop(PROVISIONAL))
    check_credit(stopped)
    with pytest.raises(CaseAccountStopped) as refused:
        check_debit(stopped, Act.PAYMENT_OUT)
    assert (refused.value.clause, refused.value.fields["cause"]) == (None, PROVISIONAL.value)
