"""How far a clean-up campaign has come (清理进度): excess at the start, worked off by way, remaining.

By branch, by limit and by week. Every figure names the filter that lists its cases (`accounts.cleanup.queries.cases`).
ExcessFigures of a sealed campaign are as of its seal, of another as of now.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.queries.settled import OF_CAMPAIGN, with_standing
from accounts.cleanup.vocabulary import CaseState, CleanupSettled
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.law.dates import shanghai_day
from config.kernel.law.money import Fen

# By branch and limit, by week, and cases by branch: what is asked for is put together from these. A week begins on Monday.
_FIGURES = f"""
{with_standing(OF_CAMPAIGN)},
cases AS (
  SELECT case_id, branch, sum(excess) > sum(worked_off) AS open FROM standing GROUP BY case_id, branch
)
SELECT 'excess' AS figure, branch, "limit", NULL AS way, NULL::date AS week, sum(excess)::bigint AS count,
       count(*) AS cases, count(*) FILTER (WHERE excess > worked_off) AS open
FROM standing GROUP BY branch, "limit"
UNION ALL
SELECT 'worked_off', branch, "limit", way, NULL, count(*), count(DISTINCT case_id), NULL
FROM worked_off GROUP BY branch, "limit", way
UNION ALL
SELECT 'week', NULL, NULL, way, date_trunc('week', at AT TIME ZONE interval '8 hours')::date, count(*), NULL, NULL
FROM worked_off GROUP BY way, 5
UNION ALL
SELECT 'cases', branch, NULL, NULL, NULL, NULL, count(*), count(*) FILTER (WHERE open) FROM cases GROUP BY branch
"""  # noqa: S608 - constants

_MONEY = """
SELECT coalesce((
         SELECT sum(i.balance_fen) FROM accounts_cleanupcase c JOIN accounts_cleanupitem i ON i.case_id = c.id
         WHERE c.campaign_id = %(campaign)s AND i.beyond AND i.account_id IS NOT NULL
       ), 0)::bigint AS beyond_fen,
       coalesce((
         SELECT sum(x.amount_fen) FROM accounts_cleanupaction x JOIN accounts_cleanupitem i ON i.id = x.item_id
         JOIN accounts_cleanupcase c ON c.id = i.case_id
         WHERE c.campaign_id = %(campaign)s AND x.way = 'merge' AND x.status = 'active'
       ), 0)::bigint AS merged_fen
"""

type Filter = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of accounts and cards, and the filter that lists the cases it is of."""

    count: int
    filter: Filter = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExcessFigures:
    """What has become of an excess: of all, of a branch or of a limit; numbers of accounts and cards.

    :ivar ways: of what is worked off, by the way; those that there are none of are left out.
    """

    name: str
    excess: Figure
    worked_off: Figure
    remaining: Figure
    ways: Mapping[CleanupSettled, Figure]


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from its Monday on: what was worked off in it, and what remained at its end."""

    monday: date
    worked_off: Figure
    ways: Mapping[CleanupSettled, int]
    remaining: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign has come.

    :ivar at: as of when the figures are.
    :ivar cases: how many there are, `open_cases` of which something remains.
    :ivar weeks: from that of the start on, without a gap.
    """

    campaign: CleanupCampaign
    at: datetime
    cases: Figure
    open_cases: Figure
    settled_cases: Figure
    total: ExcessFigures
    branches: tuple[ExcessFigures, ...]
    limits: tuple[ExcessFigures, ...]
    weeks: tuple[Week, ...]


def progress_of(campaign: CleanupCampaign) -> Progress:
    """Return how far a campaign has come, in one statement."""
    found = rows(_FIGURES, {"campaign": campaign.id})
    at = campaign.sealed_at or bank_now()
    found_by = {
        name: [row for row in found if row["figure"] == name] for name in ("excess", "worked_off", "week", "cases")
    }
    branches = sorted({row["branch"] for row in found_by["excess"]})
    limits = [each for each in CleanupLimit if any(row["limit"] == each for row in found_by["excess"])]
    total = _figures("", found_by, {})
    return Progress(
        campaign=campaign,
        at=at,
        cases=Figure(sum(row["cases"] for row in found_by["cases"])),
        open_cases=Figure(sum(row["open"] for row in found_by["cases"]), {"state": CaseState.OPEN.value}),
        settled_cases=Figure(
            sum(row["cases"] - row["open"] for row in found_by["cases"]), {"state": CaseState.SETTLED.value}
        ),
        total=total,
        branches=tuple(_figures(each, found_by, {"branch": each}) for each in branches),
        limits=tuple(_figures(each.value, found_by, {"limit_kind": each.value}) for each in limits),
        weeks=tuple(_weeks(found_by["week"], total.excess.count, shanghai_day(campaign.as_of), shanghai_day(at))),
    )


@dataclass(frozen=True, slots=True)
class MoneyOfCampaign:
    """What lay on the accounts beyond at the start, and what merges have moved; whole fen."""

    beyond_fen: Fen
    merged_fen: Fen


def money_of(campaign: CleanupCampaign) -> MoneyOfCampaign:
    """Return the money of a campaign, in one statement."""
    (found,) = rows(_MONEY, {"campaign": campaign.id})
    return MoneyOfCampaign(**found)


def campaigns() -> QuerySet[CleanupCampaign]:
    """Return all campaigns with who started and sealed them."""
    return CleanupCampaign.objects.select_related("started_by", "sealed_by")


def campaign_of(campaign_id: UUID) -> CleanupCampaign | None:
    """Return a campaign with who started and sealed it, None when there is none of this id."""
    return campaigns().filter(pk=campaign_id).first()


def campaign_now() -> CleanupCampaign | None:
    """Return the campaign that runs, else the last one; None before the first."""
    return campaigns().order_by("id").last()


def _figures(name: str, found_by: Mapping[str, list[Any]], by: Filter) -> ExcessFigures:
    column = {"branch": "branch", "limit_kind": "limit"}
    mine = {
        figure: [row for row in found_by[figure] if all(row[column[key]] == value for key, value in by.items())]
        for figure in ("excess", "worked_off")
    }
    excess, worked_off = (sum(row["count"] for row in mine[figure]) for figure in ("excess", "worked_off"))
    ways = _by_way(mine["worked_off"])
    return ExcessFigures(
        name=name,
        excess=Figure(excess, by),
        worked_off=Figure(worked_off, {**by, "worked": "true"}),
        remaining=Figure(excess - worked_off, {**by, "state": CaseState.OPEN.value}),
        ways={way: Figure(count, {**by, "way": way.value}) for way, count in ways.items()},
    )


def _by_way(found: Iterable[Mapping[str, Any]]) -> dict[CleanupSettled, int]:
    counts = dict.fromkeys(CleanupSettled, 0)
    for row in found:
        counts[CleanupSettled(row["way"])] += row["count"]
    return {way: count for way, count in counts.items() if count}


def _weeks(found: list[Any], excess: int, first: date, last: date) -> Iterable[Week]:
    monday, remaining = first - timedelta(days=first.weekday()), excess
    while monday <= last:
        mine = [row for row in found if row["week"] == monday]
        count = sum(row["count"] for row in mine)
        remaining -= count
        yield Week(monday, Figure(count, {"week": monday.isoformat()}), _by_way(mine), remaining)
        monday += timedelta(days=7)
