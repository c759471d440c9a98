"""Imports of a stock to look at."""

from django.contrib import admin

from accounts.stock.models import StockFile, StockImport, StockUpload
from config.frames.back_office.tables import ReadOnlyAdmin


@admin.register(StockImport)
class StockImportAdmin(ReadOnlyAdmin):
    """Imports of stock, by two persons."""

    list_display = ("id", "source", "status", "started_at", "staged_at", "in_force_at")
    list_filter = ("status",)


@admin.register(StockFile)
class StockFileAdmin(ReadOnlyAdmin):
    """Files of imports, and how far each is read."""

    list_display = ("id", "stock_import", "sheet", "line_count", "done", "finished")
    list_filter = ("sheet",)


@admin.register(StockUpload)
class StockUploadAdmin(ReadOnlyAdmin):
    """Pieces of files that were sent and are not read yet."""

    list_display = ("id", "stock_import", "sheet", "number")
