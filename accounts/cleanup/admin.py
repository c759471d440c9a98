"""The clean-up of stock to look at; it is worked at the desk."""

from typing import Any

from django.contrib import admin

from accounts.cleanup.models import (
    CardMove,
    CleanupAction,
    CleanupAttachment,
    CleanupCampaign,
    CleanupCase,
    CleanupContact,
    CleanupItem,
    CleanupOutcome,
)
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(CleanupCampaign)
class CleanupCampaignAdmin(ReadOnlyAdmin):
    """Campaigns, newest first."""

    list_display = ("name", "as_of", "deadline", "started_by", "sealed_at", "sealed_by")


@admin.register(CleanupCase)
class CleanupCaseAdmin(ReadOnlyAdmin):
    """Cases: whose excess, and whose work."""

    list_display = ("id", "campaign", "customer", "branch", "excess_accounts", "excess_cards", "assignee", "deadline")


@admin.register(CleanupItem)
class CleanupItemAdmin(ReadOnlyAdmin):
    """What the campaign found of each case."""

    list_display = ("id", "case", "limit", "rank", "beyond", "account", "card", "opened_at", "last_used_at")
    list_filter = ("limit", "beyond")


@admin.register(CleanupAction)
class CleanupActionAdmin(ReadOnlyAdmin):
    """What was done about it, by two persons."""

    list_display: Any = ("id", "item", "way", "status", "asked_at", "in_force_at", "undone_at")
    list_filter = ("way", "status")


@admin.register(CardMove)
class CardMoveAdmin(ReadOnlyAdmin):
    """Cards that merges of accounts have bound to another."""

    list_display = ("at", "action", "card", "from_account", "to_account")


@admin.register(CleanupContact)
class CleanupContactAdmin(ReadOnlyAdmin):
    """Attempts to reach customers; what was said is read at the desk."""

    list_display = ("at", "case", "kind", "result", "principal")
    list_filter = ("kind", "result")


@admin.register(CleanupAttachment)
class CleanupAttachmentAdmin(ReadOnlyAdmin):
    """Scans that cases rest on; they are opened at the desk."""

    list_display = ("at", "case", "media_type", "size", "principal")


@admin.register(CleanupOutcome)
class CleanupOutcomeAdmin(ReadOnlyAdmin):
    """What had become of the items of sealed campaigns."""

    list_display = ("item", "at", "way")
    list_filter = ("way",)
