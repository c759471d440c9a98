"""Tables of the back office for the clean-up of stock: campaigns, cases, actions and their status."""

from django.contrib import admin

from accounts.cleanup.models import CleanupAction
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(CleanupAction)
class CleanupActionAdmin(ReadOnlyAdmin):
    """Actions on items of a case, each proposed and approved by two persons."""

    list_display = ("id", "item", "way", "status", "asked_at", "in_force_at", "undone_at")
