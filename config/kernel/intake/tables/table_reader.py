"""A table in a CSV file or a workbook: its columns and rows in one interface."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.kernel.intake.tables import csv_files, workbook
from config.kernel.intake.tables.columns import Columns
from config.kernel.intake.tables.csv_files import Cells
from config.kernel.intake.tables.faults import OnFault, RowFault, TableError, TableRow
from config.kernel.intake.tables.headings import read_header
from config.kernel.intake.tables.limits import LIMITS, Limits

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


class Table:
    """A table with a header (表格).

    :ivar name: its name in reports.
    :ivar line_count: approximate number of lines, including the header.
    :ivar columns: in any order; an unknown column is refused, so that no data is lost silently.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        sheet: str | None,
        columns: Columns,
        limits: Limits,
        *,
        line_count: int = 0,
    ) -> None:
        self.path = path
        self.name = name
        self.sheet = sheet
        self.columns = columns
        self.limits = limits
        if sheet is None:
            self.encoding, self.line_count = csv_files.look_through(path)
        else:
            self.encoding, self.line_count = "", line_count
        self.header = self._header()

    def records(self, on_fault: OnFault) -> Iterator[TableRow]:
        """Yield the rows; a row with another shape than the header goes to `on_fault` instead."""
        for line, cells in self.lines():
            if fault := self.shape_fault(line, cells):
                on_fault(fault)
            elif cells is not None:
                yield TableRow(line, dict(zip(self.header, cells, strict=True)))

    def lines(self) -> Iterator[Cells]:
        """Yield the rows after the header as cells, None for an unreadable row; see `shape_fault`."""
        lines = self._lines()
        next(lines, None)
        yield from lines

    def shape_fault(self, line: int, cells: list[str] | None) -> RowFault | None:
        """Return the fault in the shape of a row; None without one."""
        if cells is None:
            zh, en = "该行不可读。", "This row cannot be read."
            return RowFault(self.name, line, "", "UNREADABLE_ROW", zh, en)
        if len(cells) != len(self.header):
            zh = f"应有{len(self.header)}列，实有{len(cells)}列。"
            en = f"{len(self.header)} columns are expected, {len(cells)} found."
            return RowFault(self.name, line, "", "COLUMN_COUNT", zh, en)
        return None

    def _lines(self) -> Iterator[Cells]:
        if self.sheet is None:
            yield from csv_files.read(self.path, self.encoding)
            return
        width = 0
        for line, cells in workbook.read(self.path, self.sheet, self.limits):
            # A sheet has no fixed width: touched but empty cells to the right of the header are ignored.
            width = width or len(_trimmed(cells or []))
            if cells is not None:
                cells = _trimmed(cells)
                cells += [""] * (width - len(cells))
            yield line, cells

    def _header(self) -> list[str]:
        _, header = next(self._lines(), (0, None))
        return read_header(header or [], self.name, self.columns)


def open_table(
    path: Path,
    columns: Columns,
    *,
    name: str = "",
    sheet: str = "",
    inside: Mapping[str, int] | None = None,
    limits: Limits = LIMITS,
) -> Table:
    """Return the table of a CSV file, or of a sheet of a workbook.

    :param columns: a header may contain their codes or the Chinese words.
    :param name: its name in reports; the file's name by default.
    :param sheet: the sheet of a workbook; the first by default.
    :param inside: the result of `sheets_of` for this file, if it was called: a file is checked once.
    :raises TableError: when the file cannot be read at all.
    """
    name = name or path.name
    if not _is_workbook(path, limits):
        return Table(path, name, None, columns, limits)
    found = sheets_of(path, limits=limits) if inside is None else inside
    if not found or (sheet and sheet not in found):
        raise TableError("SHEET", f"工作簿中没有名为{sheet}的工作表。", f"The workbook has no sheet {sheet}.")
    chosen = sheet or next(iter(found))
    name = f"{name}/{sheet}" if sheet else name
    return Table(path, name, chosen, columns, limits, line_count=found[chosen])


def sheets_of(path: Path, *, limits: Limits = LIMITS) -> Mapping[str, int]:
    """Return the names of a workbook's sheets with their approximate numbers of rows; empty for a CSV file.

    :raises TableError: when the file cannot be read at all.
    """
    if not _is_workbook(path, limits):
        return {}
    workbook.check(path, limits)
    return workbook.sheets(path)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_workbook(path: Path, limits: Limits) -> bool:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise TableError("UNREADABLE", f"{path}：无法打开。", f"{path}: {error.strerror}.") from None
    if size > limits.file_bytes:
        raise TableError("TOO_LARGE", "文件过大。", "The file is too large.")
    if path.suffix.lower() in {".xlsm", ".xlsb", ".xltm"}:
        raise TableError("MACROS", "工作簿含有宏，不予导入。", "The workbook has macros and is not read.")
    if head == _OLD_OFFICE:
        raise TableError("OLD_FORMAT", "请将文件另存为XLSX或CSV。", "Save the file as XLSX or CSV.")
    return head == _ZIP


def _trimmed(cells: list[str]) -> list[str]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]
