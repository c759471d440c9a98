"""The bulk work that `benchmarks.cases.bulk` measures: a stock with further documents of known customers, and a list.

What is read and approved before is not measured: it takes no lock that an order needs.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cases.stock import citizen, luhn

if TYPE_CHECKING:
    from config.kernel.access.keys import Caller

#: One in so many papers of the list has a remark by which it is looked at by hand.
REVIEWED_EVERY = 100
_BALANCE = "100000.00"
_LIST_HEADER = (
    "doc_no,authority_name,region_code,level,certified_on,category,legal_basis,kind,name,document_type,"
    "document_number,account_number,bank_code\n"
)


class Parties:
    """Customers by their numbers from 1 on: strangers to the bulk work first, then those that it is about."""

    name = "测试"
    known_name = "钱七"

    def __init__(self, strangers: int, known: int) -> None:
        self.strangers, self.known = strangers, known

    @staticmethod
    def card_number(number: int) -> str:
        """Return the card number of a customer."""
        return luhn(f"62284{number:010d}")

    @staticmethod
    def account_number(number: int) -> str:
        """Return the account number of a customer."""
        return str(6200_0000_0000 + number)

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the files of a stock that brings all of them, with an account, a card and money each."""
        numbers = range(1, self.strangers + self.known + 1)
        return _written(
            folder,
            customers=(self._customer(n) for n in numbers),
            accounts=(f"A{n},C{n},{self.account_number(n)},bank,I,2020-01-01,{_BALANCE}" for n in numbers),
            cards=(f"K{n},A{n},{self.card_number(n)},debit,2020-01-01" for n in numbers),
        )

    def write_documents(self, folder: Path, count: int) -> dict[str, Path]:
        """Write the files of a stock that brings a further document each of so many customers who are known."""
        numbers = range(self.strangers + 1, self.strangers + count + 1)
        return _written(
            folder,
            customers=(self._customer(n) for n in numbers),
            documents=(f"C{n},passport,E{n:08d},CHN" for n in numbers),
        )

    def write_list(self, path: Path, count: int, *, first: int) -> None:
        """Write a list of so many papers of one person each, the known customers first.

        :param first: the number of the first paper: two lists of a run have no paper in common.
        """
        with path.open("w") as file:
            file.write(_LIST_HEADER)
            for n in range(count):
                # A level that is not that of the region is one to look at.
                level = "prefecture" if n % REVIEWED_EVERY == 0 else "province"
                number = citizen(self.strangers + 1 + n)
                file.write(
                    f"公认〔2026〕{first + n}号,某省公安厅,350000,{level},2026-01-02,SELL,NOTICE_2016,individual,"
                    f"{self.known_name},resident_id,{number},,\n"
                )

    def _customer(self, number: int) -> str:
        name = self.name if number <= self.strangers else self.known_name
        return f"C{number},individual,{name},resident_id,{citizen(number)},"


_HEADERS = {
    "customers": "customer_ref,kind,name,document_type,document_number,document_country",
    "documents": "customer_ref,document_type,document_number,document_country",
    "accounts": "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
    "cards": "card_ref,account_ref,card_number,product,issued_on",
}


def _written(folder: Path, **lines: Any) -> dict[str, Path]:
    files = {name: folder / f"{name}.csv" for name in lines}
    for name, path in files.items():
        path.write_text("\n".join([_HEADERS[name], *lines[name], ""]))
    return files


def callers(role: str) -> "tuple[Caller, Caller]":
    """Return two people of a role: one proposes, the other one approves."""
    from tests import people

    maker, checker = (people.caller_for(people.ensure(f"bench-{role}-{n}", role)) for n in (1, 2))
    return maker, checker


def read_stock(files: dict[str, Path], source: str) -> Any:
    """Read a stock; return what submits and approves it, which returns its id."""
    from accounts.stock import operations as stock
    from config.kernel import approvals
    from config.kernel.database.transactions import perform

    maker, checker = callers("supervisor")
    row = stock.stage_files(files, source=source, processes=1)

    def approve() -> Any:
        _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
        perform(lambda: approvals.approve(approval.id, principal=checker))
        return row.id

    return approve


def read_list(path: Path, on_rows: Callable[[int], None]) -> Any:
    """Read a list; return what submits and approves it, which returns its id."""
    from blacklist.imports import operations as imports
    from config.kernel import approvals
    from config.kernel.database.transactions import perform

    maker, checker = callers("compliance")
    row = imports.stage_list(path, principal=maker, on_rows=on_rows)

    def approve() -> Any:
        _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
        perform(lambda: approvals.approve(approval.id, principal=checker))
        return row.id

    return approve


def ask_undo(import_id: Any) -> Any:
    """Let a list be undone; return its id."""
    from blacklist.imports import operations as imports
    from blacklist.operations.revoke import RevocationDraft
    from blacklist.vocabulary import RevocationGround
    from config.kernel import approvals
    from config.kernel.database.clock import bank_now
    from config.kernel.database.transactions import perform
    from config.kernel.law.dates import shanghai_day

    maker, checker = callers("compliance")
    draft = RevocationDraft("公撤〔2026〕9号", shanghai_day(bank_now()), "名单有误", RevocationGround.ENTRY)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=import_id, draft=draft))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return import_id


def done(import_id: Any, *, table: str, status: str, seconds: float, on_rows: Callable[[int], None]) -> None:
    """Wait until the bank's own worker has carried out what was approved.

    :param table: of the imports.
    :param status: of one that is carried out.
    :param on_rows: called with how many of its rows are done.
    :raises SystemExit: when it takes longer.
    """
    from config.kernel.database.sql import rows

    reached = "rows_done" if table == "blacklist_listimport" else "applied"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = rows(f"SELECT status, {reached} AS reached, trouble FROM {table} WHERE id = %s", [import_id])[0]
        on_rows(found["reached"])
        if found["status"] == status:
            return
        time.sleep(0.05)
    raise SystemExit(f"WRONG RESULT: {found['status']} after {seconds:.0f} s: {found['trouble']}")
