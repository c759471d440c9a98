"""Read files of stock into staging (读取存量): streamed, checked in sets and counted; nothing is in force yet.

Rows that were read are kept when the process is killed: reading the same files again continues after the last portion.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.stock.models import StockFile, StockImport
from accounts.stock.operations.checks import Step, StockCheck
from accounts.stock.operations.reading import WORTH_PROCESSES, Portion, Readers, processes_here, read_portions
from accounts.stock.operations.sheets import StockSheet, sheet_of, sheets
from accounts.stock.queries.dry_run import DryRun, count_dry_run
from accounts.stock.queries.imports import STOCK
from accounts.stock.vocabulary import ImportStatus
from config.kernel.access.keys import Caller
from config.kernel.database.bulk import in_sets
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import copied
from config.kernel.database.transactions import owned, perform, transaction_required
from config.kernel.intake.imports import Opened
from config.kernel.intake.tables import RowFault, Table, TableError, digest_of, open_table, sheets_of
from config.kernel.intake.tables.binary_copy import HEAD, TAIL
from config.kernel.law.dates import shanghai_day

_FAULTS = "COPY accounts_stockfault (import_id, sheet, line, outcome, col, code, zh, en) FROM STDIN"
_FOUND = """
WITH found AS ({found})
INSERT INTO accounts_stockfault (import_id, sheet, line, outcome, col, code, zh, en)
SELECT %(import)s, %(sheet)s, f.line, %(outcome)s, %(column)s, %(code)s,
       replace(%(zh)s, '{{line}}', coalesce(f.first::text, '')), replace(%(en)s, '{{line}}', coalesce(f.first::text, ''))
FROM found f
"""
_MARKED = """
UPDATE {table} s SET outcome = %(outcome)s FROM accounts_stockfault f
WHERE f.import_id = %(import)s AND f.sheet = %(sheet)s AND f.outcome = %(outcome)s AND f.col = %(column)s
  AND f.code = %(code)s AND s.import_id = %(import)s AND s.line = f.line AND ({which})
"""

type OnRows = Callable[[str, int], None]


def open_files(files: Mapping[str, Path], *, names: Mapping[str, str] | None = None) -> list[Opened]:
    """Open the sheets of some files.

    :param files: paths by sheet name; a workbook, under any key, gives all its known sheets.
    :param names: the original names of uploaded files, by the same key.
    :raises TableError: when one of them cannot be read at all, or has no known sheet.
    """
    opened: list[Opened] = []
    ours = {sheet.name for sheet in sheets()}
    for key, path in files.items():
        name = (names or {}).get(key) or path.name
        inside = {each: count for each, count in sheets_of(path).items() if each in ours}
        digest = digest_of(path)
        for of in inside or [key]:
            if of not in ours:
                raise TableError("SHEET", f"没有名为{of}的表。", f"There is no sheet {of}.")
            sheet = sheet_of(of)
            part = of if inside else ""
            table = open_table(path, sheet.columns, name=name, sheet=part, inside=inside or None)
            opened.append(Opened(table, of, name, digest))
    return opened


def stage_files(
    files: Mapping[str, Path],
    *,
    source: str = "",
    principal: Caller | None = None,
    names: Mapping[str, str] | None = None,
    on_rows: OnRows = lambda _sheet, _count: None,
    on_step: Callable[[str], None] = lambda _step: None,
    processes: int | None = None,
) -> StockImport:
    """Read files into staging, check them, count what they would bring (读取并校验); the same files again are the same import.

    It owns its transactions: each portion that is read is kept.

    :param files: as `open_files` takes them.
    :param source: the name of the import; that of the first file by default.
    :param principal: the caller, None from the command line.
    :param on_rows: called with a sheet and the number of its rows as they are read.
    :param on_step: called with the name of the sheet that is checked next.
    :param processes: how many read in parallel; by default as `processes_here` says.
    :raises TableError: when a file cannot be read at all; then nothing is kept.
    :raises StockImportBusy: while another import is read or applied.
    """
    opened = open_files(files, names=names)
    if not opened:
        raise TableError("NO_FILES", "未提供文件。", "No files were given.")
    with STOCK.one_at_a_time():
        row, _ = perform(lambda: begin(opened, source, principal))
        if row.status != ImportStatus.STAGING:
            return row
        day = shanghai_day(bank_now())
        lines = sum(each.table.line_count for each in opened)
        with Readers((processes or processes_here()) if lines > WORTH_PROCESSES else 1) as readers:
            for each in sorted(opened, key=lambda each: sheet_of(each.sheet).order):
                _read(readers, row, sheet_of(each.sheet), each.table, on_rows, day)
        # One transaction, so that an interrupted check leaves nothing.
        perform(lambda: _finish(row, on_step))
        return row


def rows_of(import_id: UUID) -> int:
    """Return how many rows of an import were read."""
    return sum(StockFile.objects.filter(stock_import_id=import_id).values_list("done", flat=True))


def count_rows(import_id: UUID) -> DryRun:
    """Return what an import would bring, counted over its staged rows."""
    every = sheets()
    return count_dry_run(
        import_id, {each.name: each.table for each in every}, {each.name: each.amount for each in every if each.amount}
    )


def sheets_of_import(import_id: UUID) -> frozenset[str]:
    """Return the names of the sheets that an import has."""
    return frozenset(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", flat=True))


def check_again(import_id: UUID) -> int:
    """Check all rows against the bank as it is now; return for how many the outcome has changed."""
    present = sheets_of_import(import_id)
    return sum(run_step(import_id, sheet, step) for sheet in sheets() if sheet.name in present for step in sheet.known)


@transaction_required
def begin(opened: Sequence[Opened], source: str, principal: Caller | None) -> tuple[StockImport, bool]:
    """Return the import of some files, and whether it is new.

    :raises TableError: where a sheet is given twice.
    """
    opened = sorted(opened, key=lambda each: sheet_of(each.sheet).order)
    for one, other in pairwise(opened):
        if one.sheet == other.sheet:
            raise TableError("SHEET_TWICE", f"表{one.sheet}重复。", f"The sheet {one.sheet} is given twice.")
    contents = "\n".join(f"{each.sheet} {each.digest}" for each in opened)
    digest = hashlib.sha256(contents.encode()).hexdigest()
    kept = StockImport.objects.select_for_update(no_key=True).filter(digest=digest)
    row, is_new = STOCK.begin(
        kept.exclude(status=ImportStatus.DISCARDED).first(),
        source=(source or opened[0].name)[:120],
        digest=digest,
        started_by_id=principal.id if principal else None,
    )
    if is_new:
        StockFile.objects.bulk_create(
            StockFile(
                stock_import=row,
                sheet=each.sheet,
                name=each.name[:200],
                digest=each.digest,
                line_count=max(each.table.line_count - 1, 0),
            )
            for each in opened
        )
    return row, is_new


def _read(readers: Readers, row: StockImport, sheet: StockSheet, table: Table, on_rows: OnRows, day: date) -> None:
    kept = StockFile.objects.get(stock_import=row, sheet=sheet.name)
    on_rows(sheet.name, kept.done)
    if kept.finished:
        return
    for portion in read_portions(readers, table, sheet, row.id, day, after=kept.done):
        with owned():
            _keep(row.id, sheet, portion)
            kept.done += portion.done
            kept.save(update_fields=["done"])
        on_rows(sheet.name, portion.done)
    StockFile.objects.filter(pk=kept.pk).update(finished=True)


def _keep(import_id: UUID, sheet: StockSheet, portion: Portion) -> None:
    if portion.data:
        with copied(sheet.copy) as copy:
            copy.write(HEAD + portion.data + TAIL)
    if portion.faults:
        with copied(_FAULTS) as copy:
            for each in portion.faults:
                copy.write_row(_fault_row(import_id, sheet, each))


def _fault_row(import_id: UUID, sheet: StockSheet, fault: RowFault) -> tuple[object, ...]:
    return import_id, sheet.name, fault.line, "refused", fault.column, fault.code, fault.zh, fault.en


def run_step(import_id: UUID, sheet: StockSheet, step: Step, **more: Any) -> int:
    """Run one step of a sheet's checks; return the number of rows it found.

    :param more: further parameters of its SQL.
    """
    if not isinstance(step, StockCheck):
        with connection.cursor() as cursor:
            cursor.execute(step.sql, {"import": import_id, **more})
            return int(cursor.rowcount)
    params: dict[str, Any] = {
        **more,
        "import": import_id,
        "sheet": sheet.name,
        "outcome": step.outcome.value,
        "column": step.column,
        "code": step.code,
        "zh": step.zh,
        "en": step.en,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(found=step.found), params)
        count = int(cursor.rowcount)
        if count:
            which = "s.outcome IS NULL" if step.outcome == "review" else "s.outcome IS DISTINCT FROM 'refused'"
            cursor.execute(_MARKED.format(table=sheet.table, which=which), params)
        return count


def _finish(row: StockImport, on_step: Callable[[str], None]) -> None:
    in_sets(rows_of(row.id))
    present = sheets_of_import(row.id)
    for sheet in sheets():
        on_step(sheet.name)
        if sheet.name not in present:
            continue
        # A step that is in several of the lists runs once.
        for step in dict.fromkeys((*sheet.checks, *sheet.known, *sheet.reviews)):
            run_step(row.id, sheet, step)
    dry_run = count_rows(row.id)
    row.status, row.staged_at, row.summary = ImportStatus.STAGED, bank_now(), dry_run.record()
    row.save(update_fields=["status", "staged_at", "summary"])
