"""Faults of files and rows (表格错误), and a row as read from the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.kernel.law.text import Text, text


class TableError(Exception):
    """A file that cannot be read as a whole (文件错误), with the reason.

    :ivar code: stable, for programs.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.code = code
        self.zh = zh
        self.en = en


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault of one row (行错误); it never contains the value of a document, a card or a name.

    :ivar file: the name of the file in reports.
    :ivar column: the column with the fault; empty for the row as a whole.
    :ivar code: stable, for programs.
    """

    file: str
    line: int
    column: str
    code: str
    zh: str
    en: str


#: The headings of `fault_cells` in a file of faults.
FAULT_HEAD = (
    Text("列", "Column"),
    Text("列代码", "Column code"),
    Text("原因", "Reason"),
    Text("原因代码", "Reason code"),
)


def fault_cells(column: str, code: str, zh: str, en: str, words: Mapping[str, Text]) -> tuple[str, ...]:
    """Return a fault as cells for a file: column and reason in the reader's language, each with its code.

    :param words: the names of the columns on screens.
    """
    return str(words.get(column, "")), column, text(zh, en), code


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as read from the file, with the number of its last line."""

    line: int
    values: Mapping[str, str]


type OnFault = Callable[[RowFault], None]
