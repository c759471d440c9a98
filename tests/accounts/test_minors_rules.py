"""When a guardian is needed, as pure functions: around the 16th birthday, and births on 29 February."""

from datetime import date

import pytest

from accounts.policy.opening import (
    OpeningFacts,
    age_class,
    check_guardian,
    check_issue_card,
    check_open_account,
    eligibility,
    may_be_guardian,
    may_have_guardian,
)
from accounts.refusals.opening import GuardianRequired
from accounts.vocabulary import AccountClass, AccountKind, AgeClass, AgentRelation, CardProduct, CustomerKind
from config.kernel.law.refusals import Refusal
from tests.accounts.test_opening_rules import BAR

UNDER, FROM, UNKNOWN = AgeClass.UNDER_16, AgeClass.FROM_16, AgeClass.UNKNOWN
AGENT, GUARDIAN = AgentRelation.AGENT, AgentRelation.GUARDIAN
BANK, I = AccountKind.BANK, AccountClass.I  # noqa: E741 - the class's name


def facts(**changes: object) -> OpeningFacts:
    return OpeningFacts(**{"holder_kind": CustomerKind.INDIVIDUAL} | changes)


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2010, 1, 5), date(2025, 1, 5), UNDER),
        (date(2010, 1, 5), date(2026, 1, 4), UNDER),
        (date(2010, 1, 5), date(2026, 1, 5), FROM),
        (date(2010, 1, 5), date(2026, 1, 6), FROM),
        (date(2026, 1, 5), date(2026, 1, 5), UNDER),
        (date(2008, 2, 29), date(2024, 2, 28), UNDER),
        (date(2008, 2, 29), date(2024, 2, 29), FROM),
        # 2100 is no leap year: a person born on 29 February 2084 is sixteen on the last day of that month.
        (date(2084, 2, 29), date(2100, 2, 27), UNDER),
        (date(2084, 2, 29), date(2100, 2, 28), FROM),
        (None, date(2026, 1, 5), UNKNOWN),
    ],
)
def test_the_sixteenth_birthday_ends_it(born, day, age):
    assert age_class(born, day) is age
    assert may_have_guardian(age) is (age is UNDER)


@pytest.mark.parametrize("relation", [None, AGENT, GUARDIAN])
@pytest.mark.parametrize("age", [UNDER, FROM, UNKNOWN, None])
def test_only_a_customer_known_to_be_under_sixteen_needs_a_guardian(age, relation):
    if age is UNDER and relation is not GUARDIAN:
        with pytest.raises(GuardianRequired) as refused:
            check_guardian(age, relation)
        assert refused.value.clause is None
        return
    check_guardian(age, relation)


@pytest.mark.parametrize(
    ("born", "day", "can"),
    [
        (date(2008, 1, 5), date(2026, 1, 4), False),
        (date(2008, 1, 5), date(2026, 1, 5), True),
        (date(2008, 2, 29), date(2026, 2, 27), False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (None, date(2026, 1, 5), True),
    ],
)
def test_a_guardian_is_eighteen_as_far_as_is_known(born, day, can):
    assert may_be_guardian(born, day) is can


def test_the_order_of_the_contract():
    """After the review, before the bar and the limits."""
    child = {"age": UNDER, "opening_bars": (BAR,), "open_accounts": {(BANK, I): 1}, "debit_cards": 4}
    for asked in (
        lambda opening: check_open_account(opening, BANK, I),
        lambda opening: check_issue_card(opening, BANK, I, CardProduct.DEBIT),
    ):
        met = []
        for changes in ({"in_review": True}, {}, {"agent_relation": GUARDIAN}):
            with pytest.raises(Refusal) as refused:
                asked(facts(**child | changes))
            met.append(refused.value.code)
        assert met == ["IDENTITY_UNDER_REVIEW", "GUARDIAN_REQUIRED", "OPENING_BARRED"]


def test_eligibility_says_that_it_is_possible_with_a_guardian():
    refusals = eligibility(facts(age=UNDER)).values()
    assert {refusal and refusal.code for refusal in refusals} == {"GUARDIAN_REQUIRED"}
    assert all(
        "监护人" in refusal.detail("zh") and "guardian" in refusal.detail("en") for refusal in refusals if refusal
    )
    assert set(eligibility(facts(age=UNDER, agent_relation=GUARDIAN)).values()) == {None}
