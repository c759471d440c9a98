"""Figures of the home page and of thirty days (经营日报), counted by queries; none is stored."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.queries.accounts import EndingFreezes, freezes_ending
from accounts.queries.day_figures import cash_by_day, openings_by_day
from blacklist.queries.undecided_certificates import overdue_certificates, received_by_day
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.approvals.counts import (
    own_pending,
    refusals_by_day,
    refusals_since,
    unmaskings_by_person,
    waiting_at_the_bank,
    waiting_for,
)
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import Row, Statement, rows
from config.kernel.law.dates import next_day_start, shanghai_day, start_of_day
from config.kernel.law.refusals import refusal_title
from transfers.queries.board import due_ahead, overdue
from transfers.queries.day_figures import ManyPayers, ended_by_day, many_payers
from transfers.queries.punctuality import punctuality_of

#: Length of a slot in the chart of due transfers.
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OldestProposal:
    """The proposal that has waited longest, with its time and maker."""

    approval_id: UUID
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the home page, all at one instant.

    :ivar waiting: number of proposals that wait for the caller, and `late` those beyond the time; None for a role
        that decides nothing.
    :ivar oldest: of these the one that has waited longest.
    :ivar own_pending: the caller's own waiting proposals; None for a role that proposes nothing.
    :ivar due: for each hour with due transfers in the next 24: `slot` (its beginning), `count`, `fen`.
    """

    at: datetime
    waiting: int | None
    late: int
    oldest: "OldestProposal | None"
    own_pending: int | None
    due: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    released: int
    by_watcher: int
    early: int
    p50_ms: int | None
    p99_ms: int | None
    overdue: int
    overdue_certificates: int

    @property
    def due_count(self) -> int:
        """Return the number of transfers due within the next 24 hours."""
        return sum(slot["count"] for slot in self.due)

    @property
    def due_fen(self) -> int:
        """Return the amount due within the next 24 hours."""
        return sum(int(slot["fen"]) for slot in self.due)


def figures(caller: Caller) -> Figures:
    """Return the home page's figures."""
    at = bank_now()
    today = start_of_day(shanghai_day(at))
    decides, proposes = may(caller, Permission.DECIDE_APPROVAL), may(caller, Permission.WITHDRAW_APPROVAL)
    asked = (
        due_ahead(at, minutes=HOUR // timedelta(minutes=1)),
        refusals_since(today, most=8),
        overdue(at),
        overdue_certificates(at),
    )
    due, refused, late, papers = (rows(each.text, each.params) for each in asked)
    waits = _asked(waiting_for(caller, at)) if decides else None
    day = punctuality_of(today, next_day_start(at)).whole
    return Figures(
        at=at,
        waiting=waits["n"] if waits else None,
        late=waits["late"] if waits else 0,
        oldest=_oldest_of(waits) if waits else None,
        own_pending=_asked(own_pending(caller, at))["n"] if proposes else None,
        due=due,
        refusals=refusals_by_rule(refused),
        released=day.releases,
        by_watcher=day.by_watcher,
        early=day.early,
        p50_ms=day.p50_ms,
        p99_ms=day.p99_ms,
        overdue=late[0]["n"],
        overdue_certificates=papers[0]["n"],
    )


def _oldest_of(waits: Row) -> OldestProposal | None:
    """Return the oldest waiting proposal, from a row of `waiting_for`."""
    if waits["oldest_id"] is None:
        return None
    return OldestProposal(waits["oldest_id"], waits["oldest_at"], waits["oldest_by"])


def refusals_by_rule(refused: list[Row]) -> list[dict[str, Any]]:
    """Return counts of refusals by code, each with its title in the reader's language."""
    return [{"code": row["code"], "title": refusal_title(row["code"]), "count": row["count"]} for row in refused]


def _asked(statement: Statement) -> Row:
    return rows(statement.text, statement.params)[0]


#: Number of days, including the present one.
DAYS = 30
WEEK = timedelta(days=7)
#: Maximum number of persons and rules, those with the highest counts first.
MOST = 10
_DAY = timedelta(days=1)


@dataclass(slots=True)
class DayFigures:
    """Business of one day of the bank; amounts in fen.

    :ivar cancelled_fen: transfers cancelled before they were posted.
    :ivar returned: transfers returned when they were due.
    :ivar refusals: counted only for today and yesterday.
    :ivar in_force: of the certificates received on this day, those that are in force since.
    :ivar waited_seconds: sum of the times that these waited for entry into force.
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
        """Return incoming less outgoing money; negative if more went out."""
        return self.in_fen - self.out_fen


@dataclass(frozen=True, slots=True)
class BankFigures:
    """The figures of thirty days at an instant.

    :ivar days: each day, the newest first.
    :ivar waiting: number of waiting proposals, and `late` those beyond the time.
    :ivar unmaskings: views of whole data today by the real clock: `principal_id`, `name` and `count`.
    """

    at: datetime
    days: tuple[DayFigures, ...]
    total: DayFigures
    waiting: int
    late: int
    oldest: OldestProposal | None
    refusals: list[dict[str, Any]]
    unmaskings: list[Row]
    freezes: EndingFreezes
    payees: list[ManyPayers] = field(default_factory=list)

    @property
    def oldest_for(self) -> timedelta | None:
        """Return how long the oldest proposal has waited; None if none waits."""
        return self.at - self.oldest.made_at if self.oldest else None

    @property
    def waited(self) -> timedelta | None:
        """Return the average time from receipt of a certificate to its entry into force; None without any."""
        total = self.total
        return timedelta(seconds=total.waited_seconds // total.in_force) if total.in_force else None


def bank_figures() -> BankFigures:
    """Return the figures, with a number of queries independent of the bank's size."""
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
        oldest=_oldest_of(waits),
        refusals=refusals_by_rule(_rows(refusals_since(today, most=MOST))),
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
