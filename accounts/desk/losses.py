"""A card reported lost at the counter or by telephone, and the receipt of the report (挂失)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.desk.account import account_address, card_or_404
from accounts.desk.act_pages import ActPage, act_page
from accounts.desk.opening_forms import AgentForm
from accounts.models import LossReport
from accounts.operations.cards import report_card_lost
from accounts.queries.cards import latest_report, loss_report, reports_in_force
from accounts.queries.subject_lines import subject_line
from accounts.vocabulary.losses import Identified
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.requests import DeskRequest
from config.frames.desk.stated import DigitRadios, StatedField
from config.kernel.access.permissions import Permission, may
from config.kernel.database.transactions import perform
from config.kernel.law.ends import end_text
from config.kernel.law.text import Text, text
from config.kernel.models import SlipKind
from config.kernel.trail.slips import PrintedSlip, print_slip, times_printed


class LossForm(AgentForm):
    """How whoever reports a card lost was identified, and who that is where the holder did not come."""

    prefix = ""

    identified = StatedField(
        label=Text("申请人核实", "How the applicant was identified"),
        choices=[
            (each.value, Text(f"{each.loss_kind.text.zh}：{each.text.zh}", f"{each.loss_kind.text.en}: {each.text.en}"))
            for each in Identified
        ],
        widget=DigitRadios,
        error_messages={
            "required": Text("请选择申请人如何核实。", "Choose how the applicant was identified.")
        },
    )  # fmt: skip

    came = None  # type: ignore[assignment]
    field_order = ["identified", "relation", "name", "type", "number", "valid_until", "no_end", "country"]

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["came"] = self.cleaned_data.get("identified") == Identified.BY_AGENT
        return super().clean()


@sensitive_post_parameters()
@never_cache
@desk_page(Permission.CHANGE_CARD)
def card_lost(request: DeskRequest, card_id: UUID) -> HttpResponse:
    """Report a card lost (挂失): formally, or by word for some days."""
    card = card_or_404(card_id)
    form = LossForm(**typed(request))
    back = account_address(card.account_id)

    def work() -> LossReport | None:
        report_card_lost(
            principal=request.caller,
            card_id=card_id,
            identified=Identified(form.cleaned_data["identified"]),
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
            "with a valid document and stands until the card is found, replaced or cancelled; by telephone or without a "
            "document it is a report by word, which lapses unless it is made formal in time.",
        ),
        work=work,
        back=back,
        then=lambda made: redirect("desk:loss-report", made.id),
        danger=True,
    )
    context = {
        "subject": subject_line(card.customer_id),
        "account": card.account,
        "card": card,
        "loss": reports_in_force([card]).get(card_id),
    }
    return act_page(request, page, context)


@never_cache
@desk_page(Permission.VIEW_ACCOUNT)
def report(request: DeskRequest, report_id: UUID) -> HttpResponse:
    """Show a report of a lost card as its receipt says it (挂失回执)."""
    return _report_page(request, _report_or_404(report_id))


@require_POST
@never_cache
@desk_page(Permission.PRINT_SLIP, part=True)
def report_print(request: DeskRequest, report_id: UUID) -> HttpResponse:
    """Print the receipt of a report, on record; all but the first print say that they are reprints."""
    found = _report_or_404(report_id)
    printed = perform(lambda: print_slip(principal=request.caller, object_id=report_id, kind=SlipKind.LOSS))
    return _report_page(request, found, printed)


def _report_or_404(report_id: UUID) -> LossReport:
    found = loss_report(report_id)
    if found is None:
        raise Http404
    return found


def _report_page(request: DeskRequest, found: LossReport, printed: PrintedSlip | None = None) -> HttpResponse:
    card = found.card
    context: dict[str, Any] = {
        "report": found,
        "card": card,
        "subject": subject_line(card.customer_id),
        "account": card.account,
        "back": reverse("desk:loss-report", args=[found.id]),
        "slip_title": SlipKind.LOSS.text,
        "end": loss_end(found.lapses_at),
        "stands": card_or_404(card.id).status,
        "times": times_printed(found.id, SlipKind.LOSS),
        "prints": reverse("desk:loss-print", args=[found.id]) if may(request.caller, Permission.PRINT_SLIP) else "",
        "printed": printed,
    }
    return render(request, "accounts/desk/loss_report.html", context)


def loss_end(lapses_at: datetime | None) -> str:
    """Return until when a report holds, in words."""
    return str(end_text(lapses_at, Text("直至解挂、补卡或销卡", "until found, replaced or cancelled")))
