"""Monthly return (9004 月度报表): counts of a month, each with its list; as page, XLSX and PDF."""

from collections.abc import Iterator, Mapping
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
from transfers.vocabulary import SuspicionKind, TransferStatus

_STEPS = (TransferStatus.HELD, TransferStatus.CANCELLED, TransferStatus.RETURNED)
_ACTS = (
    ("reverification", Text("重新核实身份（人次）", "Re-verifications")),
    ("revocation", Text("撤销认定、解除措施（件）", "Revocations that lifted measures")),
    ("impostor_declaration", Text("被冒用身份开户销户（户）", "Accounts closed that an impostor opened")),
)
_DELAYS = Text("延缓到账（笔）", "Delayed on a suspicion")


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
    return [
        ReturnSection(text("转账（按到达的状态，笔）", "Transfers, by the status reached"), _transfers(figures)),
        ReturnSection(text("可疑情形（按处置，条）", "Suspicions, by what was done"), _suspicions(figures)),
        ReturnSection(text("未受理业务（按规则，件）", "Refusals by rule"), _refusals(figures)),
        ReturnSection(
            text("本月生效的认定书（按依据，件）", "Certificates that came into force, by basis"),
            _certificates(figures),
        ),
        ReturnSection(
            text("期末执行中的措施（本行客户，人）", "Measures in force at the end of the month, customers"),
            _restricted(figures),
        ),
        ReturnSection(text("重新核实与解除", "Re-verifications and lifted measures"), _lifted(figures)),
        ReturnSection(text("到账及时性", "Punctuality"), _punctuality(figures)),
    ]


def _transfers(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    days = _days(figures)
    steps = [
        ReturnFigure(str(status.text), figures.steps.get(status, 0), _address("events", **days, status=status))
        for status in _STEPS
    ]
    return (*steps, _decided(figures, "transfer_delay", _DELAYS))


def _suspicions(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    days = {"first_day": figures.first.isoformat(), "last_day": figures.last.isoformat()}
    return tuple(
        ReturnFigure(str(kind.text), figures.suspicions.get(kind, 0), _address("suspicions", **days, kind=kind))
        for kind in SuspicionKind
    )


def _refusals(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    return tuple(
        ReturnFigure(
            f"{refusal_title(code)} ({code})",
            count,
            _address("decisions", **_days(figures), outcome="refused", code=code),
        )
        for code, count in figures.refusals.items()
    )


def _certificates(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    month = _month_of(figures)
    by_basis = [
        ReturnFigure(str(LegalBasis(basis).text), count, _address("certificates", month=month, basis=basis))
        for basis, count in figures.certificates.items()
    ]
    word = text("其中更正原认定书的", "of these, corrections of an earlier certificate")
    return (*by_basis, ReturnFigure(word, figures.corrections, _address("certificates", month=month, corrections="1")))


def _restricted(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    penalized = _listed(figures, "penalized", Text("惩戒执行中", "Under a penalty"), figures.penalized)
    word = text("涉案账户开户人，非柜面业务停止中", "Holders of case accounts, stopped outside the counter")
    address = _address("restricted-customers", month=_month_of(figures), list="case_holders")
    return (*penalized, ReturnFigure(word, figures.case_holders, address))


def _lifted(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    ended = _listed(figures, "ended", Text("惩戒期满自动解除（人）", "Penalties ended by themselves"), figures.ended)
    return (*(_decided(figures, kind, word) for kind, word in _ACTS), *ended)


def _punctuality(figures: MonthlyReturn) -> tuple[ReturnFigure, ...]:
    late, address = figures.lateness, _address("punctuality", **_days(figures))
    within = late.buckets["le_100ms"] + late.buckets["le_1s"]
    return (
        ReturnFigure(text("到期处理（笔）", "Processed when due"), late.releases, address),
        ReturnFigure(text("其中晚于1秒（笔）", "of these later than 1 s"), late.releases - within, address),
        ReturnFigure(text("最长延迟（毫秒）", "Longest delay (ms)"), late.max_ms, address),
    )


def _decided(figures: MonthlyReturn, kind: str, word: Text) -> ReturnFigure:
    """Return the figure of the decisions of a kind that took effect."""
    address = _address("decisions", **_days(figures), kind=kind, outcome="allowed")
    return ReturnFigure(str(word), figures.acts.get(kind, 0), address)


def _listed(figures: MonthlyReturn, name: str, word: Text, counts: Mapping[str, int]) -> tuple[ReturnFigure, ...]:
    """Return the figures of a list of restricted customers by legal basis; without any customer one figure of zero."""
    found = tuple(
        ReturnFigure(
            text(f"{word.zh}：{LegalBasis(basis).text.zh}", f"{word.en}: {LegalBasis(basis).text.en}"),
            count,
            _address("restricted-customers", month=_month_of(figures), list=name, basis=basis),
        )
        for basis, count in counts.items()
    )
    return found or (ReturnFigure(str(word), 0, _address("restricted-customers", month=_month_of(figures), list=name)),)


def _days(figures: MonthlyReturn) -> dict[str, str]:
    return {"from": figures.first.isoformat(), "to": figures.last.isoformat()}


def _month_of(figures: MonthlyReturn) -> str:
    return f"{figures.first:%Y-%m}"


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
