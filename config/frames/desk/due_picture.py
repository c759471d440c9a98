"""Chart of due transfers in the coming hours or on past days: a bar for the count, a mark for the amount."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.frames.desk.axes import STEPS, Axis, Tick, UprightBar, round_step, upright
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.text import language

LEFT, RIGHT, WIDTH = 56, 690, 780
TOP, FOOT, HEIGHT = 30, 210, 236
HOURS_BETWEEN_TICKS = 3
_DAY = timedelta(days=1)

#: Units for amounts on the axis, used where the amount stays exact, the largest first.
_UNITS_ZH = ((100_000_000, "亿"), (10_000, "万"))
_UNITS_EN = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))


@dataclass(frozen=True, slots=True)
class DueSlot:
    """Number and amount of transfers due from `at` until the next slot.

    :ivar fen: the sum of the amounts, in fen.
    """

    at: datetime
    count: int
    fen: int

    @property
    def label(self) -> str:
        """Return the start of the slot in Shanghai, as text."""
        return f"{self.at.astimezone(SHANGHAI):%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class DaySlot(DueSlot):
    """Number and amount of transfers of the day that starts at `at`."""

    @property
    def label(self) -> str:
        """Return the day in Shanghai, as text."""
        return f"{self.at.astimezone(SHANGHAI):%m-%d}"


@dataclass(frozen=True, slots=True)
class DueBar:
    """The bar of a slot's count, and the height of the mark for its amount."""

    slot: DueSlot
    bar: UprightBar
    mark_y: int


@dataclass(frozen=True, slots=True)
class GridLine:
    """A horizontal grid line with its values on both axes.

    :ivar count: a number of transfers, on the left.
    :ivar yuan: an amount in yuan, in ten thousands or hundred millions if exact, on the right.
    """

    y: int
    count: str
    yuan: str


@dataclass(frozen=True, slots=True)
class DueDrawing:
    """A complete chart.

    :ivar now_x: horizontal position of the present instant; None for a chart that ends there.
    """

    bars: tuple[DueBar, ...]
    grid: tuple[GridLine, ...]
    ticks: tuple[Tick, ...]
    now_x: int | None
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    foot: int = FOOT
    width: int = WIDTH
    height: int = HEIGHT


def draw_due(slots: Sequence[DueSlot], *, now: datetime, slot: timedelta, ahead: timedelta) -> DueDrawing:
    """Draw the slots from the present hour on.

    :param slots: slots with due transfers; empty slots may be included.
    :param slot: the length of a slot.
    :param ahead: how far the chart extends beyond the end of the present hour.
    """
    first = now.replace(minute=0, second=0, microsecond=0)
    span = ahead + timedelta(hours=1)
    hours = [first + timedelta(hours=number) for number in range(0, span // timedelta(hours=1), HOURS_BETWEEN_TICKS)]
    axis = _time_axis(first, first + span)
    ticks = axis.ticks((at.astimezone(SHANGHAI) for at in hours), "%H:%M")
    return _draw(slots, axis, slot=slot, ticks=ticks, now=now)


def draw_days(slots: Sequence[DaySlot], *, first: datetime, days: int) -> DueDrawing:
    """Draw past days up to the present one.

    :param slots: days with transfers; empty days may be included.
    :param first: the first instant of the first day.
    :param days: number of days, above zero.
    """
    axis = _time_axis(first, first + _DAY * days)
    ticks = axis.ticks((first.astimezone(SHANGHAI) + _DAY * number for number in range(0, days, 5)), "%m-%d")
    return _draw(slots, axis, slot=_DAY, ticks=ticks, now=None)


def _time_axis(first: datetime, last: datetime) -> Axis:
    return Axis(first, last, LEFT, RIGHT)


def _draw(
    slots: Sequence[DueSlot], axis: Axis, *, slot: timedelta, ticks: tuple[Tick, ...], now: datetime | None
) -> DueDrawing:
    count_step = round_step(max((each.count for each in slots), default=0))
    yuan_step = round_step(max((-(-each.fen // 100) for each in slots), default=0))
    counts = Axis(0, count_step * STEPS, FOOT, TOP)
    amounts = Axis(0, yuan_step * STEPS * 100, FOOT, TOP)
    bars = []
    for each in slots:
        if each.count:
            begin, end = axis.at(each.at), axis.at(each.at + slot)
            width = max(3, (end - begin) * 2 // 3)
            bar = upright(counts, each.count, middle=(begin + end) // 2, width=width, least=1)
            bars.append(DueBar(each, bar, amounts.at(each.fen)))
    grid = tuple(
        GridLine(counts.at(count_step * number), f"{count_step * number:,}", _short(yuan_step * number, step=yuan_step))
        for number in range(STEPS + 1)
    )
    return DueDrawing(tuple(bars), grid, ticks, None if now is None else axis.at(now))


def _short(yuan: int, *, step: int) -> str:
    for size, word in _UNITS_EN if language() == "en" else _UNITS_ZH:
        if yuan and step % size == 0:
            return f"{yuan // size:,}{word}"
    return f"{yuan:,}"
