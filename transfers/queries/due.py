"""What is due, looked at without locks: whether to release, when to look again, what is left.

Each is a few probes of the index `transfer_queue`, whatever the table holds: the order with its limit leaves the
planner no other way, with any statistics. A parked transfer stands in it where its pause ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings

from config.kernel.clock import sandbox_stands
from config.kernel.money import Fen
from config.kernel.sql import rows

#: When a held transfer is to be looked at: at its due instant, or when its pause is over.
LOOK_AT = "coalesce(parked_until, due_at)"
#: Before any place in the queue.
EVER = datetime.min.replace(tzinfo=UTC)

_FIRST = f"""
SELECT {LOOK_AT} AS at FROM transfers_transfer WHERE status = 'held' ORDER BY {LOOK_AT}, id LIMIT 1
"""  # noqa: S608 - constants
_FIRST_SINCE = f"""
SELECT {LOOK_AT} AS at FROM transfers_transfer
WHERE status = 'held' AND {LOOK_AT} >= %(since)s ORDER BY {LOOK_AT}, id LIMIT 1
"""  # noqa: S608 - constants
# The clock in a subquery is read once.
_ANYTHING = f"""
SELECT coalesce(({_FIRST_SINCE}) <= (SELECT bank_now() - %(grace)s * interval '1 millisecond'), false) AS found
"""
_HEAD = f"SELECT least(({_FIRST}), (SELECT bank_now() - %(slack)s * interval '1 second')) AS head"
_ANYTHING_BY = f"SELECT coalesce(({_FIRST}) <= %(by)s, false) AS found"
_LEFT = f"SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held' AND {LOOK_AT} <= %s"  # noqa: S608
_AFTER = f"""
SELECT {LOOK_AT} AS at FROM transfers_transfer
WHERE status = 'held' AND {LOOK_AT} > %s ORDER BY {LOOK_AT}, id LIMIT 1
"""  # noqa: S608 - constants
_OVERDUE = """
SELECT count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM transfers_transfer
WHERE status = 'held' AND due_at <= (SELECT bank_now())
"""
_SLOTS = f"""
WITH clock AS MATERIALIZED (SELECT bank_now() AS now)
SELECT extract(epoch FROM slot.ends - clock.now)::float AS seconds
FROM clock, generate_series(
    date_bin(%(slot)s * interval '1 millisecond', clock.now, 'epoch') + %(slot)s * interval '1 millisecond',
    clock.now + %(horizon)s * interval '1 second' + %(slot)s * interval '1 millisecond',
    %(slot)s * interval '1 millisecond'
) AS slot(ends)
CROSS JOIN LATERAL ({_AFTER % "slot.ends - %(slot)s * interval '1 millisecond'"}) AS next
WHERE next.at <= slot.ends
ORDER BY slot.ends
"""  # noqa: S608 - constants
_NEXT = f"""
SELECT extract(epoch FROM ({_AFTER % "(SELECT bank_now())"}) - (SELECT bank_now()))::float AS seconds
"""  # noqa: S608 - constants
_PARKED = """
SELECT id, due_at, attempts, parked_until, parked_reason FROM transfers_transfer
WHERE status = 'held' AND parked_until IS NOT NULL ORDER BY parked_until, id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Parked:
    """A held transfer that failed its release and was set aside.

    :ivar attempts: how often it failed.
    :ivar parked_until: when it is tried again.
    :ivar parked_reason: the error's class and constraint.
    """

    id: UUID
    due_at: datetime
    attempts: int
    parked_until: datetime
    parked_reason: str


def anything_due(*, grace_ms: int = 0, since: datetime | None = None) -> bool:
    """Say whether a held transfer is due and not set aside.

    :param grace_ms: how long it must have been due.
    :param since: where to begin in the queue; None for its beginning.
    """
    found: bool = rows(_ANYTHING, {"grace": grace_ms, "since": since or EVER})[0]["found"]
    return found


def queue_head(*, slack_seconds: int) -> datetime:
    """Return the instant before which nothing is held: that of the first in the queue, whoever has it locked.

    :param slack_seconds: at least so long before now.
    """
    head: datetime = rows(_HEAD, {"slack": slack_seconds})[0]["head"]
    return head


def anything_left(due_by: datetime) -> bool:
    """Say whether a transfer that was due by an instant is still held, parked ones aside."""
    found: bool = rows(_ANYTHING_BY, {"by": due_by})[0]["found"]
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
    if settings.SANDBOX and sandbox_stands():
        return []
    found = rows(_SLOTS, {"slot": settings.RELEASE_SLOT_MILLISECONDS, "horizon": settings.RELEASE_HORIZON_SECONDS})
    return [row["seconds"] for row in found]


def seconds_to_next_due(within: float) -> float | None:
    """Return in how many seconds the next transfer falls due, None if not within that many.

    A clock that stands still never gets there.
    """
    if settings.SANDBOX and sandbox_stands():
        return None
    seconds: float | None = rows(_NEXT)[0]["seconds"]
    return None if seconds is None or seconds > within else max(seconds, 0.0)


def parked_transfers(limit: int) -> list[Parked]:
    """Return held transfers that were set aside, the next to be tried again first."""
    return [Parked(**row) for row in rows(_PARKED, [limit])]
