"""Bulk work for benchmarks: stocks of customers, stocks of further documents, lists of certificates.

Reading and approving are not measured, because they take no lock that an order needs.
"""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from accounts.stock import operations as stock
from benchmarks.cases.seeds import NAME, account_number, card_number, citizen, principal, two_of
from blacklist.imports import operations as imports
from blacklist.operations.revocations import RevocationDraft
from blacklist.vocabulary import RevocationGround
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.law.dates import shanghai_day

KNOWN = "钱七"
_BALANCE = "100000.00"
_HEADERS = {
    "customers": "customer_ref,kind,name,document_type,document_number,document_country",
    "documents": "customer_ref,document_type,document_number,document_country",
    "accounts": "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
    "cards": "card_ref,account_ref,card_number,product,issued_on",
}


class Parties:
    """Customers by number from 1: first those not concerned by the bulk work, then the concerned ones."""

    def __init__(self, strangers: int, known: int) -> None:
        self.strangers, self.known = strangers, known

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the files of a stock with all of them, each with an account, a card and money."""
        numbers = range(1, self.strangers + self.known + 1)
        return write_files(
            folder,
            customers=(self._customer(n) for n in numbers),
            accounts=(f"A{n},C{n},{account_number(n)},bank,I,2020-01-01,{_BALANCE}" for n in numbers),
            cards=(f"K{n},A{n},{card_number(n)},debit,2020-01-01" for n in numbers),
        )

    def write_documents(self, folder: Path, count: int) -> dict[str, Path]:
        """Write the files of a stock with a further document for each of some known customers."""
        numbers = range(self.strangers + 1, self.strangers + count + 1)
        return write_files(
            folder,
            customers=(self._customer(n) for n in numbers),
            documents=(f"C{n},passport,E{n:08d},CHN" for n in numbers),
        )

    def _customer(self, number: int) -> str:
        return f"C{number},individual,{NAME if number <= self.strangers else KNOWN},resident_id,{citizen(number)},"


def write_files(folder: Path, **lines: Iterable[str]) -> dict[str, Path]:
    """Write the files of a stock below their headers; return them by name."""
    files = {name: folder / f"{name}.csv" for name in lines}
    for name, path in files.items():
        path.write_text("\n".join([_HEADERS[name], *lines[name], ""]))
    return files


def write_list(path: Path, people: Iterable[str], *, reviewed_each: int = 0) -> None:
    """Write a list of certificates with one person each.

    :param people: citizen numbers of the persons.
    :param reviewed_each: one certificate in this number needs review; none by default.
    """
    with path.open("w") as file:
        file.write(
            "doc_no,authority_name,region_code,level,certified_on,category,legal_basis,kind,name,document_type,"
            "document_number,account_number,bank_code\n"
        )
        for n, number in enumerate(people):
            # A level that differs from that of the region needs review.
            level = "prefecture" if reviewed_each and n % reviewed_each == 0 else "province"
            file.write(
                f"公认〔2026〕{n}号,某省公安厅,350000,{level},2026-01-02,SELL,NOTICE_2016,individual,"
                f"{KNOWN},resident_id,{number},,\n"
            )


def approved_stock(row: Any) -> Any:
    """Submit and approve a stock that was read; return its id."""
    maker, checker = two_of("supervisor")
    _, approval = perform(lambda: stock.propose_import(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return row.id


def approved_list(row: Any) -> Any:
    """Submit and approve a list that was read; return its id."""
    maker, checker = two_of("compliance")
    _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return row.id


def approved_undo(import_id: Any) -> Any:
    """Request and approve the undoing of a list; return its id."""
    maker, checker = two_of("compliance")
    draft = RevocationDraft("公撤〔2026〕9号", shanghai_day(bank_now()), "名单有误", RevocationGround.ENTRY)
    _, approval = perform(lambda: imports.propose_undo(principal=maker, import_id=import_id, draft=draft))
    perform(lambda: approvals.approve(approval.id, principal=checker))
    return import_id


def read_list(path: Path, on_rows: Callable[[int], None]) -> Any:
    """Read a list; return it."""
    return imports.stage_list(path, principal=principal("compliance"), on_rows=on_rows)


def wait_until_done(import_id: Any, *, table: str, status: str, seconds: float, on_rows: Callable[[int], None]) -> None:
    """Wait until the bank's own worker has executed an approved import.

    :param table: table of the imports.
    :param status: status of an executed import.
    :param on_rows: called with the number of rows done since the last call.
    :raises SystemExit: when it takes longer.
    """
    column = "rows_done" if table == "blacklist_listimport" else "applied"
    until, reached = time.monotonic() + seconds, 0
    while True:
        found = rows(f"SELECT status, {column} AS reached, trouble FROM {table} WHERE id = %s", [import_id])[0]
        on_rows(found["reached"] - reached)
        reached = found["reached"]
        if found["status"] == status:
            return
        if time.monotonic() > until:
            raise SystemExit(f"WRONG RESULT: {found['status']} after {seconds:.0f} s: {found['trouble']}")
        time.sleep(0.05)
