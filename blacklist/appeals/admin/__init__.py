"""Appeals to look at, never to change."""

from typing import Any

from django.contrib import admin

from blacklist.appeals.models import AppealAttachment
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(AppealAttachment)
class AppealAttachmentAdmin(ReadOnlyAdmin):
    """Scans that appeals have; they are opened at the desk."""

    list_display: Any = ("at", "appeal", "paper", "media_type", "size", "principal")
    list_filter = ("paper",)
