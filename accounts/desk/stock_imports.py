"""An import of stock at the desk (存量导入): what it would bring, and how far it is."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from accounts.models import StockImport
from accounts.queries.stock.dry_run import dry_run_of
from accounts.queries.stock.progress import progress_of
from accounts.queries.stock.words import excess_text
from accounts.vocabulary.stock import SheetName
from config.desk.access import desk_page
from config.desk.requests import DeskRequest
from config.kernel.permissions import Permission


@never_cache
@desk_page(Permission.VIEW_EXCESS)
def stock_import(request: DeskRequest, import_id: UUID) -> HttpResponse:
    """Show an import: rows of each sheet, balances, what exceeds a limit."""
    row = get_object_or_404(StockImport, pk=import_id)
    dry_run = dry_run_of(row)
    context = {
        "row": row,
        "status": progress_of(row).status.label,
        "dry_run": dry_run,
        "sheets": [(SheetName.word(name), each) for name, each in dry_run.sheets.items()],
        "excess": excess_text(dry_run),
        "waiting": [row.id],
    }
    return render(request, "accounts/desk/stock_import.html", context)
