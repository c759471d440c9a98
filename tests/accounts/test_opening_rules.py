"""The rules of opening as pure functions: each limit below, at and above."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from accounts.policy.opening import (
    OpeningFacts,
    check_change_class,
    check_issue_card,
    check_open_account,
    eligibility,
    free_slot,
)
from accounts.refusals.opening import OrganizationHasNoClass
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind
from blacklist.policy.restrictions import Restriction
from blacklist.vocabulary import RestrictionCause, RestrictionKind
from config.kernel.law.clauses import (
    CBRC_48_AGENT,
    NOTICE_5_CARDS,
    NOTICE_5_CLASS_I,
    NOTICE_5_OPENING_BAR,
    NOTICE_5_PAYMENT_III,
    PBOC_16_CLASS_II,
    PBOC_16_CLASS_III,
    PBOC_302_NO_CARD,
    PBOC_392_DOCUMENT,
    SETTLEMENT_DOCUMENT,
)
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.refusals import Refusal

I, II, III, NONE = AccountClass.I, AccountClass.II, AccountClass.III, AccountClass.NONE  # noqa: E741
BANK, PAYMENT = AccountKind.BANK, AccountKind.PAYMENT
DEBIT = CardProduct.DEBIT
EXPIRED = date(2026, 1, 4)
UNTIL = datetime(2029, 1, 6, tzinfo=SHANGHAI)
BAR = Restriction(
    kind=RestrictionKind.OPENING_BARRED,
    cause=RestrictionCause.PENALTY,
    clause=NOTICE_5_OPENING_BAR,
    starts_at=UNTIL - timedelta(days=1096),
    until=UNTIL,
    certificate_id=UUID(int=7),
)


def facts(**changes: object) -> OpeningFacts:
    return OpeningFacts(**{"holder_kind": CustomerKind.INDIVIDUAL} | changes)


LIMITS = [
    pytest.param(BANK, I, 1, "CLASS_I_EXISTS", NOTICE_5_CLASS_I, id="notice-5-class-i"),
    pytest.param(BANK, II, 5, "CLASS_II_LIMIT", PBOC_16_CLASS_II, id="pboc-16-class-ii"),
    pytest.param(BANK, III, 5, "CLASS_III_LIMIT", PBOC_16_CLASS_III, id="pboc-16-class-iii"),
    pytest.param(PAYMENT, III, 1, "PAYMENT_CLASS_III_EXISTS", NOTICE_5_PAYMENT_III, id="notice-5-payment-iii"),
]


@pytest.mark.parametrize(("kind", "account_class", "limit", "code", "clause"), LIMITS)
def test_a_class_is_full_at_its_limit_and_above(kind, account_class, limit, code, clause):
    check_open_account(facts(open_accounts={(kind, account_class): limit - 1}), kind, account_class)
    for count in (limit, limit + 1, limit + 5):
        with pytest.raises(Refusal) as refused:
            check_open_account(facts(open_accounts={(kind, account_class): count}), kind, account_class)
        assert (refused.value.code, refused.value.clause) == (code, clause)
        assert refused.value.fields == {"count": count, "limit": limit}


@pytest.mark.parametrize(("kind", "account_class", "limit", "code", "clause"), LIMITS)
def test_a_change_of_class_meets_the_limit_of_the_target(kind, account_class, limit, code, clause):
    full = facts(open_accounts={(kind, account_class): limit}, in_review=True, opening_bars=(BAR,))
    room = facts(open_accounts={(kind, account_class): limit - 1}, in_review=True, opening_bars=(BAR,))
    check_change_class(room, kind, account_class, live_cards=0)
    with pytest.raises(Refusal) as refused:
        check_change_class(full, kind, account_class, live_cards=0)
    assert (refused.value.code, refused.value.clause) == (code, clause)


@pytest.mark.parametrize("account_class", [I, II])
def test_payment_accounts_below_class_iii_are_not_counted(account_class):
    check_open_account(facts(open_accounts={(PAYMENT, account_class): 40}), PAYMENT, account_class)


def test_each_limit_is_independent():
    full = {(BANK, II): 5, (BANK, III): 5, (PAYMENT, III): 1}
    check_open_account(facts(open_accounts=full, debit_cards=4), BANK, I)


@pytest.mark.parametrize("kind", [BANK, PAYMENT])
@pytest.mark.parametrize("account_class", [I, II, III])
def test_an_organization_has_no_class(kind, account_class):
    organization = facts(holder_kind=CustomerKind.ORGANIZATION, in_review=True, opening_bars=(BAR,))
    with pytest.raises(OrganizationHasNoClass):
        check_open_account(organization, kind, account_class)
    check_open_account(facts(holder_kind=CustomerKind.ORGANIZATION), kind, NONE)


def test_a_review_comes_before_the_bar_and_the_bar_before_the_limits():
    full = {(BANK, I): 1}
    with pytest.raises(Refusal) as refused:
        check_open_account(facts(in_review=True, expired_on=EXPIRED, opening_bars=(BAR,), open_accounts=full), BANK, I)
    assert (refused.value.code, refused.value.clause) == ("IDENTITY_UNDER_REVIEW", None)
    with pytest.raises(Refusal) as refused:
        check_open_account(facts(expired_on=EXPIRED, opening_bars=(BAR,), open_accounts=full), BANK, I)
    assert (refused.value.code, refused.value.clause) == ("DOCUMENT_EXPIRED", PBOC_392_DOCUMENT)
    assert refused.value.fields == {"valid_until": "2026-01-04"}
    with pytest.raises(Refusal) as refused:
        check_open_account(facts(opening_bars=(BAR,), open_accounts=full), BANK, I)
    assert (refused.value.code, refused.value.clause) == ("OPENING_BARRED", NOTICE_5_OPENING_BAR)
    assert refused.value.fields["until"] == "2029-01-06T00:00:00.000000+08:00"
    assert "2029年1月5日（含）" in refused.value.detail("zh")


def test_an_expired_document_of_an_organization_is_refused_by_the_settlement_order():
    organization = facts(holder_kind=CustomerKind.ORGANIZATION, expired_on=EXPIRED)
    with pytest.raises(Refusal) as refused:
        check_open_account(organization, BANK, NONE)
    assert (refused.value.code, refused.value.clause) == ("DOCUMENT_EXPIRED", SETTLEMENT_DOCUMENT)


def test_expired_document_is_refused_by_a_house_rule_where_no_bank_account_is_opened():
    expired = facts(expired_on=EXPIRED)
    for check in (
        lambda: check_open_account(expired, AccountKind.PAYMENT, AccountClass.III),
        lambda: check_issue_card(expired, BANK, I, CardProduct.DEBIT),
    ):
        with pytest.raises(Refusal) as refused:
            check()
        assert (refused.value.code, refused.value.clause) == ("DOCUMENT_EXPIRED", None)


def test_a_change_of_class_asks_for_no_valid_document():
    check_change_class(facts(expired_on=EXPIRED), BANK, I, live_cards=0)


def test_a_bar_refuses_a_card_by_a_house_rule_and_an_account_by_the_notice():
    by_house = replace(BAR, clause=None)
    for bar, account_clause, account_cause in [(BAR, NOTICE_5_OPENING_BAR, None), (by_house, None, "punished")]:
        with pytest.raises(Refusal) as account:
            check_open_account(facts(opening_bars=(bar,)), BANK, I)
        assert (account.value.clause, account.value.fields.get("cause")) == (account_clause, account_cause)
        assert account.value.is_house_rule is (account_clause is None)
        with pytest.raises(Refusal) as card:
            check_issue_card(facts(opening_bars=(bar,)), BANK, I, CardProduct.DEBIT)
        assert (card.value.code, card.value.clause, card.value.fields["cause"]) == (
            "OPENING_BARRED",
            None,
            "no_new_card",
        )
        assert card.value.is_house_rule
        assert "本行规则" in card.value.detail("zh")
        assert "house rule" in card.value.detail("en")


@pytest.mark.parametrize(("count", "refused"), [(0, False), (3, False), (4, True), (5, True), (7, True)])
def test_four_debit_cards_are_all(count, refused):
    holder = facts(debit_cards=count)
    if not refused:
        check_issue_card(holder, BANK, I, DEBIT)
        return
    with pytest.raises(Refusal) as found:
        check_issue_card(holder, BANK, I, DEBIT)
    assert (found.value.code, found.value.clause) == ("DEBIT_CARD_LIMIT", NOTICE_5_CARDS)


@pytest.mark.parametrize("product", [each for each in CardProduct if each is not DEBIT])
def test_cards_of_other_products_do_not_count(product):
    check_issue_card(facts(debit_cards=4), BANK, I, product)


@pytest.mark.parametrize(("kind", "account_class"), [(BANK, III), (PAYMENT, I), (PAYMENT, II), (PAYMENT, III)])
def test_class_iii_and_payment_accounts_carry_no_card(kind, account_class):
    with pytest.raises(Refusal) as refused:
        check_issue_card(facts(debit_cards=4), kind, account_class, DEBIT)
    assert refused.value.code == "CARD_NOT_OFFERED"


def test_an_account_with_a_card_does_not_become_class_iii():
    check_change_class(facts(), BANK, II, live_cards=2)
    check_change_class(facts(), BANK, III, live_cards=0)
    with pytest.raises(Refusal) as refused:
        check_change_class(facts(), BANK, III, live_cards=1)
    assert (refused.value.code, refused.value.clause) == ("CARD_NOT_OFFERED", PBOC_302_NO_CARD)


@pytest.mark.parametrize(("count", "refused"), [(0, False), (2, False), (3, True), (4, True)])
def test_an_agent_takes_three_cards_for_others(count, refused):
    if not refused:
        check_issue_card(facts(agent_cards=count), BANK, I, DEBIT)
        return
    with pytest.raises(Refusal) as found:
        check_issue_card(facts(agent_cards=count), BANK, I, CardProduct.MEDICAL)
    assert (found.value.code, found.value.clause) == ("AGENT_CARD_LIMIT", CBRC_48_AGENT)


def test_the_customers_limit_comes_before_the_agents():
    with pytest.raises(Refusal) as refused:
        check_issue_card(facts(debit_cards=4, agent_cards=3), BANK, I, DEBIT)
    assert refused.value.code == "DEBIT_CARD_LIMIT"


def test_an_exception_waives_the_four_and_nothing_else():
    check_issue_card(facts(debit_cards=9), BANK, I, DEBIT, by_exception=True)
    for changes, code in (
        ({"in_review": True}, "IDENTITY_UNDER_REVIEW"),
        ({"expired_on": EXPIRED}, "DOCUMENT_EXPIRED"),
        ({"opening_bars": (BAR,)}, "OPENING_BARRED"),
        ({"agent_cards": 3}, "AGENT_CARD_LIMIT"),
    ):
        with pytest.raises(Refusal) as refused:
            check_issue_card(facts(**changes), BANK, I, DEBIT, by_exception=True)
        assert refused.value.code == code


def test_eligibility_is_the_same_rules():
    verdicts = eligibility(facts(open_accounts={(BANK, I): 1, (BANK, II): 4}, debit_cards=4))
    assert {name: refusal and refusal.code for name, refusal in verdicts.items()} == {
        "bank_class_i": "CLASS_I_EXISTS",
        "bank_class_ii": None,
        "bank_class_iii": None,
        "payment_class_iii": None,
        "debit_card": "DEBIT_CARD_LIMIT",
    }


@pytest.mark.parametrize(
    ("taken", "most", "slot"),
    [((), 4, 1), ((1, 2), 4, 3), ((2, 3), 4, 1), ((1, 2, 4), 4, 3), ((1, 2, 3, 4), 4, None), ((1,), 1, None)],
)
def test_the_smallest_free_place_is_taken(taken, most, slot):
    assert free_slot(taken, most) == slot
