"""Read-only admin page of imported lists."""

from django.contrib import admin

from blacklist.imports.models import ListImport
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(ListImport)
class ListImportAdmin(ReadOnlyAdmin):
    """Read-only list of imports; only two persons can change one, and not here."""

    list_display = ("id", "source", "status", "dry_run", "started_at", "in_force_at", "applied_at", "undone_at")
