"""What is due, looked at without locks: whether to release, when to look again, what is left."""

from datetime import datetime

from django.conf import settings

from config.kernel.money import Fen
from config.kernel.sql import rows

# The clock in a subquery is read once and lets the index on due_at answer.
_DUE = """
status = 'held' AND due_at <= (SELECT bank_now() - %(grace)s * interval '1 millisecond')
AND (parked_until IS NULL OR parked_until <= (SELECT bank_now()))
"""
_ANYTHING = f"SELECT EXISTS (SELECT FROM transfers_transfer WHERE {_DUE}) AS found"  # noqa: S608 - a constant
_LEFT = """
SELECT count(*) AS count FROM transfers_transfer
WHERE status = 'held' AND due_at <= %s AND (parked_until IS NULL OR parked_until <= (SELECT bank_now()))
"""
_OVERDUE = """
SELECT count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM transfers_transfer
WHERE status = 'held' AND due_at <= (SELECT bank_now())
"""
_SLOTS = """
WITH clock AS MATERIALIZED (SELECT bank_now() AS now)
SELECT extract(epoch FROM slot.ends - clock.now)::float AS seconds
FROM clock, generate_series(
    date_bin(%(slot)s * interval '1 millisecond', clock.now, 'epoch') + %(slot)s * interval '1 millisecond',
    clock.now + %(horizon)s * interval '1 second' + %(slot)s * interval '1 millisecond',
    %(slot)s * interval '1 millisecond'
) AS slot(ends)
WHERE EXISTS (
    SELECT FROM transfers_transfer
    WHERE status = 'held' AND due_at > slot.ends - %(slot)s * interval '1 millisecond' AND due_at <= slot.ends
)
ORDER BY slot.ends
"""

_NEXT = """
SELECT extract(epoch FROM min(due_at) - (SELECT bank_now()))::float AS seconds FROM transfers_transfer
WHERE status = 'held' AND due_at > (SELECT bank_now()) AND due_at <= (SELECT bank_now()) + %s * interval '1 second'
"""


def anything_due(*, grace_ms: int = 0) -> bool:
    """Say whether a held transfer is due and not set aside.

    :param grace_ms: how long it must have been due.
    """
    found: bool = rows(_ANYTHING, {"grace": grace_ms})[0]["found"]
    return found


def count_left(due_by: datetime) -> int:
    """Return how many transfers that were due by an instant are still held, parked ones aside."""
    count: int = rows(_LEFT, [due_by])[0]["count"]
    return count


def overdue_totals() -> tuple[int, Fen]:
    """Return how many held transfers are due, those set aside among them, and of how much money."""
    row = rows(_OVERDUE)[0]
    return row["count"], row["fen"]


def due_slots() -> list[float]:
    """Return in how many seconds each time slot ends in which something falls due, within the horizon.

    Sixty looks into the index, however many transfers one slot has. A clock that stands still
    brings nothing.
    """
    if settings.SANDBOX and _clock_stands():
        return []
    found = rows(_SLOTS, {"slot": settings.RELEASE_SLOT_MILLISECONDS, "horizon": settings.RELEASE_HORIZON_SECONDS})
    return [row["seconds"] for row in found]


def seconds_to_next_due(within: float) -> float | None:
    """Return in how many seconds the next transfer falls due, None if not within that many.

    A clock that stands still never gets there.
    """
    if settings.SANDBOX and _clock_stands():
        return None
    seconds: float | None = rows(_NEXT, [within])[0]["seconds"]
    return None if seconds is None else max(seconds, 0.0)


def _clock_stands() -> bool:
    return bool(rows("SELECT 1 AS stands FROM kernel_sandboxclock WHERE frozen_at IS NOT NULL"))
