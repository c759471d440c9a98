"""Read-only admin pages of transfers, masked; transfers are changed at the desk only."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from config.frames.back_office.columns import desk_link
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.law.text import Text
from transfers.models import Transfer


@admin.display(description=Text("工作台", "At the desk"))
def _desk(row: Transfer) -> SafeString:
    return desk_link("transfer", row.pk, Text("转账详情", "Transfer details"))


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    """Transfers, newest first."""

    list_display: Any = (
        "id", "status", "amount_fen", "channel", "payee_account_number", "payee_sealed", "payee_bank_code",
        "accepted_at", "due_at",
    )  # fmt: skip
    list_filter = ("status", "channel", "rule_code", "outcome_code")
    shown = (_desk,)
