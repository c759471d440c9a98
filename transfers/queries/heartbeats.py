"""Who releases, and when it was last at work."""

from collections.abc import Mapping

from config.kernel.sql import Row, rows
from transfers.vocabulary import Part, ReleasedBy

#: Whoever was not seen for so long is gone.
SEEN_WITHIN_SQL = "interval '24 hours'"

_PROGRESSES = """
SELECT EXISTS (
    SELECT FROM transfers_heartbeat
    WHERE part = %s
      AND progressed_at BETWEEN clock_timestamp() - %s * interval '1 millisecond' AND clock_timestamp()
) AS progresses
"""
# The newest of a handful of rows; a dispatch is sent by beat and done by a release worker.
_SILENT = """
SELECT NOT EXISTS (
    SELECT FROM transfers_heartbeat
    WHERE part = ANY(%s) AND seen_at BETWEEN clock_timestamp() - %s * interval '1 second' AND clock_timestamp()
) AS silent
"""
_AGE = """
SELECT extract(epoch FROM clock_timestamp() - max(seen_at))::float AS age FROM transfers_heartbeat WHERE part = %s
"""
_RELEASED = "SELECT part, sum(released)::bigint AS released FROM transfers_heartbeat GROUP BY part"
_SEEN = f"""
SELECT part, host, released, clock_ahead_ms / 1000.0::float AS ahead,
       extract(epoch FROM clock_timestamp() - seen_at)::float AS age
FROM transfers_heartbeat WHERE seen_at > clock_timestamp() - {SEEN_WITHIN_SQL} ORDER BY part, host
"""  # noqa: S608 - constants


def celery_progresses(*, within_ms: int) -> bool:
    """Say whether Celery has released something within so many milliseconds of real time."""
    progresses: bool = rows(_PROGRESSES, [Part.CELERY.value, within_ms])[0]["progresses"]
    return progresses


def celery_silent(*, seconds: float) -> bool:
    """Say whether Celery has neither released, looked nor dispatched anything for so many seconds of real time."""
    silent: bool = rows(_SILENT, [[Part.CELERY.value, Part.DISPATCH.value], seconds])[0]["silent"]
    return silent


def seconds_since(part: Part) -> float | None:
    """Return for how many seconds of real time a part was not at work on any host, None where it never was."""
    age: float | None = rows(_AGE, [part.value])[0]["age"]
    return age


def released_so_far() -> Mapping[str, int]:
    """Return how many transfers each releaser has released in all, by `ReleasedBy`."""
    found = {row["part"]: row["released"] for row in rows(_RELEASED)}
    return {by.value: found.get(by.value, 0) for by in ReleasedBy}


def parts_seen() -> list[Row]:
    """Return who took part in releasing within the last day, by `part` and `host`.

    With `released` (how many transfers), `ahead` (seconds its clock was before the database's) and `age` (seconds
    since it was last seen).
    """
    return rows(_SEEN)
