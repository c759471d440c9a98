"""Months that are over (月份关账后的分区): no row comes any more, so what a table of rows that never change needs is done once.

Nothing waits for it: rows are read meanwhile, and those of other months written.
"""

from datetime import date, timedelta

from config.kernel import month_copies, months
from config.kernel.months import Partition, run

#: Who made an id before midnight may still be about to commit it.
AFTER = timedelta(days=1)


def to_close(table: str, today: date, tablespace: str = "") -> list[Partition]:
    """Return the months that are over and not yet closed, the oldest first.

    :param tablespace: where they are to lie; wherever they are, unless told.
    """
    over = [each for each in months.partitions(table) if each.is_over(today - AFTER)]
    return [each for each in over if not each.frozen or (tablespace and each.tablespace != tablespace)]


def close(part: Partition, tablespace: str = "") -> None:
    """Let no vacuum come back to a month, and lay it where it is to lie: read from end to end once, or copied before.

    The month must be over, and the table belong to the role that asks.
    """
    if tablespace and part.tablespace != tablespace:
        with month_copies.alone(part.table):
            month_copies.exchange(part.table, part.name, {part.name: part.bound}, tablespace)
    run("SET statement_timeout = 0")
    run("SET transaction_timeout = 0")
    try:
        run(f"VACUUM (FREEZE, ANALYZE) {part.name}")
    finally:
        run("RESET statement_timeout")
        run("RESET transaction_timeout")
