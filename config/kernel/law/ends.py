"""Ends in words (截止时间): stored as exclusive instants, shown as the last day, inclusive.

This module is the only place that words a day, an instant or an end, for refusals, pages, forms and
proposals. Readers of "至9月15日" take the 15th for the last day, so an end at 00:00 of the 15th is shown as
至9月14日（含）止, and an end during a day as that instant.
"""

from datetime import date, datetime, time, timedelta

from config.kernel.law.dates import SHANGHAI, shanghai_day
from config.kernel.law.text import Text

#: The words for an end that is not set: a separate act ends it, such as the release of a freeze.
OPEN = Text("直至解除", "until released")

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def last_day(until: datetime | None) -> date | None:
    """Return the last day in Shanghai before an exclusive end; None without an end.

    :param until: the exclusive end, an aware instant.
    """
    return None if until is None else shanghai_day(until - timedelta(microseconds=1))


def day_text(day: date) -> Text:
    """Return a day in words: 2026年11月21日, 21 November 2026."""
    return Text(*_day(day))


def month_text(day: date) -> Text:
    """Return a month in words, for sources that do not name the day: 2018年1月, January 2018."""
    return Text(f"{day.year}年{day.month}月", f"{_MONTHS[day.month - 1]} {day.year}")


def instant_text(instant: datetime) -> Text:
    """Return an instant in words, to the second: 2026年12月2日10:29:23, 10:29:23 on 2 December 2026.

    :param instant: an aware instant.
    """
    local = instant.astimezone(SHANGHAI)
    zh, en = _day(local.date())
    return Text(f"{zh}{local:%H:%M:%S}", f"{local:%H:%M:%S} on {en}")


def end_text(until: datetime | None, open_end: Text = OPEN) -> Text:
    """Return an end in words: the last day if it is the end of a day, otherwise the exact instant.

    :param until: the exclusive end, an aware instant; None without an end.
    :param open_end: the text for None.
    """
    if until is None:
        return open_end
    end = until.astimezone(SHANGHAI)
    if end.time() != time():
        at = f"{end:%H:%M:%S}" if end.second or end.microsecond else f"{end:%H:%M}"
        zh, en = _day(end.date())
        return Text(f"至{zh}{at}止", f"until {at} on {en}")
    zh, en = _day(end.date() - timedelta(days=1))
    return Text(f"至{zh}（含）止", f"through {en} (inclusive)")


def _day(day: date) -> tuple[str, str]:
    return f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
