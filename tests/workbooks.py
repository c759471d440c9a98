"""Unusual workbooks, with a changed XML of their first sheet."""

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence

from openpyxl import Workbook

_FIRST = "xl/worksheets/sheet1.xml"


def written(rows: Iterable[Sequence[object]], *, title: str = "Sheet") -> bytes:
    """Return a workbook with one sheet."""
    book, file = Workbook(), io.BytesIO()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def with_sheet(content: bytes, change: Callable[[str], str]) -> bytes:
    """Return a workbook with the XML of its first sheet changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts[_FIRST] = change(parts[_FIRST].decode()).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return file.getvalue()


def cut_off(content: bytes) -> bytes:
    """Return a workbook whose first sheet is truncated within its rows."""
    return with_sheet(content, lambda text: text.replace("</sheetData>", "<row><c"))
