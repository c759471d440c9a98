"""Rows as a file for a spreadsheet: nothing in them is ever a formula.

A cell that begins like a formula gets an apostrophe before it: whoever opens the file, and whoever saves it
in another form, reads text. In the workbook every cell is text by its type, too.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO
from xml.sax.saxutils import escape

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
    '<Override PartName="/xl/worksheets/sheet1.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_WORKBOOK = (
    f'<workbook {_MAIN} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
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
        csv.writer(line).writerow([safe_cell(value) for value in row])
        yield line.getvalue().encode()


def workbook(rows: Iterable[Cells], *, name: str) -> IO[bytes]:
    """Write rows into a workbook of one sheet, row by row, on disk when it grows.

    :param name: the sheet's; 31 characters at most.
    :returns: the file, at its beginning.
    """
    file = SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115 - the answer closes it
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", _HEAD + _TYPES)
        book.writestr("_rels/.rels", _HEAD + _RELATIONS.format(kind="officeDocument", target="xl/workbook.xml"))
        book.writestr("xl/workbook.xml", _HEAD + _WORKBOOK.format(name=escape(name[:31], {'"': "&quot;"})))
        relation = _RELATIONS.format(kind="worksheet", target="worksheets/sheet1.xml")
        book.writestr("xl/_rels/workbook.xml.rels", _HEAD + relation)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"{_HEAD}<worksheet {_MAIN}><sheetData>".encode())
            for number, row in enumerate(rows):
                if number == MOST_ROWS:
                    break
                sheet.write(_sheet_row(row).encode())
            sheet.write(b"</sheetData></worksheet>")
    file.seek(0)
    return file


def _sheet_row(row: Cells) -> str:
    cells = "".join(
        f'<c t="inlineStr"><is><t xml:space="preserve">{escape(_printable(safe_cell(value)))}</t></is></c>'
        for value in row
    )
    return f"<row>{cells}</row>"


def _printable(text: str) -> str:
    """Leave out what XML cannot hold."""
    return "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
