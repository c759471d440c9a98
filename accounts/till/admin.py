"""Tables of the back office for reversals of cash and counts of boxes."""

from django.contrib import admin

from accounts.till.models import CashCount, CashReversal
from config.frames.back_office.columns import stated_reason
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(CashReversal)
class CashReversalAdmin(ReadOnlyAdmin):
    """Reversals, approved or not, with their reasons."""

    shown = (stated_reason,)


@admin.register(CashCount)
class CashCountAdmin(ReadOnlyAdmin):
    """Counts of boxes, approved or not, with the reasons for differences."""

    shown = (stated_reason,)
