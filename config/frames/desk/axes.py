"""Axes and bars of the drawings at the desk, in whole units: made here, without a script, so that they are printed as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

#: How many steps an axis of counts has at most.
STEPS = 4


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight scale from one value to a greater one, along a line of the drawing.

    :ivar begins: the place of the first value, `ends` that of the last.
    """

    first: Any
    last: Any
    begins: int
    ends: int

    def at(self, value: Any) -> int:
        """Return the place of a value; of one beyond the scale its edge."""
        share: float = min(max((value - self.first) / (self.last - self.first), 0), 1)
        return self.begins + round(share * (self.ends - self.begins))

    def ticks(self, values: Iterable[Any], form: str) -> "tuple[Tick, ...]":
        """Return the places of values, each written in a format."""
        return tuple(Tick(self.at(each), format(each, form)) for each in values)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and what is written there."""

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
        """Return where its middle is from left to right."""
        return self.x + self.width // 2


def upright(axis: Axis, count: int, *, middle: int, width: int, least: int) -> UprightBar:
    """Return the bar of a count on an upright axis.

    :param least: the height of the smallest count that is not nothing.
    """
    height = max(least, axis.begins - axis.at(count)) if count else 0
    return UprightBar(middle - width // 2, axis.begins - height, width, height)


def round_step(most: int) -> int:
    """Return the least step of 1, 2 or 5 times a power of ten of which few reach `most`."""
    power = 1
    while True:
        for each in (1, 2, 5):
            if each * power * STEPS >= most:
                return each * power
        power *= 10
