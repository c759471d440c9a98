"""Progress of a clean-up campaign (清理进度): what is settled, worked off and remaining, and the lines of its return.

An item is settled at the first of these: its account was closed or changed class; its card was cancelled and not replaced;
it is explained, or stopped because it was opened against the customer's will. Of each limit of a case, settled items count
as worked off up to the excess at the start; the rest of the excess remains. A sealed campaign keeps the figures written at
its seal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.vocabulary import CaseState, CleanupSettled
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.law.dates import shanghai_day
from config.kernel.law.money import Fen
from config.kernel.law.text import text
from config.kernel.trail.sheets import Yuan

#: Conditions that select cases; `c` is the case, `g` its campaign.
OF_CAMPAIGN = "c.campaign_id = %(campaign)s"
OF_CASES = "c.id = ANY(%(cases)s)"
#: For a subquery of a statement over the table of cases, without an alias.
OF_EACH = 'c.id = "accounts_cleanupcase"."id"'

_SETTLED = """
WITH RECURSIVE thing AS (
  SELECT i.id, i.case_id, i."limit", i.account_id, i.card_id, i.rank, i.beyond, c.branch, c.customer_id, g.as_of,
         g.sealed_at IS NOT NULL AS sealed
  FROM accounts_cleanupcase c
  JOIN accounts_cleanupcampaign g ON g.id = c.campaign_id
  JOIN accounts_cleanupitem i ON i.case_id = c.id
  WHERE {where}
),
cancelled AS (
  SELECT t.id, k.id AS card_id, k.status, k.cancelled_at
  FROM thing t JOIN accounts_card k ON k.id = t.card_id WHERE k.status = 'cancelled' AND NOT t.sealed
  UNION ALL
  SELECT x.id, k.id, k.status, k.cancelled_at FROM cancelled x JOIN accounts_card k ON k.replaces_id = x.card_id
),
gone AS (
  SELECT id, max(cancelled_at) AS at FROM cancelled GROUP BY id HAVING bool_and(status = 'cancelled')
),
kept AS (
  SELECT t.case_id, t."limit", min(x.in_force_at) AS at
  FROM thing t JOIN accounts_cleanupaction x ON x.item_id = t.id
  WHERE x.way = 'keep' AND x.status = 'active' AND x.undone_at IS NULL
  GROUP BY t.case_id, t."limit"
),
state AS (
  SELECT t.*, a.closed_at, gone.at AS gone_at, x.way AS done, x.in_force_at AS done_at, kept.at AS kept_at,
         a.id IS NOT NULL AND a.kind || '_' || lower(a.account_class) <> t."limit" AS left_class,
         a.customer_id AS account_customer_id
  FROM thing t
  LEFT JOIN accounts_account a ON a.id = t.account_id
  LEFT JOIN gone ON gone.id = t.id
  LEFT JOIN kept ON kept.case_id = t.case_id AND kept."limit" = t."limit"
  LEFT JOIN accounts_cleanupaction x
    ON x.item_id = t.id AND x.status = 'active' AND x.undone_at IS NULL AND x.way NOT IN ('undo', 'keep')
  WHERE NOT t.sealed
),
settled AS (
  SELECT s.id, s.case_id, s."limit", s.branch, s.rank,
         greatest(s.as_of, least(
           s.closed_at, s.gone_at, CASE WHEN s.done IN ('explain', 'stop') THEN s.done_at END,
           CASE WHEN s.left_class THEN coalesce(
             CASE WHEN s.done = 'downgrade' THEN s.done_at END,
             CASE WHEN s.done IS NULL THEN s.kept_at END,
             (SELECT min(d.at) FROM kernel_decision d
              WHERE d.customer_id IN (s.customer_id, s.account_customer_id) AND d.account_id = s.account_id
                AND d.kind IN ('downgrade_account', 'upgrade_account') AND d.outcome = 'allowed' AND d.at >= s.as_of),
             s.as_of
           ) END
         )) AS at,
         coalesce(s.done, CASE WHEN s.left_class AND s.kept_at IS NOT NULL THEN 'keep' END, 'elsewhere') AS way
  FROM state s
  WHERE s.closed_at IS NOT NULL OR s.gone_at IS NOT NULL OR s.left_class OR s.done IN ('explain', 'stop')
  UNION ALL
  SELECT t.id, t.case_id, t."limit", t.branch, t.rank, o.at, o.way
  FROM thing t JOIN accounts_cleanupoutcome o ON o.item_id = t.id
  WHERE t.sealed
),
excess AS (
  SELECT case_id, "limit", branch, count(*) FILTER (WHERE beyond) AS most FROM thing GROUP BY case_id, "limit", branch
),
worked_off AS (
  SELECT w.* FROM (
    SELECT s.*, row_number() OVER (PARTITION BY s.case_id, s."limit" ORDER BY s.at, s.rank) AS nth FROM settled s
  ) AS w
  JOIN excess e ON e.case_id = w.case_id AND e."limit" = w."limit"
  WHERE w.nth <= e.most
),
progress AS (
  SELECT e.case_id, e."limit", e.branch, e.most AS excess, count(w.id) AS worked_off
  FROM excess e LEFT JOIN worked_off w ON w.case_id = e.case_id AND w."limit" = e."limit"
  GROUP BY e.case_id, e."limit", e.branch, e.most
)
"""


def with_progress(where: str) -> str:
    """Return the beginning of a statement over some cases.

    After it there are `settled` (id, case_id, limit, branch, rank, at, way: one row for each settled item), `worked_off`
    (those of them that count) and `progress` (case_id, limit, branch, excess, worked_off: numbers of each limit of a case).

    :param where: one of the conditions above.
    """
    return _SETTLED.format(where=where)


# Rows by branch and limit, by week, and cases by branch; `progress_of` adds them up. A week begins on Monday.
_FIGURES = f"""
{with_progress(OF_CAMPAIGN)},
cases AS (
  SELECT case_id, branch, sum(excess) > sum(worked_off) AS open FROM progress GROUP BY case_id, branch
)
SELECT 'excess' AS figure, branch, "limit", NULL AS way, NULL::date AS week, sum(excess)::bigint AS count,
       count(*) AS cases, count(*) FILTER (WHERE excess > worked_off) AS open
FROM progress GROUP BY branch, "limit"
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
    """A count of accounts and cards, and the filter that lists their cases."""

    count: int
    filter: Filter = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExcessFigures:
    """Excess by status, of all, of a branch or of a limit, as counts of accounts and cards.

    :ivar ways: what is worked off, by action; actions without any are left out.
    """

    name: str
    excess: Figure
    worked_off: Figure
    remaining: Figure
    ways: Mapping[CleanupSettled, Figure]


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday: what was worked off in it, and what remained at its end."""

    monday: date
    worked_off: Figure
    ways: Mapping[CleanupSettled, int]
    remaining: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a campaign.

    :ivar at: the instant of the figures.
    :ivar cases: the number of cases, `open_cases` of those of which something remains.
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
    """Return the progress of a campaign, in one statement."""
    figures = rows(_FIGURES, {"campaign": campaign.id})
    at = campaign.sealed_at or bank_now()
    by_figure = {
        name: [row for row in figures if row["figure"] == name] for name in ("excess", "worked_off", "week", "cases")
    }
    branches = sorted({row["branch"] for row in by_figure["excess"]})
    limits = [each for each in CleanupLimit if any(row["limit"] == each for row in by_figure["excess"])]
    own = {"campaign": str(campaign.id)}
    total = _figures("", by_figure, own)
    return Progress(
        campaign=campaign,
        at=at,
        cases=Figure(sum(row["cases"] for row in by_figure["cases"]), own),
        open_cases=Figure(sum(row["open"] for row in by_figure["cases"]), {**own, "state": CaseState.OPEN.value}),
        settled_cases=Figure(
            sum(row["cases"] - row["open"] for row in by_figure["cases"]), {**own, "state": CaseState.SETTLED.value}
        ),
        total=total,
        branches=tuple(_figures(each, by_figure, {**own, "branch": each}) for each in branches),
        limits=tuple(_figures(each.value, by_figure, {**own, "limit_kind": each.value}) for each in limits),
        weeks=tuple(_weeks(by_figure["week"], total.excess.count, campaign, shanghai_day(at))),
    )


@dataclass(frozen=True, slots=True)
class MoneyOfCampaign:
    """The balances of the accounts in excess at the start, and what merges have moved; whole fen."""

    beyond_fen: Fen
    merged_fen: Fen


def money_of(campaign: CleanupCampaign) -> MoneyOfCampaign:
    """Return the money of a campaign, in one statement."""
    (found,) = rows(_MONEY, {"campaign": campaign.id})
    return MoneyOfCampaign(**found)


def campaigns() -> QuerySet[CleanupCampaign]:
    """Return all campaigns, each with who started and sealed it."""
    return CleanupCampaign.objects.select_related("started_by", "sealed_by")


def campaign_of(campaign_id: UUID) -> CleanupCampaign | None:
    """Return a campaign with who started and sealed it, None for an unknown id."""
    return campaigns().filter(pk=campaign_id).first()


def campaign_now() -> CleanupCampaign | None:
    """Return the open campaign, or else the last one; None before the first."""
    return campaigns().order_by("id").last()


def _figures(name: str, by_figure: Mapping[str, list[Any]], by: Filter) -> ExcessFigures:
    column = {"branch": "branch", "limit_kind": "limit"}
    wanted = {column[key]: value for key, value in by.items() if key in column}
    mine = {
        figure: [row for row in by_figure[figure] if all(row[key] == value for key, value in wanted.items())]
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


def _by_way(settled: Iterable[Mapping[str, Any]]) -> dict[CleanupSettled, int]:
    counts = dict.fromkeys(CleanupSettled, 0)
    for row in settled:
        counts[CleanupSettled(row["way"])] += row["count"]
    return {way: count for way, count in counts.items() if count}


def _weeks(settled: list[Any], excess: int, campaign: CleanupCampaign, last: date) -> Iterable[Week]:
    first = shanghai_day(campaign.as_of)
    monday, remaining = first - timedelta(days=first.weekday()), excess
    while monday <= last:
        mine = [row for row in settled if row["week"] == monday]
        count = sum(row["count"] for row in mine)
        remaining -= count
        yield Week(
            monday, Figure(count, {"campaign": str(campaign.id), "week": monday.isoformat()}), _by_way(mine), remaining
        )
        monday += timedelta(days=7)


type Cell = str | int | date | Yuan


@dataclass(frozen=True, slots=True)
class ReturnTable:
    """One table of a return: its name, heading and lines."""

    name: str
    head: Sequence[str]
    lines: Sequence[Sequence[Cell]]


def title_of(progress: Progress) -> str:
    """Return the title of a return."""
    return text(
        f"存量清理情况报表：{progress.campaign.name}", f"Return of the clean-up campaign: {progress.campaign.name}"
    )


@dataclass(frozen=True, slots=True)
class ReturnSigners:
    """Who submits a return: its checker and the day of submission are written by hand.

    :ivar bank: name of the submitting bank (填报单位).
    :ivar prepared_by: name of the person who took it out (制表).
    """

    bank: str
    prepared_by: str


def tables_of(progress: Progress, money: MoneyOfCampaign, signers: ReturnSigners) -> tuple[ReturnTable, ...]:
    """Return the tables of a return: all, by limit, by branch, by week."""
    ways = list(progress.total.ways)
    head = [
        text("超限数", "Excess"),
        text("已清理", "Worked off"),
        *(str(way.label) for way in ways),
        text("未清理", "Remaining"),
    ]
    weeks: list[list[Cell]] = [
        [each.monday, each.worked_off.count, *(each.ways.get(way, 0) for way in ways), each.remaining]
        for each in progress.weeks
    ]
    return (
        ReturnTable(
            text("总览", "Overview"),
            [text("项目", "Item"), text("数值", "Value")],
            list(_overview(progress, money, signers)),
        ),
        ReturnTable(
            text("按限额", "By limit"),
            [text("限额（单位：户、张）", "Limit (accounts, cards)"), *head],
            [[CleanupLimit.word(each.name), *_line(each, ways)] for each in progress.limits],
        ),
        ReturnTable(
            text("按网点", "By branch"),
            [text("网点（单位：户、张）", "Branch (accounts, cards)"), *head],
            [[each.name or text("未登记", "Not on record"), *_line(each, ways)] for each in progress.branches],
        ),
        ReturnTable(
            text("按周", "By week"), [text("周一（单位：户、张）", "Monday (accounts, cards)"), *head[1:]], weeks
        ),
    )


def _overview(progress: Progress, money: MoneyOfCampaign, signers: ReturnSigners) -> Iterable[Sequence[Cell]]:
    campaign = progress.campaign
    yield text("填报单位", "Submitted by"), signers.bank
    yield text("活动名称", "Name"), campaign.name
    yield text("清理范围截止时点", "Population as of"), campaign.as_of
    yield text("完成期限", "Deadline"), campaign.deadline
    yield text("数据截止时间", "Figures as of"), progress.at
    yield text("状态", "Status"), text("已封存", "Sealed") if campaign.sealed_at else text("进行中", "In progress")
    yield text("超限客户数（户）", "Customers beyond a limit"), progress.cases.count
    yield text("其中：已清理完毕（户）", "Of these: settled"), progress.settled_cases.count
    yield text("其中：清理中（户）", "Of these: in progress"), progress.open_cases.count
    yield (
        text("超限账户、借记卡数（户、张）", "Accounts and debit cards beyond the limits"),
        progress.total.excess.count,
    )
    yield text("已清理（户、张）", "Worked off (accounts, cards)"), progress.total.worked_off.count
    for way, figure in progress.total.ways.items():
        yield text(f"其中：{way.label}（户、张）", f"Of these: {way.label}"), figure.count
    yield text("未清理（户、张）", "Remaining (accounts, cards)"), progress.total.remaining.count
    yield text("启动时超限账户余额合计（元）", "Balance of accounts beyond at the start (yuan)"), Yuan(money.beyond_fen)
    yield text("归并转移金额合计（元）", "Amount moved by merges (yuan)"), Yuan(money.merged_fen)
    yield (
        text("说明", "Note"),
        text(
            "中止服务的卡列入已清理，仍计入持卡数。",
            "A stopped card is among those worked off, and still counts among the customer's cards.",
        ),
    )
    yield text("制表", "Prepared by"), signers.prepared_by
    yield text("复核", "Checker"), ""
    yield text("报送日期", "Submitted on"), ""


def _line(figures: ExcessFigures, ways: Sequence[CleanupSettled]) -> list[int]:
    by_way = [figures.ways[way].count if way in figures.ways else 0 for way in ways]
    return [figures.excess.count, figures.worked_off.count, *by_way, figures.remaining.count]
