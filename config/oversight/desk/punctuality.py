"""Punctuality of releases (9003 到账及时性) in two charts: today, seven days, thirty days, or chosen days.

One chart has a bar for each range of lateness; the other shows for each day the median and the 99th
percentile. The scale of lateness is logarithmic, so that a tenth of a second and ten minutes fit into one
chart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import log10
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from config.frames.desk.access import desk_page
from config.frames.desk.axes import Axis, Tick, UprightBar, upright
from config.frames.desk.due_picture import FOOT, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from config.frames.desk.pages import problem_page
from config.frames.desk.problems import problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.oversight.queries.evidence import read_filters
from transfers.queries.gauges import overdue_seconds
from transfers.queries.punctuality import Lateness, punctuality_of
from transfers.vocabulary import LATENESS_LIMITS, OVER

#: Name of each bucket.
BUCKET_WORDS: dict[str, Text] = dict(
    zip(
        (*LATENESS_LIMITS, OVER),
        (
            Text("0.1秒以内", "0.1 s or less"),
            Text("0.1至1秒", "0.1 to 1 s"),
            Text("1至10秒", "1 to 10 s"),
            Text("10秒至1分钟", "10 s to 1 min"),
            Text("1至10分钟", "1 to 10 min"),
            Text("超过10分钟", "over 10 min"),
        ),
        strict=True,
    )
)
#: Grid lines of the chart of days, in milliseconds; at least up to a second, and further if needed.
_MARKS = (
    (1, Text("1毫秒", "1 ms")),
    (10, Text("10毫秒", "10 ms")),
    (100, Text("0.1秒", "0.1 s")),
    (1_000, Text("1秒", "1 s")),
    (10_000, Text("10秒", "10 s")),
    (60_000, Text("1分钟", "1 min")),
    (600_000, Text("10分钟", "10 min")),
    (3_600_000, Text("1小时", "1 h")),
    (86_400_000, Text("1天", "1 day")),
)
_AT_LEAST = 4
_DAYS_BETWEEN_TICKS = 5
#: Minimum height of a bar in pixels, unless its count is zero: a rare late release must be visible.
_SEEN = 3


@dataclass(frozen=True, slots=True)
class BucketBar:
    """The bar of a range of lateness."""

    word: str
    count: int
    bar: UprightBar


@dataclass(frozen=True, slots=True)
class DayDot:
    """The points of a day's two percentiles."""

    day: date
    lateness: Lateness
    x: int
    p50_y: int
    p99_y: int


@dataclass(frozen=True, slots=True)
class DaysDrawing:
    """Chart of percentiles by day.

    :ivar lines: for each run of days without a gap the points of the median and of the 99th percentile, as SVG
        writes them.
    """

    dots: tuple[DayDot, ...]
    lines: tuple[tuple[str, str], ...]
    grid: tuple[Tick, ...]
    ticks: tuple[Tick, ...]
    left: int = LEFT
    right: int = RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def draw_buckets(buckets: Mapping[str, int]) -> list[BucketBar]:
    """Draw the numbers of releases by lateness, the most punctual ones first."""
    axis, step = Axis(0, max(buckets.values()) or 1, FOOT, TOP), (RIGHT - LEFT) // len(buckets)
    middles = range(LEFT + step // 2, RIGHT, step)
    return [
        BucketBar(str(BUCKET_WORDS[name]), count, upright(axis, count, middle=middle, width=step * 3 // 5, least=_SEEN))
        for (name, count), middle in zip(buckets.items(), middles, strict=False)
    ]


def draw_lateness(days: Mapping[date, Lateness], *, first: date, count: int) -> DaysDrawing:
    """Draw the percentiles of days.

    :param days: days with a release; others are gaps.
    :param count: number of days in the chart, above one.
    """
    late = max((each.p99_ms or 0 for each in days.values()), default=0)
    needed = next((number for number, (limit, _) in enumerate(_MARKS, start=1) if limit >= late), len(_MARKS))
    marks = _MARKS[: max(needed, _AT_LEAST)]
    ratios = Axis(0, log10(marks[-1][0]), FOOT, TOP)
    along = Axis(first, first + timedelta(days=count - 1), LEFT, RIGHT)

    def height(milliseconds: int) -> int:
        return ratios.at(log10(max(milliseconds, 1)))

    dots = tuple(
        DayDot(day, each, along.at(day), height(each.p50_ms or 0), height(each.p99_ms or 0))
        for day, each in days.items()
    )
    return DaysDrawing(
        dots,
        tuple(_lines(dots)),
        tuple(Tick(height(limit), str(word)) for limit, word in marks),
        along.ticks((first + timedelta(days=number) for number in range(0, count, _DAYS_BETWEEN_TICKS)), "%m-%d"),
    )


def _lines(dots: tuple[DayDot, ...]) -> Iterator[tuple[str, str]]:
    for _, run in groupby(enumerate(dots), key=lambda each: each[1].day.toordinal() - each[0]):
        joined = [dot for _, dot in run]
        if len(joined) > 1:
            yield " ".join(f"{dot.x},{dot.p50_y}" for dot in joined), " ".join(f"{dot.x},{dot.p99_y}" for dot in joined)


#: Number of days in the chart, up to the last chosen day.
DAYS = 30
_WINDOWS = ((1, Text("今日", "Today")), (7, Text("近7日", "7 days")), (DAYS, Text("近30日", "30 days")))


@dataclass(frozen=True, slots=True)
class Window:
    """A period that can be chosen with one click."""

    word: str
    query: str
    chosen: bool


@require_GET
@desk_page(Permission.VIEW_PUNCTUALITY)
def punctuality(request: DeskRequest) -> HttpResponse:
    """Show the figures of the chosen days, by default today, and a chart of thirty days."""
    at = bank_now()
    today = shanghai_day(at)
    this_day = {"from": today.isoformat(), "to": today.isoformat()}
    typed = {name: request.GET.get(name, "") for name in this_day}
    typed = typed if any(typed.values()) else this_day
    try:
        filters, problem = read_filters(typed, at=at), None
    except BadRequest as wrong:
        filters, problem = read_filters(this_day, at=at), problem_of(wrong)
    first, last = filters.first_day, filters.last_day
    month = last - timedelta(days=DAYS - 1)
    # One query for the chosen days and the thirty days, because they overlap.
    counted = punctuality_of(start_of_day(first), day_end(last), days_since=start_of_day(min(first, month)))
    found, days = counted.whole, {day: late for day, late in counted.days.items() if day >= month}
    overdue = int(overdue_seconds())
    context = {
        "at": at,
        "typed": typed if problem else filters.parameters(),
        "windows": list(_windows(today, first, last)),
        "first": first,
        "last": last,
        "found": found,
        "bars": draw_buckets(found.buckets),
        "share": _share(found),
        "drawing": draw_lateness(days, first=month, count=DAYS),
        "table": list(days.items())[::-1],
        "bucket_words": [str(word) for word in BUCKET_WORDS.values()],
        "overdue": timedelta(seconds=overdue),
        "overdue_alarm": overdue > settings.OVERDUE_ALARM_SECONDS,
        "exports": problem is None and may(request.caller, Permission.EXPORT_EVIDENCE),
        "list": "punctuality",
        "export_fields": [("from", first.isoformat()), ("to", last.isoformat())],
    }
    return problem_page(request, "oversight/punctuality.html", context, problem)


def _windows(today: date, first: date, last: date) -> Iterator[Window]:
    for count, word in _WINDOWS:
        begins = today - timedelta(days=count - 1)
        query = urlencode({"from": begins.isoformat(), "to": today.isoformat()})
        yield Window(str(word), query, (first, last) == (begins, today))


def _share(lateness: Lateness) -> str:
    """Return the percentage of releases within a second, cut to two decimals: 100 means all of them."""
    if not lateness.releases:
        return "-"
    within = lateness.buckets["le_100ms"] + lateness.buckets["le_1s"]
    whole, rest = divmod(within * 10_000 // lateness.releases, 100)
    return f"{whole}.{rest:02}%"
