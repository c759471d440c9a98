"""The burn-down of a campaign as a picture (剩余超限走势): where each line of it runs, in units of the drawing.

The page draws it as SVG of its own: no script, the same on paper.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 18, 30
#: How many days stand below the picture at most, and how many heights beside it.
DAYS_TOLD = 6
#: Of a longer time the months are told, with their years.
YEAR = 300
HEIGHTS_TOLD = 4
#: What a height may be a step of: 1, 2 or 5 times a power of ten.
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Spot:
    """One point of a line.

    :ivar count: how many are left there.
    """

    x: float
    y: float
    on: date
    count: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A day below the picture, or a height beside it."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class BurnDown:
    """What is left of the excess, week by week, and the line that leads to nothing at the deadline.

    :ivar line: the points of what is left, as SVG writes them; `area` is closed at the bottom.
    :ivar target: the two ends of the straight line to the deadline.
    :ivar today: where today is, None when it lies beyond the picture.
    """

    spots: tuple[Spot, ...]
    line: str
    area: str
    target: tuple[float, float, float, float]
    days: tuple[Tick, ...]
    heights: tuple[Tick, ...]
    today: float | None
    deadline: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class WayBar:
    """One bar of a figure: its part of the longest, in hundredths."""

    word: str
    code: str
    count: int
    width: float


def burn_down(*, start: date, deadline: date, excess: int, left: Sequence[tuple[date, int]], today: date) -> BurnDown:
    """Draw what is left of an excess.

    :param start: the day the population was frozen, with all of the excess.
    :param left: what was left at the end of days since, ascending.
    """
    last = max([deadline, today, *(on for on, _ in left)], default=deadline)
    days = max((last - start).days, 1)
    step = _step(excess)
    # Of whole steps, so that the highest line stands on the grid; of nothing one.
    most = max(-(-excess // step), 1) * step

    def x(on: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (on - start).days / days, 1)

    def y(count: int) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - count / most), 1)

    spots = tuple(Spot(x(on), y(count), on, count) for on, count in [(start, excess), *left] if start <= on <= last)
    # What is left stays until something is worked off: stairs, no slopes.
    corners = [(spots[0].x, spots[0].y)]
    for before, spot in pairwise(spots):
        corners += [(spot.x, before.y), (spot.x, spot.y)]
    if spots[-1].on < today <= last:
        corners.append((x(today), spots[-1].y))
    told = "%Y-%m" if days > YEAR else "%m-%d"
    line = " ".join(f"{across},{down}" for across, down in corners)
    return BurnDown(
        spots=spots,
        line=line,
        area=f"{LEFT},{y(0)} {line} {corners[-1][0]},{y(0)}",
        target=(x(start), y(excess), x(max(deadline, start)), y(0)),
        days=tuple(Tick(x(each), f"{each:{told}}") for each in _days(start, days)),
        heights=tuple(Tick(y(count), f"{count:,}") for count in range(0, most + 1, step)),
        today=x(today) if start <= today <= last else None,
        deadline=x(max(deadline, start)),
    )


def bars(figures: Iterable[tuple[str, str, int]]) -> tuple[WayBar, ...]:
    """Return bars of word, code and count, each as a part of the longest."""
    told = list(figures)
    most = max((count for _, _, count in told), default=0) or 1
    return tuple(WayBar(word, code, count, round(100 * count / most, 1)) for word, code, count in told)


def _step(most: int) -> int:
    """Return the least round step by which the heights beside the picture stay few."""
    power = 1
    while True:
        for each in _STEPS:
            if each * power * HEIGHTS_TOLD >= most:
                return each * power
        power *= 10


def _days(start: date, days: int) -> Iterable[date]:
    """Yield the days told below, equally apart: the first one and the last."""
    count = min(days, DAYS_TOLD)
    return (start + timedelta(days=days * each // count) for each in range(count + 1))
