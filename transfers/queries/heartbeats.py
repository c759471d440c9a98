"""Queries of heartbeats: which releasing parts are at work, and when each last was."""

from config.kernel.database.sql import Row, rows
from transfers.vocabulary import Part

#: A part not seen for so long counts as gone.
SEEN_WITHIN_SQL = "interval '24 hours'"

_SEEN = f"""
SELECT part, host, clock_ahead_ms / 1000.0::float AS ahead,
       extract(epoch FROM clock_timestamp() - seen_at)::float AS age,
       extract(epoch FROM clock_timestamp() - progressed_at)::float AS progress_age
FROM transfers_heartbeat WHERE seen_at > clock_timestamp() - {SEEN_WITHIN_SQL} ORDER BY part, host
"""  # noqa: S608 - constants


def parts_seen() -> list[Row]:
    """Return the releasing parts seen within the last day, by `part` and `host`; a handful of rows.

    Columns: `ahead` (seconds by which its clock was ahead of the database's), `age` (seconds of real time since it was
    last seen) and `progress_age` (seconds since its last release, None if there was none). Negative values come from a
    clock that was set back since.
    """
    return rows(_SEEN)


def celery_progresses(*, within_ms: int) -> bool:
    """Return whether Celery released a transfer within some milliseconds of real time."""
    ages = (row["progress_age"] for row in parts_seen() if row["part"] == Part.CELERY)
    return any(age is not None and 0 <= age * 1000 <= within_ms for age in ages)


def celery_silent(*, seconds: float) -> bool:
    """Return whether Celery neither released, looked nor dispatched for some seconds of real time."""
    return not any(row["part"] in (Part.CELERY, Part.DISPATCH) and 0 <= row["age"] <= seconds for row in parts_seen())


def seconds_since(part: Part) -> float | None:
    """Return the seconds of real time since a part was at work on any host; None after a day."""
    return min((row["age"] for row in parts_seen() if row["part"] == part), default=None)
