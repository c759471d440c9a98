"""《联合惩戒办法》, from 2024-12-01: two or three years or the stated term, outflow only, at most five years in all."""

from dataclasses import replace
from datetime import date

import pytest

from blacklist.policy.calendar import ListingPeriod, spans_of
from blacklist.policy.restrictions import measures_of, restrictions_of_person
from blacklist.vocabulary import Act, Category, Direction, RestrictionKind
from tests.blacklist.regimes.worked_cases import COUNTER, OUTFLOWS, TICK, after, certified, end, midnight, stopped

DAY = date(2025, 1, 10)
STOPPED = OUTFLOWS | {Act.PAYMENT_IN, Act.PAYMENT_OUT, Act.INBOUND, Act.OPEN_PAYMENT_ACCOUNT}
CERTIFIED = [each for each in Category if each not in {Category.CASE_ACCOUNT, Category.CRIMINAL_PUNISHED}]


def jdm(day, category=Category.SELL, **more):
    return certified("JDM_2024", day, category, **more)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(midnight(2025, 1, 10) - TICK, set(), id="before-it"),
        pytest.param(midnight(2025, 1, 10), STOPPED, id="first-instant"),
        pytest.param(after(2027, 1, 10) - TICK, STOPPED, id="last-instant"),
        pytest.param(after(2027, 1, 10), set(), id="two-years-over"),
    ],
)
def test_outflow_is_stopped_for_two_years(at, expected):
    """Cases 4, 49, 60: permitted are cash deposits, openings, cards, basic debits and the transfer of the whole balance."""
    found = stopped([jdm(DAY)], at)
    assert found == expected
    assert not found & (COUNTER | {Act.MACHINE_CASH_IN, Act.BASIC_DEBIT, Act.PAYMENT_BALANCE_OUT, Act.CLOSE})
    assert not found & {Act.OPEN_BANK_ACCOUNT, Act.ISSUE_CARD}


@pytest.mark.parametrize("category", CERTIFIED)
def test_certified_person_is_restricted_for_two_years(category):
    assert end([jdm(DAY, category)], Act.CARD_PAYMENT, midnight(2025, 2, 1)) == after(2027, 1, 10)


def test_punished_person_is_restricted_for_three_years_by_own_clauses():
    listed = [jdm(DAY, Category.CRIMINAL_PUNISHED)]
    for act in (Act.CARD_PAYMENT, Act.PAYMENT_OUT, Act.OPEN_PAYMENT_ACCOUNT):
        assert end(listed, act, midnight(2025, 2, 1)) == after(2028, 1, 10)
    found = restrictions_of_person(listed, at=midnight(2025, 2, 1))
    assert [each.clause.article for each in found if each.clause] == ["金融惩戒(一)", "金融惩戒(二)", "金融惩戒(三)"]


def test_measure_states_its_direction():
    found = {each.kind: each for each in restrictions_of_person([jdm(DAY)], at=midnight(2025, 2, 1))}
    assert found[RestrictionKind.NON_COUNTER_SUSPENDED].answer()["direction"] == "out"
    assert found[RestrictionKind.PAYMENT_BUSINESS_SUSPENDED].direction is Direction.BOTH
    assert found[RestrictionKind.OPENING_BARRED].answer().get("direction") is None
    assert str(found[RestrictionKind.NON_COUNTER_SUSPENDED].text) == "限制非柜面出金"
    assert str(found[RestrictionKind.OPENING_BARRED].text) == "暂停新开立支付账户"


def test_no_restriction_before_the_first_day_for_any_approval():
    listed = [jdm(date(2024, 6, 1), in_force_at=midnight(2024, 7, 1))]
    assert stopped(listed, midnight(2024, 12, 1) - TICK) == set()
    assert end(listed, Act.CARD_PAYMENT, midnight(2024, 12, 1)) == after(2026, 6, 1)


@pytest.mark.parametrize(
    ("day", "category", "until"),
    [
        pytest.param(date(2028, 2, 29), Category.SELL, after(2030, 2, 28), id="10.3-leap-day-and-two"),
        pytest.param(date(2028, 2, 29), Category.CRIMINAL_PUNISHED, after(2031, 2, 28), id="10.3-leap-day-and-three"),
        pytest.param(date(2026, 2, 28), Category.SELL, after(2028, 2, 28), id="10.2-into-a-leap-year"),
    ],
)
def test_term_is_counted_by_calendar(day, category, until):
    assert (
        end([jdm(day, category)], Act.CARD_PAYMENT, midnight(2028, 2, 28) if day.year < 2028 else midnight(2028, 3, 1))
        == until
    )


@pytest.mark.parametrize(
    ("term", "before", "until"),
    [
        pytest.param((date(2025, 1, 10), date(2025, 7, 9)), None, after(2025, 7, 9), id="shorter"),
        pytest.param((date(2025, 1, 10), date(2029, 12, 31)), None, after(2029, 12, 31), id="longer"),
        pytest.param(
            (date(2025, 3, 1), date(2027, 2, 28)), midnight(2025, 3, 1), after(2027, 2, 28), id="begins-later"
        ),
        pytest.param((date(2025, 1, 10), date(2030, 1, 9)), None, after(2030, 1, 9), id="a-day-below-five-years"),
        pytest.param((date(2025, 1, 10), date(2030, 1, 10)), None, after(2030, 1, 10), id="five-years"),
        pytest.param((date(2025, 1, 10), date(2030, 1, 11)), None, after(2030, 1, 10), id="a-day-beyond-five-years"),
        pytest.param((date(2025, 1, 10), date(2035, 1, 10)), None, after(2030, 1, 10), id="ten-years"),
        pytest.param(
            (date(2025, 3, 1), date(2035, 1, 10)),
            midnight(2025, 3, 1),
            after(2030, 3, 1),
            id="five-from-its-own-first-day",
        ),
        pytest.param(
            (date(2024, 12, 1), date(2035, 1, 10)), None, after(2029, 12, 1), id="also-from-before-it-was-certified"
        ),
        pytest.param((date(2024, 2, 29), date(2029, 3, 1)), None, after(2029, 2, 28), id="10.3-leap-day-and-five"),
    ],
)
def test_the_term_of_the_paper_prevails(term, before, until):
    listed = [jdm(DAY, term=term)]
    if before:
        assert stopped(listed, before - TICK) == set()
    for act in (Act.CARD_PAYMENT, Act.PAYMENT_OUT, Act.OPEN_PAYMENT_ACCOUNT):
        assert end(listed, act, midnight(2025, 3, 1)) == until
    assert stopped(listed, until) == set()


FIRST, AGAIN = jdm(date(2025, 1, 10)), jdm(date(2026, 5, 20))
LAST_DAY, NEXT_DAY = jdm(date(2027, 1, 10)), jdm(date(2027, 1, 11))


@pytest.mark.parametrize(
    ("listed", "at", "until"),
    [
        pytest.param([FIRST, AGAIN], midnight(2026, 6, 1), after(2029, 1, 10), id="case-52-two-and-two"),
        pytest.param([FIRST, LAST_DAY], midnight(2027, 1, 10), after(2029, 1, 10), id="certified-on-the-last-day"),
        pytest.param([FIRST, NEXT_DAY], midnight(2027, 1, 11), after(2029, 1, 11), id="a-day-later-begins-anew"),
        pytest.param(
            [FIRST, AGAIN, jdm(date(2028, 1, 1))], midnight(2028, 2, 1), after(2030, 1, 10), id="case-52-cut-at-five"
        ),
        pytest.param(
            [FIRST, jdm(date(2025, 6, 1), Category.CRIMINAL_PUNISHED)],
            midnight(2025, 7, 1), after(2030, 1, 10), id="two-and-three-are-five",
        ),
        pytest.param(
            [FIRST, AGAIN, jdm(date(2028, 1, 1)), jdm(date(2030, 1, 10))],
            midnight(2030, 1, 10), after(2030, 1, 10), id="nothing-is-added-to-five",
        ),
        pytest.param(
            [FIRST, AGAIN, jdm(date(2028, 1, 1)), jdm(date(2030, 1, 11))],
            midnight(2030, 1, 11), after(2032, 1, 11), id="after-five-years-a-new-chain",
        ),
        pytest.param(
            [jdm(date(2028, 2, 29)), jdm(date(2029, 1, 1))],
            midnight(2029, 2, 1), after(2032, 2, 29), id="10.3-clamped-once",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2026, 1, 1), date(2028, 3, 31))), jdm(date(2027, 6, 1))],
            midnight(2027, 7, 1), after(2030, 1, 10), id="a-written-term-carries-the-end-and-five-years-cut-it",
        ),
        pytest.param(
            [FIRST, jdm(date(2025, 3, 1), term=(date(2025, 3, 1), date(2027, 2, 28))), jdm(date(2027, 2, 1))],
            midnight(2027, 3, 1), after(2029, 2, 28), id="added-to-a-written-end",
        ),
        pytest.param(
            [FIRST, jdm(date(2025, 3, 1), term=(date(2025, 3, 1), date(2025, 8, 31))), AGAIN],
            midnight(2026, 6, 1), after(2029, 1, 10), id="a-shorter-written-term-carries-nothing",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2026, 1, 1), date(2033, 12, 31)))],
            midnight(2026, 1, 1), after(2030, 1, 10), id="a-written-term-ends-with-the-chain",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2026, 1, 1), date(2030, 1, 9)))],
            midnight(2026, 1, 1), after(2030, 1, 9), id="a-written-term-below-it",
        ),
        pytest.param(
            [jdm(date(2025, 1, 10), term=(date(2025, 3, 1), date(2030, 3, 1))), jdm(date(2029, 1, 1))],
            midnight(2029, 1, 1), after(2030, 3, 1), id="a-chain-begins-with-its-first-restricted-day",
        ),
        pytest.param(
            [jdm(date(2025, 1, 10), term=(date(2024, 12, 1), date(2029, 12, 1))), jdm(date(2029, 12, 1))],
            midnight(2029, 12, 1), after(2030, 1, 10), id="and-not-before-it-was-certified",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2027, 1, 11), date(2032, 1, 11)))],
            midnight(2027, 1, 11), after(2030, 1, 10), id="what-begins-on-the-day-after-is-unbroken",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2027, 1, 12), date(2032, 1, 12)))],
            midnight(2027, 1, 12), after(2032, 1, 12), id="a-day-without-any-is-a-break",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2027, 1, 12), date(2032, 1, 12))), AGAIN],
            midnight(2027, 1, 12), after(2030, 1, 10), id="what-is-certified-before-the-break-fills-it",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2028, 6, 1), date(2033, 6, 1))), jdm(date(2033, 1, 1))],
            midnight(2033, 1, 1), after(2033, 6, 1), id="added-to-what-follows-a-break",
        ),
        pytest.param(
            [jdm(date(2028, 2, 29)), jdm(date(2029, 1, 1), term=(date(2029, 1, 1), date(2033, 12, 31)))],
            midnight(2029, 1, 1), after(2033, 2, 28), id="10.3-leap-day-chain-cut-at-five",
        ),
        pytest.param(
            [FIRST, jdm(date(2026, 1, 1), term=(date(2026, 1, 1), date(2033, 12, 31))), jdm(date(2031, 1, 1))],
            midnight(2032, 12, 31), after(2033, 1, 1), id="the-chain-is-over-with-five-years-whatever-is-written",
        ),
    ],
)  # fmt: skip
def test_repeated_terms_add_up_to_five_years(listed, at, until):
    for order in (listed, listed[::-1]):
        assert end(order, Act.CARD_PAYMENT, at) == until
        assert end(order, Act.PAYMENT_OUT, at) == until


def test_stated_term_that_begins_after_five_continuous_years_does_not_restrict():
    full = jdm(date(2025, 1, 10), term=(date(2025, 1, 10), date(2030, 1, 10)))
    unbroken = jdm(date(2029, 1, 1), term=(date(2030, 1, 11), date(2031, 1, 11)))
    assert stopped([full, unbroken], after(2030, 1, 10) - TICK)
    assert not stopped([full, unbroken], after(2030, 1, 10))
    assert end([unbroken], Act.CARD_PAYMENT, midnight(2030, 1, 11)) == after(2031, 1, 11)
    assert measures_of(unbroken, among=[full, unbroken]) == ()
    broken = jdm(date(2029, 1, 1), term=(date(2030, 1, 12), date(2031, 1, 12)))
    assert not stopped([full, broken], midnight(2030, 1, 12) - TICK)
    assert end([full, broken], Act.CARD_PAYMENT, midnight(2030, 1, 12)) == after(2031, 1, 12)


def test_chain_consists_of_certificates_in_force_at_the_instant():
    late = jdm(date(2026, 5, 20), in_force_at=midnight(2026, 9, 1))
    assert end([FIRST, late], Act.CARD_PAYMENT, midnight(2026, 9, 1) - TICK) == after(2027, 1, 10)
    assert end([FIRST, late], Act.CARD_PAYMENT, midnight(2026, 9, 1)) == after(2029, 1, 10)
    # Case 53: after the revocation of the first, the second counts alone.
    assert end([late], Act.CARD_PAYMENT, midnight(2026, 9, 2)) == after(2028, 5, 20)


def test_certificate_naming_a_person_by_two_documents_counts_once():
    twice = replace(FIRST, identity_key=b"p" * 32)
    assert end([FIRST, twice, AGAIN], Act.CARD_PAYMENT, midnight(2026, 6, 1)) == after(2029, 1, 10)
    measures = measures_of(AGAIN, among=[FIRST, twice, AGAIN])
    assert {each.until for each in measures} == {after(2029, 1, 10)}


def test_other_bases_neither_add_nor_are_added_to():
    notice = certified("NOTICE_2016", date(2024, 1, 1))
    at = midnight(2025, 2, 1)
    assert end([notice, FIRST], Act.CARD_PAYMENT, at) == after(2029, 1, 1)
    later = midnight(2027, 1, 5)
    assert end([notice, FIRST], Act.OPEN_PAYMENT_ACCOUNT, later) == after(2027, 1, 10)
    assert end([FIRST], Act.CARD_PAYMENT, at) == after(2027, 1, 10)


def test_calendar_shows_the_chain_and_revoked_parts():
    first = ListingPeriod(FIRST, "1", revoked_at=midnight(2026, 8, 1))
    again = ListingPeriod(AGAIN, "2")
    both = [first, again]
    (of_first, *_), (of_again, *_) = (spans_of(each, among=both) for each in both)
    assert (of_first.ends_at, of_first.lifted) == (midnight(2026, 8, 1), True)
    assert of_first.measure.until == after(2027, 1, 10)
    assert of_again.ends_at == after(2028, 5, 20)
    still = [ListingPeriod(FIRST, "1"), again]
    assert spans_of(again, among=still)[0].ends_at == after(2029, 1, 10)
