"""The figures of the home page, counted where the rows are."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blacklist.queries.due import overdue_certificates
from config.kernel.clock import bank_now
from config.kernel.counts import refusals_since, waiting_for
from config.kernel.dates import shanghai_day, start_of_day
from config.kernel.keys import Caller
from config.kernel.refusals import Refusal
from config.kernel.sql import rows
from config.kernel.text import language
from transfers.queries.board import due_ahead, overdue
from transfers.queries.steps import punctuality

#: How long a slot of the picture of what falls due is.
HOUR = timedelta(hours=1)

_OPEN = re.compile(r"\s?[（(“]-[）)”]\s?|(?<!\S)-(?!\S)|-$")
_CLAUSE_END = re.compile(r"[，。：；]|[,.:;] |\.$")


@dataclass(frozen=True, slots=True)
class Figures:
    """One look at the bank: all figures at one instant.

    :ivar due: by hour in which something falls due within the next 24: `slot` (its begin), `count`, `fen`.
    """

    at: datetime
    waiting: int
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
        """Return how many transfers fall due within the next 24 hours."""
        return sum(slot["count"] for slot in self.due)

    @property
    def due_fen(self) -> int:
        """Return how much falls due within the next 24 hours."""
        return sum(int(slot["fen"]) for slot in self.due)


def figures(caller: Caller) -> Figures:
    """Return the home page's figures."""
    at = bank_now()
    today = start_of_day(shanghai_day(at))
    asked = (
        waiting_for(caller, at),
        due_ahead(at, minutes=HOUR // timedelta(minutes=1)),
        refusals_since(today, most=8),
        punctuality(today),
        overdue(at),
        overdue_certificates(at),
    )
    waiting, due, refused, punctual, late, papers = (rows(each.text, each.params) for each in asked)
    day = punctual[0]
    return Figures(
        at=at,
        waiting=waiting[0]["n"],
        due=due,
        refusals=[{"code": row["code"], "title": _title(row["code"]), "count": row["count"]} for row in refused],
        released=day["released"],
        by_watcher=day["by_watcher"],
        early=day["early"],
        p50_ms=day["p50"],
        p99_ms=day["p99"],
        overdue=late[0]["n"],
        overdue_certificates=papers[0]["n"],
    )


def _title(code: str) -> str:
    """Return what a refusal is about: the first clause of its sentence, in the reader's language."""
    kind = Refusal.catalogue.get(code)
    if kind is None:
        return code
    # No single case is told here, so what a sentence would name stays open.
    return _OPEN.sub("…", _CLAUSE_END.split(kind.sentence({}, language()), maxsplit=1)[0]).strip()
