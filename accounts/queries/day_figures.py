"""Daily figures: openings, closings and cards issued, and cash in and out at the counter."""

from datetime import date, datetime

from config.kernel.database.sql import Statement

_DAY = "({} AT TIME ZONE interval '8 hours')::date"
_COUNTED = (
    ("customers", "accounts_customer", "created_at", "import_batch_id IS NULL"),
    ("opened", "accounts_account", "opened_at", "import_batch_id IS NULL"),
    ("closed", "accounts_account", "closed_at", "closed_at IS NOT NULL"),
    ("cards", "accounts_card", "issued_at", "import_batch_id IS NULL"),
)
_OPENINGS = "\nUNION ALL\n".join(
    f"SELECT '{what}' AS what, {_DAY.format(at)} AS day, count(*) AS count FROM {table} "  # noqa: S608 - constants
    f"WHERE {where} AND {at} >= %(begins)s AND {at} < %(ends)s GROUP BY 2"
    for what, table, at, where in _COUNTED
)
# A reversal is subtracted from what it reverses.
_CASH = """
SELECT b.day,
       coalesce(sum(m.amount_fen) FILTER (WHERE m.kind = 'deposit' OR m.kind = 'reversal' AND m.amount_fen < 0), 0)::bigint
           AS in_fen,
       coalesce(-sum(m.amount_fen) FILTER (WHERE m.kind = 'withdrawal' OR m.kind = 'reversal' AND m.amount_fen > 0), 0)
           ::bigint AS out_fen
FROM accounts_cashbox b JOIN accounts_cashmovement m ON m.box_id = b.id
WHERE b.day >= %(first)s AND b.day <= %(last)s GROUP BY b.day
"""


def openings_by_day(begins_at: datetime, ends_at: datetime) -> Statement:
    """Return the statement that counts customers, accounts opened and closed, and cards: `what`, `day`, `count`.

    Imported customers, accounts and cards are not counted: they were opened elsewhere.

    :param ends_at: exclusive.
    """
    return Statement(_OPENINGS, {"begins": begins_at, "ends": ends_at})


def cash_by_day(first: date, last: date) -> Statement:
    """Return the statement that sums cash in and out of the tellers' boxes by day: `day`, `in_fen`, `out_fen`.

    A day is that of the box. A reversal (抹账) is subtracted from what it reverses.

    :param last: inclusive.
    """
    return Statement(_CASH, {"first": first, "last": last})
