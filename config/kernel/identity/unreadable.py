"""What stands in the place of a sealed text that does not open (无法读取)."""

from typing import Self


class Unreadable(str):
    """Say in the place of a text that it cannot be read: shown whole by every mask, and equal to no text.

    No name is the same as this one, and none is sealed again: what needs the text refuses.
    """

    __slots__ = ()

    def __str__(self) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = str.__hash__
