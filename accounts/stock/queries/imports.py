"""The imports there were (存量批次), one with what waits, how far it is, and which rows of it are refused, and why.

A refused row is named by row, column and reason, never by its value.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from accounts.stock.models import StockFile, StockImport
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.intake.tables import RowFault

_FAULTS = """
SELECT sheet, line, col, code, zh, en FROM accounts_stockfault
WHERE import_id = %(import)s AND outcome = %(outcome)s AND (sheet, line, col, code) > (%(sheet)s, %(line)s, %(col)s, %(code)s)
ORDER BY sheet, line, col, code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """What is wrong with a row, or to be looked at, and in which sheet it is."""

    sheet: str
    fault: RowFault

    @property
    def place(self) -> tuple[str, int, str, str]:
        """Return its place in the order in which faults are listed."""
        return self.sheet, self.fault.line, self.fault.column, self.fault.code


#: Before every fault.
BEGINNING = ("", 0, "", "")


def every_import() -> QuerySet[StockImport]:
    """Return all imports there were."""
    return StockImport.objects.all()


def imports_page(*, before: UUID | None, limit: int) -> tuple[list[StockImport], UUID | None]:
    """Return a page of imports, the newest first, and the id after which the next begins."""
    found = StockImport.objects.select_related("started_by")
    if before is not None:
        found = found.filter(pk__lt=before)
    several = _as_they_stand(list(found.order_by("-pk")[: limit + 1]))
    return several[:limit], several[limit - 1].pk if len(several) > limit else None


def find_import(import_id: UUID) -> StockImport | None:
    """Return an import, None where there is none."""
    found = _as_they_stand(list(StockImport.objects.select_related("started_by").filter(pk=import_id)))
    return found[0] if found else None


def _as_they_stand(several: list[StockImport]) -> list[StockImport]:
    """Say of those that wait for a second person that they do: their proposals alone tell."""
    staged = [row.id for row in several if row.status == ImportStatus.STAGED]
    waiting = approvals.open_about(staged, bank_now()) if staged else {}
    for row in several:
        if row.id in waiting:
            row.status = ImportStatus.PENDING
    return several


def faults_page(
    import_id: UUID, outcome: RowOutcome, *, after: tuple[str, int, str, str] = BEGINNING, limit: int
) -> Sequence[FaultLine]:
    """Return some of the faults of an import, in the order of sheets and lines.

    :param after: the place of the last of the page before.
    """
    names = dict(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", "name"))
    sheet, line, col, code = after
    params = {"import": import_id, "outcome": outcome.value, "sheet": sheet, "line": line, "col": col, "code": code}
    return [
        FaultLine(
            each["sheet"],
            RowFault(
                names.get(each["sheet"]) or each["sheet"],
                each["line"],
                each["col"],
                each["code"],
                each["zh"],
                each["en"],
            ),
        )
        for each in rows(_FAULTS, params | {"limit": limit})
    ]


#: So many rows at a time: a file of a million faults is streamed.
PIECE = 5000
_AFTER = """
SELECT sheet, line, col, code, zh, en FROM accounts_stockfault
WHERE import_id = %(import)s AND outcome = %(outcome)s ORDER BY sheet, line, col, code
"""
_BY_CODE = """
SELECT code, count(*) AS count FROM accounts_stockfault
WHERE import_id = %s AND outcome = %s GROUP BY 1 ORDER BY 2 DESC, 1
"""


def refused_rows_of(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[RowFault]:
    """Yield the faults of an import in the order of sheets and lines; a row may have several.

    :param outcome: refused rows, or those to be looked at.
    """
    names = dict(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", "name"))
    with connection.chunked_cursor() as cursor:
        cursor.execute(_AFTER, {"import": import_id, "outcome": outcome.value})
        while found := cursor.fetchmany(PIECE):
            for sheet, line, column, code, zh, en in found:
                yield RowFault(names.get(sheet, sheet), line, column, code, zh, en)


def faults_by_code(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Mapping[str, int]:
    """Return how many faults of each code an import has, the most frequent first."""
    return {row["code"]: row["count"] for row in rows(_BY_CODE, [import_id, outcome.value])}


def fault_file(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[str]:
    """Yield the lines of the file of faults, with the mark that spreadsheets look for."""
    yield "\ufeff" + _line(RowFault.HEADER)
    for fault in refused_rows_of(import_id, outcome):
        yield _line(fault.cells())


def _line(cells: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


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
