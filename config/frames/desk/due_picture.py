"""What falls due in the hours ahead, or was on the days before, as a drawing: a bar for each slot's count, a mark for its amount, in whole units.

The drawing is made here and not by the browser: it needs no script, and it is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.kernel.law.dates import SHANGHAI
from config.kernel.law.text import language

LEFT, RIGHT, WIDTH = 56, 690, 780
TOP, FOOT, HEIGHT = 30, 210, 236
GRID_LINES = 4
HOURS_BETWEEN_TICKS = 3
_DAY = timedelta(days=1)

#: What amounts on the axis are shortened by where that is exact, the largest first.
_UNITS_ZH = ((100_000_000, "亿"), (10_000, "万"))
_UNITS_EN = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


@dataclass(frozen=True, slots=True)
class DueSlot:
    """What falls due from `at` on until the next slot begins.

    :ivar fen: the sum of the amounts, in fen.
    """

    at: datetime
    count: int
    fen: int

    @property
    def label(self) -> str:
        """Return when the slot begins, in Shanghai."""
        return f"{self.at.astimezone(SHANGHAI):%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class DaySlot(DueSlot):
    """What belongs to the day that begins at `at`."""

    @property
    def label(self) -> str:
        """Return the day, of Shanghai."""
        return f"{self.at.astimezone(SHANGHAI):%m-%d}"


@dataclass(frozen=True, slots=True)
class DueBar:
    """A slot's place in the drawing: the bar of its count, and the height at which its amount is marked."""

    slot: DueSlot
    x: int
    y: int
    width: int
    height: int
    mark_x: int
    mark_y: int


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line across the drawing, and what it stands for on either axis.

    :ivar count: a number of transfers, on the left.
    :ivar yuan: an amount in yuan, in ten thousands or hundred millions where that is exact, on the right.
    """

    y: int
    count: str
    yuan: str


@dataclass(frozen=True, slots=True)
class DueDrawing:
    """A whole drawing.

    :ivar now_x: where the present instant stands, None where the drawing ends with it.
    """

    bars: tuple[DueBar, ...]
    grid: tuple[GridLine, ...]
    ticks: tuple[tuple[int, str], ...]
    now_x: int | None
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    foot: int = FOOT
    width: int = WIDTH
    height: int = HEIGHT


def draw_due(slots: Sequence[DueSlot], *, now: datetime, slot: timedelta, ahead: timedelta) -> DueDrawing:
    """Draw slots from the present hour on.

    :param slots: those in which something falls due, and others as one likes.
    :param slot: how long each of them is.
    :param ahead: how far the drawing reaches beyond the present hour's end.
    """
    first = now.replace(minute=0, second=0, microsecond=0)
    span = ahead + timedelta(hours=1)
    hours = [first + timedelta(hours=number) for number in range(0, span // timedelta(hours=1), HOURS_BETWEEN_TICKS)]
    ticks = [(at, f"{at.astimezone(SHANGHAI):%H:%M}") for at in hours]
    return _draw(slots, _Axis(first, span), slot=slot, ticks=ticks, now=now)


def draw_days(slots: Sequence[DaySlot], *, first: datetime, days: int) -> DueDrawing:
    """Draw days that are over, and the present one.

    :param slots: those on which there was something, and others as one likes.
    :param first: the first day's first instant.
    :param days: how many days the drawing has, above zero.
    """
    ticks = [(at, f"{at.astimezone(SHANGHAI):%m-%d}") for at in (first + _DAY * number for number in range(0, days, 5))]
    return _draw(slots, _Axis(first, _DAY * days), slot=_DAY, ticks=ticks, now=None)


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where an instant stands from left to right."""

    first: datetime
    span: timedelta

    def x(self, at: datetime) -> int:
        return LEFT + round((at - self.first) / self.span * (RIGHT - LEFT))


def _draw(
    slots: Sequence[DueSlot],
    axis: _Axis,
    *,
    slot: timedelta,
    ticks: Sequence[tuple[datetime, str]],
    now: datetime | None,
) -> DueDrawing:
    counts = _round_scale(max((each.count for each in slots), default=0))
    yuan = _round_scale(max((-(-each.fen // 100) for each in slots), default=0))
    reach = FOOT - TOP
    bars = []
    for each in slots:
        if not each.count:
            continue
        begin, end = axis.x(each.at), axis.x(each.at + slot)
        width = max(3, (end - begin) * 2 // 3)
        middle = (begin + end) // 2
        height = max(1, each.count * reach // counts)
        # A picture's height, not an amount: it is cut to whole units.
        mark = FOOT - each.fen * reach // (yuan * 100)
        bars.append(DueBar(each, middle - width // 2, FOOT - height, width, height, middle, mark))
    grid = tuple(
        GridLine(
            FOOT - number * reach // GRID_LINES,
            f"{counts * number // GRID_LINES:,}",
            _short(yuan * number // GRID_LINES, step=yuan // GRID_LINES),
        )
        for number in range(GRID_LINES + 1)
    )
    along = tuple((axis.x(at), label) for at, label in ticks)
    return DueDrawing(tuple(bars), grid, along, None if now is None else axis.x(now))


def _short(yuan: int, *, step: int) -> str:
    for size, word in _UNITS_EN if language() == "en" else _UNITS_ZH:
        if yuan and step % size == 0:
            return f"{yuan // size:,}{word}"
    return f"{yuan:,}"


def _round_scale(most: int) -> int:
    """Return a round number of four equal steps that is not below `most`: 4, 8, 20, 40, 80, 200 ..."""
    step = 1
    while step * GRID_LINES < most:
        step = step * 2 if str(step)[0] == "1" else step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step * GRID_LINES
