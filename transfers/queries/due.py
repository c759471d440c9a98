"""What is due, looked at without locks: whether to release, when to look again, what is left.

Each is a few probes of the index `transfer_queue`, whatever the table holds: the order with its limit leaves the
planner no other way, with any statistics. A parked transfer stands in it where its pause ends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

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
_FIRST_IN = f"SELECT extract(epoch FROM ({_FIRST_SINCE}) - (SELECT bank_now()))::float AS seconds"  # noqa: S608 - constants
_HEAD = f"SELECT least(({_FIRST}), (SELECT bank_now() - %(slack)s * interval '1 second')) AS head"
_ANYTHING_BY = f"SELECT coalesce(({_FIRST}) <= %(by)s, false) AS found"
_LEFT = f"SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held' AND {LOOK_AT} <= %s"  # noqa: S608
_OVERDUE = """
SELECT count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM transfers_transfer
WHERE status = 'held' AND due_at <= (SELECT bank_now())
"""
_NEXT_IN = f"""
SELECT extract(epoch FROM (
    SELECT {LOOK_AT} FROM transfers_transfer
    WHERE status = 'held' AND {LOOK_AT} > (SELECT bank_now()) ORDER BY {LOOK_AT}, id LIMIT 1
) - (SELECT bank_now()))::float AS seconds
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


def seconds_to_first_due(*, since: datetime | None = None) -> float | None:
    """Return in how many seconds the first held transfer falls due, below zero for how long it has been; None for none.

    :param since: where to begin in the queue; None for its beginning.
    """
    seconds: float | None = rows(_FIRST_IN, {"since": since or EVER})[0]["seconds"]
    return seconds


def seconds_to_next_due() -> float | None:
    """Return in how many seconds the next transfer falls due that is not due yet, None if there is none."""
    seconds: float | None = rows(_NEXT_IN)[0]["seconds"]
    return seconds


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


def parked_transfers(limit: int) -> list[Parked]:
    """Return held transfers that were set aside, the next to be tried again first."""
    return [Parked(**row) for row in rows(_PARKED, [limit])]
