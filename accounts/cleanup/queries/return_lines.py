"""What a return of a clean-up campaign says (存量清理报表), line by line: the workbook and the paper say the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.cleanup.queries.progress import ExcessFigures, MoneyOfCampaign, Progress
from accounts.cleanup.vocabulary import CleanupSettled
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.text import text
from config.kernel.trail.sheets import Yuan

type Cell = str | int | date | Yuan


@dataclass(frozen=True, slots=True)
class ReturnTable:
    """One table of a return: its name, its head, its lines."""

    name: str
    head: Sequence[str]
    lines: Sequence[Sequence[Cell]]


def title_of(progress: Progress) -> str:
    """Return what a return is called."""
    return text(
        f"存量清理情况报表：{progress.campaign.name}", f"Return of the clean-up campaign: {progress.campaign.name}"
    )


def tables_of(progress: Progress, money: MoneyOfCampaign) -> tuple[ReturnTable, ...]:
    """Return the tables: of all, by limit, by branch, by week."""
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
            text("总览", "Overview"), [text("项目", "Item"), text("数值", "Value")], list(_overview(progress, money))
        ),
        ReturnTable(
            text("按限额", "By limit"),
            [text("限额", "Limit"), *head],
            [[CleanupLimit.word(each.name), *_line(each, ways)] for each in progress.limits],
        ),
        ReturnTable(
            text("按网点", "By branch"),
            [text("网点", "Branch"), *head],
            [[each.name or text("未登记", "Not on record"), *_line(each, ways)] for each in progress.branches],
        ),
        ReturnTable(text("按周", "By week"), [text("周一", "Monday"), *head[1:]], weeks),
    )


def _overview(progress: Progress, money: MoneyOfCampaign) -> Iterable[Sequence[Cell]]:
    campaign = progress.campaign
    yield text("活动名称", "Campaign"), campaign.name
    yield text("清理范围截止时点", "Population as of"), campaign.as_of
    yield text("完成期限", "Deadline"), campaign.deadline
    yield text("数据截止时间", "ExcessFigures as of"), progress.at
    yield text("状态", "Status"), text("已封存", "Sealed") if campaign.sealed_at else text("进行中", "In progress")
    yield text("超限客户数", "Customers beyond a limit"), progress.cases.count
    yield text("其中：已清理完毕", "Of these: settled"), progress.settled_cases.count
    yield text("其中：清理中", "Of these: in progress"), progress.open_cases.count
    yield text("超限账户、借记卡数", "Accounts and debit cards beyond the limits"), progress.total.excess.count
    yield text("已清理", "Worked off"), progress.total.worked_off.count
    for way, figure in progress.total.ways.items():
        yield text(f"其中：{way.label}", f"Of these: {way.label}"), figure.count
    yield text("未清理", "Remaining"), progress.total.remaining.count
    yield text("启动时超限账户余额合计（元）", "Balance of accounts beyond at the start (yuan)"), Yuan(money.beyond_fen)
    yield text("归并转移金额合计（元）", "Amount moved by merges (yuan)"), Yuan(money.merged_fen)


def _line(figures: ExcessFigures, ways: Sequence[CleanupSettled]) -> list[int]:
    by_way = [figures.ways[way].count if way in figures.ways else 0 for way in ways]
    return [figures.excess.count, figures.worked_off.count, *by_way, figures.remaining.count]
