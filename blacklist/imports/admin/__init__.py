"""Lists to look at, never to change: each takes two persons."""

from django.contrib import admin

from blacklist.imports.models import ListImport
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(ListImport)
class ListImportAdmin(ReadOnlyAdmin):
    """Imports of lists, by two persons."""

    list_display = ("id", "source", "status", "dry_run", "started_at", "in_force_at", "applied_at", "undone_at")
