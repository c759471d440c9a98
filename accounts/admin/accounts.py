"""Accounts, cards, freezes and the ledger to look at, masked; money moves by operations only."""

from typing import Any

from django.contrib import admin

from accounts.admin.customers import MaskedAdmin
from accounts.models import Account, Card, CardException, Entry, Freeze, FreezeLift, InternalAccount
from config.kernel.admin import masked
from config.kernel.identity.masking import mask_account, mask_card, mask_name
from config.kernel.money import format_yuan

_ACCOUNT = masked("account_number", mask_account, "账号")
_CARD = masked("number", mask_card, "卡号")
_AGENT = masked("agent_name", mask_name, "代理人")


@admin.display(description="余额（元）")
def _balance(row: Account) -> str:
    return format_yuan(row.balance_fen)


@admin.display(description="预留（元）")
def _held(row: Account) -> str:
    return format_yuan(row.held_fen)


@admin.display(description="金额（元）")
def _amount(row: Entry) -> str:
    return format_yuan(row.amount_fen)


@admin.display(description="事由")
def _reason(row: CardException | FreezeLift) -> str:
    # Written by the maker for the checker: whoever decides must be able to read it.
    return str(row.reason)


@admin.register(Account)
class AccountAdmin(MaskedAdmin):
    """Accounts and what is on them."""

    list_display: Any = ("id", "customer", _ACCOUNT, "kind", "account_class", "status", _balance, _held, "opened_at")
    list_filter = ("kind", "account_class", "status")
    shown = (_ACCOUNT, _balance, _held, _AGENT)
    personal = ("account_number", "balance_fen", "held_fen")


@admin.register(Card)
class CardAdmin(MaskedAdmin):
    """Cards; the whole number stands nowhere but in the answer that issued it."""

    list_display: Any = ("id", "customer", _CARD, "product", "status", "slot", "issued_at", "cancelled_at")
    list_filter = ("product", "status")
    shown = (_CARD, _AGENT)


@admin.register(CardException)
class CardExceptionAdmin(MaskedAdmin):
    """Cards beyond four and why."""

    list_display = ("id", "account", "product", "status", "asked_at", "approved_at")
    list_filter = ("status", "product")
    shown = (_reason,)


@admin.register(Freeze)
class FreezeAdmin(MaskedAdmin):
    """Freezes by competent authorities."""

    list_display = ("id", "account", "authority", "order_no", "placed_at", "until", "lifted_at")


@admin.register(FreezeLift)
class FreezeLiftAdmin(MaskedAdmin):
    """Orders that lift a freeze, approved or not."""

    list_display = ("id", "freeze", "order_no", "asked_at")
    shown = (_reason,)


@admin.register(InternalAccount)
class InternalAccountAdmin(MaskedAdmin):
    """The bank's own side; its balance is the sum of its entries."""

    list_display = ("id", "kind", "bank_code")


@admin.register(Entry)
class EntryAdmin(MaskedAdmin):
    """The ledger's legs, newest first."""

    list_display: Any = ("id", "posted_at", "kind", "posting_id", "leg", "account", "internal", _amount)
    list_filter = ("kind",)
    shown = (_amount,)
    personal = ("amount_fen",)
