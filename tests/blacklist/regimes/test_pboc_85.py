"""银发〔2019〕85号, from 2019-04-01: as the notice, and the bar on opening lasts five years too."""

from datetime import date

import pytest

from blacklist.policy.restrictions import restrictions_of_person
from blacklist.vocabulary import Act, Category
from tests.blacklist.regimes.worked_cases import TICK, after, certified, end, midnight, stopped

DAY = date(2019, 5, 1)


@pytest.mark.parametrize(
    ("at", "barred"),
    [
        pytest.param(midnight(2023, 1, 1), True, id="case-48"),
        pytest.param(after(2024, 5, 1) - TICK, True, id="last-instant"),
        pytest.param(after(2024, 5, 1), False, id="five-years-over"),
    ],
)
def test_nothing_is_opened_for_five_years(at, barred):
    found = stopped([certified("PBOC_85", DAY)], at)
    assert found >= {Act.OPEN_BANK_ACCOUNT, Act.OPEN_PAYMENT_ACCOUNT, Act.ISSUE_CARD} if barred else not found
    assert found == (stopped([certified("NOTICE_2016", DAY)], midnight(2020, 1, 1)) if barred else set())


@pytest.mark.parametrize("category", [each for each in Category if each != Category.CASE_ACCOUNT])
def test_own_clause_is_cited_and_none_for_punished_persons(category):
    found = restrictions_of_person([certified("PBOC_85", DAY, category)], at=midnight(2020, 1, 1))
    clauses = {str(each.clause) if each.clause else None for each in found}
    assert clauses == ({None} if category is Category.CRIMINAL_PUNISHED else {"银发〔2019〕85号 买卖账户惩戒"})
    if category is Category.CRIMINAL_PUNISHED:
        assert {each.grounds for each in found} != {"本行规则"}
        assert all("银发〔2019〕85号" in each.grounds for each in found)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        pytest.param(date(2020, 2, 29), after(2025, 2, 28), id="10.3-leap-day"),
        pytest.param(date(2019, 4, 1), after(2024, 4, 1), id="first-day"),
    ],
)
def test_terms_are_counted_by_calendar(day, until):
    listed = [certified("PBOC_85", day)]
    at = midnight(day.year, day.month, day.day)
    assert {end(listed, act, at) for act in (Act.MACHINE_CASH_IN, Act.PAYMENT_IN, Act.OPEN_BANK_ACCOUNT)} == {until}


def test_no_restriction_before_the_first_day_for_any_approval():
    listed = [certified("PBOC_85", date(2019, 3, 1), in_force_at=midnight(2019, 3, 2))]
    assert stopped(listed, midnight(2019, 4, 1) - TICK) == set()
    assert end(listed, Act.REMOTE_TRANSFER_OUT, midnight(2019, 4, 1)) == after(2024, 3, 1)


def test_the_term_of_the_paper_changes_nothing_and_several_are_a_union():
    listed = [certified("PBOC_85", DAY, term=(DAY, date(2020, 5, 1))), certified("PBOC_85", date(2021, 1, 1))]
    assert end(listed, Act.REMOTE_TRANSFER_OUT, midnight(2022, 1, 1)) == after(2026, 1, 1)
    assert end(listed[:1], Act.REMOTE_TRANSFER_OUT, midnight(2022, 1, 1)) == after(2024, 5, 1)
