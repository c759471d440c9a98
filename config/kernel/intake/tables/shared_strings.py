"""Shared strings of a workbook (共享字符串), parsed on demand; opening a workbook parses none."""

from collections.abc import Iterator
from typing import IO, Any
from xml.etree.ElementTree import Element

from openpyxl.reader.excel import ExcelReader, _find_workbook_part
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from config.kernel.intake.tables.workbook import may_be_large

_TEXTS, _TEXT, _RUN = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r"))


class SharedTexts:
    """The shared strings of a workbook part, by number.

    :param part: the open part; it is closed with its archive.
    """

    def __init__(self, part: IO[bytes]) -> None:
        self._found: list[str] = []
        self._rest = _parsed(part)

    def __getitem__(self, number: int) -> str:
        """Return the text with a number.

        :raises IndexError: when there are fewer texts.
        """
        while len(self._found) <= number:
            text = next(self._rest, None)
            if text is None:
                break
            self._found.append(text)
        return self._found[number]


class Reader(ExcelReader):
    """Opens a workbook without parsing its shared strings."""

    def read_strings(self) -> None:
        """Set up the shared strings for parsing on demand."""
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            self.shared_strings = SharedTexts(self.archive.open(part.PartName[1:]))

    def read_workbook(self) -> None:
        """Read the list of sheets.

        :raises ValueError: when the list is in a part that may be as large as a sheet.
        """
        if may_be_large(_find_workbook_part(self.package).PartName[1:]):
            raise ValueError
        super().read_workbook()


def _parsed(part: IO[bytes]) -> Iterator[str]:
    for _, node in iterparse(part):
        if node.tag == _TEXTS:
            yield _text_of(node)
            node.clear()


def _text_of(node: Element) -> str:
    """Return a shared string without its phonetic text; it is one text or several formatted runs."""
    pieces: list[Any] = [each.text for each in node if each.tag == _TEXT]
    pieces += [each.text for run in node.iterfind(_RUN) for each in run.iterfind(_TEXT)]
    return "".join(piece or "" for piece in pieces).replace("x005F_", "")
