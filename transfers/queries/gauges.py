"""What an operator watches of transfers, in one look into an index each, whatever the tables hold.

The order, not a bound that the planner would have to guess, leads to the index. Nothing here counts a table.
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
# What vacuum and analyze counted last; -1 where they have not been yet.
_ESTIMATED = "SELECT greatest(reltuples, 0)::float AS value FROM pg_class WHERE oid = '{}'::regclass"


def overdue_seconds() -> float:
    """Return for how many seconds the oldest held transfer has been due, 0 when none is."""
    return float(rows(_OVERDUE)[0]["value"])


def passed_over_seconds() -> float:
    """Return how much later than the oldest held transfer one fell due that was released before it, 0 when none was.

    The last thousand steps are looked at. What was set aside counts from the end of its pause.
    """
    return float(rows(_PASSED_OVER)[0]["value"])


def parked_count() -> int:
    """Return how many held transfers are set aside after errors, 10000 at most."""
    return int(rows(_PARKED)[0]["value"])


def held_estimate() -> float:
    """Return how many transfers were held when the database last counted them."""
    return float(rows(_ESTIMATED.format("transfer_due_next"))[0]["value"])


def transfers_estimate() -> float:
    """Return how many transfers there were when the database last counted them."""
    return float(rows(_ESTIMATED.format("transfers_transfer"))[0]["value"])
