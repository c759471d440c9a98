"""Accounts, freezes and the ledger to look at, masked; money moves by operations only."""

from typing import Any

from django.contrib import admin

from accounts.models import (
    Account,
    AccountTelling,
    CardException,
    CloseOut,
    Entry,
    Freeze,
    FreezeLift,
    InternalAccount,
    InternalSum,
)
from config.frames.back_office.columns import masked
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.identity.masking import mask_account, mask_name
from config.kernel.law.ends import end_text
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text

_ACCOUNT = masked("account_number", mask_account, Text("账号", "Account number"))
AGENT = masked("agent_name", mask_name, Text("代理人", "Agent"))


@admin.display(description=Text("余额（元）", "Balance (yuan)"))
def _balance(row: Account) -> str:
    return yuan_text(row.balance_fen)


@admin.display(description=Text("预留金额（元）", "Held amount (yuan)"))
def _held(row: Account) -> str:
    return yuan_text(row.held_fen)


@admin.display(description=Text("金额（元）", "Amount (yuan)"))
def _amount(row: Entry | CloseOut | InternalSum) -> str:
    return yuan_text(row.amount_fen)


@admin.display(description=Text("事由", "Reason"))
def _reason(row: CardException | FreezeLift) -> str:
    # Written by the maker for the checker, who must be able to read it.
    return str(row.reason)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """Accounts and what is on them."""

    list_display: Any = ("id", "customer", _ACCOUNT, "kind", "account_class", "status", _balance, _held, "opened_at")
    list_filter = ("kind", "account_class", "status")
    shown = (_ACCOUNT, _balance, _held, AGENT)
    personal = ("account_number", "balance_fen", "held_fen")


@admin.register(AccountTelling)
class AccountTellingAdmin(ReadOnlyAdmin):
    """What accounts were told to be for after they were opened, the newest first."""

    list_display = ("at", "account", "was_unit_kind", "unit_kind", "was_purpose", "purpose", "principal")
    list_filter = ("unit_kind", "purpose")


@admin.register(CardException)
class CardExceptionAdmin(ReadOnlyAdmin):
    """Cards beyond four and why."""

    list_display = ("id", "account", "product", "status", "asked_at", "approved_at")
    list_filter = ("status", "product")
    shown = (_reason,)


@admin.register(CloseOut)
class CloseOutAdmin(ReadOnlyAdmin):
    """Balances of payment accounts on their way out, approved or not."""

    list_display: Any = ("id", "account", "to_account", _amount, "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.display(description=Text("截止时间", "Until"))
def _end(row: Freeze) -> str:
    return str(end_text(row.until))


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Freezes by competent authorities."""

    list_display: Any = ("id", "account", "authority", "order_no", "placed_at", _end, "lifted_at")
    shown = (_end,)
    personal = ("until",)


@admin.register(FreezeLift)
class FreezeLiftAdmin(ReadOnlyAdmin):
    """Orders that lift a freeze, approved or not."""

    list_display = ("id", "freeze", "order_no", "asked_at")
    shown = (_reason,)


@admin.register(InternalAccount)
class InternalAccountAdmin(ReadOnlyAdmin):
    """The bank's own side; its balance is the sum of its entries."""

    list_display = ("id", "kind", "bank_code")


@admin.register(InternalSum)
class InternalSumAdmin(ReadOnlyAdmin):
    """What the entries of the bank's own accounts come to; all rows of one together are its balance."""

    list_display: Any = ("id", "internal", _amount)
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """The ledger's legs, newest first."""

    list_display: Any = ("id", "posted_at", "kind", "posting_id", "leg", "account", "internal", _amount)
    list_filter = ("kind",)
    shown = (_amount,)
    personal = ("amount_fen",)
