"""Lists to look at, never to change: each takes two persons."""

from django.contrib import admin

from blacklist.imports.models import ListImport, ListUndo, ListUpload
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(ListImport)
class ListImportAdmin(ReadOnlyAdmin):
    """Imports of lists, by two persons."""

    list_display = ("id", "source", "status", "dry_run", "started_at", "in_force_at", "applied_at", "undone_at")
    list_filter = ("status", "dry_run")


@admin.register(ListUndo)
class ListUndoAdmin(ReadOnlyAdmin):
    """Papers on which lists were to be undone."""

    list_display = ("doc_no", "revoked_on", "ground", "approval")
    list_filter = ("ground",)


@admin.register(ListUpload)
class ListUploadAdmin(ReadOnlyAdmin):
    """Pieces of lists that were sent and are not read yet."""

    list_display = ("id", "list_import", "number")
