"""Monthly return (9004 月度报表): counts of a month, each with its list; as page, XLSX and PDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from blacklist.regimes import LegalBasis
from config.frames.desk.access import desk_page
from config.frames.desk.files import record_export, send_file
from config.frames.desk.requests import DeskRequest
from config.frames.desk.templatetags.desk import moment
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import add_months, month_typed, shanghai_day
from config.kernel.law.refusals import refusal_title
from config.kernel.law.text import Text, text
from config.kernel.trail.receipts import receipt_number
from config.kernel.trail.sheets import Sheet, Title, typed_workbook
from config.oversight.desk.case import CasePart
from config.oversight.evidence import DecisionKind, ExportedList, Rule
from config.oversight.queries.monthly_return import MonthlyReturn
from config.oversight.queries.monthly_return import monthly_return as return_of
from transfers.vocabulary import TransferStatus

_STEPS = (TransferStatus.HELD, TransferStatus.CANCELLED, TransferStatus.RETURNED)
_ACTS = (
    ("reverification", Text("重新核实身份（人次）", "Re-verifications")),
    ("revocation", Text("撤销认定、解除措施（件）", "Revocations that lifted measures")),
)


@dataclass(frozen=True, slots=True)
class ReturnFigure:
    """One figure with the address of its list."""

    word: str
    figure: int | None
    address: str


@dataclass(frozen=True, slots=True)
class ReturnSection:
    """A section of the return."""

    title: str
    figures: tuple[ReturnFigure, ...]


@require_GET
@desk_page(Permission.VIEW_MONTHLY_RETURN)
def monthly_return(request: DeskRequest) -> HttpResponse:
    """Show the figures of a month, by default the last one that has ended."""
    at = bank_now()
    this_month = shanghai_day(at).replace(day=1)
    month = _month(request.GET.get("month", ""), at)
    known = month or add_months(this_month, -1)
    figures = return_of(known, at)
    context = {
        "figures": figures,
        "parts": sections_of(figures),
        "month": f"{known:%Y-%m}",
        "latest": f"{this_month:%Y-%m}",
        "unknown": bool(request.GET.get("month")) and month is None,
        "head": _head(request, figures),
    }
    return render(request, "oversight/monthly_return.html", context, status=400 if context["unknown"] else 200)


@require_POST
@desk_page(Permission.VIEW_MONTHLY_RETURN, part=True)
def monthly_return_file(request: DeskRequest) -> HttpResponseBase:
    """Send the return of a month as XLSX or PDF, and record the export."""
    at, form = bank_now(), request.POST.get("format", "")
    month = _month(request.POST.get("month", ""), at)
    if month is None or form not in {"xlsx", "pdf"}:
        return HttpResponseBadRequest()
    figures = return_of(month, at)
    facts = {"list": "monthly_return", "format": form, "from": str(figures.first), "to": str(figures.last)}
    decision_id = record_export(request, DecisionKind.EXPORT, Rule.EXPORT_EVIDENCE, facts=facts, at=at)
    number = receipt_number(decision_id)
    sections = sections_of(figures)
    head = [*_head(request, figures), (text("回执号", "Receipt"), number)]
    file = _paper(sections, head, figures, number) if form == "pdf" else _workbook(sections, head)
    rows = sum(len(each.figures) for each in sections)
    return send_file(file, f"monthly-return-{month:%Y-%m}", form, rows=rows, decision_id=decision_id)


def sections_of(figures: MonthlyReturn) -> list[ReturnSection]:
    """Return the sections of a return with the words and the lists of their figures."""
    days = {"from": figures.first.isoformat(), "to": figures.last.isoformat()}
    late = figures.lateness
    punctual = _address("punctuality", **days)
    within = late.buckets["le_100ms"] + late.buckets["le_1s"]
    steps = [
        ReturnFigure(str(status.text), figures.steps.get(status, 0), _address("events", **days, status=status))
        for status in _STEPS
    ]
    refusals = [
        ReturnFigure(
            f"{refusal_title(code)} ({code})", count, _address("decisions", **days, outcome="refused", code=code)
        )
        for code, count in figures.refusals.items()
    ]
    certificates = [
        ReturnFigure(str(LegalBasis(basis).text), count, _address("certificates", month=days["from"][:7], basis=basis))
        for basis, count in figures.certificates.items()
    ]
    acts = [
        ReturnFigure(str(word), figures.acts.get(kind, 0), _address("decisions", **days, kind=kind, outcome="allowed"))
        for kind, word in _ACTS
    ]
    punctuality = [
        ReturnFigure(text("到期处理（笔）", "Processed when due"), late.releases, punctual),
        ReturnFigure(text("其中晚于1秒（笔）", "of these later than 1 s"), late.releases - within, punctual),
        ReturnFigure(text("最长延迟（毫秒）", "Longest delay (ms)"), late.max_ms, punctual),
    ]
    return [
        ReturnSection(text("转账（按到达的状态，笔）", "Transfers, by the status reached"), tuple(steps)),
        ReturnSection(text("未受理业务（按规则）", "Refusals by rule"), tuple(refusals)),
        ReturnSection(
            text("本月生效的认定书（按依据）", "Certificates that came into force, by basis"), tuple(certificates)
        ),
        ReturnSection(text("重新核实与解除", "Re-verifications and lifted measures"), tuple(acts)),
        ReturnSection(text("到账及时性", "Punctuality"), tuple(punctuality)),
    ]


def _address(name: str, **filters: str) -> str:
    return f"{reverse(f'desk:{name}')}?{urlencode(filters)}"


def _month(typed: str, at: datetime) -> date | None:
    """Read a month that has begun; None for any other text."""
    month = month_typed(typed)
    return month if month and month <= shanghai_day(at) else None


def _head(request: DeskRequest, figures: MonthlyReturn) -> list[tuple[str, str]]:
    status = (
        text(
            f"未结束，截至 {moment(figures.at)} 的暂计数",
            f"Provisional: the month has not ended, as of {moment(figures.at)}",
        )
        if figures.provisional
        else text(f"完整月份，统计于 {moment(figures.at)}", f"Whole month, counted at {moment(figures.at)}")
    )
    return [
        (text("填报单位", "Submitted by"), settings.BANK_NAME),
        (text("报表月份", "Month"), f"{figures.first:%Y-%m}"),
        (text("数据状态", "State of the figures"), status),
        (text("制表", "Prepared by"), request.caller.name),
        # Both are written by hand.
        (text("复核", "Checker"), ""),
        (text("报送日期", "Submitted on"), ""),
    ]


def _workbook(sections: list[ReturnSection], head: list[tuple[str, str]]) -> IO[bytes]:
    def rows() -> Iterator[list[Any]]:
        for name, words in head:
            yield [Title(name), words]
        for section in sections:
            yield []
            yield [Title(section.title)]
            for each in section.figures:
                yield [each.word, "-" if each.figure is None else each.figure]

    return typed_workbook([Sheet(ExportedList.word("monthly_return"), rows(), (60, 30))])


def _paper(
    sections: list[ReturnSection], head: list[tuple[str, str]], figures: MonthlyReturn, number: str
) -> IO[bytes]:
    # ReportLab is imported only when a PDF is made.
    from config.oversight.desk.case_paper import case_paper

    parts = [
        CasePart(
            each.title, tuple((f"{one.figure:,}" if one.figure is not None else "-", one.word) for one in each.figures)
        )
        for each in sections
    ]
    month = f"{figures.first:%Y-%m}"
    title = text(f"月度报表 {month}", f"Monthly return {month}")
    return BytesIO(case_paper(parts, title=title, head=head, foot=text(f"回执号 {number}", f"Receipt {number}")))
