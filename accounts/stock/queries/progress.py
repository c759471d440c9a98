"""How far an import is (导入进度)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.stock.models import StockFile, StockImport
from accounts.stock.vocabulary import ImportStatus
from config.kernel import approvals
from config.kernel.database.clock import bank_now


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is.

    :ivar read: rows read and about how many there are, by sheet.
    :ivar applied: a share of 100.
    :ivar trouble: the kind of error that ended the last attempt, empty where none did.
    """

    status: ImportStatus
    read: Mapping[str, tuple[int, int]]
    applied: int
    trouble: str


def status_of(row: StockImport, at: datetime) -> ImportStatus:
    """Return where an import stands at an instant: that it waits for a second person its proposal tells."""
    status = ImportStatus(row.status)
    waits = status is ImportStatus.STAGED and approvals.open_about([row.id], at)
    return ImportStatus.PENDING if waits else status


def progress_of(row: StockImport) -> ImportProgress:
    """Return how far an import is; two queries beside its row."""
    files = StockFile.objects.filter(stock_import=row).order_by("sheet").values_list("sheet", "done", "line_count")
    read = {sheet: (done, max(done, lines)) for sheet, done, lines in files}
    return ImportProgress(status_of(row, bank_now()), read, row.applied, row.trouble)
