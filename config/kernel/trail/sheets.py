"""Rows as a file for a spreadsheet: nothing in them is ever a formula.

A cell that begins like a formula gets an apostrophe before it: whoever opens the file, and whoever saves it
in another form, reads text. In the workbook of a list every cell is text by its type, too; in one of a return numbers,
amounts and days are what they are.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO
from xml.sax.saxutils import escape

from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import Fen, format_yuan

type Cells = Sequence[object]

#: What a spreadsheet takes for the beginning of a formula, full-width forms included.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
#: A sheet of a workbook holds no more.
MOST_ROWS = 1_048_576

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{sheets}</Types>'
)
_TYPE = (
    '<Override PartName="/xl/worksheets/sheet{number}.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'
)
_RELATION = (
    '<Relationship Id="{id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_WORKBOOK = (
    f'<workbook {_MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    "<sheets>{sheets}</sheets></workbook>"
)
_SHEET = '<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>'
#: How a cell is shown, by its place in this list: as it is, a head, an amount in yuan, a day, an instant, a whole number.
_GENERAL, _TITLE, _YUAN, _DAY, _INSTANT, _NUMBER = range(6)
_STYLES = (
    f"<styleSheet {_MAIN}>"
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="6"><xf numFmtId="0"/><xf numFmtId="0" fontId="1" applyFont="1"/>'
    + "".join(f'<xf numFmtId="{number}" applyNumberFormat="1"/>' for number in (4, 164, 165, 3))
    + "</cellXfs></styleSheet>"
)
_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
#: The day that a spreadsheet counts from.
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=SHANGHAI)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def safe_cell(value: object) -> str:
    """Return a value as text that no spreadsheet calculates (防公式注入)."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(DANGEROUS) or text.startswith(DANGEROUS) else text


def csv_lines(rows: Iterable[Cells]) -> Iterator[bytes]:
    """Yield rows as lines of CSV in UTF-8 with its mark, so that spreadsheets read the Chinese."""
    yield "\ufeff".encode()
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([safe_cell(_plain(value)) for value in row])
        yield line.getvalue().encode()


def _plain(value: object) -> object:
    """Return a cell as it stands in a file of text: instants in +08:00, amounts in yuan."""
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
    """A text of a head."""

    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook whose cells are what they are: whole numbers, `Yuan`, days, instants, texts.

    :ivar name: 31 characters at most.
    :ivar widths: of the first columns, in characters.
    :ivar headed: whether the first row is a head that stays in sight and filters what is below it.
    """

    name: str
    rows: Iterable[Cells]
    widths: Sequence[int] = ()
    headed: bool = False


def workbook(rows: Iterable[Cells], *, name: str) -> IO[bytes]:
    """Write rows into a workbook of one sheet, row by row, on disk when it grows; every cell is text.

    :param name: the sheet's; 31 characters at most.
    :returns: the file, at its beginning.
    """
    return _written([Sheet(name, ([_as_text(value) for value in row] for row in rows))])


def typed_workbook(sheets: Sequence[Sheet]) -> IO[bytes]:
    """Write sheets into a workbook, row by row, on disk when it grows; numbers and days can be calculated with.

    :returns: the file, at its beginning.
    """
    return _written(sheets)


def _written(sheets: Sequence[Sheet]) -> IO[bytes]:
    file = SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the answer closes it
    numbered = list(enumerate(sheets, start=1))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        types = "".join(_TYPE.format(number=number) for number, _ in numbered)
        named = "".join(
            _SHEET.format(name=escape(sheet.name[:31], {'"': "&quot;"}), number=number) for number, sheet in numbered
        )
        relations = "".join(
            _RELATION.format(id=f"rId{number}", kind="worksheet", target=f"worksheets/sheet{number}.xml")
            for number, _ in numbered
        ) + _RELATION.format(id="styles", kind="styles", target="styles.xml")
        whole = _RELATION.format(id="rId1", kind="officeDocument", target="xl/workbook.xml")
        book.writestr("[Content_Types].xml", _HEAD + _TYPES.format(sheets=types))
        book.writestr("_rels/.rels", _HEAD + _RELATIONS.format(relations=whole))
        book.writestr("xl/workbook.xml", _HEAD + _WORKBOOK.format(sheets=named))
        book.writestr("xl/styles.xml", _HEAD + _STYLES)
        book.writestr("xl/_rels/workbook.xml.rels", _HEAD + _RELATIONS.format(relations=relations))
        for number, sheet in numbered:
            with book.open(f"xl/worksheets/sheet{number}.xml", "w", force_zip64=True) as part:
                _write_sheet(part, sheet)
    file.seek(0)
    return file


def _write_sheet(part: IO[bytes], sheet: Sheet) -> None:
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(sheet.widths, start=1)
    )
    view = _FROZEN if sheet.headed else ""
    part.write(f"{_HEAD}<worksheet {_MAIN}>{view}{f'<cols>{columns}</cols>' if columns else ''}<sheetData>".encode())
    count = wide = 0
    for row in islice(sheet.rows, MOST_ROWS):
        part.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
        count, wide = count + 1, max(wide, len(row))
    filtered = f'<autoFilter ref="A1:{_letters(wide)}{count}"/>' if sheet.headed and wide else ""
    part.write(f"</sheetData>{filtered}</worksheet>".encode())


def _letters(column: int) -> str:
    """Return what a spreadsheet calls its column of a number, counted from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _cell(value: object) -> str:
    match value:
        case bool() | None:
            return _text("" if value is None else str(value), _GENERAL)
        case int():
            return f'<c s="{_NUMBER}"><v>{value}</v></c>'
        case Yuan():
            sign, fen = ("-", -value.fen) if value.fen < 0 else ("", value.fen)
            return f'<c s="{_YUAN}"><v>{sign}{fen // 100}.{fen % 100:02d}</v></c>'
        case datetime():
            since = value.astimezone(SHANGHAI) - _DAY_ZERO
            return f'<c s="{_INSTANT}"><v>{since / timedelta(days=1):.10f}</v></c>'
        case date():
            return f'<c s="{_DAY}"><v>{(value - _DAY_ZERO.date()).days}</v></c>'
        case Title():
            return _text(value.text, _TITLE)
        case _:
            return _text(str(value), _GENERAL)


def _text(text: str, style: int) -> str:
    styled = f' s="{style}"' if style else ""
    return f'<c{styled} t="inlineStr"><is><t xml:space="preserve">{escape(_printable(safe_cell(text)))}</t></is></c>'


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
