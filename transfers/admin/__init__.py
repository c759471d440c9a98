"""Transfers and their steps to look at, masked; their status moves by operations only."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from config.kernel.admin import ReadOnlyAdmin, masked
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.money import format_yuan
from transfers.models import Event, Transfer
from transfers.vocabulary import TransferStatus

_PAYEE = masked("payee_account_number", mask_account, "收款账号")
_PAYEE_NAME = masked("payee_name", mask_name, "收款人")


@admin.display(description="金额（元）")
def _amount(row: Transfer) -> str:
    return format_yuan(row.amount_fen)


@admin.display(description="工作台 Desk")
def _desk(row: Transfer) -> SafeString:
    # Cancelling needs the applicant's document: it is done there, never by a bare button here.
    links = [("desk:transfer", "转账详情 Transfer")]
    if row.status == TransferStatus.HELD:
        links.append(("desk:transfer-cancel", "撤销 Cancel"))
    return format_html_join(
        " · ", '<a href="{}">{}</a>', ((reverse(name, args=[row.pk]), text) for name, text in links)
    )


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """Transfers, newest first."""

    list_display: Any = ("id", "status", _amount, "channel", _PAYEE, "payee_bank_code", "accepted_at", "due_at")
    list_filter = ("status", "channel", "rule_code", "outcome_code")
    shown = (_amount, _PAYEE, _PAYEE_NAME, _desk)
    personal = ("amount_fen", "payee_account_number")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Every step of every transfer, append-only."""

    list_display = ("id", "transfer", "at", "actor", "old_status", "new_status", "code", "released_by", "lateness_ms")
    list_filter = ("new_status", "released_by")
