"""The figures of thirty days (经营日报), derived from the rows by the apps' own statements; none is stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.queries.accounts import FreezesEnding, freezes_ending
from accounts.queries.day_figures import cash_by_day, openings_by_day
from blacklist.queries.due import received_by_day
from config.kernel.approvals.counts import refusals_by_day, refusals_since, unmaskings_by_person, waiting_at_the_bank
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import Row, Statement, rows
from config.kernel.law.dates import next_day_start, shanghai_day, start_of_day
from config.oversight.queries.figures import Oldest, oldest_of, told_by_rule
from transfers.queries.day_figures import ended_by_day
from transfers.queries.many_payers import ManyPayers, many_payers

#: So many days are told, the present one among them.
DAYS = 30
WEEK = timedelta(days=7)
#: So many persons and rules are told, those with the most first.
MOST = 10
_DAY = timedelta(days=1)


@dataclass(slots=True)
class DayFigures:
    """What happened on one day of the bank; amounts in fen.

    :ivar cancelled_fen: what was stopped before it was gone.
    :ivar returned: what came back when it was due.
    :ivar refusals: counted for today and yesterday alone.
    :ivar in_force: of the certificates that were received on this day those that came into force since.
    :ivar waited_seconds: how long these waited for that, added up.
    """

    day: date
    customers: int = 0
    opened: int = 0
    closed: int = 0
    cards: int = 0
    in_fen: int = 0
    out_fen: int = 0
    cancelled: int = 0
    cancelled_fen: int = 0
    returned: int = 0
    returned_fen: int = 0
    refusals: int = 0
    received: int = 0
    in_force: int = 0
    waited_seconds: int = 0

    @property
    def net_fen(self) -> int:
        """Return what came in less what went out, below zero where more went out."""
        return self.in_fen - self.out_fen


@dataclass(frozen=True, slots=True)
class BankFigures:
    """The figures of thirty days at an instant.

    :ivar days: each day, the newest first.
    :ivar waiting: how many proposals wait, and `late` of them too long.
    :ivar unmaskings: looks at whole data today by the real clock: `principal_id`, `name` and `count`.
    """

    at: datetime
    days: tuple[DayFigures, ...]
    total: DayFigures
    waiting: int
    late: int
    oldest: Oldest | None
    refusals: list[dict[str, Any]]
    unmaskings: list[Row]
    freezes: FreezesEnding
    payees: list[ManyPayers] = field(default_factory=list)

    @property
    def oldest_for(self) -> timedelta | None:
        """Return how long the oldest proposal has waited, None where nothing waits."""
        return self.at - self.oldest.made_at if self.oldest else None

    @property
    def waited(self) -> timedelta | None:
        """Return how long a certificate waited for being in force, on the average; None without any."""
        told = self.total
        return timedelta(seconds=told.waited_seconds // told.in_force) if told.in_force else None


def bank_figures() -> BankFigures:
    """Return the figures, in a number of queries that does not grow with the bank."""
    at = bank_now()
    today = start_of_day(shanghai_day(at))
    begins, ends = today - _DAY * (DAYS - 1), next_day_start(at)
    days = {day: DayFigures(day) for day in (shanghai_day(today - _DAY * number) for number in range(DAYS))}
    first, last = min(days), max(days)
    for row in _rows(openings_by_day(begins, ends)):
        setattr(days[row["day"]], row["what"], row["count"])
    for row in _rows(ended_by_day(begins, ends)):
        setattr(days[row["day"]], row["status"], row["count"])
        setattr(days[row["day"]], f"{row['status']}_fen", row["fen"])
    for row in _rows(refusals_by_day(today - _DAY, ends)):
        days[row["day"]].refusals = row["count"]
    for row in (*_rows(cash_by_day(first, last)), *_rows(received_by_day(begins, ends))):
        for name in row.keys() - {"day"}:
            setattr(days[row["day"]], name, row[name])
    (waits,) = _rows(waiting_at_the_bank(at))
    return BankFigures(
        at=at,
        days=tuple(days.values()),
        total=_total(days.values()),
        waiting=waits["n"],
        late=waits["late"],
        oldest=oldest_of(waits),
        refusals=told_by_rule(_rows(refusals_since(today, most=MOST))),
        unmaskings=_rows(unmaskings_by_person(start_of_day(shanghai_day(timezone.now())), most=MOST)),
        freezes=freezes_ending(at, at + WEEK),
        payees=many_payers(at),
    )


def _rows(statement: Statement) -> list[Row]:
    return rows(statement.text, statement.params)


def _total(days: Iterable[DayFigures]) -> DayFigures:
    found = list(days)
    total = DayFigures(found[-1].day)
    for name in (each for each in DayFigures.__dataclass_fields__ if each != "day"):
        setattr(total, name, sum(getattr(each, name) for each in found))
    return total
