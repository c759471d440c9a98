"""六部门通告 第五条, from 2017-01-01: five years, three years, both directions, for any stated term."""

from datetime import date

import pytest

from blacklist.vocabulary import Act, Category
from tests.blacklist.regimes.worked_cases import COUNTER, OUTFLOWS, TICK, after, certified, end, midnight, stopped

NON_COUNTER = OUTFLOWS | {Act.MACHINE_CASH_IN, Act.BASIC_DEBIT}
PAYMENT = {Act.PAYMENT_IN, Act.PAYMENT_OUT, Act.PAYMENT_BALANCE_OUT, Act.INBOUND, Act.CLOSE}
OPENING = {Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ISSUE_CARD}
DAY = date(2026, 6, 1)


@pytest.mark.parametrize("category", [each for each in Category if each != Category.CASE_ACCOUNT])
def test_every_category_stops_the_same(category):
    """Case 45: BUY has the same effect as SELL; persons punished for a crime by a house rule."""
    assert stopped([certified("NOTICE_2016", DAY, category)], midnight(2026, 6, 2)) == NON_COUNTER | PAYMENT | OPENING


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(midnight(2026, 6, 1) - TICK, set(), id="before-it"),
        pytest.param(midnight(2026, 6, 1), NON_COUNTER | PAYMENT | OPENING, id="first-instant"),
        pytest.param(after(2029, 6, 1) - TICK, NON_COUNTER | PAYMENT | OPENING, id="third-year-last-instant"),
        pytest.param(after(2029, 6, 1), NON_COUNTER | PAYMENT, id="three-years-over"),
        pytest.param(after(2031, 6, 1) - TICK, NON_COUNTER | PAYMENT, id="fifth-year-last-instant"),
        pytest.param(after(2031, 6, 1), set(), id="five-years-over"),
    ],
)
def test_five_years_and_three(at, expected):
    found = stopped([certified("NOTICE_2016", DAY)], at)
    assert found == expected
    assert not found & COUNTER


@pytest.mark.parametrize(
    ("day", "barred_until", "suspended_until"),
    [
        pytest.param(date(2020, 2, 29), after(2023, 2, 28), after(2025, 2, 28), id="10.3-leap-day"),
        pytest.param(date(2019, 2, 28), after(2022, 2, 28), after(2024, 2, 28), id="10.2-into-a-leap-year"),
        pytest.param(date(2017, 3, 15), after(2020, 3, 15), after(2022, 3, 15), id="10.2"),
    ],
)
def test_terms_are_counted_by_calendar(day, barred_until, suspended_until):
    """Case 76: the term ends at 00:00 without any act."""
    listed = [certified("NOTICE_2016", day)]
    at = midnight(day.year, day.month, day.day)
    assert end(listed, Act.OPEN_BANK_ACCOUNT, at) == barred_until
    assert end(listed, Act.MACHINE_CASH_OUT, at) == suspended_until
    assert end(listed, Act.PAYMENT_OUT, at) == suspended_until


def test_no_restriction_before_2017_for_any_approval():
    listed = [certified("NOTICE_2016", date(2016, 11, 20), in_force_at=midnight(2016, 12, 10))]
    assert stopped(listed, midnight(2017, 1, 1) - TICK) == set()
    assert end(listed, Act.REMOTE_TRANSFER_OUT, midnight(2017, 1, 1)) == after(2021, 11, 20)


def test_the_term_of_the_paper_changes_nothing():
    listed = [certified("NOTICE_2016", DAY, term=(DAY, date(2027, 6, 1)))]
    assert end(listed, Act.REMOTE_TRANSFER_OUT, midnight(2026, 6, 2)) == after(2031, 6, 1)


def test_several_are_a_union_and_no_sum():
    listed = [certified("NOTICE_2016", date(2018, 1, 1)), certified("NOTICE_2016", date(2020, 1, 1))]
    assert end(listed, Act.REMOTE_TRANSFER_OUT, midnight(2020, 6, 1)) == after(2025, 1, 1)
    assert end(listed, Act.OPEN_BANK_ACCOUNT, midnight(2020, 6, 1)) == after(2023, 1, 1)
