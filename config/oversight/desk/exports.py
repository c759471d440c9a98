"""Exports of evidence and transfers (导出): masked, recorded, with a receipt (导出回执).

A file is written completely before it is sent, on disk when it grows: its receipt has the number of rows and
the SHA-256 of its bytes. The receipt's number is in the file's name, and in a workbook on a separate sheet.
Cells have types, with the code next to the word.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.http import HttpResponseBadRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from config.frames.desk.access import desk_page
from config.frames.desk.files import record_export, send_file, write_file
from config.frames.desk.labels import NOTHING, field_word, kind_word, summary, value_word
from config.frames.desk.requests import DeskRequest
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission
from config.kernel.approvals import status_at
from config.kernel.approvals.answers import DecisionAnswer, answers_of
from config.kernel.approvals.rejections import reasons_of
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import text
from config.kernel.models import Approval, ApprovalStatus, Decision, TrailKind, TrailOutcome, TrailRecord, TrailWay
from config.kernel.trail.decisions import rule_text
from config.kernel.trail.evidence import decided, scope_of
from config.kernel.trail.receipts import receipt_number
from config.kernel.trail.sheets import Sheet, Title, Yuan, csv_lines, typed_workbook
from config.oversight.desk.audit import TRAIL_LISTS, WHO_MAX, reason_word
from config.oversight.desk.punctuality import BUCKET_WORDS
from config.oversight.evidence import DecisionKind, ExportedList, Rule
from config.oversight.queries.evidence import (
    Filters,
    approvals_of,
    decisions_of,
    event_answer,
    events_of,
    page_after,
    read_filters,
)
from config.oversight.queries.trail import trail_of
from transfers.desk.lines import Party, TransferLine, lines_of
from transfers.desk.listing import TransferListForm
from transfers.queries.listing import transfers_like
from transfers.queries.punctuality import Punctuality, punctuality_of

#: Rows read at a time, so that an export of any length needs little memory and no long cursor.
CHUNK = 1000

type Rows = Iterator[list[Any]]


def _pages(queryset: Any, instant: str) -> Iterator[list[Any]]:
    """Yield all rows, in pages.

    :param instant: the column of their order.
    """
    page, cursor = page_after(queryset, "", instant, CHUNK)
    yield page
    while cursor:
        page, cursor = page_after(queryset, cursor, instant, CHUNK)
        yield page


def _decisions(filters: Filters, _status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "事项|Kind", "事项代码|Kind code", "结果|Outcome", "拒绝代码|Refusal code", "规则|Rule", "规则代码|Rule code", "条款|Clause", "规则版本|Policy version",
                "操作人|By", "客户编号|Customer id", "账户编号|Account id", "对象编号|Object id", "编号|Id", "判定依据要素|Facts")  # fmt: skip
    for page in _pages(decisions_of(filters), "at"):
        reasons, answers = reasons_of(page), answers_of(page)
        for row in page:
            yield _decision(row, reasons.get(row.id, ""), answers[row.id])


def _decision(row: Decision, reason: str, answer: DecisionAnswer) -> list[Any]:
    scope = scope_of(row)
    named = [f"{field_word(name, scope)}: {value_word(name, value, scope)}" for name, value in row.facts.items()]
    facts = "; ".join([*named, f"{field_word('reason')}: {reason}"] if reason else named)
    who = row.principal.name if row.principal else ""
    return [row.at, kind_word(row.kind), row.kind, answer.text, row.code, rule_text(row.rule) if row.rule else "", row.rule, row.clause,
            row.policy_version, who,
            row.customer_id, row.account_id, row.object_id, row.id, facts]  # fmt: skip


def _approvals(filters: Filters, status: str, caller: Caller) -> Rows:
    yield _head("提交时间|Submitted", "事项|Kind", "事项代码|Kind code", "内容|Content", "状态|Status", "状态代码|Status code", "经办人|Maker", "复核人|Checker", "复核时间|Decided",
                "对象编号|Object id", "编号|Id")  # fmt: skip
    at = bank_now()
    for page in _pages(approvals_of(filters, caller, status, at), "made_at"):
        for row in page:
            yield _approval(row, at)


def _approval(row: Approval, at: Any) -> list[Any]:
    checker = row.decided_by.name if row.decided_by else ""
    status = status_at(row, at)
    return [row.made_at, kind_word(row.kind), row.kind, summary(row), ApprovalStatus.word(status), str(status), row.made_by.name,
            checker, row.decided_at, row.object_id, row.id]  # fmt: skip


def _events(filters: Filters, status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "转账编号|Transfer id", "金额（元）|Amount (yuan)", "渠道|Channel", "渠道代码|Channel code", "原状态|From", "原状态代码|From, code",
                "新状态|To", "新状态代码|To, code", "原因代码|Reason code",
                "操作人|By", "入账方|Released by", "延迟（毫秒）|Delay (ms)")  # fmt: skip
    before: int | None = None
    while page := events_of(filters, status=status, before=before, most=CHUNK):
        for row, codes in zip(map(event_answer, page), page, strict=True):
            yield [row["at"], row["transfer_id"], Yuan(row["amount_fen"]), row["channel"], codes["channel"], row["old_status"],
                   codes["old_status"], row["new_status"], codes["new_status"], row["code"], row["actor"], row["released_by"], row["lateness_ms"]]  # fmt: skip
        before = page[-1]["id"]


def _trail_rows(filters: Filters, outcome: str, kinds: Collection[str] = (), who: str = "") -> Rows:
    """Yield the heading and the records of the trail, or of some kinds, the newest first."""
    # Network addresses of staff are not exported.
    yield _head("时间|Time", "银行时钟|Bank's clock", "行为|Kind", "行为代码|Kind code", "结果|Outcome", "结果代码|Outcome code", "拒绝代码|Refusal code", "操作人|By", "用户编号|User id", "途径|Way",
                "页面|Page", "理由|Reason", "客户编号|Customer id", "账户编号|Account id", "对象编号|Object id", "次数|Times",
                "请求号|Request id", "编号|Id")  # fmt: skip
    for page in _pages(trail_of(filters, outcome, kinds, who), "at"):
        for row in page:
            yield _line(row)


def _line(row: TrailRecord) -> list[Any]:
    who = row.principal.name if row.principal else ""
    return [row.at, row.bank_at, TrailKind.word(row.kind), row.kind, TrailOutcome.word(row.outcome),
            row.outcome, row.code, who, row.user_id,
            TrailWay.word(row.way), row.place, reason_word(row.reason) if row.reason else "", row.customer_id, row.account_id,
            row.object_id, row.count, row.request_id, row.id]  # fmt: skip


def _punctuality(filters: Filters, _status: str, _caller: Caller) -> Rows:
    """Return a row for each day with a release, and one for all days."""
    return _lateness(punctuality_of(filters.begins_at, filters.ends_at))


def _lateness(punctuality: Punctuality) -> Rows:
    yield _head("日期|Date", "笔数|Count", "入账程序|By the posting program", "兜底程序|By the fallback program", "提前|Early",
                "中位数P50（毫秒）|Median P50 (ms)", "99%不超过P99（毫秒）|99% P99 (ms)", "最长（毫秒）|Longest (ms)",
                *(f"{word.zh}|{word.en}" for word in BUCKET_WORDS.values()))  # fmt: skip
    for day, late in (*punctuality.days.items(), (text("合计", "All days"), punctuality.whole)):
        yield [day, late.releases, late.by_celery, late.by_watcher, late.early, late.p50_ms, late.p99_ms, late.max_ms,
               *late.buckets.values()]  # fmt: skip


_LISTS: dict[str, Callable[[Filters, str, Caller], Rows]] = {
    "decisions": _decisions,
    "approvals": _approvals,
    "events": _events,
    "punctuality": _punctuality,
}


def _head(*titles: str) -> list[Title]:
    return [Title(text(*title.split("|"))) for title in titles]


_TRANSFERS = "transfers"
_WIDE, _NARROW = 38, 22


@dataclass(frozen=True, slots=True)
class ListExport:
    """A list to export.

    :ivar facts: the filters for the record of the export; `about` is the same for the trail.
    """

    facts: Mapping[str, str]
    days: Sequence[str]
    rows: Rows
    about: Mapping[str, Any]


@dataclass(slots=True)
class CountedRows:
    """An iterator that counts rows, without the heading.

    :ivar count: number of rows so far.
    """

    rows: Iterator[list[Any]]
    count: int = field(default=-1)

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self.rows:
            self.count += 1
            yield row


@require_POST
@desk_page(Permission.EXPORT_EVIDENCE, part=True)
def export(request: DeskRequest) -> HttpResponseBase:
    """Send a list as CSV or as a workbook, and record the export with its filters."""
    name, form = request.POST.get("list", ""), request.POST.get("format", "csv")
    at = bank_now()
    taken = _of_transfers(request) if name == _TRANSFERS else _of_evidence(request, name, at)
    if taken is None or form not in {"csv", "xlsx"}:
        return HttpResponseBadRequest()
    facts = {"list": name, "format": form, **taken.facts}
    decision_id = record_export(
        request, DecisionKind.EXPORT, Rule.EXPORT_EVIDENCE, facts=facts, at=at, about=taken.about
    )
    counted = CountedRows(taken.rows)
    file = _text_file(counted) if form == "csv" else _workbook(request, counted, name, facts, decision_id, at)
    return send_file(file, "-".join((name, *taken.days)), form, rows=max(counted.count, 0), decision_id=decision_id)


def _text_file(rows: Iterable[list[Any]]) -> IO[bytes]:
    return write_file(csv_lines(rows))[0]


def _workbook(
    request: DeskRequest, rows: CountedRows, name: str, facts: Mapping[str, str], decision_id: UUID, at: datetime
) -> IO[bytes]:
    first = list(next(iter(rows), []))
    listed = CountedRows(_with_first(first, rows.rows))
    widths = [_WIDE if _is_long(each) else _NARROW for each in first]

    def receipt() -> Iterator[list[Any]]:
        # Written after the list, because it contains the number of its rows.
        rows.count = listed.count
        whole = next(iter(rows.rows), None) is None
        yield [Title(text("导出回执", "Receipt of an export")), receipt_number(decision_id)]
        yield [text("判定编号", "Decision"), decision_id]
        yield [text("导出人", "Taken out by"), request.caller.name]
        yield [text("导出时间", "Taken out at"), at]
        yield [text("行数", "Rows"), rows.count]
        yield [
            text("是否完整", "Complete"),
            text("是", "Yes") if whole else text("否，超出工作表上限", "No: more than a sheet holds"),
        ]
        for fact, value in facts.items():
            yield [
                field_word(fact, *decided(DecisionKind.EXPORT)),
                value_word(fact, value, *decided(DecisionKind.EXPORT)),
            ]
        yield [text("校验", "Check"), text("本文件的 SHA-256 见 5007 导出登记", "The SHA-256 of this file is in 5007")]

    return typed_workbook(
        [
            Sheet(ExportedList.word(name), listed, widths, headed=True),
            Sheet(text("回执", "Receipt"), receipt(), (_NARROW, _WIDE)),
        ]
    )


def _with_first(first: list[Any], rest: Iterable[list[Any]]) -> Iterator[list[Any]]:
    yield first
    yield from rest


def _is_long(title: Title) -> bool:
    return any(part in title.text for part in ("编号", "依据", "内容", " id", "Id", "Facts", "Subject"))


def _of_evidence(request: DeskRequest, name: str, at: datetime) -> ListExport | None:
    """Return a list of evidence with the filters of its page; None for an unknown list or invalid filters."""
    if name not in _LISTS and name not in TRAIL_LISTS:
        return None
    try:
        filters = read_filters(request.POST, at=at)
    except BadRequest:
        return None
    status = request.POST.get("status", "")
    facts = filters.parameters()
    if status in ApprovalStatus.values and name == "approvals":
        facts["status"] = status
    days, about = [str(filters.first_day), str(filters.last_day)], {"object_id": filters.about}
    if name in TRAIL_LISTS:
        who = request.POST.get("who", "").strip()[:WHO_MAX]
        facts |= {"trail_outcome": status} if status in TrailOutcome.values else {}
        facts |= {"who": who} if who else {}
        return ListExport(facts, days, _trail_rows(filters, status, TRAIL_LISTS[name].kinds, who), about)
    return ListExport(facts, days, _LISTS[name](filters, status, request.caller), about)


def _of_transfers(request: DeskRequest) -> ListExport | None:
    """Return the list of transfers with the filters of its page; None for invalid filters."""
    form = TransferListForm(request.POST)
    if not form.is_valid():
        return None
    facts = _transfer_facts(form)
    days = [facts[name] for name in ("from", "to") if name in facts]
    about = {"customer_id": form.customer_id, "account_id": form.account_id}
    return ListExport(facts, days, _transfer_rows(form), about)


def _transfer_facts(form: TransferListForm) -> dict[str, str]:
    """Return the filters for the record of an export, without numbers of persons."""
    parameters = form.parameters()
    first, last = form.days()
    names = {"status": "transfer_status", "channel": "channel", "code": "code", "sort": "sort",
             "amount_from": "amount_from", "amount_to": "amount_to", "customer": "about", "account": "about"}  # fmt: skip
    facts = {names[name]: value for name, value in parameters.items() if name in names}
    days = {"from": first, "to": last or shanghai_day(bank_now())}
    return facts | {name: day.isoformat() for name, day in days.items() if day}


def _transfer_rows(form: TransferListForm) -> Iterator[list[Any]]:
    """Yield the heading and the rows in order of time, whatever the order of the page."""
    yield [Title(text(zh, en)) for zh, en in _HEAD]
    wanted, after, at = form.by_time(), None, bank_now()
    while True:
        page = transfers_like(wanted, limit=CHUNK, after=after, most=CHUNK)
        yield from (_row(line) for line in lines_of(page.transfers, at))
        after = page.next_after
        if after is None:
            return


_HEAD = (
    ("受理时间", "Accepted"), ("流水号", "Reference"), ("编号", "Id"), ("状态", "Status"), ("状态代码", "Status code"), ("金额（元）", "Amount (yuan)"), ("渠道", "Channel"),
    ("付款人", "Payer"), ("付款账号", "Payer's account"), ("收款人", "Payee"), ("收款账号", "Payee's account"), ("收款行行号", "Payee's bank code"),
    ("预计到账时间", "Due"), ("入账时间", "Posted"), ("结束时间", "Ended"), ("到账规则", "Arrival rule"), ("规则代码", "Rule code"), ("条款", "Clause"), ("拒绝代码", "Refusal code"),
)  # fmt: skip


def _row(line: TransferLine) -> list[Any]:
    return [line.accepted_at, line.reference, line.id, line.status_word, line.status, Yuan(line.amount_fen), line.channel,
            *_party(line.payer), *_party(line.payee), line.payee.bank, line.due_at, line.row.settled_at,
            line.row.ended_at, line.rule if line.row.rule_code else "", line.row.rule_code, line.row.rule_clause, line.row.outcome_code]  # fmt: skip


def _party(party: Party) -> tuple[str, str]:
    return party.name or NOTHING, party.account_number or NOTHING
