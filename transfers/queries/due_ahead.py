"""What falls due in the next 24 hours, slot by slot: the picture of the home page and of the board."""

from datetime import datetime, timedelta

from config.kernel.sql import Statement

AHEAD = timedelta(hours=24)

# A look into the index for each slot: nothing is sorted, and no row of the table is read. The table is known
# by its name only.
_DUE = """
SELECT slot.begins AS slot, due.count, due.fen
FROM generate_series(date_bin(%(slot)s, %(at)s, 'epoch'), %(until)s, %(slot)s) AS slot(begins)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, sum(amount_fen) AS fen FROM transfers_transfer
    WHERE status = 'held' AND due_at >= greatest(slot.begins, %(at)s) AND due_at < least(slot.begins + %(slot)s, %(until)s)
) due
WHERE due.count > 0 ORDER BY 1
"""


def due_ahead(at: datetime, *, minutes: int) -> Statement:
    """Return the statement that tells how many transfers and how much fall due, by slot.

    Its rows are `slot` (its begin), `count` and `fen`; a slot in which nothing falls due has none.

    :param at: the bank's present instant; it cuts the first slot.
    :param minutes: the length of a slot; slots begin at whole multiples of it.
    """
    return Statement(_DUE, {"at": at, "until": at + AHEAD, "slot": timedelta(minutes=minutes)})
