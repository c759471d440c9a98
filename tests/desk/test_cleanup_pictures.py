"""The burn-down chart is drawn to scale, from the initial excess to zero at the deadline."""

from datetime import date, timedelta

import pytest

from accounts.cleanup.desk.pictures import DAYS_SHOWN_MAX, BurnDown, bars, burn_down
from config.frames.desk.axes import STEPS

START = date(2026, 9, 7)


def drawn(excess: int, *left: int, deadline: date = date(2026, 12, 31), today: date | None = None) -> BurnDown:
    points = [(START + timedelta(days=7 * nth + 6), count) for nth, count in enumerate(left)]
    return burn_down(
        start=START, deadline=deadline, excess=excess, left=points, today=today or (points[-1][0] if points else START)
    )


def test_burn_down_falls_in_steps_from_the_initial_excess():
    picture = drawn(120, 100, 100, 40)
    assert [spot.count for spot in picture.spots] == [120, 100, 100, 40]
    heights = [spot.y for spot in picture.spots]
    assert heights == sorted(heights)
    assert [spot.x for spot in picture.spots] == sorted({spot.x for spot in picture.spots})
    # Half of it is left half-way up.
    assert drawn(200, 100).spots[1].y == pytest.approx((picture.top + picture.bottom) / 2, abs=0.1)


def test_the_plan_leads_from_all_of_it_to_nothing_at_the_deadline():
    picture = drawn(120, 100)
    across, down, to, bottom = picture.target
    assert (across, down) == (picture.spots[0].x, picture.spots[0].y)
    assert (to, bottom) == (picture.deadline, picture.bottom)


def test_a_campaign_past_its_deadline_stays_in_the_picture():
    picture = drawn(10, *[9] * 30, deadline=START + timedelta(days=14))
    assert picture.deadline < picture.spots[-1].x <= picture.right


@pytest.mark.parametrize("excess", [0, 1, 2, 3, 7, 10, 99, 1_000, 123_456, 4_000_001])
def test_heights_are_few_and_round_and_reach_over_the_highest(excess):
    picture = drawn(excess, excess // 2)
    labels = [int(each.text.replace(",", "")) for each in picture.heights]
    assert labels[0] == 0
    assert labels[-1] >= excess
    assert 2 <= len(labels) <= STEPS + 1
    assert picture.heights[0].at == picture.bottom


@pytest.mark.parametrize("days", [0, 1, 5, 40, 299, 301, 4_000])
def test_days_below_are_few_and_within_the_picture(days):
    picture = drawn(10, deadline=START + timedelta(days=days))
    assert 1 <= len(picture.days) <= DAYS_SHOWN_MAX + 1
    assert all(picture.left <= each.at <= picture.right for each in picture.days)


def test_burn_down_has_one_point_on_the_first_day():
    picture = drawn(5)
    assert len(picture.spots) == 1
    assert picture.today == picture.spots[0].x


def test_bars_are_parts_of_the_longest():
    drawn_bars = bars([("说明", "explain", 4), ("归并", "merge", 1)])
    assert [(each.code, each.width) for each in drawn_bars] == [("explain", 100.0), ("merge", 25.0)]
    assert bars([]) == ()
