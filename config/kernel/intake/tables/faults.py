"""What is wrong with a file or a row of it (表格错误), and a row as it stands there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.kernel.law.text import Text, text


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

    file: str
    line: int
    column: str
    code: str
    zh: str
    en: str


#: What heads the cells of `fault_cells` in a file of faults.
FAULT_HEAD = (
    Text("列", "Column"),
    Text("列代码", "Column code"),
    Text("原因", "Reason"),
    Text("原因代码", "Reason code"),
)


def fault_cells(column: str, code: str, zh: str, en: str, words: Mapping[str, Text]) -> tuple[str, ...]:
    """Return a fault for a file that its reader opens: column and reason in the reader's language, each with its code.

    :param words: what screens call the columns.
    """
    return str(words.get(column, "")), column, text(zh, en), code


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row as it stands in the file, and where its last line is."""

    line: int
    values: Mapping[str, str]


type OnFault = Callable[[RowFault], None]
