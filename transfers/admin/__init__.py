"""Transfers and their steps to look at, masked; their status moves by operations only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.frames.back_office.acts import ActingAdmin, RecordAct
from config.frames.back_office.columns import masked
from config.frames.back_office.tables import ReadOnlyAdmin
from config.frames.desk.problems import problem_of
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.money import yuan_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text
from transfers.desk.forms import ApplicantForm
from transfers.desk.lines import line_of
from transfers.models import Event, Heartbeat, LatenessCount, Transfer
from transfers.operations.cancel import cancel_transfer, cancellation_facts
from transfers.policy.cancellation import check_cancellation
from transfers.vocabulary import LATENESS_LIMITS, OVER, TransferStatus

_PAYEE = masked("payee_number", mask_account, Text("收款账号", "Payee's account"))
_PAYEE_NAME = masked("payee_name", mask_name, Text("收款人", "Payee"))


@admin.display(description=Text("金额（元）", "Amount (yuan)"))
def _amount(row: Transfer) -> str:
    return yuan_text(row.amount_fen)


@admin.display(description=Text("工作台", "At the desk"))
def _desk(row: Transfer) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>', reverse("desk:transfer", args=[row.pk]), Text("转账详情", "Transfer details")
    )


class Cancel(RecordAct):
    """Cancel a held transfer for the payer, who shows a document or a card, as at the desk (撤销)."""

    name = "cancel"
    needs = Permission.CANCEL_TRANSFER
    title = Text("撤销转账", "Cancel a transfer")
    button = Text("撤销该笔转账", "Cancel this transfer")
    explained = Text(
        "只有付款人本人可以申请撤销。核对其有效身份证件或付款人的银行卡，录入号码。",
        "Only the payer can request cancellation. Check the payer's valid identity document or bank card and enter its number.",
    )
    about = "transfers/desk/facts.html"
    danger = True

    def form(self, request: HttpRequest) -> ApplicantForm:
        return ApplicantForm(request.POST if request.method == "POST" else None)

    def context(self, row: Any, caller: Caller, at: datetime) -> Mapping[str, Any]:
        return {"line": line_of(row, at), "at": at}

    def obstacle(self, row: Any, caller: Caller, at: datetime) -> str | None:
        if row.status == TransferStatus.CANCELLED:
            return str(Text("该笔转账已撤销。", "This transfer is cancelled."))
        try:
            check_cancellation(cancellation_facts(row, at))
        except Refusal as refused:
            return problem_of(refused).text
        return None

    def work(self, row: Any, caller: Caller, form: Any) -> Any:
        told = form.cleaned_data
        return cancel_transfer(row.pk, principal=caller, applicant=told["applicant"], reason=told["reason"])

    def done(self, result: Any) -> str:
        return str(Text("已撤销，预留金额即时释放。", "Cancelled; the held amount is released immediately."))


@admin.register(Transfer)
class TransferAdmin(ActingAdmin):
    """Transfers, newest first."""

    list_display: Any = ("id", "status", _amount, "channel", _PAYEE, "payee_bank_code", "accepted_at", "due_at")
    list_filter = ("status", "channel", "rule_code", "outcome_code")
    shown = (_amount, _PAYEE, _PAYEE_NAME, _desk)
    personal = ("amount_fen", "payee_account_number")
    acts = (Cancel(),)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Every step of every transfer, append-only."""

    list_display = ("id", "transfer", "at", "actor", "old_status", "new_status", "code", "released_by", "lateness_ms")
    list_filter = ("new_status", "released_by")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """What releases transfers, when it was last at work, and how its clock stands."""

    list_display = ("part", "host", "seen_at", "progressed_at", "clock_ahead_ms")


@admin.register(LatenessCount)
class LatenessCountAdmin(ReadOnlyAdmin):
    """How late releases were, by day; all rows together count each release once."""

    list_display = ("day", "released_by", *LATENESS_LIMITS, OVER, "total_ms")
