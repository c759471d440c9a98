"""Tables of cash that show why something was taken back, or what was counted."""

from django.contrib import admin

from accounts.till.models import CashCount, CashReversal
from config.frames.back_office.columns import stated_reason
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(CashReversal)
class CashReversalAdmin(ReadOnlyAdmin):
    """What was taken back, approved or not, and why."""

    shown = (stated_reason,)


@admin.register(CashCount)
class CashCountAdmin(ReadOnlyAdmin):
    """Counts of boxes, approved or not, and why there is a difference."""

    shown = (stated_reason,)
