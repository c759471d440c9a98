"""Read one row of stock (存量行) into what the bank keeps, or say of every column what is wrong.

Pure: a row and a day come in; what a row refers to is looked for in sets, once all rows are staged.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from accounts.models import Account, Card, Customer, Document, Freeze
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CardStatus, CustomerKind
from config.kernel.identity.cards import luhn_valid
from config.kernel.identity.characters import fold_width
from config.kernel.identity.documents import CITIZEN_TYPES, IdentityDocument, parse_document
from config.kernel.identity.names import display_name
from config.kernel.identity.numbers import expand_first_generation
from config.kernel.identity.phones import normalise_phone
from config.kernel.intake.tables.cells import DOCUMENT_TYPES, Cells, ColumnFault, OneOf, any_day, line_of
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.money import Fen, parse_yuan
from config.kernel.law.text import Text
from config.kernel.requests.fields import FieldFault, read_account_number, read_card_number

#: No bank of today has records from before.
EARLIEST_ON = date(1949, 10, 1)
AUTHORITY_MAX, ORDER_NO_MAX, BRANCH_MAX = 120, 80, 20

#: A reference of one row in another sheet.
REF = re.compile(r"[!-~]{1,64}")
_NOTHING = re.compile(r"0{1,13}(\.0{1,2})?")


def ref_of(text: str) -> str:
    """Return a reference of one row in another sheet.

    :raises ColumnFault: when it is none.
    """
    if not REF.fullmatch(text):
        raise ColumnFault(
            "", "INVALID_REF", "编号应为1至64个可见ASCII字符。", "A reference is 1 to 64 visible ASCII characters."
        )
    return text


def card_number_of(text: str) -> str:
    """Return a card number whose check digit is right.

    :raises FieldFault: when it is none.
    """
    if not luhn_valid(read_card_number(text)):
        raise FieldFault("卡号校验位不正确。", "The check digit of the card number is wrong.")
    return text


def balance_of(text: str) -> Fen:
    """Return a balance in fen, which may be nothing.

    :raises MoneyError: when it is no amount.
    """
    return 0 if _NOTHING.fullmatch(text) else parse_yuan(text)


#: References of one sheet to another stand in no table of the bank.
CUSTOMER_REF = FileColumn("customer_ref", Text("客户参考号", "Customer reference"), ref_of)
ACCOUNT_REF = FileColumn("account_ref", Text("账户参考号", "Account reference"), ref_of)

CUSTOMER = Columns(
    CUSTOMER_REF,
    FileColumn("kind", Customer, OneOf(*CustomerKind)),
    FileColumn("name", Customer, display_name),
    FileColumn("document_type", Document, DOCUMENT_TYPES, field="type"),
    FileColumn("document_number", Document, field="number"),
    FileColumn("document_country", Document, field="country", optional=True),
    FileColumn("phone", Customer, normalise_phone, optional=True),
    FileColumn("birth_date", Customer, field="sealed_birth_date", since=date(1850, 1, 1), optional=True),
)
DOCUMENT = Columns(
    *CUSTOMER.only("customer_ref", "document_type", "document_number", "document_country"),
    FileColumn("valid_until", Document, any_day, optional=True),
)
ACCOUNT = Columns(
    ACCOUNT_REF,
    CUSTOMER_REF,
    FileColumn("account_number", Account, read_account_number),
    FileColumn("kind", Account, OneOf(*AccountKind)),
    FileColumn("account_class", Account, OneOf(*AccountClass)),
    FileColumn("opened_on", Account, field="opened_at", since=EARLIEST_ON),
    FileColumn("balance", Account, balance_of, field="balance_fen"),
    FileColumn("branch", Account, partial(line_of, most=BRANCH_MAX), optional=True, default=""),
    FileColumn("last_used_on", Account, since=EARLIEST_ON, optional=True),
    FileColumn("agent_name", Account, display_name, optional=True),
    FileColumn("agent_document_type", Text("代理人证件种类", "Agent's document type"), DOCUMENT_TYPES, optional=True),
    FileColumn("agent_document_number", Text("代理人证件号码", "Agent's document number"), optional=True),
)
CARD = Columns(
    FileColumn("card_ref", Text("卡参考号", "Card reference"), ref_of),
    ACCOUNT_REF,
    FileColumn("card_number", Card, card_number_of, field="number"),
    FileColumn("product", Card, OneOf(*CardProduct)),
    FileColumn("issued_on", Card, field="issued_at", since=EARLIEST_ON),
    FileColumn(
        "status",
        Card,
        OneOf(CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST),
        optional=True,
        default=CardStatus.ACTIVE,
    ),
)
FREEZE = Columns(
    ACCOUNT_REF,
    FileColumn("authority", Freeze, partial(line_of, most=AUTHORITY_MAX)),
    FileColumn("order_no", Freeze, partial(line_of, most=ORDER_NO_MAX)),
    FileColumn("placed_on", Freeze, field="placed_at", since=EARLIEST_ON),
    FileColumn("until", Freeze, any_day, blank=True),
)


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

    card_ref: str
    account_ref: str
    card_number: str = field(repr=False)
    product: CardProduct
    issued_on: date
    status: CardStatus


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


def read_customer(values: Mapping[str, str], day: date) -> StockCustomerRow:
    """Read a customer's row.

    :param day: the bank's day; nobody is born after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = CUSTOMER.read(values, day)
    kind, told = cells["kind"], cells["birth_date"]
    document = cells.document("document", _document)
    if kind and document and document.read.is_organization != (kind is CustomerKind.ORGANIZATION):
        zh, en = "证件种类与客户种类不符。", "This kind of customer has no such document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    shown = document.read.birth_date if document else None
    if told and (kind is CustomerKind.ORGANIZATION or (shown and shown != told)):
        zh, en = "出生日期与证件不符。", "The birth date is not that of the document."
        cells.refuse("birth_date", "BIRTH_DATE_CONTRADICTED", zh, en)
    cells.finish()
    return StockCustomerRow(cells["customer_ref"], kind, cells["name"], document, cells["phone"], shown or told)


def read_document(values: Mapping[str, str], day: date) -> StockDocumentRow:
    """Read the row of a further document.

    :param day: the bank's day; nobody is born after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = DOCUMENT.read(values, day)
    document = cells.document("document", _document)
    if document and document.read.is_organization:
        zh, en = "单位只有一份证件。", "An organization has one document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    cells.finish()
    return StockDocumentRow(cells["customer_ref"], document, cells["valid_until"])


def read_account(values: Mapping[str, str], day: date) -> StockAccountRow:
    """Read an account's row.

    :param day: the bank's day; nothing was opened after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = ACCOUNT.read(values, day)
    row = StockAccountRow(
        cells["account_ref"],
        cells["customer_ref"],
        cells["account_number"],
        cells["kind"],
        cells["account_class"],
        cells["opened_on"],
        cells["balance"],
        cells["branch"],
        cells["last_used_on"],
        cells["agent_name"],
        _agent(cells),
    )
    if not cells.faults and row.last_used_on and row.last_used_on < row.opened_on:
        zh, en = "最近使用日期早于开户日期。", "The account was used before it was opened."
        cells.refuse("last_used_on", "USED_BEFORE_OPENING", zh, en)
    if (row.agent_name is None) != (row.agent_identity is None) and not cells.faults:
        zh, en = "代理人姓名和证件应同时填写。", "An agent has a name and a document."
        cells.refuse("agent_name", "AGENT_INCOMPLETE", zh, en)
    cells.finish()
    return row


def read_card(values: Mapping[str, str], day: date) -> StockCardRow:
    """Read a card's row.

    :param day: the bank's day; nothing was issued after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = CARD.read(values, day)
    cells.finish()
    return StockCardRow(**cells.found)


def read_freeze(values: Mapping[str, str], day: date) -> StockFreezeRow:
    """Read the row of a freeze in force.

    :param day: the bank's day; nothing was placed after it, and what ended before it is none.
    :raises RowRefused: with every fault of the row.
    """
    cells = FREEZE.read(values, day)
    row = StockFreezeRow(**cells.found)
    if not cells.faults and row.until and row.until < max(row.placed_on, day):
        zh, en = "冻结期限已过。", "The freeze has expired."
        cells.refuse("until", "FREEZE_EXPIRED", zh, en)
    cells.finish()
    return row


def _document(kind: str, number: str, country: str | None, *, on: date) -> StockDocument:
    expanded = None
    if kind in CITIZEN_TYPES and len(number) == 15:
        expanded = expand_first_generation(fold_width(number))
    return StockDocument(parse_document(kind, expanded or number, country, on=on), expanded is not None)


def _agent(cells: Cells) -> str | None:
    values = cells.values
    if not values.get("agent_document_type") and not values.get("agent_document_number"):
        return None
    if not values.get("agent_document_type") or not values.get("agent_document_number"):
        zh, en = "代理人姓名和证件应同时填写。", "An agent has a name and a document."
        cells.refuse("agent_document_number", "AGENT_INCOMPLETE", zh, en)
        return None
    document = cells.document("agent_document", _document)
    if document and document.read.is_organization:
        zh, en = "代理人须为个人。", "An agent is a person."
        cells.refuse("agent_document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    return document.read.identity if document else None
