"""Cash boxes and what moved and closed them, to look at."""

from typing import Any

from django.contrib import admin

from accounts.till.models import CashBox, CashCount, CashMovement, CashReversal, CounterCash
from config.frames.back_office.tables import ReadOnlyAdmin
from config.kernel.law.money import yuan_text
from config.kernel.law.text import Text


@admin.display(description=Text("金额（元）", "Amount (yuan)"))
def _amount(row: CashMovement | CounterCash) -> str:
    return yuan_text(row.amount_fen)


@admin.display(description=Text("领入现金（元）", "Opening cash (yuan)"))
def _opening(row: CashBox) -> str:
    return yuan_text(row.opening_fen)


@admin.display(description=Text("单人办理上限（元）", "Maximum for one person (yuan)"))
def _alone(row: CashBox) -> str:
    return yuan_text(row.alone_fen)


@admin.display(description=Text("账面现金（元）", "Cash by the books (yuan)"))
def _book(row: CashCount) -> str:
    return yuan_text(row.book_fen)


@admin.display(description=Text("清点现金（元）", "Cash counted (yuan)"))
def _counted(row: CashCount) -> str:
    return yuan_text(row.counted_fen)


@admin.display(description=Text("理由", "Reason"))
def _reason(row: CashReversal | CashCount) -> str:
    # Written by the maker for the checker, who must be able to read it.
    return str(row.reason or "")


@admin.register(CashBox)
class CashBoxAdmin(ReadOnlyAdmin):
    """Boxes of tellers, open and closed."""

    list_display: Any = ("id", "teller", "day", _opening, _alone, "opened_at", "closed_at")
    shown = (_opening, _alone)
    personal = ("opening_fen", "alone_fen")


@admin.register(CashMovement)
class CashMovementAdmin(ReadOnlyAdmin):
    """What moved boxes."""

    list_display: Any = ("id", "at", "box", "account", "kind", _amount)
    list_filter = ("kind",)
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.register(CounterCash)
class CounterCashAdmin(ReadOnlyAdmin):
    """Large cash, approved or not."""

    list_display: Any = ("id", "account", "box", "kind", _amount, "status", "asked_at", "in_force_at")
    list_filter = ("status", "kind")
    shown = (_amount,)
    personal = ("amount_fen",)


@admin.register(CashReversal)
class CashReversalAdmin(ReadOnlyAdmin):
    """What was taken back, approved or not."""

    list_display: Any = ("id", "account", "movement", "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_reason,)


@admin.register(CashCount)
class CashCountAdmin(ReadOnlyAdmin):
    """Counts of boxes, approved or not."""

    list_display: Any = ("id", "box", _book, _counted, "status", "asked_at", "in_force_at")
    list_filter = ("status",)
    shown = (_book, _counted, _reason)
    personal = ("book_fen", "counted_fen")
