"""An end is shown in one form: the last day, inclusive, or the instant if it is not the end of a day."""

from datetime import date, datetime

import pytest

from config.frames.desk.labels import NOTHING, value_word
from config.frames.desk.templatetags.desk import end
from config.kernel.law.dates import SHANGHAI, add_years, day_end
from config.kernel.law.ends import OPEN, end_text, last_day


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("until", "zh", "en"),
    [
        (at(2031, 9, 15), "至2031年9月14日（含）止", "through 14 September 2031 (inclusive)"),
        (at(2031, 1, 1), "至2030年12月31日（含）止", "through 31 December 2030 (inclusive)"),
        (at(2028, 3, 1), "至2028年2月29日（含）止", "through 29 February 2028 (inclusive)"),
        (at(2031, 9, 14, 15, 30), "至2031年9月14日15:30止", "until 15:30 on 14 September 2031"),
        (at(2031, 9, 14, 0, 0, 1), "至2031年9月14日00:00:01止", "until 00:00:01 on 14 September 2031"),
        (None, OPEN.zh, OPEN.en),
    ],
)
def test_end_is_shown_as_last_day_or_instant(until, zh, en):
    text = end_text(until)
    assert (text.zh, text.en) == (zh, en)


def test_the_day_is_that_of_shanghai():
    assert end_text(datetime.fromisoformat("2031-09-14T16:00:00+00:00")).zh == "至2031年9月14日（含）止"
    assert last_day(datetime.fromisoformat("2031-09-14T16:00:00+00:00")) == date(2031, 9, 14)
    assert last_day(at(2031, 9, 14, 15, 30)) == date(2031, 9, 14)
    assert last_day(None) is None


def test_five_years_from_a_leap_day_end_with_the_last_of_february():
    assert end_text(day_end(add_years(date(2036, 2, 29), 5))).zh == "至2041年2月28日（含）止"


def test_pages_and_evidence_say_it_alike():
    assert end(at(2031, 9, 15)) == value_word("until", "2031-09-15T00:00:00.000000+08:00") == "至2031年9月14日（含）止"
    assert (end(None), value_word("until", None)) == ("直至解除", OPEN.zh)
    assert value_word("until", "no instant") == "no instant"
    assert value_word("placed_at", None) == NOTHING
