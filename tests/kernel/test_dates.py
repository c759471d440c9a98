"""Periods are counted by calendar days in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.law.dates import (
    SHANGHAI,
    add_months,
    add_years,
    day_end,
    next_day_start,
    rfc3339,
    shanghai_day,
    start_of_day,
)

days = st.dates(date(1950, 1, 1), date(2100, 12, 31))
#: Summer time was kept from 1986 to 1991, and the sun's before 1901.
OTHER_HOURS = [
    date(1988, 7, 1),
    date(1986, 5, 4),
    date(1991, 9, 15),
    date(1941, 6, 1),
    date(1900, 12, 31),
    date(1900, 7, 1),
]


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("certified_on", "years", "until"),
    [
        pytest.param(date(2017, 3, 15), 5, midnight(2022, 3, 16), id="five years"),
        pytest.param(date(2017, 3, 15), 3, midnight(2020, 3, 16), id="three years from the same day"),
        pytest.param(date(2020, 2, 29), 2, midnight(2022, 3, 1), id="leap day +2"),
        pytest.param(date(2020, 2, 29), 3, midnight(2023, 3, 1), id="leap day +3"),
        pytest.param(date(2020, 2, 29), 4, midnight(2024, 3, 1), id="leap day +4"),
        pytest.param(date(2020, 2, 29), 5, midnight(2025, 3, 1), id="leap day +5"),
        pytest.param(date(2019, 2, 28), 5, midnight(2024, 2, 29), id="into a leap year"),
        pytest.param(date(2016, 12, 31), 5, midnight(2022, 1, 1), id="over new year"),
        pytest.param(date(2017, 10, 1), 5, midnight(2022, 10, 2), id="holidays move nothing"),
    ],
)
def test_a_penalty_ends_after_the_corresponding_day(certified_on, years, until):
    assert day_end(add_years(certified_on, years)) == until


@pytest.mark.parametrize(
    ("years", "last_day"),
    [
        pytest.param(2, date(2022, 2, 28), id="leap day +2"),
        pytest.param(3, date(2023, 2, 28), id="leap day +3"),
        pytest.param(4, date(2024, 2, 29), id="leap day +4"),
        pytest.param(5, date(2025, 2, 28), id="leap day +5"),
        pytest.param(-1, date(2019, 2, 28), id="back"),
        pytest.param(0, date(2020, 2, 29), id="none"),
    ],
)
def test_a_leap_day_corresponds_to_the_last_of_february(years, last_day):
    assert add_years(date(2020, 2, 29), years) == last_day


@pytest.mark.parametrize(
    ("day", "months", "corresponding"),
    [
        pytest.param(date(2016, 10, 5), 6, date(2017, 4, 5), id="six months"),
        pytest.param(date(2016, 8, 31), 6, date(2017, 2, 28), id="clamped to the last day of the month"),
        pytest.param(date(2019, 8, 31), 6, date(2020, 2, 29), id="clamped in a leap year"),
        pytest.param(date(2020, 12, 15), 1, date(2021, 1, 15), id="over new year"),
        pytest.param(date(2020, 1, 31), -1, date(2019, 12, 31), id="back over it"),
        pytest.param(date(2020, 3, 31), -1, date(2020, 2, 29), id="back, clamped"),
        pytest.param(date(2020, 3, 31), 12, date(2021, 3, 31), id="a year"),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(day, months, corresponding):
    assert add_months(day, months) == corresponding


def test_an_account_without_business_is_suspended_after_the_last_day():
    opened_on = date(2016, 10, 5)
    assert day_end(add_months(opened_on, 6)) == midnight(2017, 4, 6)


def test_three_days_from_a_notice_end_with_the_third_day():
    assert day_end(date(2017, 3, 15) + timedelta(days=3)) == midnight(2017, 3, 19)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2016, 11, 30, 15, 59, 59, 999999, UTC), date(2016, 11, 30)),
        (datetime(2016, 11, 30, 16, 0, tzinfo=UTC), date(2016, 12, 1)),
        (datetime(2016, 12, 1, 0, 0, tzinfo=SHANGHAI), date(2016, 12, 1)),
        (
            datetime(2016, 11, 30, 23, 0, tzinfo=timezone(-timedelta(hours=5))),
            date(2016, 12, 1),
        ),
    ],
)
def test_a_day_is_a_day_of_shanghai(instant, day):
    assert shanghai_day(instant) == day


def test_an_instant_without_a_zone_has_no_day():
    for read in (shanghai_day, next_day_start):
        with pytest.raises(ValueError, match="time zone"):
            read(datetime(2016, 12, 1, tzinfo=None))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 11, 25, 0, 0, tzinfo=SHANGHAI), midnight(2026, 11, 26)),
        (
            datetime(2026, 11, 25, 23, 59, 59, 999999, SHANGHAI),
            midnight(2026, 11, 26),
        ),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), midnight(2027, 1, 2)),
    ],
)
def test_the_next_day_starts_at_midnight(instant, expected):
    assert next_day_start(instant) == expected


def test_midnight_in_shanghai_is_sixteen_hours_utc_the_day_before():
    assert start_of_day(date(2026, 11, 25)) == datetime(2026, 11, 24, 16, tzinfo=UTC)


@given(days, st.integers(0, 20))
def test_a_period_of_years_ends_on_the_same_day_or_the_twenty_eighth(day, years):
    last = add_years(day, years)
    assert (last.year, last.month) == (day.year + years, day.month)
    assert last.day == day.day or (day.month, day.day, last.day) == (2, 29, 28)


@given(days, days, st.integers(1, 10))
def test_a_later_certificate_never_ends_earlier(one, other, years):
    first, second = sorted((one, other))
    assert day_end(add_years(first, years)) <= day_end(add_years(second, years))


@given(days)
def test_a_day_is_half_open(day):
    assert shanghai_day(start_of_day(day)) == day
    assert shanghai_day(day_end(day) - timedelta(microseconds=1)) == day
    assert shanghai_day(day_end(day)) == day + timedelta(days=1)


@pytest.mark.parametrize("day", OTHER_HOURS, ids=str)
def test_every_year_is_eight_hours_ahead(day):
    assert start_of_day(day).isoformat() == f"{day}T00:00:00+08:00"
    assert start_of_day(day).astimezone(UTC).hour == 16
    assert rfc3339(start_of_day(day).astimezone(UTC)) == f"{day}T00:00:00.000000+08:00"
    assert day_end(day) - start_of_day(day) == timedelta(hours=24)
    assert shanghai_day(start_of_day(day)) == day


@given(st.dates(date(1, 1, 2), date(9999, 12, 30)))
def test_a_day_is_the_same_day_there_and_back(day):
    assert shanghai_day(start_of_day(day).astimezone(UTC)) == day
    assert str(rfc3339(start_of_day(day))).startswith(f"{day}T00:00:00.000000+08:00")
