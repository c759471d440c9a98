"""Days, months and years counted as the law requires (期间计算).

Every day of the bank is a day of Asia/Shanghai. The first day of a period is not counted; the period ends at
24:00 of the corresponding day, or of the last day of a month without that day. Ends are therefore given as
00:00 of the next day.

Holidays are ignored: they extend periods for acts, and would lengthen a penalty.

:source: 《民法典》 articles 200 to 204, in force from 2021-01-01.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone

#: Time zone of every rule (北京时间): UTC+8 in every year. Asia/Shanghai had summer time from 1986 to 1991 and solar time
#: before 1901, so a day of those years would begin at another hour.
SHANGHAI = timezone(timedelta(hours=8))

_ONE_DAY = timedelta(days=1)


def shanghai_day(instant: datetime) -> date:
    """Return the bank's calendar day of an instant (业务日期).

    :param instant: an aware instant, in any zone.
    :raises ValueError: when it has no time zone.
    """
    if instant.utcoffset() is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """Return 00:00 of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def rfc3339(instant: datetime | None) -> str | None:
    """Format an instant for answers: RFC 3339, six decimals, +08:00."""
    return None if instant is None else instant.astimezone(SHANGHAI).isoformat(timespec="microseconds")


def day_end(day: date) -> datetime:
    """Return the exclusive end of a day: 24:00, which is 00:00 of the next."""
    return start_of_day(day + _ONE_DAY)


def next_day_start(instant: datetime) -> datetime:
    """Return 00:00 of the bank's day after an instant (次日零时).

    :param instant: an aware instant; for exactly 00:00 the result is 24 hours later.
    :raises ValueError: when it has no time zone.
    """
    return day_end(shanghai_day(instant))


def month_typed(typed: str) -> date | None:
    """Read a month as YYYY-MM, of the years 2000 to 2999; return its first day, None for any other text."""
    if not re.fullmatch(r"2[0-9]{3}-(0[1-9]|1[0-2])", typed):
        return None
    return date(int(typed[:4]), int(typed[5:]), 1)


def add_months(day: date, months: int) -> date:
    """Return the corresponding day a number of months later (对应日).

    :param months: whole months, negative to go back.
    :returns: the same day of that month, or its last day if the month has no such day.
    :source: 《民法典》 article 202.
    """
    years, month_index = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month_index + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def add_years(day: date, years: int) -> date:
    """Return the corresponding day a number of years later: 02-29 becomes 02-28.

    :param years: whole years, negative to go back. Never 365 days each.
    :source: 《民法典》 article 202.
    """
    return add_months(day, 12 * years)
