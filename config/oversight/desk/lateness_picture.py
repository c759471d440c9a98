"""How late releases were, as two drawings: a bar for each bucket, and day by day half and 99 in a hundred of them.

They are made here and not by the browser: they need no script, and are printed. Lateness stands on a scale of equal
ratios: a tenth of a second and ten minutes fit into one picture.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import log10

from config.frames.desk.due_picture import FOOT, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from config.kernel.law.text import Text
from transfers.queries.punctuality import Lateness
from transfers.vocabulary import LATENESS_LIMITS, OVER

#: What each bucket is called.
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
#: Lines across the picture of days, by milliseconds; at least up to a second, and as far as is needed.
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
#: The least height of a bar that is not nothing: one release among a million is seen.
_SEEN = 3


@dataclass(frozen=True, slots=True)
class BucketBar:
    """A bucket's place in the drawing."""

    word: str
    count: int
    x: int
    y: int
    width: int
    height: int
    middle: int


@dataclass(frozen=True, slots=True)
class DayDot:
    """A day's place in the drawing: the heights of its two percentiles."""

    day: date
    lateness: Lateness
    x: int
    p50_y: int
    p99_y: int


@dataclass(frozen=True, slots=True)
class DaysDrawing:
    """Percentiles day by day.

    :ivar lines: of each run of days without a gap the points of half and of 99 in a hundred, as SVG writes them.
    """

    dots: tuple[DayDot, ...]
    lines: tuple[tuple[str, str], ...]
    grid: tuple[tuple[int, str], ...]
    ticks: tuple[tuple[int, str], ...]
    left: int = LEFT
    right: int = RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def draw_buckets(buckets: Mapping[str, int]) -> list[BucketBar]:
    """Draw how many releases were how late, the most punctual ones first."""
    most, step = max(buckets.values()) or 1, (RIGHT - LEFT) // len(buckets)
    found = []
    for number, (name, count) in enumerate(buckets.items()):
        middle, width = LEFT + number * step + step // 2, step * 3 // 5
        height = max(_SEEN, count * (FOOT - TOP) // most) if count else 0
        found.append(
            BucketBar(str(BUCKET_WORDS[name]), count, middle - width // 2, FOOT - height, width, height, middle)
        )
    return found


def draw_lateness(days: Mapping[date, Lateness], *, first: date, count: int) -> DaysDrawing:
    """Draw the percentiles of days.

    :param days: those with a release; others are gaps.
    :param count: how many days the drawing has, above one.
    """
    late = max((each.p99_ms or 0 for each in days.values()), default=0)
    needed = next((number for number, (limit, _) in enumerate(_MARKS, start=1) if limit >= late), len(_MARKS))
    marks = _MARKS[: max(needed, _AT_LEAST)]
    scale = log10(marks[-1][0])

    def height(milliseconds: int) -> int:
        return FOOT - round(min(log10(max(milliseconds, 1)) / scale, 1) * (FOOT - TOP))

    def x(day: date) -> int:
        return LEFT + round((day - first).days * (RIGHT - LEFT) / (count - 1))

    dots = tuple(
        DayDot(day, each, x(day), height(each.p50_ms or 0), height(each.p99_ms or 0)) for day, each in days.items()
    )
    ticks = ((first + timedelta(days=number)) for number in range(0, count, _DAYS_BETWEEN_TICKS))
    return DaysDrawing(
        dots,
        tuple(_lines(dots)),
        tuple((height(limit), str(word)) for limit, word in marks),
        tuple((x(day), f"{day:%m-%d}") for day in ticks),
    )


def _lines(dots: tuple[DayDot, ...]) -> Iterator[tuple[str, str]]:
    for _, run in groupby(enumerate(dots), key=lambda each: each[1].day.toordinal() - each[0]):
        joined = [dot for _, dot in run]
        if len(joined) > 1:
            yield " ".join(f"{dot.x},{dot.p50_y}" for dot in joined), " ".join(f"{dot.x},{dot.p99_y}" for dot in joined)
