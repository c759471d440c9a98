"""Orders from a file (委托): payer, amount, payee's account and bank."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

from accounts.stock.operations.rows import ACCOUNT, CARD
from config.kernel.identity.account_numbers import bank_reference
from config.kernel.intake.tables import RowFault, TableRow, open_table
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.money import Fen, MoneyError, parse_yuan

ORDER_COLUMNS = ("order_ref", "payer_account", "payee_bank", "payee_account", "amount")
FAULTS_SHOWN = 10


class OrdersRefused(Exception):
    """A file of orders with an invalid row, which is not replayed."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order of the file."""

    ref: str
    payer_account: str = field(repr=False)
    payee_bank: str
    payee_account: str = field(repr=False)
    amount_fen: Fen
    amount: str


@dataclass(frozen=True, slots=True)
class Orders:
    """All orders of a file.

    :ivar run: id of the file's content; the same file gives the same requests with the same keys.
    """

    rows: tuple[Order, ...]
    run: str

    def key(self, what: str, ref: str) -> str:
        """Return the Idempotency-Key of one request of this file."""
        return str(uuid5(NAMESPACE_OID, f"{self.run}|{what}|{ref}"))

    def by_bank(self) -> dict[str, tuple[int, Fen]]:
        """Return number and total of the orders, per bank."""
        counts: Counter[str] = Counter(order.payee_bank for order in self.rows)
        totals: defaultdict[str, Fen] = defaultdict(int)
        for order in self.rows:
            totals[order.payee_bank] += order.amount_fen
        return {bank: (counts[bank], totals[bank]) for bank in sorted(totals)}

    def by_payer(self) -> dict[str, Fen]:
        """Return the sum of each payer's orders."""
        totals: defaultdict[str, Fen] = defaultdict(int)
        for order in self.rows:
            totals[order.payer_account] += order.amount_fen
        return dict(totals)


def read_orders(path: Path) -> Orders:
    """Read a file of orders; every row must be valid, or the proof would be incomplete.

    :raises OrdersRefused: naming the first invalid rows.
    :raises TableError: when the file cannot be read at all.
    """
    file = open_table(path, Columns(*map(FileColumn, ORDER_COLUMNS)))
    faults: list[str] = []
    seen: set[str] = set()
    orders: list[Order] = []

    def refuse(line: int, why: str) -> None:
        faults.append(f"{file.name}:{line} {why}")

    def unreadable(fault: RowFault) -> None:
        refuse(fault.line, fault.en)

    for record in file.records(unreadable):
        order = _order(record, refuse)
        if order is None:
            continue
        if order.ref in seen:
            refuse(record.line, f"order_ref {order.ref} was there before.")
        seen.add(order.ref)
        orders.append(order)
    if faults or not orders:
        raise OrdersRefused("\n".join(faults[:FAULTS_SHOWN]) or f"{file.name}: no orders.")
    return Orders(tuple(orders), hashlib.sha256(path.read_bytes()).hexdigest())


def cards_of_stock(stock: Path, numbers: Iterable[str]) -> dict[str, str]:
    """Return the cards of some accounts from the files of the stock, by account number."""
    wanted = set(numbers)
    accounts = open_table(stock / "accounts.csv", ACCOUNT).records(_ignore)
    by_ref = {record.values["account_ref"]: record.values["account_number"] for record in accounts}
    cards: dict[str, str] = {}
    for record in open_table(stock / "cards.csv", CARD).records(_ignore):
        number = by_ref.get(record.values["account_ref"])
        if number in wanted and record.values["product"] == "debit":
            cards.setdefault(number, record.values["card_number"])
    return cards


def _ignore(_fault: RowFault) -> None:
    """Skip a row that the load has already reported."""


def _order(record: TableRow, refuse: Callable[[int, str], None]) -> Order | None:
    values = record.values
    try:
        amount_fen = parse_yuan(values["amount"])
    except MoneyError as fault:
        refuse(record.line, f"amount: {fault.en}")
        return None
    if not all(values[column] for column in ORDER_COLUMNS):
        refuse(record.line, "an empty column.")
        return None
    return Order(
        values["order_ref"],
        values["payer_account"],
        bank_reference(values["payee_bank"]),
        values["payee_account"],
        amount_fen,
        values["amount"],
    )
