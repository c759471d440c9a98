"""The chart of due transfers: whole units, nothing outside the frame, round numbers on its axes."""

from datetime import timedelta

import pytest
from django.utils import translation

from config.frames.desk.axes import Tick
from config.frames.desk.due_picture import FOOT, LEFT, RIGHT, TOP, DueSlot, draw_due
from tests.clock import NOON

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)


def drawn(*slots, now=NOON):
    return draw_due(slots, now=now, slot=HOUR, ahead=DAY)


def test_a_bar_is_as_high_as_its_share_of_the_scale_and_the_amount_is_marked():
    picture = drawn(DueSlot(NOON, 4, 8_000_00), DueSlot(NOON + HOUR, 2, 4_000_00))
    first, second = picture.bars
    assert (first.bar.y, first.bar.height) == (TOP, FOOT - TOP)
    assert second.bar.height == first.bar.height // 2
    assert (first.mark_y, second.mark_y) == (TOP, TOP + first.bar.height // 2)
    assert [line.count for line in picture.grid] == ["0", "1", "2", "3", "4"]
    assert [line.yuan for line in picture.grid] == ["0", "2,000", "4,000", "6,000", "8,000"]


def test_present_is_in_its_hour_and_last_slot_within_the_frame():
    picture = drawn(DueSlot(NOON + DAY, 1, 1), now=NOON + timedelta(minutes=59))
    assert LEFT < picture.now_x < LEFT + (RIGHT - LEFT) / 25
    (drawn_slot,) = picture.bars
    bar = drawn_slot.bar
    assert bar.x >= LEFT
    assert bar.x + bar.width <= RIGHT
    assert drawn_slot.mark_y == FOOT  # one fen, next to four yuan
    assert picture.ticks[0] == Tick(LEFT, "12:00")
    assert len(picture.ticks) == 9


@pytest.mark.parametrize(
    ("most", "top"), [(0, "4"), (4, "4"), (5, "8"), (9, "20"), (20, "20"), (21, "40"), (81, "200"), (10_000, "20,000")]
)
def test_scale_is_round_and_not_below_its_values(most, top):
    assert drawn(DueSlot(NOON, most, 100)).grid[-1].count == top if most else drawn().grid[-1].count == top


def test_large_amounts_are_written_in_the_readers_units():
    slots = DueSlot(NOON, 1, 1_500_000_00), DueSlot(NOON + HOUR, 1, 100)
    assert [line.yuan for line in drawn(*slots).grid] == ["0", "50万", "100万", "150万", "200万"]
    with translation.override("en"):
        assert [line.yuan for line in drawn(*slots).grid] == ["0", "500k", "1,000k", "1,500k", "2,000k"]
    assert drawn(DueSlot(NOON, 1, 9 * 10**18)).grid[-1].yuan == "2,000,000,000亿"
