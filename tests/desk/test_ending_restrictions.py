"""Restrictions that end within a week are found by index, with accumulated terms included."""

from datetime import date, datetime, timedelta

import pytest

from accounts.queries.customer_restrictions import standing_of, subject_keys
from accounts.queries.restriction_ends import ending_page
from blacklist.queries.ending_penalties import counted_from
from config.kernel.law.dates import SHANGHAI
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.listings import certify

pytestmark = pytest.mark.django_db


def found(at: datetime) -> list[str]:
    return [line.subject.name for line in ending_page(at, after=None, limit=50).lines]


def last_day(customer) -> date:
    """Return the last day of a person's restriction according to the rules."""
    standing = standing_of(customer, subject_keys(customer.id), NOON)
    return max(each.until.astimezone(SHANGHAI).date() - timedelta(days=1) for each in standing.of_person())


def on(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def test_days_from_which_years_end_on_a_day_count_the_end_of_february_whole():
    assert counted_from([date(2026, 1, 2)], [3, 5]) == {date(2023, 1, 2), date(2021, 1, 2)}
    assert counted_from([date(2027, 2, 28)], [3]) == {date(2024, 2, 28), date(2024, 2, 29)}


def test_restriction_is_listed_in_its_last_week_only(zhang, li, noon):
    certify(factories.ZHANG)
    ends_at = on(last_day(zhang)) + timedelta(days=1)
    for at, there in (
        (ends_at - timedelta(days=7, seconds=1), False),
        (ends_at - timedelta(days=7), True),
        (ends_at - timedelta(seconds=1), True),
        (ends_at, False),
    ):
        noon.set(at)
        assert bool(found(at)) is there, at


def test_customer_restricted_by_another_certificate_is_left_out_until_its_end(zhang, noon):
    certify(factories.ZHANG, certified_on=date(2025, 10, 1))
    first = last_day(zhang)
    certify(factories.ZHANG)
    last = last_day(zhang)
    assert last > first
    assert found(on(first)) == []
    assert found(on(last)) == ["张*"]


@pytest.mark.parametrize(
    ("papers", "ends_on"),
    [
        ([("2025-06-01", "2025-06-01", "2035-06-01")], date(2030, 6, 1)),
        ([("2025-06-01", "2026-01-02", "2031-01-02")], date(2031, 1, 2)),
        ([("2025-06-01", "2024-02-29", "2031-01-02")], date(2029, 2, 28)),
        # Two years are added to what was cut.
        ([("2025-06-01", "2024-12-01", "2035-01-02"), ("2025-07-01", None, None)], date(2030, 6, 1)),
        ([("2025-06-01", "2022-01-02", "2035-01-02"), ("2025-07-01", None, None)], date(2029, 1, 2)),
    ],
)
def test_a_term_that_is_cut_at_five_years_is_listed_in_its_last_week(zhang, noon, papers, ends_on):
    for day, begins, ends in papers:
        term = {"term": {"from": begins, "to": ends}} if begins else {}
        certify(
            factories.ZHANG,
            certified_on=date.fromisoformat(day),
            legal_basis="JDM_2024",
            extent={"accounts": 3},
            **term,
        )
    assert last_day(zhang) == ends_on
    noon.set(on(ends_on))
    assert found(on(ends_on)) == ["张*"]
    noon.set(on(ends_on + timedelta(days=1)))
    assert found(on(ends_on + timedelta(days=1))) == []


def test_list_and_count_are_on_the_desk_of_compliance_and_supervisors(zhang, noon, signed_in):
    certify(factories.ZHANG)
    last = last_day(zhang)
    noon.set(on(last, 12))
    officer = signed_in("compliance")
    assert "/desk/restrictions/ending/count" in text_of(officer.get("/desk/"))
    assert officer.get("/desk/restrictions/ending/count").content == b"1"
    page = text_of(officer.get("/desk/restrictions/ending"))
    assert (f"/desk/customers/{zhang.id}" in page, "张三" in page, last.isoformat() in page) == (True, False, True)
    supervisor = english(signed_in("supervisor"))
    assert "/desk/restrictions/ending" in text_of(supervisor.get("/desk/figures"))
    assert "Restrictions that end within 7 days" in text_of(supervisor.get("/desk/restrictions/ending"))
    assert signed_in("teller").get("/desk/restrictions/ending").status_code == 403


def test_query_cost_is_independent_of_the_number_of_restrictions(zhang, noon):
    people = [factories.new_person() for _ in range(6)]
    for each in people:
        factories.customer(each)
    certify(factories.ZHANG)
    last = last_day(zhang)
    at = on(last)
    few = queries_of(lambda: found(at))
    assert len(found(at)) == 1
    certify(*people)
    assert queries_of(lambda: found(at)) == few
    assert len(found(at)) == 7
