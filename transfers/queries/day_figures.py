"""What was cancelled and what was returned at its due time, day by day."""

from datetime import datetime

from config.kernel.database.sql import Statement

_ENDED = """
SELECT (ended_at AT TIME ZONE interval '8 hours')::date AS day, status, count(*) AS count, sum(amount_fen)::bigint AS fen
FROM transfers_transfer
WHERE status IN ('cancelled', 'returned') AND ended_at >= %(begins)s AND ended_at < %(ends)s GROUP BY 1, 2
"""


def ended_by_day(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that adds up what was cancelled or returned: `day`, `status`, `count` and `fen`.

    :param ends_at: exclusive.
    """
    return Statement(_ENDED, {"begins": begins_at, "ends": ends_at})
