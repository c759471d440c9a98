"""Contacts, notes and scans of a case, and the letter that asks the customer to come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_POST

from accounts.cleanup.desk.case import case_or_404, case_page, number_of
from accounts.cleanup.desk.forms import ContactForm
from accounts.cleanup.models import CleanupCase
from accounts.cleanup.operations.cases import attach as keep_attachment
from accounts.cleanup.operations.cases import note_contact, open_attachment
from accounts.cleanup.policy import OFFERED
from accounts.cleanup.queries.case_details import CurrentItem, items_of
from accounts.cleanup.queries.population import LIMIT_MAX
from accounts.cleanup.vocabulary import CleanupWay, ContactKind, ContactResult
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary.limits import CleanupLimit
from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.pages import act_on_form
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import SCAN_KEPT, ScanForm, open_scan, uploaded_scan
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.addressing import address_of
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text


@require_POST
@desk_page(Permission.WORK_CLEANUP, part=True)
def contact(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Record an attempt to reach the customer and its result, or a note."""
    case_or_404(case_id)
    to = reverse("desk:cleanup-case", args=[case_id])
    drafts.set_address(request, to)
    form = ContactForm(request.POST)

    def work() -> object:
        data = form.cleaned_data
        return note_contact(
            principal=request.caller,
            case_id=case_id,
            kind=ContactKind(data["kind"]),
            result=ContactResult(data["result"]),
            text=data["text"],
        )

    return act_on_form(
        request,
        work,
        form,
        page=lambda problem: case_page(request, case_id, problem=problem, contact=form),
        to=to,
        done=text("已登记。", "Saved."),
    )


@require_POST
@desk_page(Permission.WORK_CLEANUP, part=True)
def attach(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Add a scan to a case; it is stored encrypted."""
    case_or_404(case_id)
    form = ScanForm(request.POST, request.FILES)
    return act_on_form(
        request,
        lambda: keep_attachment(
            principal=request.caller, case_id=case_id, scan=uploaded_scan(form.cleaned_data["file"])
        ),
        form,
        page=lambda problem: case_page(request, case_id, problem=problem, upload=form),
        to=reverse("desk:cleanup-case", args=[case_id]),
        done=SCAN_KEPT,
    )


@require_POST
@desk_page(Permission.UNMASK_CUSTOMER, part=True)
def attachment(request: DeskRequest, attachment_id: UUID) -> HttpResponse:
    """Open a scan for a stated reason, and record it; without a valid reason, do nothing."""
    return open_scan(
        request,
        attachment_id,
        lambda reason: open_attachment(principal=request.caller, attachment_id=attachment_id, reason=reason),
        back="desk:cleanup",
    )


@desk_page(Permission.WORK_CLEANUP)
def letter(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Print the letter that asks the customer to come and explain: always in Chinese, its numbers masked."""
    case = case_or_404(case_id)
    with translation.override("zh-hans"):
        paper = render_to_string("accounts/desk/cleanup/letter_paper.html", letter_of(case), request=request)
    return render(request, "accounts/desk/cleanup/letter.html", {"case": case, "paper": paper})


#: Each limit in the words of the law.
RULES: Mapping[CleanupLimit, str] = {
    CleanupLimit.BANK_I: f"同一个人在同一家银行只能开立{LIMIT_MAX[CleanupLimit.BANK_I]}个Ⅰ类户",
    CleanupLimit.BANK_II: f"同一个人在同一家银行开立的Ⅱ类户不得超过{LIMIT_MAX[CleanupLimit.BANK_II]}个",
    CleanupLimit.BANK_III: f"同一个人在同一家银行开立的Ⅲ类户不得超过{LIMIT_MAX[CleanupLimit.BANK_III]}个",
    CleanupLimit.PAYMENT_III: f"同一个人在同一家支付机构只能开立{LIMIT_MAX[CleanupLimit.PAYMENT_III]}个Ⅲ类支付账户",
    CleanupLimit.CARDS: f"同一客户在同一家银行开立的借记卡原则上不得超过{LIMIT_MAX[CleanupLimit.CARDS]}张",
}
#: The customer's choices in the words of the letter.
WAYS: Mapping[CleanupWay, str] = {
    CleanupWay.EXPLAIN: "说明合理用途，经核实后保留",
    CleanupWay.MERGE: "归并到您本人的另一账户",
    CleanupWay.DOWNGRADE: "降低账户类别",
    CleanupWay.CANCEL: "办理销户或销卡",
    CleanupWay.KEEP: "选择保留其中一个Ⅲ类支付账户，其余降低类别",
}


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One account or card in the letter."""

    kind: str
    number: str
    opened_at: datetime
    last_used_at: datetime | None


def letter_of(case: CleanupCase) -> dict[str, Any]:
    """Return the content of the letter about a case."""
    items = items_of(case.id)
    limits = [each for each in CleanupLimit if any(of.item.limit == each for of in items)]
    offered = {way for limit in limits for way in OFFERED[limit]}
    ways = [words for way, words in WAYS.items() if way in offered]
    subject = subject_line(case.customer_id)
    return {
        "case": case,
        "subject": subject,
        **address_of(subject.kind if subject else ""),
        "rules": [RULES[each] for each in limits],
        "ways": [f"（{number}）{words}" for number, words in enumerate(ways, start=1)],
        "items": list(_lines(items)),
        "as_of": chinese_day(shanghai_day(case.campaign.as_of)),
        "until": chinese_day(case.deadline or case.campaign.deadline),
        "today": chinese_day(shanghai_day(bank_now())),
    }


def chinese_day(day: date) -> str:
    """Return a day as written in a letter."""
    return f"{day.year}年{day.month}月{day.day}日"


def _lines(items: Iterable[CurrentItem]) -> Iterable[LetterLine]:
    for of in items:
        item = of.item
        yield LetterLine(CleanupLimit.word(item.limit), number_of(of), item.opened_at, item.last_used_at)
