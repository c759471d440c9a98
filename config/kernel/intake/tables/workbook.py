"""XLSX workbooks: several sheets in one file, each with a header. Harmful files are refused before parsing."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

from config.kernel.intake.tables.csv_files import Cells
from config.kernel.intake.tables.faults import TableError
from config.kernel.intake.tables.limits import Limits

#: A part with fewer elements and fewer bytes needs little memory in any case.
FEW, SMALL_BYTES = 500_000, 8 << 20
#: Rows and texts are at depth 3 at most; maximum elements in a row or text, and maximum depth.
_SHALLOW, _WIDEST, _DEEPEST = 3, 1 << 17, 100
#: Maximum characters of one text; maximum bytes of a tag with its content or of a comment; bytes parsed at a time.
_TEXT, _LONGEST_BYTES, _BLOCK_BYTES = 1 << 20, 4 << 20, 1 << 20


class Elements:
    """Counts the elements of a part while it is unpacked (元素计数).

    :param most: maximum number of elements outside rows and texts.
    """

    def __init__(self, most: int) -> None:
        self._left, self._inside, self._depth, self._text = most, 0, 0, 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begins
        self._parser.EndElementHandler = self._ends
        self._parser.CharacterDataHandler = self._says

    def read(self, part: IO[bytes]) -> None:
        """Read a part to its end.

        :raises TableError: when it has too many elements, or is not XML.
        """
        read = 0
        try:
            while block := part.read(_BLOCK_BYTES):
                self._parser.Parse(block)
                read += len(block)
                if read - self._parser.CurrentByteIndex > _LONGEST_BYTES:
                    raise _too_large()
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise _no_workbook() from None

    def _begins(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._text = 0
        if self._depth <= _SHALLOW:
            self._left, self._inside = self._left - 1, 0
        else:
            self._inside += 1
        if self._left < 0 or self._inside > _WIDEST or self._depth > _DEEPEST:
            raise _too_large()

    def _ends(self, _name: str) -> None:
        self._depth -= 1
        self._text = 0

    def _says(self, text: str) -> None:
        # The sum counts: a text may arrive in pieces, with comments between them.
        self._text += len(text)
        if self._text > _TEXT:
            raise _too_large()


def _no_workbook() -> TableError:
    """Return the error for a file that is not a workbook or is broken."""
    return TableError("UNREADABLE", "文件不是有效的XLSX工作簿。", "The file is no XLSX workbook.")


def _too_large() -> TableError:
    """Return the error for a file that exceeds a limit."""
    return TableError("TOO_LARGE", "文件过大。", "The file is too large.")


def may_be_large(part: str) -> bool:
    """Return whether a part with this name may have as many elements as a sheet or its texts."""
    name = part.lower()
    return name.endswith(".xml") and name.startswith(("xl/worksheets/", "xl/sharedstrings"))


#: Bytes that may precede the first tag.
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n\0"
#: Most bytes of XML, and most elements, for each byte in the file; a sheet of equal rows has 22 and 1.3.
_BYTES_OF_ONE, _ELEMENTS_OF_ONE = 100, 4
#: Maximum elements of a part without rows: mostly styles, each of which takes ten times as long as a cell.
_OTHERS = 150_000
#: Digits that a number in a sheet keeps; longer numbers have lost digits.
_DIGITS_KEPT = 15
#: Maximum rows of a sheet; a table of the bank has far fewer than this number of columns.
_ROWS, _COLUMNS = 1 << 20, 256


def check(path: Path, limits: Limits) -> None:
    """Refuse a workbook that must not be parsed: macros, a zip bomb, XML entities.

    :raises TableError: with the reason.
    """
    try:
        with zipfile.ZipFile(path) as file:
            parts = file.infolist()
            if any("vba" in part.filename.lower() or part.filename.lower().endswith(".bin") for part in parts):
                raise TableError("MACROS", "工作簿含有宏，不予导入。", "The workbook has macros and is not read.")
            # The declared sizes first, because they are known without unpacking.
            if len(parts) > limits.parts or sum(part.file_size for part in parts) > limits.unpacked_bytes:
                raise _too_large()
            if sum(part.compress_size for part in parts) > path.stat().st_size:
                raise _no_workbook()
            left = limits.unpacked_bytes
            for part in parts:
                with file.open(part) as content:
                    size, counts = _unpack(content, part.compress_size if may_be_large(part.filename) else 0, left)
                    left -= size
                if counts:
                    with file.open(part) as content:
                        Elements(limits.shallow).read(content)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, zlib.error):
        raise _no_workbook() from None


def sheets(path: Path) -> dict[str, int]:
    """Return the names of a checked workbook's sheets with their approximate numbers of rows.

    :raises TableError: when the file is not a workbook.
    """
    with _opened(path) as book:
        return {name: min(int(getattr(book[name], "max_row", 0) or 0), _ROWS) for name in book.sheetnames}


def read(path: Path, sheet: str, limits: Limits) -> Iterator[Cells]:
    """Yield the rows of a sheet including the header, without empty rows.

    :raises TableError: when the sheet is broken.
    """
    try:
        with _opened(path) as book:
            found = book[sheet]
            # The declared size of a sheet may be wrong; the rows are read as they are.
            found.reset_dimensions()
            for line, cells in enumerate(found.iter_rows(), 1):
                if line > _ROWS:
                    raise _no_workbook()
                if len(cells) > _COLUMNS:
                    yield line, None
                    continue
                try:
                    texts = [_text(cell, limits) for cell in cells]
                except ValueError:
                    yield line, None
                    continue
                if any(texts):
                    yield line, texts
    except (TableError, OSError):
        raise
    except Exception:  # noqa: BLE001 - whatever the library meets in a broken sheet
        raise _no_workbook() from None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a workbook as a file object, because the library would check the ending of a path first."""
    # openpyxl is imported for the first workbook.
    from openpyxl.utils.exceptions import InvalidFileException

    from config.kernel.intake.tables.shared_strings import Reader

    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
            reader = Reader(file, read_only=True, data_only=False, keep_links=False)
            reader.read()
            book = reader.wb
        except (InvalidFileException, zipfile.BadZipFile, ParseError, LookupError, ValueError, OSError, TypeError):
            raise _no_workbook() from None
        stack.callback(book.close)
        yield book


def _unpack(content: IO[bytes], packed: int, left: int) -> tuple[int, bool]:
    """Return the unpacked size of a part, whatever it declares, and whether to count its elements.

    The work is limited by the size of the upload: a part that unpacks to far more than a sheet is refused while
    its bytes are counted. A part that is not XML is not unpacked, because nothing parses it.

    :param packed: its packed bytes; 0 for a part that describes the workbook and has no rows.
    :param left: bytes that the remaining parts may still have.
    """
    most_bytes = min(left, SMALL_BYTES + _BYTES_OF_ONE * packed)
    most_elements = FEW + _ELEMENTS_OF_ONE * packed if packed else _OTHERS
    size, elements, tail = 0, 0, b""
    while block := content.read(_BLOCK_BYTES):
        if not size:
            if block[:2] in {b"\xff\xfe", b"\xfe\xff"}:
                raise _no_workbook()
            # Judged by content: a sheet may have any name in the archive, also that of a picture.
            head = block.lstrip(_BEFORE_XML)
            if head and not head.startswith(b"<"):
                return len(block), False
        size += len(block)
        elements += block.count(b"<") - block.count(b"</")
        endless = len(block) == _BLOCK_BYTES and b"<" not in block
        if size > most_bytes or elements > most_elements or endless:
            raise _too_large()
        if b"\0" in block:
            # An encoding in which the next check would miss the text that it searches for.
            raise _no_workbook()
        # No sheet needs a document type; its entities could expand to any amount of text.
        if b"<!DOCTYPE" in (seen := tail + block):
            raise TableError("ENTITIES", "工作簿含有不允许的定义。", "The workbook has a document type definition.")
        tail = seen[-9:]
    return size, elements > FEW or size > SMALL_BYTES


def _text(cell: Any, limits: Limits) -> str:
    """Return a cell as it would be written in a CSV file.

    :raises ValueError: for a formula, and for a number that has lost digits.
    """
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") in {"f", "e"}:
        raise ValueError
    if isinstance(value, datetime):
        value = value.date() if value.time().isoformat() == "00:00:00" else value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).upper()
    text = format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
    if isinstance(value, float):
        text = text.removesuffix(".0")
    if len(text) > limits.cell_characters:
        raise ValueError
    if isinstance(value, int | float) and (
        abs(value) >= 10**_DIGITS_KEPT or sum(each.isdigit() for each in text.strip("-0.")) > _DIGITS_KEPT
    ):
        raise ValueError
    return text
