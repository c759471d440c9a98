"""Queries of the queue of due transfers, without locks: next due instant, head, number left.

Each takes a few probes of the index `transfer_queue`, whatever the size of the table: ORDER BY with LIMIT leaves the
planner no other choice, with any statistics. A transfer set aside is in the index at the end of its pause.
"""

from datetime import UTC, datetime

from config.kernel.database.sql import Row, rows
from config.kernel.law.money import Fen

#: Time of the next look at a held transfer: its due instant, or the end of its pause.
LOOK_AT = "coalesce(parked_until, due_at)"
#: Before any place in the queue.
EVER = datetime.min.replace(tzinfo=UTC)

_HELD = f"SELECT {LOOK_AT} FROM transfers_transfer WHERE status = 'held'"  # noqa: S608 - constant
_IN_ORDER = f"ORDER BY {LOOK_AT}, id LIMIT"
# The subquery reads the clock once.
_SECONDS = f"""
SELECT extract(epoch FROM ({_HELD} AND {LOOK_AT} >= (SELECT coalesce(%(since)s, bank_now())) {_IN_ORDER} 1)
                          - (SELECT bank_now()))::float AS seconds
"""  # noqa: S608 - constants
_HEAD = f"SELECT least(({_HELD} {_IN_ORDER} 1), (SELECT bank_now() - %(slack)s * interval '1 second')) AS head"
_LEFT = f"SELECT count(*) AS count FROM ({_HELD} AND {LOOK_AT} <= %(by)s {_IN_ORDER} %(at_most)s) AS left_over"  # noqa: S608
_OVERDUE = """
SELECT count(*) AS count, coalesce(sum(amount_fen), 0)::bigint AS fen FROM transfers_transfer
WHERE status = 'held' AND due_at <= (SELECT bank_now())
"""
_PARKED = """
SELECT id, due_at, attempts, parked_until, parked_reason FROM transfers_transfer
WHERE status = 'held' AND parked_until IS NOT NULL ORDER BY parked_until, id LIMIT %s
"""


def seconds_to_due(*, since: datetime | None = None) -> float | None:
    """Return the seconds until the first held transfer is due, negative if overdue; None if there is none.

    :param since: where to begin in the queue; None for transfers not due yet.
    """
    seconds: float | None = rows(_SECONDS, {"since": since})[0]["seconds"]
    return seconds


def queue_head(*, slack_seconds: int) -> datetime:
    """Return the due instant of the first held transfer, locked or not; nothing before it is held.

    :param slack_seconds: minimum distance before now.
    """
    head: datetime = rows(_HEAD, {"slack": slack_seconds})[0]["head"]
    return head


def count_left(due_by: datetime, *, at_most: int | None = None) -> int:
    """Count the held transfers that were due by an instant, without those set aside.

    :param at_most: maximum of the count; None for all.
    """
    count: int = rows(_LEFT, {"by": due_by, "at_most": at_most})[0]["count"]
    return count


def overdue_totals() -> tuple[int, Fen]:
    """Return number and amount of held transfers that are due, including those set aside."""
    row = rows(_OVERDUE)[0]
    return row["count"], row["fen"]


def parked_transfers(limit: int) -> list[Row]:
    """Return held transfers that were set aside, next attempt first.

    With `id`, `due_at`, `attempts` (how often it failed), `parked_until` (when it is tried again) and `parked_reason`
    (the error's class and constraint).
    """
    return rows(_PARKED, [limit])
