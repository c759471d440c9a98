"""One thing that must always be true, and the query that finds what contradicts it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A named invariant (不变量).

    :param name: short and stable.
    :param sql: returns one row with an `id` per contradiction, none when all is well.
    """

    name: str
    zh: str
    en: str
    sql: str
