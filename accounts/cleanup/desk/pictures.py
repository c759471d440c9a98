"""Geometry of a campaign's burn-down chart (剩余超限走势), in units of the drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from config.frames.desk.axes import Axis, Tick, round_step

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 18, 30
#: How many days the axis has at most.
DAYS_SHOWN_MAX = 6
#: Beyond this many days the axis shows months with their years.
YEAR = 300


@dataclass(frozen=True, slots=True)
class Spot:
    """One point of a line.

    :ivar count: the excess that remains there.
    """

    x: int
    y: int
    on: date
    count: int


@dataclass(frozen=True, slots=True)
class BurnDown:
    """The remaining excess week by week, and the straight line to zero at the deadline.

    :ivar line: the points of the remaining excess, as SVG writes them; `area` is closed at the bottom.
    :ivar target: the two ends of the straight line to the deadline.
    :ivar today: the position of today, None when it lies outside the chart.
    """

    spots: tuple[Spot, ...]
    line: str
    area: str
    target: tuple[int, int, int, int]
    days: tuple[Tick, ...]
    heights: tuple[Tick, ...]
    today: int | None
    deadline: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class WayBar:
    """One bar of a chart: its share of the longest, in per cent."""

    word: str
    code: str
    count: int
    width: float


def burn_down(*, start: date, deadline: date, excess: int, left: Sequence[tuple[date, int]], today: date) -> BurnDown:
    """Return the burn-down chart of an excess.

    :param start: the day the population was recorded, with all of the excess.
    :param left: the excess that remained at the end of later days, ascending.
    """
    last = max([deadline, today, *(on for on, _ in left)], default=deadline)
    days = max((last - start).days, 1)
    step = round_step(excess)
    # A multiple of the step, so that the highest line is on the grid; at least one step.
    most = max(-(-excess // step), 1) * step
    along = Axis(start, start + timedelta(days=days), LEFT, WIDTH - RIGHT)
    x, y = along.at, Axis(0, most, HEIGHT - BOTTOM, TOP).at
    spots = tuple(Spot(x(on), y(count), on, count) for on, count in [(start, excess), *left] if start <= on <= last)
    # The excess falls at once when an item is worked off: stairs, no slopes.
    corners = [(spots[0].x, spots[0].y)]
    for before, spot in pairwise(spots):
        corners += [(spot.x, before.y), (spot.x, spot.y)]
    if spots[-1].on < today <= last:
        corners.append((x(today), spots[-1].y))
    day_format = "%Y-%m" if days > YEAR else "%m-%d"
    line = " ".join(f"{across},{down}" for across, down in corners)
    return BurnDown(
        spots=spots,
        line=line,
        area=f"{LEFT},{y(0)} {line} {corners[-1][0]},{y(0)}",
        target=(x(start), y(excess), x(max(deadline, start)), y(0)),
        days=along.ticks(_days(start, days), day_format),
        heights=tuple(Tick(y(count), f"{count:,}") for count in range(0, most + 1, step)),
        today=x(today) if start <= today <= last else None,
        deadline=x(max(deadline, start)),
    )


def bars(figures: Iterable[tuple[str, str, int]]) -> tuple[WayBar, ...]:
    """Return one bar for each word, code and count, as a share of the longest."""
    rows = list(figures)
    most = max((count for _, _, count in rows), default=0) or 1
    return tuple(WayBar(word, code, count, round(100 * count / most, 1)) for word, code, count in rows)


def _days(start: date, days: int) -> Iterable[date]:
    """Return evenly spaced days for the axis, both ends included."""
    count = min(days, DAYS_SHOWN_MAX)
    return (start + timedelta(days=days * each // count) for each in range(count + 1))
