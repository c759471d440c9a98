"""Metrics of transfers, each by one read of an index, whatever the size of the tables.

ORDER BY leads the planner to the index, not an estimated bound. No query counts a table.
"""

from config.kernel.database.sql import rows
from transfers.queries.due_queue import LOOK_AT

_OVERDUE = """
SELECT greatest(extract(epoch FROM (SELECT bank_now()) - (
    SELECT due_at FROM transfers_transfer WHERE status = 'held' ORDER BY due_at LIMIT 1
)), 0)::float AS value
"""
# The due instant of a release follows from its step, to the millisecond.
_PASSED_OVER = f"""
SELECT greatest(extract(epoch FROM (
    SELECT max(at - lateness_ms * interval '1 millisecond')
    FROM (SELECT at, lateness_ms FROM transfers_event ORDER BY id DESC LIMIT 1000) AS last
) - (
    SELECT {LOOK_AT} FROM transfers_transfer WHERE status = 'held' ORDER BY {LOOK_AT}, id LIMIT 1
)), 0)::float AS value
"""  # noqa: S608 - constants
_PARKED = """
SELECT count(*) AS value FROM (
    SELECT FROM transfers_transfer WHERE status = 'held' AND parked_until IS NOT NULL ORDER BY parked_until LIMIT 10000
) parked
"""
# The last estimate of vacuum or analyze; -1 before the first.
_ESTIMATED = "SELECT greatest(reltuples, 0)::float AS value FROM pg_class WHERE oid = '{}'::regclass"


def overdue_seconds() -> float:
    """Return how many seconds the oldest held transfer has been due, 0 if none is."""
    return float(rows(_OVERDUE)[0]["value"])


def passed_over_seconds() -> float:
    """Return by how many seconds a released transfer was due after the oldest held one; 0 if none was.

    The last thousand steps are searched. A transfer set aside counts from the end of its pause.
    """
    return float(rows(_PASSED_OVER)[0]["value"])


def parked_count() -> int:
    """Count the held transfers set aside after errors, 10000 at most."""
    return int(rows(_PARKED)[0]["value"])


def held_estimate() -> float:
    """Return the database's last estimate of the number of held transfers."""
    return float(rows(_ESTIMATED.format("transfer_due_next"))[0]["value"])


def transfers_estimate() -> float:
    """Return the database's last estimate of the number of transfers."""
    return float(rows(_ESTIMATED.format("transfers_transfer"))[0]["value"])
