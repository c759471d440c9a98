"""Acts on an existing card: activate, reinstate, replace, cancel, hand out, and report lost with a receipt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.desk.account import about_account, account_address, card_or_404, shown_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.forms import SeenForm
from accounts.desk.opening_forms import AgentForm
from accounts.models import Card, LossReport
from accounts.operations import people_named
from accounts.operations.card_exceptions import hand_out_card
from accounts.operations.cards import activate_card, cancel_card, reinstate_card, replace_card, report_card_lost
from accounts.policy.cards import CardAct
from accounts.queries.cards import account_of_request, latest_report, loss_report, reports_in_force
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary.losses import ApplicantIdentification
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DigitRadios, StatedField
from config.frames.desk.pages import found_or_404
from config.frames.desk.requests import DeskRequest
from config.frames.desk.slips import slip_tools
from config.kernel.access.permissions import Permission
from config.kernel.database.transactions import perform
from config.kernel.law.ends import end_text
from config.kernel.law.text import Text, text
from config.kernel.models import SlipKind, column_word
from config.kernel.trail.slips import PrintedSlip, print_slip

OPERATIONS = {
    CardAct.ACTIVATE: activate_card,
    CardAct.FOUND: reinstate_card,
    CardAct.REPLACE: replace_card,
    CardAct.CANCEL: cancel_card,
}
#: Title, button, effect, message after success.
WORDS = {
    CardAct.ACTIVATE: (
        Text("激活银行卡", "Activate card"),
        Text("激活", "Activate"),
        Text(
            "须由持卡人本人持有效证件到柜面办理。",
            "The cardholder must be present at the counter with a valid document.",
        ),
        Text("银行卡已激活。", "The card has been activated."),
    ),
    CardAct.FOUND: (
        Text("解挂", "Lost card found"),
        Text("确认解挂", "Confirm that it was found"),
        Text(
            "须由持卡人本人持该卡和有效身份证件到柜面，核对无误后办理；卡恢复到挂失前的状态。电话或他人代办的不予解挂。",
            "The cardholder must be at the counter with the card and a valid document. The card is again what it was before "
            "the report. Neither by telephone nor by another person.",
        ),
        Text("已解挂，该卡恢复使用。", "The card is no longer reported lost."),
    ),
    CardAct.REPLACE: (
        Text("补（换）卡", "Replace card"),
        Text("确认补（换）卡", "Replace"),
        Text(
            "原卡注销，新卡即时启用，不另占限额。",
            "The old card is cancelled; the new card is active at once and does not count additionally.",
        ),
        Text("已补（换）卡。", "The card has been replaced."),
    ),
    CardAct.CANCEL: (
        Text("销卡", "Cancel card"),
        Text("确认销卡", "Confirm cancellation"),
        Text(
            "销卡后不能恢复，不再计入限额。",
            "Cancellation cannot be undone; the card no longer counts towards the limit.",
        ),
        Text("已销卡。", "The card has been cancelled."),
    ),
}


@desk_page(Permission.CHANGE_CARD)
def card_act(request: DeskRequest, card_id: UUID, act: str) -> HttpResponseBase:
    """Carry out an act on a card; the number of a replacement is shown once."""
    if act not in CardAct:
        raise Http404
    kind = CardAct(act)
    if kind is CardAct.REPORT_LOST:
        return _card_lost(request, card_id)
    card = card_or_404(card_id)
    title, button, explained, done = WORDS[kind]
    context, caller = _about(card), request.caller

    def then(changed: Card) -> HttpResponse:
        return render(request, "accounts/desk/card_issued.html", context | {"card": changed, "replaced": True})

    form = SeenForm(request.POST or None) if kind is CardAct.FOUND else None
    page = ActPage(
        form=form,
        title=str(title),
        button=str(button),
        explained=str(explained),
        work=lambda: OPERATIONS[kind](principal=caller, card_id=card_id),
        people=(lambda: people_named.replacement(card_id)) if kind is CardAct.REPLACE else None,
        back=account_address(card.account_id),
        done=str(done),
        then=then if kind is CardAct.REPLACE else None,
        danger=kind is CardAct.CANCEL,
    )
    return act_page(request, page, context)


@desk_page(Permission.ASK_CARD_EXCEPTION)
def card_hand_out(request: DeskRequest, exception_id: UUID) -> HttpResponse:
    """Hand out an approved card beyond the limit of four (发卡): its number is shown once."""
    account_id = found_or_404(account_of_request(exception_id, request.caller))
    shown = shown_or_404(account_id)

    def then(card: Card) -> HttpResponse:
        return render(request, "accounts/desk/card_issued.html", about_account(shown) | {"card": card})

    act = ActPage(
        title=text("发卡（超限额）", "Hand out the card (beyond the limit)"),
        button=text("发卡", "Issue"),
        explained=text(
            "该卡已经主管复核开出。点击后显示卡号，仅显示一次，请核对客户身份并当面交付。",
            "A supervisor has approved this card and it is issued. Its number is shown next, once: check who the customer is and hand the card over now.",
        ),
        work=lambda: hand_out_card(principal=request.caller, exception_id=exception_id),
        back=account_address(account_id),
        then=then,
    )
    return act_page(request, act, about_account(shown))


class LossForm(AgentForm):
    """How the person who reports a loss was identified, and the agent where the holder did not come."""

    prefix = ""

    identified = StatedField(
        label=column_word(LossReport, "identified"),
        choices=[
            (each.value, Text(f"{each.loss_kind.text.zh}：{each.text.zh}", f"{each.loss_kind.text.en}: {each.text.en}"))
            for each in ApplicantIdentification
        ],
        widget=DigitRadios,
        error_messages={
            "required": Text("请选择申请人如何核实。", "Choose how the applicant was identified.")
        },
    )  # fmt: skip

    came = None  # type: ignore[assignment]
    field_order = ["identified", "relation", "name", "type", "number", "valid_until", "no_end", "country"]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["came"] = self.cleaned_data.get("identified") == ApplicantIdentification.BY_AGENT
        return super().clean()


@desk_page(Permission.CHANGE_CARD)
def _card_lost(request: DeskRequest, card_id: UUID) -> HttpResponse:
    """Report a card lost (挂失): formally, or by word with effect for some days."""
    card = card_or_404(card_id)
    form = LossForm(**form_arguments(request))
    back = account_address(card.account_id)

    def work() -> LossReport | None:
        report_card_lost(
            principal=request.caller,
            card_id=card_id,
            identified=ApplicantIdentification(form.cleaned_data["identified"]),
            agent=form.agent,
        )
        return latest_report(card_id)

    page = ActPage(
        form=form,
        title=text("挂失", "Report card lost"),
        button=text("确认挂失", "Report lost"),
        explained=text(
            "挂失后该卡不能再使用，仍计入四张限额。正式挂失须持有效身份证件到柜面，直至解挂、补卡或销卡；电话或未带证件的为口头挂失，"
            "到期未补办正式挂失的自动失效。",
            "The card can no longer be used and still counts towards the limit of four. A formal report is made at the counter "
            "with a valid document and is in effect until the card is found, replaced or cancelled; by telephone or without a "
            "document it is a report by word, which lapses unless it is made formal in time.",
        ),
        work=work,
        back=back,
        then=lambda made: redirect("desk:loss-report", made.id),
        danger=True,
    )
    return act_page(request, page, _about(card))


def _about(card: Card) -> dict[str, Any]:
    """Return the head of a page about one card."""
    return about_account(shown_or_404(card.account_id)) | {
        "card": card,
        "loss": reports_in_force([card]).get(card.id),
    }


@desk_page(Permission.VIEW_ACCOUNT)
def report(request: DeskRequest, report_id: UUID) -> HttpResponse:
    """Show the receipt of a loss report (挂失回执)."""
    return _report_page(request, _report_or_404(report_id))


@require_POST
@desk_page(Permission.PRINT_SLIP, part=True)
def report_print(request: DeskRequest, report_id: UUID) -> HttpResponse:
    """Print the receipt of a loss report, and record it; each print after the first is marked as a reprint."""
    row = _report_or_404(report_id)
    printed = perform(lambda: print_slip(principal=request.caller, object_id=report_id, kind=SlipKind.LOSS))
    return _report_page(request, row, printed)


def _report_or_404(report_id: UUID) -> LossReport:
    return found_or_404(loss_report(report_id))


def _report_page(request: DeskRequest, row: LossReport, printed: PrintedSlip | None = None) -> HttpResponse:
    card = row.card
    context: dict[str, Any] = {
        "report": row,
        "card": card,
        "subject": subject_line(card.customer_id),
        "account": card.account,
        "back": reverse("desk:loss-report", args=[row.id]),
        "end": _loss_end(row.lapses_at),
        "card_status": card_or_404(card.id).status,
        **slip_tools(request, row.id, SlipKind.LOSS, "desk:loss-print", printed),
    }
    return render(request, "accounts/desk/loss_report.html", context)


def _loss_end(lapses_at: datetime | None) -> str:
    """Return in words until when a loss report is in effect."""
    return str(end_text(lapses_at, Text("直至解挂、补卡或销卡", "until found, replaced or cancelled")))
