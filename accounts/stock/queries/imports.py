"""The imports of stock (存量批次): their proposals, their progress, and their refused rows with the reasons.

A refused row is named by row, column and reason, never by its value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from accounts.stock.models import StockFile, StockImport
from accounts.stock.queries.dry_run import column_words, dry_run_of, staging_tables
from accounts.stock.refusals import NothingToImport, StockImportBusy, StockImportState, StockKeysChanged
from accounts.stock.vocabulary import ImportStatus, RowOutcome
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.intake.imports import Intake
from config.kernel.intake.tables import FAULT_HEAD, RowFault, fault_cells
from config.kernel.law.text import Text

_FAULTS = """
SELECT sheet, line, col, code, zh, en FROM accounts_stockfault
WHERE import_id = %(import)s AND outcome = %(outcome)s AND (sheet, line, col, code) > (%(sheet)s, %(line)s, %(col)s, %(code)s)
ORDER BY sheet, line, col, code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A fault of a row, or a reason to review it, with its sheet."""

    sheet: str
    fault: RowFault

    @property
    def place(self) -> tuple[str, int, str, str]:
        """Return its place in the order in which faults are listed."""
        return self.sheet, self.fault.line, self.fault.column, self.fault.code


STOCK = Intake(
    model=StockImport,
    # One import at a time, because two would assign the same slots.
    lock=0x73746F63,
    busy=StockImportBusy,
    unfit=StockImportState,
    keys_changed=StockKeysChanged,
    nothing_due=NothingToImport,
    under_way=(ImportStatus.APPLYING,),
    given_up=ImportStatus.DISCARDED,
    staging=staging_tables,
    faults="accounts_stockfault",
    due=lambda row: dry_run_of(row).new,
)

#: The place before the first fault.
BEGINNING = ("", 0, "", "")


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


#: Rows read at a time; a file of a million faults is streamed.
PIECE = 5000
_AFTER = """
SELECT sheet, line, col, code, zh, en FROM accounts_stockfault
WHERE import_id = %(import)s AND outcome = %(outcome)s ORDER BY sheet, line, col, code
"""


def refused_lines_of(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[FaultLine]:
    """Yield the faults of an import in the order of sheets and lines; a row may have several.

    :param outcome: refused rows, or rows to review.
    """
    names = dict(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", "name"))
    with connection.chunked_cursor() as cursor:
        cursor.execute(_AFTER, {"import": import_id, "outcome": outcome.value})
        while found := cursor.fetchmany(PIECE):
            for sheet, *fault in found:
                yield FaultLine(sheet, RowFault(names.get(sheet, sheet), *fault))


def refused_rows_of(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[RowFault]:
    """Yield the faults of an import as `refused_lines_of` does, without their sheets."""
    yield from (each.fault for each in refused_lines_of(import_id, outcome))


def refused_cells(import_id: UUID, outcome: RowOutcome = RowOutcome.REFUSED) -> Iterator[tuple[object, ...]]:
    """Yield the cells of a file of faults in the reader's language, its head first."""
    yield Text("文件", "File"), Text("行", "Line"), *FAULT_HEAD
    for each in refused_lines_of(import_id, outcome):
        fault, words = each.fault, column_words(each.sheet)
        yield fault.file, fault.line, *fault_cells(fault.column, fault.code, fault.zh, fault.en, words)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Progress of an import.

    :ivar read: rows read, and their approximate number, by sheet.
    :ivar applied: per cent of the rows.
    :ivar trouble: the kind of error that ended the last attempt, empty where none did.
    """

    status: ImportStatus
    read: Mapping[str, tuple[int, int]]
    applied: int
    trouble: str


def progress_of(row: StockImport) -> ImportProgress:
    """Return the progress of an import; two queries besides its row."""
    files = StockFile.objects.filter(stock_import=row).order_by("sheet").values_list("sheet", "done", "line_count")
    read = {sheet: (done, max(done, lines)) for sheet, done, lines in files}
    return ImportProgress(ImportStatus(STOCK.status_of(row, bank_now())), read, row.applied, row.trouble)
