"""The sheets of a stock (存量表): their columns, and how a row is read, staged, checked and applied.

Accounts reads customers, further documents, accounts, cards and freezes. An app above accounts registers a
sheet of its own when Django starts; it is staged, checked and applied with the others, in one transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.stock.operations import fast_reader, rows, sealing, sheet_checks, writing
from accounts.stock.operations.checks import Step
from accounts.stock.queries.dry_run import name_sheet
from accounts.stock.vocabulary import SheetName
from config.kernel.intake.tables.binary_copy import Column, Packer
from config.kernel.intake.tables.cells import Cells
from config.kernel.intake.tables.columns import Columns
from config.kernel.law.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSheet:
    """A sheet of a stock.

    :ivar name: the name of the sheet in a workbook, and in the API.
    :ivar text: its name on screens.
    :ivar columns: the headings of its columns, and how their cells are read.
    :ivar rule: reads what takes several columns of a row, and reports columns that contradict each other.
    :ivar stage: turns a row that was read into the values of the staging table's columns after `line`.
    :ivar quick: makes, of a header, an import and the bank's day, the fast reader of common rows
        (`accounts.stock.operations.fast_reader`); its result equals that of `read` and `stage`.
    :ivar table: the staging table; its first columns are import_id, line, outcome and known_id.
    :ivar staged: the columns of it that `stage` fills.
    :ivar checks: the checks of the whole sheet, in order, run once (`accounts.stock.operations.checks`).
    :ivar known: the checks against the bank, run after those, and again under lock when the import is applied.
    :ivar reviews: what is loaded all the same, and reviewed by a person.
    :ivar apply: writes the rows of the sheet into the bank, in the transaction of the import, and returns how many.
    :ivar amount: the column of the staging table whose sum the dry run shows; empty where there is none.
    :ivar order: sheets are staged and applied in ascending order.
    """

    name: str
    text: Text
    columns: Columns
    rule: Callable[[Cells], None] = lambda _cells: None
    stage: Callable[[Cells], tuple[Any, ...]]
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

    def read(self, values: Mapping[str, str], day: date) -> Cells:
        """Read a row.

        :param day: the bank's day.
        :raises RowRefused: with every fault of it.
        """
        cells = self.columns.read(values, day)
        self.rule(cells)
        cells.finish()
        return cells

    @property
    def copy(self) -> str:
        """Return the COPY statement of its rows."""
        names = ", ".join(("import_id", "line", *(column.name for column in self.staged)))
        return f"COPY {self.table} ({names}) FROM STDIN (FORMAT BINARY)"


_sheets: dict[str, StockSheet] = {}


def register(*sheets: StockSheet) -> None:
    """Register sheets, when Django starts.

    :raises ValueError: for a name that another sheet has.
    """
    for sheet in sheets:
        if _sheets.setdefault(sheet.name, sheet) is not sheet:
            raise ValueError(f"two sheets of a stock are called {sheet.name}")
        name_sheet(sheet.name, sheet.text, sheet.table, sheet.columns.words)


def sheets() -> tuple[StockSheet, ...]:
    """Return the sheets in the order in which they are staged and applied."""
    return tuple(sorted(_sheets.values(), key=lambda each: each.order))


def sheet_of(name: str) -> StockSheet:
    """Return a sheet by its name.

    :raises KeyError: when there is none.
    """
    return _sheets[name]


SHEETS = (
    StockSheet(
        name=SheetName.CUSTOMERS.value,
        text=SheetName.CUSTOMERS.text,
        columns=rows.CUSTOMER,
        rule=rows.check_customer,
        stage=sealing.stage_customer,
        quick=fast_reader.quick_customer,
        table="accounts_stagedcustomer",
        staged=sealing.CUSTOMER,
        checks=sheet_checks.CUSTOMER_CHECKS,
        known=sheet_checks.CUSTOMERS_KNOWN,
        reviews=sheet_checks.CUSTOMER_REVIEWS,
        apply=writing.write_customers,
        order=10,
    ),
    StockSheet(
        name=SheetName.DOCUMENTS.value,
        text=SheetName.DOCUMENTS.text,
        columns=rows.DOCUMENT,
        rule=rows.check_document,
        stage=sealing.stage_document,
        table="accounts_stageddocument",
        staged=sealing.DOCUMENT,
        checks=sheet_checks.DOCUMENT_CHECKS,
        known=sheet_checks.DOCUMENTS_KNOWN,
        apply=writing.write_documents,
        order=20,
    ),
    StockSheet(
        name=SheetName.ACCOUNTS.value,
        text=SheetName.ACCOUNTS.text,
        columns=rows.ACCOUNT,
        rule=rows.check_account,
        stage=sealing.stage_account,
        quick=fast_reader.quick_account,
        table="accounts_stagedaccount",
        staged=sealing.ACCOUNT,
        checks=sheet_checks.ACCOUNT_CHECKS,
        known=sheet_checks.ACCOUNTS_KNOWN,
        apply=writing.write_accounts,
        order=30,
    ),
    StockSheet(
        name=SheetName.CARDS.value,
        text=SheetName.CARDS.text,
        columns=rows.CARD,
        stage=sealing.stage_card,
        quick=fast_reader.quick_card,
        table="accounts_stagedcard",
        staged=sealing.CARD,
        checks=sheet_checks.CARD_CHECKS,
        known=sheet_checks.CARDS_KNOWN,
        apply=writing.write_cards,
        order=40,
    ),
    StockSheet(
        name=SheetName.FREEZES.value,
        text=SheetName.FREEZES.text,
        columns=rows.FREEZE,
        rule=rows.check_freeze,
        stage=sealing.stage_freeze,
        table="accounts_stagedfreeze",
        staged=sealing.FREEZE,
        checks=sheet_checks.FREEZE_CHECKS,
        known=sheet_checks.FREEZES_KNOWN,
        apply=writing.write_freezes,
        order=50,
    ),
)
