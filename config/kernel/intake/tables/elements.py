"""What stands in a part of a workbook, counted before it is parsed: an empty element takes more room there than in the file."""

from typing import IO
from xml.parsers import expat

from config.kernel.intake.tables.faults import TableError

#: A part with fewer elements and fewer bytes cannot take much room, whatever they are.
FEW, SMALL_BYTES = 500_000, 8 << 20
#: Rows stand in a sheet and texts in their part at the third place at most; a row has so many cells, of a few elements.
_SHALLOW, _WIDEST, _DEEPEST = 3, 1 << 17, 100
#: Characters of one text, and bytes of what is parsed at a time: a tag with what stands in it, or a comment.
_TEXT, _LONGEST_BYTES, _BLOCK_BYTES = 1 << 20, 4 << 20, 1 << 20


class Elements:
    """Counts the elements of a part while it is unpacked (元素计数).

    :param most: so many that stand in no row and no text.
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

        :raises TableError: when it has more than may be, or is no XML.
        """
        read = 0
        try:
            while block := part.read(_BLOCK_BYTES):
                self._parser.Parse(block)
                read += len(block)
                if read - self._parser.CurrentByteIndex > _LONGEST_BYTES:
                    raise too_large()
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise no_workbook() from None

    def _begins(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._text = 0
        if self._depth <= _SHALLOW:
            self._left, self._inside = self._left - 1, 0
        else:
            self._inside += 1
        if self._left < 0 or self._inside > _WIDEST or self._depth > _DEEPEST:
            raise too_large()

    def _ends(self, _name: str) -> None:
        self._depth -= 1
        self._text = 0

    def _says(self, text: str) -> None:
        # Also piece by piece, with comments between them.
        self._text += len(text)
        if self._text > _TEXT:
            raise too_large()


def no_workbook() -> TableError:
    """Return what is said of a file that is no workbook, or a broken one."""
    return TableError("UNREADABLE", "文件不是有效的XLSX工作簿。", "The file is no XLSX workbook.")


def too_large() -> TableError:
    """Return what is said of a file that takes more than may be."""
    return TableError("TOO_LARGE", "文件过大。", "The file is too large.")


def may_be_large(part: str) -> bool:
    """Return whether a part of this name may have as many elements as a sheet or its texts."""
    name = part.lower()
    return name.endswith(".xml") and name.startswith(("xl/worksheets/", "xl/sharedstrings"))
