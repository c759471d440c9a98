"""Read stock files (存量文件): CSV with a header, in UTF-8 or GB 18030, row by row.

A file may be larger than memory: it is read twice as a stream, first to know its encoding and length,
then for its rows.
"""

import codecs
import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

#: UTF-8 is tried first: text in GB 18030 is hardly ever valid UTF-8, but not the other way round.
ENCODINGS = ("utf-8-sig", "gb18030")
_BLOCK_BYTES = 1 << 20


class StockFileError(Exception):
    """Say why a file as a whole cannot be read (存量文件错误)."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row (行错误); never the value of a document, a card or a name.

    :ivar column: the column it is about, empty for the row as a whole.
    :ivar code: stable, for programs.
    """

    HEADER: ClassVar[tuple[str, ...]] = ("file", "line", "column", "code", "zh", "en")

    file: str
    line: int
    column: str
    code: str
    zh: str
    en: str

    def cells(self) -> tuple[str, int, str, str, str, str]:
        """Return the fault as a row of the report."""
        return self.file, self.line, self.column, self.code, self.zh, self.en


@dataclass(frozen=True, slots=True)
class StockRecord:
    """One row as it stands in the file, and where its last line is."""

    line: int
    values: Mapping[str, str]


type OnFault = Callable[[RowFault], None]


class StockFile:
    """One stock file: what it is called in reports, its columns, its rows.

    :param columns: all of them must be there, in any order.
    :param optional: may be there; anything else is refused, so that no column is lost silently.
    :raises StockFileError: when it cannot be read at all.
    """

    def __init__(self, path: Path, columns: Collection[str], optional: Collection[str] = ()) -> None:
        self.path = path
        self.name = path.name
        self.columns = columns
        self.optional = optional
        try:
            self.encoding, self.line_count = _look_through(path)
        except OSError as error:
            raise StockFileError(f"{path}: {error.strerror}") from None

    def records(self, on_fault: OnFault) -> Iterator[StockRecord]:
        """Yield the rows; one that is no row of the header's shape goes to `on_fault` instead."""
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, strict=True)
            header = self._header(reader)
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    on_fault(
                        self._fault(reader.line_num, "UNREADABLE_ROW", "该行不是有效的CSV。", "This is no CSV row.")
                    )
                    continue
                if not cells:
                    continue
                if len(cells) != len(header):
                    zh = f"应有{len(header)}列，实有{len(cells)}列。"
                    en = f"{len(header)} columns are expected, {len(cells)} found."
                    on_fault(self._fault(reader.line_num, "COLUMN_COUNT", zh, en))
                    continue
                yield StockRecord(reader.line_num, dict(zip(header, cells, strict=True)))

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            header = next(reader, [])
        except csv.Error:
            header = []
        missing = [column for column in self.columns if column not in header]
        unknown = [column for column in header if column not in self.columns and column not in self.optional]
        if missing or unknown or len(set(header)) != len(header):
            wanted = ",".join(self.columns)
            raise StockFileError(f"{self.path}: 表头应为 (the header must be): {wanted}")
        return header

    def _fault(self, line: int, code: str, zh: str, en: str) -> RowFault:
        return RowFault(self.name, line, "", code, zh, en)


def _look_through(path: Path) -> tuple[str, int]:
    """Return the encoding that reads the whole file, and its number of lines."""
    for encoding in ENCODINGS:
        decoder = codecs.getincrementaldecoder(encoding)()
        lines = 0
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    decoder.decode(block)
                    lines += block.count(b"\n")
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding, lines
    raise StockFileError(f"{path}: 既不是UTF-8，也不是GB 18030 (neither UTF-8 nor GB 18030).")
