"""Read one row of stock (存量行) into what the bank keeps, or say of every column what is wrong.

Pure: a row and a day come in; what a row refers to is looked for in sets, once all rows are staged.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CardStatus, CustomerKind
from config.kernel.identity.cards import luhn_valid
from config.kernel.identity.characters import fold_width
from config.kernel.identity.documents import CITIZEN_TYPES, DocumentError, IdentityDocument, parse_document
from config.kernel.identity.names import display_name
from config.kernel.identity.numbers import expand_first_generation
from config.kernel.identity.phones import normalise_phone
from config.kernel.intake.tables.cells import Cells, ColumnFault, OneOf, any_day, document_code, line_of
from config.kernel.law.money import Fen, parse_yuan
from config.kernel.requests.fields import FieldFault, read_account_number, read_card_number

CUSTOMER_COLUMNS = ("customer_ref", "kind", "name", "document_type", "document_number")
CUSTOMER_OPTIONAL = ("document_country", "phone", "birth_date")
DOCUMENT_COLUMNS = ("customer_ref", "document_type", "document_number")
DOCUMENT_OPTIONAL = ("document_country", "valid_until")
ACCOUNT_COLUMNS = ("account_ref", "customer_ref", "account_number", "kind", "account_class", "opened_on", "balance")
ACCOUNT_OPTIONAL = ("branch", "last_used_on", "agent_name", "agent_document_type", "agent_document_number")
CARD_COLUMNS = ("card_ref", "account_ref", "card_number", "product", "issued_on")
CARD_OPTIONAL = ("status",)
FREEZE_COLUMNS = ("account_ref", "authority", "order_no", "placed_on", "until")

#: No bank of today has records from before.
EARLIEST_ON = date(1949, 10, 1)
AUTHORITY_MAX, ORDER_NO_MAX, BRANCH_MAX = 120, 80, 20

#: A reference of one row in another sheet.
REF = re.compile(r"[!-~]{1,64}")
_NOTHING = re.compile(r"0{1,13}(\.0{1,2})?")


@dataclass(frozen=True, slots=True)
class StockDocument:
    """A document of a row, and whether its number of 15 digits was expanded to the one it became."""

    read: IdentityDocument = field(repr=False)
    expanded: bool


@dataclass(frozen=True, slots=True)
class StockCustomerRow:
    """A customer as a core system handed it over (存量客户)."""

    ref: str
    kind: CustomerKind
    name: str = field(repr=False)
    document: StockDocument
    phone: str | None = field(repr=False)
    birth_date: date | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StockDocumentRow:
    """A further document of a customer (存量证件)."""

    customer_ref: str
    document: StockDocument
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class StockAccountRow:
    """An account with its opening balance (存量账户)."""

    ref: str
    customer_ref: str
    number: str = field(repr=False)
    kind: AccountKind
    account_class: AccountClass
    opened_on: date
    balance_fen: Fen
    branch: str
    last_used_on: date | None
    agent_name: str | None = field(repr=False)
    agent_identity: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class StockCardRow:
    """A card in its holder's hands (存量卡)."""

    ref: str
    account_ref: str
    number: str = field(repr=False)
    product: CardProduct
    status: CardStatus
    issued_on: date


@dataclass(frozen=True, slots=True)
class StockFreezeRow:
    """A freeze in force on an account (存量冻结).

    :ivar until: the last day it stands; None where it stands until it is lifted.
    """

    account_ref: str
    authority: str
    order_no: str
    placed_on: date
    until: date | None


class StockCells(Cells):
    """The cells of a row of stock."""

    def document(self, prefix: str, day: date) -> Any:
        """Return the `StockDocument` of three columns; None after a fault."""
        values = self.values
        try:
            return _document(
                document_code(values[f"{prefix}_type"]),
                values[f"{prefix}_number"],
                values.get(f"{prefix}_country") or None,
                day,
            )
        except DocumentError as fault:
            column = f"{prefix}_{fault.field}"
            self.faults.append(ColumnFault(column, f"INVALID_{column.upper()}", fault.zh, fault.en))
        return None


def read_customer(values: Mapping[str, str], day: date) -> StockCustomerRow:
    """Read a customer's row.

    :param day: the bank's day; nobody is born after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = StockCells(values)
    ref = cells.read("customer_ref", ref_of)
    kind = cells.read("kind", KINDS_OF_CUSTOMER)
    name = cells.read("name", display_name)
    document = cells.document("document", day)
    phone = cells.maybe("phone", normalise_phone)
    told = cells.maybe("birth_date", lambda text: past_day(text, day, date(1850, 1, 1)))
    if kind and document and document.read.is_organization != (kind is CustomerKind.ORGANIZATION):
        zh, en = "证件种类与客户种类不符。", "This kind of customer has no such document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    shown = document.read.birth_date if document else None
    if told and (kind is CustomerKind.ORGANIZATION or (shown and shown != told)):
        zh, en = "出生日期与证件不符。", "The birth date is not that of the document."
        cells.refuse("birth_date", "BIRTH_DATE_CONTRADICTED", zh, en)
    if cells.faults:
        cells.finish()
    return StockCustomerRow(ref, kind, name, document, phone, shown or told)


def read_document(values: Mapping[str, str], day: date) -> StockDocumentRow:
    """Read the row of a further document.

    :param day: the bank's day; nobody is born after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = StockCells(values)
    ref = cells.read("customer_ref", ref_of)
    document = cells.document("document", day)
    valid_until = cells.maybe("valid_until", any_day)
    if document and document.read.is_organization:
        zh, en = "单位只有一份证件。", "An organization has one document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    cells.finish()
    return StockDocumentRow(ref, document, valid_until)


def read_account(values: Mapping[str, str], day: date) -> StockAccountRow:
    """Read an account's row.

    :param day: the bank's day; nothing was opened after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = StockCells(values)
    row = StockAccountRow(
        cells.read("account_ref", ref_of),
        cells.read("customer_ref", ref_of),
        cells.read("account_number", read_account_number),
        cells.read("kind", KINDS_OF_ACCOUNT),
        cells.read("account_class", CLASSES),
        cells.read("opened_on", lambda text: past_day(text, day)),
        cells.read("balance", balance_of),
        cells.maybe("branch", lambda text: line_of(text, BRANCH_MAX)) or "",
        cells.maybe("last_used_on", lambda text: past_day(text, day)),
        cells.maybe("agent_name", display_name),
        _agent(cells, day),
    )
    if not cells.faults and row.last_used_on and row.last_used_on < row.opened_on:
        zh, en = "最近使用日期早于开户日期。", "The account was used before it was opened."
        cells.refuse("last_used_on", "USED_BEFORE_OPENING", zh, en)
    if (row.agent_name is None) != (row.agent_identity is None) and not cells.faults:
        zh, en = "代理人姓名和证件应同时填写。", "An agent has a name and a document."
        cells.refuse("agent_name", "AGENT_INCOMPLETE", zh, en)
    if cells.faults:
        cells.finish()
    return row


def read_card(values: Mapping[str, str], day: date) -> StockCardRow:
    """Read a card's row.

    :param day: the bank's day; nothing was issued after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = StockCells(values)
    row = StockCardRow(
        cells.read("card_ref", ref_of),
        cells.read("account_ref", ref_of),
        cells.read("card_number", card_number_of),
        cells.read("product", PRODUCTS),
        cells.maybe("status", STATUSES) or CardStatus.ACTIVE,
        cells.read("issued_on", lambda text: past_day(text, day)),
    )
    if cells.faults:
        cells.finish()
    return row


def read_freeze(values: Mapping[str, str], day: date) -> StockFreezeRow:
    """Read the row of a freeze in force.

    :param day: the bank's day; nothing was placed after it, and what ended before it is none.
    :raises RowRefused: with every fault of the row.
    """
    cells = StockCells(values)
    row = StockFreezeRow(
        cells.read("account_ref", ref_of),
        cells.read("authority", lambda text: line_of(text, AUTHORITY_MAX)),
        cells.read("order_no", lambda text: line_of(text, ORDER_NO_MAX)),
        cells.read("placed_on", lambda text: past_day(text, day)),
        cells.maybe("until", any_day),
    )
    if not cells.faults and row.until and row.until < max(row.placed_on, day):
        zh, en = "冻结期限已过。", "The freeze has expired."
        cells.refuse("until", "FREEZE_EXPIRED", zh, en)
    cells.finish()
    return row


def _document(kind: str, number: str, country: str | None, day: date) -> StockDocument:
    expanded = None
    if kind in CITIZEN_TYPES and len(number) == 15:
        expanded = expand_first_generation(fold_width(number))
    return StockDocument(parse_document(kind, expanded or number, country, on=day), expanded is not None)


def _agent(cells: StockCells, day: date) -> str | None:
    values = cells.values
    if not values.get("agent_document_type") and not values.get("agent_document_number"):
        return None
    if not values.get("agent_document_type") or not values.get("agent_document_number"):
        zh, en = "代理人姓名和证件应同时填写。", "An agent has a name and a document."
        cells.refuse("agent_document_number", "AGENT_INCOMPLETE", zh, en)
        return None
    document = cells.document("agent_document", day)
    if document and document.read.is_organization:
        zh, en = "代理人须为个人。", "An agent is a person."
        cells.refuse("agent_document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    return document.read.identity if document else None


def ref_of(text: str) -> str:
    """Return a reference of one row in another sheet.

    :raises ColumnFault: when it is none.
    """
    if not REF.fullmatch(text):
        raise ColumnFault(
            "", "INVALID_REF", "编号应为1至64个可见ASCII字符。", "A reference is 1 to 64 visible ASCII characters."
        )
    return text


KINDS_OF_CUSTOMER = OneOf(*CustomerKind)
KINDS_OF_ACCOUNT = OneOf(*AccountKind)
CLASSES = OneOf(*AccountClass)
PRODUCTS = OneOf(*CardProduct)
STATUSES = OneOf(CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


def card_number_of(text: str) -> str:
    """Return a card number whose check digit is right.

    :raises FieldFault: when it is none.
    """
    if not luhn_valid(read_card_number(text)):
        raise FieldFault("卡号校验位不正确。", "The check digit of the card number is wrong.")
    return text


def past_day(text: str, day: date, earliest: date = EARLIEST_ON) -> date:
    """Return a day that is not after another one.

    :raises ColumnFault: when it is none.
    """
    read = any_day(text)
    if not earliest <= read <= day:
        zh = f"日期应为{earliest}至{day}之间的一天，格式YYYY-MM-DD。"
        en = f"A day from {earliest} to {day} as YYYY-MM-DD."
        raise ColumnFault("", "INVALID_DAY", zh, en)
    return read


def balance_of(text: str) -> Fen:
    """Return a balance in fen, which may be nothing.

    :raises MoneyError: when it is no amount.
    """
    return 0 if _NOTHING.fullmatch(text) else parse_yuan(text)
