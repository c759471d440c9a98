"""Evidence taken out as a file: recorded like everything else, masked like everything else (导出)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpResponseBadRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_POST

from config.desk.access import desk_page
from config.desk.diff import summary
from config.desk.labels import field_word, kind_word, value_word
from config.desk.requests import DeskRequest
from config.kernel import trail
from config.kernel.answers import DecisionAnswer, answers_of
from config.kernel.approvals import status_at
from config.kernel.clock import bank_now
from config.kernel.dates import SHANGHAI
from config.kernel.decisions import deciding
from config.kernel.evidence import scope_of
from config.kernel.keys import Caller
from config.kernel.models import (
    Approval,
    ApprovalStatus,
    Decision,
    TrailKind,
    TrailOutcome,
    TrailRecord,
    TrailWay,
)
from config.kernel.money import format_yuan
from config.kernel.permissions import Permission
from config.kernel.refusals import BadRequest
from config.kernel.rejections import reasons_of
from config.kernel.sheets import csv_lines, workbook
from config.kernel.text import text
from config.kernel.transactions import perform
from config.oversight.desk.export_transfers import transfer_facts, transfer_rows
from config.oversight.desk.trail import reason_word
from config.oversight.evidence import DecisionKind, Rule
from config.oversight.queries.evidence import (
    Filters,
    after,
    approvals_of,
    decisions_of,
    events_of,
    read_filters,
    told_event,
    write_cursor,
)
from config.oversight.queries.trail import trail_of
from transfers.desk.list_form import TransferListForm

#: Rows read at a time: an export of any length holds no more in memory, and no long cursor.
CHUNK = 1000
_TRANSFERS = "transfers"

type Rows = Iterator[list[Any]]


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A list that is taken out.

    :ivar facts: the filters, as the record of the export keeps them; `about` likewise for the trail.
    """

    facts: Mapping[str, str]
    days: Sequence[str]
    rows: Rows
    about: Mapping[str, Any]


@require_POST
@desk_page(Permission.EXPORT_EVIDENCE, part=True)
def export(request: DeskRequest) -> HttpResponseBase:
    """Send a list as CSV or as a workbook; that it was taken out, by whom and by which filters is kept."""
    name, form = request.POST.get("list", ""), request.POST.get("format", "csv")
    at, caller = bank_now(), request.caller
    taken = _of_transfers(request) if name == _TRANSFERS else _of_evidence(request, name, at)
    if taken is None or form not in {"csv", "xlsx"}:
        return HttpResponseBadRequest()

    def keep() -> None:
        facts = {"list": name, "format": form, **taken.facts}
        with deciding(DecisionKind.EXPORT, principal=caller, at=at, rule=Rule.EXPORT_EVIDENCE, facts=facts):
            pass

    perform(keep)
    trail.record(TrailKind.EXPORT, request, **taken.about)
    rows, file = taken.rows, f"{'-'.join((name, *taken.days))}.{form}"
    if form == "csv":
        answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{file}"'
        return answer
    return FileResponse(
        workbook(rows, name=name),
        as_attachment=True,
        filename=file,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )


def _of_evidence(request: DeskRequest, name: str, at: datetime) -> TakenOut | None:
    """Return a list of evidence by the filters of its page, None where there is no such list or they cannot be read."""
    if name not in _LISTS:
        return None
    try:
        filters = read_filters(request.POST, at=at)
    except BadRequest:
        return None
    status = request.POST.get("status", "")
    facts = filters.parameters()
    if status in ApprovalStatus.values and name == "approvals":
        facts["status"] = status
    days = [str(filters.first_day), str(filters.last_day)]
    return TakenOut(facts, days, _LISTS[name](filters, status, request.caller), {"object_id": filters.about})


def _of_transfers(request: DeskRequest) -> TakenOut | None:
    """Return the list of transfers by the filters of its page, None where they cannot be read."""
    form = TransferListForm(request.POST)
    if not form.is_valid():
        return None
    facts = transfer_facts(form)
    days = [facts[name] for name in ("from", "to") if name in facts]
    about = {"customer_id": form.customer_id, "account_id": form.account_id}
    return TakenOut(facts, days, transfer_rows(form), about)


def _decisions(filters: Filters, _status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "事项|Kind", "结果|Outcome", "代码|Code", "规则|Rule", "条款|Clause", "规则版本|Policy version",
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
    return [_at(row.at), kind_word(row.kind), answer.text, row.code, row.rule, row.clause, row.policy_version, who,
            row.customer_id, row.account_id, row.object_id, row.id, facts]  # fmt: skip


def _approvals(filters: Filters, status: str, caller: Caller) -> Rows:
    yield _head("提交时间|Submitted", "事项|Kind", "内容|Subject", "状态|Status", "经办人|Maker", "复核人|Checker", "复核时间|Decided",
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
    return [_at(row.made_at), kind_word(row.kind), summary(row), ApprovalStatus.word(status_at(row, at)), row.made_by.name,
            checker, _at(row.decided_at), row.object_id, row.id]  # fmt: skip


def _events(filters: Filters, status: str, _caller: Caller) -> Rows:
    yield _head("时间|Time", "转账编号|Transfer id", "金额（元）|Amount (yuan)", "渠道|Channel", "原状态|From", "新状态|To", "代码|Code",
                "操作人|By", "入账方|Posted by", "延迟（毫秒）|Delay (ms)")  # fmt: skip
    before: int | None = None
    while page := events_of(filters, status=status, before=before, most=CHUNK):
        for row in map(told_event, page):
            yield [_at(row["at"]), row["transfer_id"], format_yuan(row["amount_fen"]), row["channel"], row["old_status"],
                   row["new_status"], row["code"], row["actor"], row["released_by"], row["lateness_ms"]]  # fmt: skip
        before = page[-1]["id"]


def _trail(filters: Filters, outcome: str, _caller: Caller) -> Rows:
    # Addresses of staff stay on the page.
    yield _head("时间|Time", "银行时钟|Bank's clock", "行为|Kind", "结果|Outcome", "代码|Code", "操作人|By", "用户编号|User id", "途径|Way",
                "页面|Page", "理由|Reason", "客户编号|Customer id", "账户编号|Account id", "对象编号|Object id", "次数|Times",
                "请求号|Request id", "编号|Id")  # fmt: skip
    found = trail_of(filters, outcome)
    page = list(found[:CHUNK])
    while page:
        for row in page:
            yield _line(row)
        page = list(after(found, write_cursor(page[-1].at, page[-1].id), "at")[:CHUNK])


def _line(row: TrailRecord) -> list[Any]:
    who = row.principal.name if row.principal else ""
    return [_at(row.at), _at(row.bank_at), TrailKind.word(row.kind), TrailOutcome.word(row.outcome), row.code, who, row.user_id,
            TrailWay.word(row.way), row.place, reason_word(row.reason) if row.reason else "", row.customer_id, row.account_id,
            row.object_id, row.count, row.request_id, row.id]  # fmt: skip


_LISTS: dict[str, Callable[[Filters, str, Caller], Rows]] = {
    "decisions": _decisions,
    "approvals": _approvals,
    "events": _events,
    "trail": _trail,
}


def _head(*titles: str) -> list[str]:
    return [text(*title.split("|")) for title in titles]


def _at(instant: Any) -> str:
    return "" if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S.%f}"
