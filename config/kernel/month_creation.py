"""Months are made (建立月分区): those that are missing, ahead of time; rows that came before their month was made come to it."""

from datetime import UTC, date, datetime
from typing import Any

from config.kernel import month_copies, months
from config.kernel.transactions import owned

#: The bound of the partition of ids of no month at hand.
DEFAULT = "DEFAULT"


def make_ahead(table: str, today: date, count: int = months.AHEAD) -> list[str]:
    """Make every month that is missing until so many after this one; return their names.

    The strays are exchanged for them and for the rest of the strays: rows that came meanwhile, of ids of such a month, come to
    it in pieces, while others read and write. The tables must belong to the role that asks.
    """
    with month_copies.alone(table):
        if not months.partitions(table):
            _begin(table, today)
        made = _missing(table, today, count)
        if made:
            strays = months.name_of(table, months.STRAYS)
            month_copies.exchange(table, strays, made | {strays: DEFAULT})
    return list(made)


def make_after_migrate(*, verbosity: int = 1, stdout: Any = None, **_: Any) -> None:
    """Make the months that are missing (`post_migrate`)."""
    today = datetime.now(UTC).date()
    made = []
    for table in filter(months.in_months, months.TABLES):
        if new := make_ahead(table, today):
            months.count(table)
            made += new
    if made and verbosity and stdout:
        stdout.write(f"Months were made: {', '.join(made)}")


def _begin(table: str, today: date) -> None:
    """Make the two partitions that are no months: of ids before this month, and of no month at hand."""
    with owned():
        for part, bound in ((months.BEFORE, _bound("MINVALUE", today.replace(day=1))), (months.STRAYS, DEFAULT)):
            name = months.name_of(table, part)
            months.make_like(table, name)
            months.attach(table, name, bound)


def _missing(table: str, today: date, count: int) -> dict[str, str]:
    """Return the months without a partition, from the end of what was before until so many after this one.

    :returns: the bound of each by its name.
    """
    there = months.partitions(table)
    made = {each.month for each in there}
    month = next(each.ends for each in there if each.name == months.name_of(table, months.BEFORE) and each.ends)
    missing = {}
    while month <= months.month_after(today.replace(day=1), count):
        following = months.month_after(month)
        if month not in made:
            missing[months.name_of(table, month)] = _bound(f"'{months.least_id(month)}'", following)
        month = following
    return missing


def _bound(begins: str, ends: date) -> str:
    return f"FOR VALUES FROM ({begins}) TO ('{months.least_id(ends)}')"
