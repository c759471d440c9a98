"""Who releases, and when it was last at work."""

from collections.abc import Mapping

from config.kernel.sql import rows
from transfers.vocabulary import Part, ReleasedBy

_PROGRESSES = """
SELECT EXISTS (
    SELECT FROM transfers_heartbeat
    WHERE part = %s
      AND progressed_at BETWEEN clock_timestamp() - %s * interval '1 millisecond' AND clock_timestamp()
) AS progresses
"""
_RELEASED = "SELECT part, sum(released)::bigint AS released FROM transfers_heartbeat GROUP BY part"


def celery_progresses(*, within_ms: int) -> bool:
    """Say whether Celery has released something within so many milliseconds of real time."""
    progresses: bool = rows(_PROGRESSES, [Part.CELERY.value, within_ms])[0]["progresses"]
    return progresses


def released_so_far() -> Mapping[str, int]:
    """Return how many transfers each releaser has released in all, by `ReleasedBy`."""
    found = {row["part"]: row["released"] for row in rows(_RELEASED)}
    return {by.value: found.get(by.value, 0) for by in ReleasedBy}
