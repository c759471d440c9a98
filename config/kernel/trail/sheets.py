"""Spreadsheet files of rows; no cell is ever a formula.

A cell that starts like a formula gets an apostrophe in front, so that it stays text, also when the file is
saved in another form. In the workbook of a list every cell also has the type text; in a return, numbers,
amounts and days keep their types.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import Fen, format_yuan

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

type Cells = Sequence[object]

#: Characters that start a formula in a spreadsheet, full-width forms included.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
#: Media type of a file by its ending, for all that is sent as a download.
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: Maximum rows of a sheet, and characters of a cell.
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767


def safe_cell(value: object) -> str:
    """Return a value as text that no spreadsheet treats as a formula (防公式注入)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(DANGEROUS) or text.startswith(DANGEROUS) else text


def csv_lines(rows: Iterable[Cells]) -> Iterator[bytes]:
    """Yield rows as lines of CSV in UTF-8 with a byte order mark, so that spreadsheets show Chinese correctly."""
    yield "\ufeff".encode()
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(_plain(value)) for value in row])
        yield line.getvalue().encode()


def _plain(value: object) -> object:
    """Return a value in the form for a text file: instants in +08:00, amounts in yuan."""
    match value:
        case datetime():
            return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S.%f}"
        case Yuan():
            return format_yuan(value.fen)
        case Title():
            return value.text
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Yuan:
    """An amount in fen, shown in yuan as a number with two decimals."""

    fen: Fen


@dataclass(frozen=True, slots=True)
class Title:
    """A text of a heading."""

    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook with typed cells: whole numbers, `Yuan`, days, instants, texts.

    :ivar name: 31 characters at most.
    :ivar widths: of the first columns, in characters.
    :ivar headed: whether the first row is a fixed heading with filters.
    """

    name: str
    rows: Iterable[Cells]
    widths: Sequence[int] = ()
    headed: bool = False


def workbook(rows: Iterable[Cells], *, name: str) -> IO[bytes]:
    """Write rows into a workbook of one sheet, row by row, on disk when it grows; every cell is text.

    :param name: of the sheet; 31 characters at most.
    :returns: the file, at its beginning.
    """
    return _write([Sheet(name, ([_as_text(value) for value in row] for row in rows))])


def typed_workbook(sheets: Sequence[Sheet]) -> IO[bytes]:
    """Write sheets into a workbook, row by row, on disk when it grows; numbers and days keep their types.

    :returns: the file, at its beginning.
    """
    return _write(sheets)


def _write(sheets: Sequence[Sheet]) -> IO[bytes]:
    # XlsxWriter is imported with the first workbook.
    from xlsxwriter import Workbook

    file = SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the answer closes it
    # One row is in memory at a time; the sheets are temporary files until the book is closed.
    with Workbook(file, {"constant_memory": True}) as book:
        shown = {
            kind: book.add_format(form)
            for kind, form in {
                Title: {"bold": True},
                Yuan: {"num_format": "#,##0.00"},
                date: {"num_format": "yyyy-mm-dd"},
                datetime: {"num_format": "yyyy-mm-dd hh:mm:ss"},
                int: {"num_format": "#,##0"},
            }.items()
        }
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name[:31]), sheet, shown)
    file.seek(0)
    return file


def _write_sheet(page: "Worksheet", sheet: Sheet, shown: Mapping[type, "Format"]) -> None:
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width)
    if sheet.headed:
        page.freeze_panes(1, 0)
    count = wide = 0
    for row in islice(sheet.rows, MOST_ROWS):
        for column, value in enumerate(row):
            _write_cell(page, count, column, value, shown)
        count, wide = count + 1, max(wide, len(row))
    if sheet.headed and wide:
        page.autofilter(0, 0, count - 1, wide - 1)


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _write_cell(page: "Worksheet", row: int, column: int, value: object, shown: Mapping[type, "Format"]) -> None:
    match value:
        case None:
            pass
        case int() if not isinstance(value, bool):
            page.write_number(row, column, value, shown[int])
        case Yuan():
            page.write_number(row, column, value.fen / 100, shown[Yuan])
        case datetime():
            page.write_datetime(row, column, value.astimezone(SHANGHAI).replace(tzinfo=None), shown[datetime])
        case date():
            page.write_datetime(row, column, value, shown[date])
        case Title():
            page.write_string(row, column, _text(value.text), shown[Title])
        case _:
            page.write_string(row, column, _text(str(value)))


def _text(text: str) -> str:
    """Return a text without characters that XML cannot hold, cut to the size of a cell."""
    kept = "".join(each for each in safe_cell(text) if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
    return kept[:MOST_CHARACTERS]
