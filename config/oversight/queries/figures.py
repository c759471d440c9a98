"""The figures of the home page, counted where the rows are."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.kernel.approvals import kinds
from config.kernel.clock import bank_now
from config.kernel.dates import SHANGHAI, shanghai_day, start_of_day
from config.kernel.keys import Caller
from config.kernel.refusals import Refusal
from config.kernel.sql import Statement, batch
from config.kernel.text import language
from transfers.queries.due import OVERDUE_SECONDS
from transfers.queries.due_ahead import due_ahead
from transfers.queries.event_ids import SLACK, first_id

_OPEN = re.compile(r"\s?[（(“]-[）)”]\s?|(?<!\S)-(?!\S)|-$")
_CLAUSE_END = re.compile(r"[，。：；]|[,.:;] |\.$")

# Counted by lateness before anything is ranked: of a day's releases few differ by the millisecond.
_PUNCTUAL = f"""
WITH late AS MATERIALIZED (
    SELECT lateness_ms, count(*) AS count, count(*) FILTER (WHERE released_by = 'watcher') AS by_watcher
    FROM transfers_event
    WHERE id >= {first_id("%(around)s")} AND at >= %(today)s AND released_by <> '' GROUP BY 1
), ranked AS (
    SELECT *, sum(count) OVER (ORDER BY lateness_ms) AS up_to, sum(count) OVER () AS total FROM late
)
SELECT coalesce(sum(count), 0)::bigint AS released, coalesce(sum(by_watcher), 0)::bigint AS by_watcher,
       coalesce(sum(count) FILTER (WHERE lateness_ms < 0), 0)::bigint AS early,
       min(lateness_ms) FILTER (WHERE up_to >= 0.5 * total) AS p50,
       min(lateness_ms) FILTER (WHERE up_to >= 0.99 * total) AS p99
FROM ranked
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Figures:
    """One look at the bank: all figures at one instant."""

    at: datetime
    waiting: int
    hours: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    released: int
    by_watcher: int
    early: int
    p50_ms: int | None
    p99_ms: int | None
    overdue: int

    @property
    def now_ms(self) -> int:
        """Return the instant of the look as a picture counts: in milliseconds."""
        return int(self.at.timestamp() * 1000)

    @property
    def due_count(self) -> int:
        """Return how many transfers fall due within the next 24 hours."""
        return sum(hour["count"] for hour in self.hours)

    @property
    def due_fen(self) -> int:
        """Return how much falls due within the next 24 hours."""
        return sum(hour["fen"] for hour in self.hours)


def figures(caller: Caller) -> Figures:
    """Return the home page's figures, in two round trips."""
    at = bank_now()
    today = start_of_day(shanghai_day(at))
    mine = [kind.name for kind in kinds().values() if kind.role == caller.role]
    waiting, due, refused, punctual, overdue = batch(
        Statement(
            "SELECT count(*) AS n FROM kernel_approval WHERE status = 'pending' AND expires_at > %s "
            "AND kind = ANY(%s) AND made_by_id <> %s",
            [at, mine, caller.id],
        ),
        due_ahead(at, minutes=60),
        Statement(
            "SELECT code, count(*) AS count FROM kernel_decision WHERE outcome = 'refused' AND at >= %s "
            "GROUP BY code ORDER BY count DESC, code LIMIT 8",
            [today],
        ),
        Statement(_PUNCTUAL, {"today": today, "around": today - SLACK}),
        Statement(
            "SELECT count(*) AS n FROM transfers_transfer WHERE status = 'held' AND due_at < %s",
            [at - timedelta(seconds=OVERDUE_SECONDS)],
        ),
    )
    day = punctual[0]
    return Figures(
        at=at,
        waiting=waiting[0]["n"],
        hours=_hours(at, {row["slot"]: row for row in due}),
        refusals=[{"code": row["code"], "title": _title(row["code"]), "count": row["count"]} for row in refused],
        released=day["released"],
        by_watcher=day["by_watcher"],
        early=day["early"],
        p50_ms=day["p50"],
        p99_ms=day["p99"],
        overdue=overdue[0]["n"],
    )


def _hours(at: datetime, due: dict[datetime, dict[str, Any]]) -> list[dict[str, Any]]:
    first = at.replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=number) for number in range(25)]
    return [
        {
            "at": int(hour.timestamp() * 1000),
            "label": f"{hour.astimezone(SHANGHAI):%H:00}",
            "count": due.get(hour, {}).get("count", 0),
            "fen": int(due.get(hour, {}).get("fen", 0)),
        }
        for hour in hours
    ]


def _title(code: str) -> str:
    """Return what a refusal is about: the first clause of its sentence, in the reader's language."""
    kind = Refusal.catalogue.get(code)
    if kind is None:
        return code
    # No single case is told here, so what a sentence would name stays open.
    return _OPEN.sub("…", _CLAUSE_END.split(kind.told({}, language()), maxsplit=1)[0]).strip()
