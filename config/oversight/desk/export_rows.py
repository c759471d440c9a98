"""The rows of each list of evidence that is taken out: typed, with the code beside the word (导出清单)."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from config.frames.desk.diff import summary
from config.frames.desk.labels import field_word, kind_word, value_word
from config.kernel.access.keys import Caller
from config.kernel.approvals import status_at
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.law.text import text
from config.kernel.models import Approval, ApprovalStatus, Decision, TrailKind, TrailOutcome, TrailRecord, TrailWay
from config.kernel.trail.decisions import rule_text
from config.kernel.trail.evidence import scope_of
from config.kernel.trail.sheets import Title, Yuan
from config.oversight.desk.lateness_picture import BUCKET_WORDS
from config.oversight.desk.trail import reason_word
from config.oversight.queries.evidence import (
    Filters,
    after,
    approvals_of,
    decisions_of,
    events_of,
    told_event,
    write_cursor,
)
from config.oversight.queries.trail import trail_of
from transfers.queries.punctuality import Punctuality, punctuality_of

#: Rows read at a time: an export of any length holds no more in memory, and no long cursor.
CHUNK = 1000

type Rows = Iterator[list[Any]]


def _decisions(filters: Filters, _status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "事项|Kind", "事项代码|Kind code", "结果|Outcome", "拒绝代码|Refusal code", "规则|Rule", "规则代码|Rule code", "条款|Clause", "规则版本|Policy version",
                "操作人|By", "客户编号|Customer id", "账户编号|Account id", "对象编号|Object id", "编号|Id", "判定依据要素|Facts")  # fmt: skip
    found = decisions_of(filters)
    page = list(found[:CHUNK])
    while page:
        reasons, answers = reasons_of(page), answers_of(page)
        for row in page:
            yield _decision(row, reasons.get(row.id, ""), answers[row.id])
        page = list(after(found, write_cursor(page[-1].at, page[-1].id), "at")[:CHUNK])


def _decision(row: Decision, reason: str, answer: DecisionAnswer) -> list[Any]:
    scope = scope_of(row)
    told = [f"{field_word(name, scope)}: {value_word(name, value, scope)}" for name, value in row.facts.items()]
    facts = "; ".join([*told, f"{field_word('reason')}: {reason}"] if reason else told)
    who = row.principal.name if row.principal else ""
    return [row.at, kind_word(row.kind), row.kind, answer.text, row.code, rule_text(row.rule) if row.rule else "", row.rule, row.clause,
            row.policy_version, who,
            row.customer_id, row.account_id, row.object_id, row.id, facts]  # fmt: skip


def _approvals(filters: Filters, status: str, caller: Caller) -> Rows:
    yield _head("提交时间|Submitted", "事项|Kind", "事项代码|Kind code", "内容|Subject", "状态|Status", "状态代码|Status code", "经办人|Maker", "复核人|Checker", "复核时间|Decided",
                "对象编号|Object id", "编号|Id")  # fmt: skip
    at = bank_now()
    found = approvals_of(filters, caller, status, at)
    page = list(found[:CHUNK])
    while page:
        for row in page:
            yield _approval(row, at)
        page = list(after(found, write_cursor(page[-1].made_at, page[-1].id), "made_at")[:CHUNK])


def _approval(row: Approval, at: Any) -> list[Any]:
    checker = row.decided_by.name if row.decided_by else ""
    status = status_at(row, at)
    return [row.made_at, kind_word(row.kind), row.kind, summary(row), ApprovalStatus.word(status), str(status), row.made_by.name,
            checker, row.decided_at, row.object_id, row.id]  # fmt: skip


def _events(filters: Filters, status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "转账编号|Transfer id", "金额（元）|Amount (yuan)", "渠道|Channel", "渠道代码|Channel code", "原状态|From", "原状态代码|From, code",
                "新状态|To", "新状态代码|To, code", "原因代码|Reason code",
                "操作人|By", "入账方|Posted by", "延迟（毫秒）|Delay (ms)")  # fmt: skip
    before: int | None = None
    while page := events_of(filters, status=status, before=before, most=CHUNK):
        for row, codes in zip(map(told_event, page), page, strict=True):
            yield [row["at"], row["transfer_id"], Yuan(row["amount_fen"]), row["channel"], codes["channel"], row["old_status"],
                   codes["old_status"], row["new_status"], codes["new_status"], row["code"], row["actor"], row["released_by"], row["lateness_ms"]]  # fmt: skip
        before = page[-1]["id"]


def trail_rows(filters: Filters, outcome: str, kinds: Collection[str] = (), who: str = "") -> Rows:
    """Yield the head and the lines of the trail, or of some kinds of them, the newest first."""
    # Addresses of staff stay on the page.
    yield _head("时间|Time", "银行时钟|Bank's clock", "行为|Kind", "行为代码|Kind code", "结果|Outcome", "结果代码|Outcome code", "拒绝代码|Refusal code", "操作人|By", "用户编号|User id", "途径|Way",
                "页面|Page", "理由|Reason", "客户编号|Customer id", "账户编号|Account id", "对象编号|Object id", "次数|Times",
                "请求号|Request id", "编号|Id")  # fmt: skip
    found = trail_of(filters, outcome, kinds, who)
    page = list(found[:CHUNK])
    while page:
        for row in page:
            yield _line(row)
        page = list(after(found, write_cursor(page[-1].at, page[-1].id), "at")[:CHUNK])


def _line(row: TrailRecord) -> list[Any]:
    who = row.principal.name if row.principal else ""
    return [row.at, row.bank_at, TrailKind.word(row.kind), row.kind, TrailOutcome.word(row.outcome),
            row.outcome, row.code, who, row.user_id,
            TrailWay.word(row.way), row.place, reason_word(row.reason) if row.reason else "", row.customer_id, row.account_id,
            row.object_id, row.count, row.request_id, row.id]  # fmt: skip


def _punctuality(filters: Filters, _status: str, _caller: Caller) -> Rows:
    """Return a line for each day on which something was released, and one for all of them."""
    return _lateness(punctuality_of(filters.begins_at, filters.ends_at))


def _lateness(found: Punctuality) -> Rows:
    yield _head("日期|Day", "笔数|Releases", "入账程序|By the posting program", "兜底程序|By the fallback program", "提前|Early",
                "半数不超过（毫秒）|Median (ms)", "99%不超过（毫秒）|99% (ms)", "最长（毫秒）|Longest (ms)",
                *(f"{word.zh}|{word.en}" for word in BUCKET_WORDS.values()))  # fmt: skip
    for day, late in (*found.days.items(), (text("合计", "All days"), found.whole)):
        yield [day, late.releases, late.by_celery, late.by_watcher, late.early, late.p50_ms, late.p99_ms, late.max_ms,
               *late.buckets.values()]  # fmt: skip


LISTS: dict[str, Callable[[Filters, str, Caller], Rows]] = {
    "decisions": _decisions,
    "approvals": _approvals,
    "events": _events,
    "punctuality": _punctuality,
}


def _head(*titles: str) -> list[Title]:
    return [Title(text(*title.split("|"))) for title in titles]
