"""One thing that must always be true, and the query that finds what contradicts it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named invariant (不变量).

    :param name: short and stable.
    :param sql: returns one row with an `id` per contradiction, none when all is well.
    :param look: returns the ids, where SQL cannot ask.
    """

    name: str
    zh: str
    en: str
    sql: str = ""
    look: Callable[[], Iterable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one invariant came to: the ids that contradict it, and how long it took to know."""

    invariant: Invariant
    ids: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Say whether nothing contradicts it."""
        return not self.ids
