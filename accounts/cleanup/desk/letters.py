"""What a letter about a clean-up case says (清理通知书): in Chinese, to the customer, with masked numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.cleanup.desk.case_lines import number_of
from accounts.cleanup.models import CleanupCase
from accounts.cleanup.policy.cases import OFFERED
from accounts.cleanup.queries.case_parts import ItemNow, items_of
from accounts.cleanup.queries.population import MOST
from accounts.cleanup.vocabulary import CleanupWay
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day

#: What each limit is, as the law says it.
RULES: Mapping[CleanupLimit, str] = {
    CleanupLimit.BANK_I: f"同一个人在同一家银行只能开立{MOST[CleanupLimit.BANK_I]}个Ⅰ类户",
    CleanupLimit.BANK_II: f"同一个人在同一家银行开立的Ⅱ类户不得超过{MOST[CleanupLimit.BANK_II]}个",
    CleanupLimit.BANK_III: f"同一个人在同一家银行开立的Ⅲ类户不得超过{MOST[CleanupLimit.BANK_III]}个",
    CleanupLimit.PAYMENT_III: f"同一个人在同一家支付机构只能开立{MOST[CleanupLimit.PAYMENT_III]}个Ⅲ类支付账户",
    CleanupLimit.CARDS: f"同一客户在同一家银行开立的借记卡原则上不得超过{MOST[CleanupLimit.CARDS]}张",
}
#: What the customer can choose, as a letter says it.
WAYS: Mapping[CleanupWay, str] = {
    CleanupWay.EXPLAIN: "说明合理用途，经核实后保留",
    CleanupWay.MERGE: "归并到您本人的另一账户",
    CleanupWay.DOWNGRADE: "降低账户类别",
    CleanupWay.CANCEL: "办理销户或销卡",
    CleanupWay.KEEP: "选择保留其中一个Ⅲ类支付账户，其余降低类别",
}


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One account or card of the letter."""

    kind: str
    number: str
    opened_at: datetime
    last_used_at: datetime | None


def letter_of(case: CleanupCase) -> dict[str, Any]:
    """Return what the letter about a case says."""
    items = items_of(case.id)
    limits = [each for each in CleanupLimit if any(of.item.limit == each for of in items)]
    offered = {way for limit in limits for way in OFFERED[limit]}
    ways = [words for way, words in WAYS.items() if way in offered]
    return {
        "case": case,
        "subject": subject_line(case.customer_id),
        "rules": [RULES[each] for each in limits],
        "ways": [f"（{number}）{words}" for number, words in enumerate(ways, start=1)],
        "items": list(_lines(items)),
        "as_of": chinese_day(shanghai_day(case.campaign.as_of)),
        "until": chinese_day(case.deadline or case.campaign.deadline),
        "today": chinese_day(shanghai_day(bank_now())),
    }


def chinese_day(day: date) -> str:
    """Write a day as a letter does."""
    return f"{day.year}年{day.month}月{day.day}日"


def _lines(items: Iterable[ItemNow]) -> Iterable[LetterLine]:
    for of in items:
        item = of.item
        yield LetterLine(CleanupLimit.word(item.limit), number_of(of), item.opened_at, item.last_used_at)
