"""Axes and bars of charts at the desk, in whole units, drawn on the server so that they are printed as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: Maximum number of steps of an axis of counts.
STEPS = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale between two values, along a line of the drawing.

    :ivar begins: position of the first value; `ends` is that of the last.
    """

    first: Any
    last: Any
    begins: int
    ends: int

    def at(self, value: Any) -> int:
        """Return the position of a value; for a value outside the scale, that of the nearest end."""
        share: float = min(max((value - self.first) / (self.last - self.first), 0), 1)
        return self.begins + round(share * (self.ends - self.begins))

    def ticks(self, values: Iterable[Any], form: str) -> "tuple[Tick, ...]":
        """Return the positions of values, each with its formatted text."""
        return tuple(Tick(self.at(each), format(each, form)) for each in values)


@dataclass(frozen=True, slots=True)
class Tick:
    """A position on an axis with its text."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class UprightBar:
    """A vertical bar of a chart."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """Return its horizontal centre."""
        return self.x + self.width // 2


def upright(axis: Axis, count: int, *, middle: int, width: int, least: int) -> UprightBar:
    """Return the bar of a count on a vertical axis.

    :param least: the minimum height of a bar with a count above zero.
    """
    height = max(least, axis.begins - axis.at(count)) if count else 0
    return UprightBar(middle - width // 2, axis.begins - height, width, height)


def round_step(most: int) -> int:
    """Return the smallest step of 1, 2 or 5 times a power of ten that reaches `most` in a few steps."""
    power = 1
    while True:
        for each in (1, 2, 5):
            if each * power * STEPS >= most:
                return each * power
        power *= 10
