"""Read files of stock into staging (读取存量): streamed, checked in sets, counted; nothing is the bank's yet.

What was read stays when the process is killed: the same files again go on after the last portion that was kept.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.stock.models import StockFile, StockImport
from accounts.stock.operations.checks import Step, StockCheck
from accounts.stock.operations.reading import WORTH_PROCESSES, Portion, Readers, processes_here, read_portions
from accounts.stock.operations.sheets import StockSheet, sheet_of, sheets
from accounts.stock.queries.dry_run import DryRun, count_dry_run
from accounts.stock.refusals import StockImportBusy
from accounts.stock.vocabulary import ImportStatus
from config.kernel.access.keys import Caller
from config.kernel.database.bulk import in_sets, one_at_a_time
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import copied, rows
from config.kernel.database.transactions import owned, perform, transaction_required
from config.kernel.intake.tables import RowFault, Table, TableError, digest_of, open_table, sheets_of
from config.kernel.intake.tables.copying import HEAD, TAIL
from config.kernel.law.dates import shanghai_day
from config.kernel.vault.sealed import field_key_ids, index_generations

#: Session advisory lock: two imports at once would give each other's rows their places.
ONE_IMPORT = 0x73746F63

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


@dataclass(frozen=True, slots=True)
class Source:
    """A sheet to be read: a CSV, or a sheet of a workbook.

    :ivar name: what it is called in reports.
    :ivar inside: the sheets of ours in its workbook with about how many rows each has; empty for a CSV.
    """

    sheet: StockSheet
    path: Path
    name: str
    digest: str
    inside: Mapping[str, int]

    def open(self) -> Table:
        """Open it.

        :raises TableError: when it cannot be read at all.
        """
        return open_table(
            self.path,
            self.sheet.columns,
            self.sheet.optional,
            name=self.name,
            sheet=self.sheet.name if self.inside else "",
            inside=self.inside or None,
        )


def sources_of(files: Mapping[str, Path], *, names: Mapping[str, str] | None = None) -> list[Source]:
    """Return the sheets of some files.

    :param files: by the sheet's name; a workbook stands for every sheet of ours that it has, whatever it stands under.
    :param names: what the files are called, by the same key, where it is not what they are called here.
    :raises TableError: when one of them cannot be read at all, has no sheet of ours, or is given twice.
    """
    found: dict[str, Source] = {}
    for key, path in files.items():
        name, digest = (names or {}).get(key) or path.name, ""
        ours = {sheet.name for sheet in sheets()}
        inside = {name: count for name, count in sheets_of(path).items() if name in ours}
        digest = digest_of(path)
        for sheet in inside or [key]:
            if sheet in found:
                raise TableError("SHEET_TWICE", f"表{sheet}重复。", f"The sheet {sheet} is given twice.")
            try:
                found[sheet] = Source(sheet_of(sheet), path, name, digest, inside)
            except KeyError:
                raise TableError("SHEET", f"没有名为{sheet}的表。", f"There is no sheet {sheet}.") from None
    return sorted(found.values(), key=lambda each: each.sheet.order)


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

    :param files: as `sources_of` takes them.
    :param source: what the import is called; the first file by default.
    :param principal: who reads them in, None from the command line.
    :param on_rows: told sheet and number of rows as they are read.
    :param on_step: told the sheet that is checked next.
    :param processes: how many read beside each other; as many as there are processors unless told.
    :raises TableError: when a file cannot be read at all; nothing of any is kept then.
    :raises StockImportBusy: while another import is read or applied.
    """
    found = sources_of(files, names=names)
    if not found:
        raise TableError("NO_FILES", "未提供文件。", "No files were given.")
    tables = [each.open() for each in found]
    with one_import():
        row = perform(lambda: begin(found, tables, source, principal))
        if row.status != ImportStatus.STAGING:
            return row
        day = shanghai_day(bank_now())
        lines = sum(table.line_count for table in tables)
        with Readers((processes or processes_here()) if lines > WORTH_PROCESSES else 1) as readers:
            for each, table in zip(found, tables, strict=True):
                _read(readers, row, each.sheet, table, on_rows, day)
        # One transaction: a check that was cut short has left nothing.
        perform(lambda: _finish(row, on_step))
        return row


def one_import() -> AbstractContextManager[None]:
    """Hold the lock of imports on this session.

    :raises StockImportBusy: while another session has it.
    """
    return one_at_a_time(ONE_IMPORT, StockImportBusy)


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
    """Return the names of the sheets that an import has: of the others there is no row to be checked."""
    return frozenset(StockFile.objects.filter(stock_import_id=import_id).values_list("sheet", flat=True))


def check_again(import_id: UUID) -> int:
    """Check all rows against the bank as it is now; return how many of them are another thing than they were."""
    there = sheets_of_import(import_id)
    return sum(take(import_id, sheet, step) for sheet in sheets() if sheet.name in there for step in sheet.known)


def give_up(import_id: UUID, trouble: str) -> None:
    """Discard an import one of whose files turned out to be broken: the next one is read.

    :param trouble: why, as a code.
    """
    waiting = StockImport.objects.filter(pk=import_id, status=ImportStatus.STAGING)
    waiting.update(status=ImportStatus.DISCARDED, trouble=trouble)


def forget_rows(import_id: UUID) -> None:
    """Delete what was staged of an import."""
    for sheet in sheets():
        rows(f"DELETE FROM {sheet.table} WHERE import_id = %s", [import_id])  # noqa: S608 - a constant
    rows("DELETE FROM accounts_stockfault WHERE import_id = %s", [import_id])


@transaction_required
def begin(found: Sequence[Source], tables: Sequence[Table], source: str, principal: Caller | None) -> StockImport:
    """Return the import of some files, as it was begun before or begun now.

    :param tables: the opened sources, in their order.
    """
    told = "\n".join(f"{each.sheet.name} {each.digest}" for each in found)
    digest = hashlib.sha256(told.encode()).hexdigest()
    keys = {"field_key": field_key_ids()[0], "index_keys": index_generations()}
    kept = StockImport.objects.select_for_update(no_key=True).filter(digest=digest)
    row = kept.exclude(status=ImportStatus.DISCARDED).first()
    if row is not None:
        stale = (row.field_key, row.index_keys) != (keys["field_key"], keys["index_keys"])
        if stale and row.status in {ImportStatus.STAGING, ImportStatus.STAGED}:
            # What was sealed with other keys is read anew.
            _begin_anew(row, keys)
        return row
    row = StockImport(
        id=new_id(),
        source=(source or found[0].name)[:120],
        digest=digest,
        started_by_id=principal.id if principal else None,
        started_at=bank_now(),
        **keys,
    )
    row.save(force_insert=True)
    StockFile.objects.bulk_create(
        StockFile(
            stock_import=row,
            sheet=each.sheet.name,
            name=each.name[:200],
            digest=each.digest,
            line_count=max(table.line_count - 1, 0),
        )
        for each, table in zip(found, tables, strict=True)
    )
    return row


def _begin_anew(row: StockImport, keys: Mapping[str, object]) -> None:
    forget_rows(row.id)
    StockFile.objects.filter(stock_import=row).update(done=0, finished=False)
    for name, value in {**keys, "status": ImportStatus.STAGING, "staged_at": None, "summary": {}}.items():
        setattr(row, name, value)
    row.save(update_fields=["status", "staged_at", "summary", "field_key", "index_keys"])


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


def take(import_id: UUID, sheet: StockSheet, step: Step, **more: Any) -> int:
    """Take one step of what is checked of a sheet; return how many rows it found.

    :param more: values that its SQL asks for beside the import.
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
        found = int(cursor.rowcount)
        if found:
            which = "s.outcome IS NULL" if step.outcome == "review" else "s.outcome IS DISTINCT FROM 'refused'"
            cursor.execute(_MARKED.format(table=sheet.table, which=which), params)
        return found


def _finish(row: StockImport, on_step: Callable[[str], None]) -> None:
    in_sets(rows_of(row.id))
    there = sheets_of_import(row.id)
    for sheet in sheets():
        on_step(sheet.name)
        if sheet.name not in there:
            continue
        # Some of what is asked again later is asked among the first checks already.
        for step in dict.fromkeys((*sheet.checks, *sheet.known, *sheet.reviews)):
            take(row.id, sheet, step)
    dry_run = count_rows(row.id)
    row.status, row.staged_at, row.summary = ImportStatus.STAGED, bank_now(), dry_run.record()
    row.save(update_fields=["status", "staged_at", "summary"])
