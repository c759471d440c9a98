"""Which parts of the releasing are at work, and when each last was."""

from config.kernel.database.sql import Row, rows
from transfers.vocabulary import Part

#: Whoever was not seen for so long is gone.
SEEN_WITHIN_SQL = "interval '24 hours'"

_SEEN = f"""
SELECT part, host, clock_ahead_ms / 1000.0::float AS ahead,
       extract(epoch FROM clock_timestamp() - seen_at)::float AS age,
       extract(epoch FROM clock_timestamp() - progressed_at)::float AS progress_age
FROM transfers_heartbeat WHERE seen_at > clock_timestamp() - {SEEN_WITHIN_SQL} ORDER BY part, host
"""  # noqa: S608 - constants


def parts_seen() -> list[Row]:
    """Return who took part in releasing within the last day, by `part` and `host`; a handful of rows.

    With `ahead` (seconds its clock was before the database's), `age` (seconds of real time since it was last seen) and
    `progress_age` (since it last released something, None where it never did). What is below zero comes from a clock that
    was set back since.
    """
    return rows(_SEEN)


def celery_progresses(*, within_ms: int) -> bool:
    """Say whether Celery has released something within so many milliseconds of real time."""
    ages = (row["progress_age"] for row in parts_seen() if row["part"] == Part.CELERY)
    return any(age is not None and 0 <= age * 1000 <= within_ms for age in ages)


def celery_silent(*, seconds: float) -> bool:
    """Say whether Celery has neither released, looked nor dispatched anything for so many seconds of real time."""
    return not any(row["part"] in (Part.CELERY, Part.DISPATCH) and 0 <= row["age"] <= seconds for row in parts_seen())


def seconds_since(part: Part) -> float | None:
    """Return for how many seconds of real time a part was not at work on any host, None where it was not for a day."""
    return min((row["age"] for row in parts_seen() if row["part"] == part), default=None)
