"""What is wrong with a file or a row of it (表格错误), and a row as it stands there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar


class TableError(Exception):
    """Say why a file as a whole cannot be read (文件错误).

    :ivar code: stable, for programs.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row (行错误); never the value of a document, a card or a name.

    :ivar file: what the file is called in reports.
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
class TableRow:
    """One row as it stands in the file, and where its last line is."""

    line: int
    values: Mapping[str, str]


type OnFault = Callable[[RowFault], None]
