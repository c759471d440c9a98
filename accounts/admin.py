"""Tables of the back office for accounts and cards that show other columns than the default ones."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString

from accounts.models import Account, Card, CardException, Freeze, FreezeLift, ListedBank
from config.frames.back_office.columns import desk_link, stated_reason
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.law.ends import end_text
from config.kernel.law.text import Text


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts with their balances."""

    list_display = (
        "id", "customer", "account_number", "kind", "account_class", "status", "balance_fen", "held_fen", "opened_at",
    )  # fmt: skip


@admin.display(description=Text("工作台", "At the desk"))
def _desk(row: Card) -> SafeString:
    return desk_link("account", row.account_id, Text("账户详情", "Account details"))


@admin.register(Card)
class CardAdmin(ReadOnlyAdmin):
    """Cards with masked numbers; only the answer that issued a card contains the full number."""

    list_display = (
        "id", "customer", "number", "product", "status", "lost_until", "slot", "issued_at", "cancelled_at",
    )  # fmt: skip
    shown = (_desk,)


@admin.register(CardException)
class CardExceptionAdmin(ReadOnlyAdmin):
    """Cards beyond the limit of four, with the reasons."""

    shown = (stated_reason,)


@admin.register(FreezeLift)
class FreezeLiftAdmin(ReadOnlyAdmin):
    """Orders that lift a freeze, approved or not, with the reasons."""

    shown = (stated_reason,)


@admin.display(description=Text("截止时间", "Until"))
def _end(row: Freeze) -> str:
    return str(end_text(row.until))


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Freezes by competent authorities; one without an end says so."""

    list_display: Any = ("id", "account", "authority", "order_no", "placed_at", _end, "lifted_at")
    shown = (_end,)
    personal = ("until",)


@admin.register(ListedBank)
class ListedBankAdmin(ReadOnlyAdmin):
    """Other banks and their codes."""

    search_fields = ("code",)
    ordering = ("code",)
