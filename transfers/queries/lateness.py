"""How late all releases there ever were: what `/metrics` tells, from two rows a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from config.kernel.database.sql import rows
from transfers.vocabulary import LATENESS_LIMITS, OVER, ReleasedBy

_NAMES, _LIMITS = (*LATENESS_LIMITS, OVER), (*LATENESS_LIMITS.values(), None)
_COUNTED = f"""
SELECT released_by, {", ".join(f"sum({name})::bigint AS {name}" for name in (*_NAMES, "total_ms"))}
FROM transfers_latenesscount GROUP BY released_by
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class LatenessSoFar:
    """How late all releases of one releaser were.

    :ivar up_to: how many were not later than so many milliseconds, None for all of them; each counts in all that follow.
    """

    up_to: Mapping[int | None, int]
    total_ms: int


def lateness_so_far() -> Mapping[str, LatenessSoFar]:
    """Return how late the releases of each releaser were since the bank has counted them, by `ReleasedBy`."""
    found = {row["released_by"]: row for row in rows(_COUNTED)}
    told = {}
    for by in ReleasedBy:
        row = found.get(by.value, {})
        up_to = accumulate(row.get(name, 0) for name in _NAMES)
        told[by.value] = LatenessSoFar(dict(zip(_LIMITS, up_to, strict=True)), row.get("total_ms", 0))
    return told
