"""The sheets of a stock (存量表): what each has for columns, how a row is read and staged, checked and applied.

An app that stands on accounts registers a sheet of its own when Django starts; it is staged, checked and applied with
the others, in one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.stock.operations.checks import Step
from accounts.stock.queries.dry_run import name_sheet
from config.kernel.intake.tables.copying import Column, Packer
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSheet:
    """A sheet.

    :ivar name: of the sheet of a workbook, and in the API.
    :ivar text: what people call it.
    :ivar columns: all of them must be there.
    :ivar optional: may be there.
    :ivar read: reads a row; raises `RowRefused` with every fault of it.
    :ivar stage: turns what was read into the values of the staging table's columns after `line`.
    :ivar quick: makes, of a header, an import and the bank's day, what reads and stages the rows that nearly all are
        (`accounts.stock.operations.quick`); the same comes of them as of `read` and `stage`.
    :ivar table: the staging table; its first columns are import_id, line, outcome and known_id.
    :ivar staged: the columns of it that `stage` fills.
    :ivar checks: what is checked of the whole sheet, in order, once (`accounts.stock.operations.checks`).
    :ivar known: what is checked against the bank, after those, and again under lock when the import is applied.
    :ivar reviews: what is loaded all the same and looked at by somebody.
    :ivar apply: writes the rows of the sheet into the bank, in the transaction of the import, and returns how many.
    :ivar amount: the column of the staging table whose sum the dry run tells; empty where there is none.
    :ivar order: sheets are staged and applied in ascending order.
    """

    name: str
    text: Text
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    read: Callable[[Mapping[str, str], date], Any]
    stage: Callable[[Any], tuple[Any, ...]]
    quick: Callable[[Sequence[str], UUID, date], Callable[[int, Sequence[str]], bytes | None]] | None = None
    table: str
    staged: tuple[Column, ...]
    checks: tuple[Step, ...] = ()
    known: tuple[Step, ...] = ()
    reviews: tuple[Step, ...] = ()
    apply: Callable[[UUID, datetime], int]
    order: int
    amount: str = ""
    #: How the binary form writes import_id, line and what is staged.
    pack: Packer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pack", Packer(("bytes", "int", *(column.kind for column in self.staged))))

    @property
    def copy(self) -> str:
        """Return the statement that takes rows of it."""
        names = ", ".join(("import_id", "line", *(column.name for column in self.staged)))
        return f"COPY {self.table} ({names}) FROM STDIN (FORMAT BINARY)"


_sheets: dict[str, StockSheet] = {}


def register(*sheets: StockSheet) -> None:
    """Make sheets known, when Django starts.

    :raises ValueError: for a name that another sheet has.
    """
    for sheet in sheets:
        if _sheets.setdefault(sheet.name, sheet) is not sheet:
            raise ValueError(f"two sheets of a stock are called {sheet.name}")
        name_sheet(sheet.name, sheet.text)


def sheets() -> tuple[StockSheet, ...]:
    """Return the sheets in the order in which they are staged and applied."""
    return tuple(sorted(_sheets.values(), key=lambda each: each.order))


def sheet_of(name: str) -> StockSheet:
    """Return a sheet by its name.

    :raises KeyError: when there is none.
    """
    return _sheets[name]
