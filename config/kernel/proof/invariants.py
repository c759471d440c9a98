"""The type of an invariant, and of its result."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named invariant (不变量).

    :param name: short and stable.
    :param sql: returns one row with an `id` for each violation, none if the invariant holds.
    :param look: returns the ids, for invariants that SQL cannot express.
    """

    name: str
    zh: str
    en: str
    sql: str = ""
    look: Callable[[], Iterable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one invariant: the violating ids, and the time taken."""

    invariant: Invariant
    ids: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Return whether the invariant holds."""
        return not self.ids
