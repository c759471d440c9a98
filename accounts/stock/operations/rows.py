"""The columns of the sheets of a stock (存量行) with their readers, and the checks across the columns of one row.

Pure functions of a row and a day. References are checked in sets, once all rows are staged.
"""

import re
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

#: The earliest day that a record may have.
EARLIEST_ON = date(1949, 10, 1)
AUTHORITY_MAX, ORDER_NO_MAX, BRANCH_MAX = 120, 80, 20

#: Format of a reference between sheets.
REF = re.compile(r"[!-~]{1,64}")
_NOTHING = re.compile(r"0{1,13}(\.0{1,2})?")


def ref_of(text: str) -> str:
    """Return a row's reference to a row of another sheet.

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
    """Return a balance in fen; it may be zero.

    :raises MoneyError: when it is no amount.
    """
    return 0 if _NOTHING.fullmatch(text) else parse_yuan(text)


#: References between sheets; no table of the bank keeps them.
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
    """A document of a row, and whether its 15-digit number was expanded to 18 digits."""

    read: IdentityDocument = field(repr=False)
    expanded: bool


def check_customer(cells: Cells) -> None:
    """Read a customer's document, and report columns that contradict each other."""
    kind, entered = cells["kind"], cells["birth_date"]
    document = cells.read_values["document"] = cells.document("document", _document)
    if kind and document and document.read.is_organization != (kind is CustomerKind.ORGANIZATION):
        zh, en = "证件种类与客户种类不符。", "This kind of customer has no such document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)
    shown = document.read.birth_date if document else None
    if entered and (kind is CustomerKind.ORGANIZATION or (shown and shown != entered)):
        zh, en = "出生日期与证件不符。", "The birth date is not that of the document."
        cells.refuse("birth_date", "BIRTH_DATE_CONTRADICTED", zh, en)
    cells.read_values["birth_date"] = shown or entered


def check_document(cells: Cells) -> None:
    """Read a further document."""
    document = cells.read_values["document"] = cells.document("document", _document)
    if document and document.read.is_organization:
        zh, en = "单位只有一份证件。", "An organization has one document."
        cells.refuse("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en)


def check_account(cells: Cells) -> None:
    """Read the document of the agent who opened an account, and report columns that contradict each other."""
    agent = cells.read_values["agent_identity"] = _agent(cells)
    if cells.faults:
        return
    if cells["last_used_on"] and cells["last_used_on"] < cells["opened_on"]:
        zh, en = "最近使用日期早于开户日期。", "The account was used before it was opened."
        cells.refuse("last_used_on", "USED_BEFORE_OPENING", zh, en)
    elif (cells["agent_name"] is None) != (agent is None):
        zh, en = "代理人姓名和证件应同时填写。", "An agent has a name and a document."
        cells.refuse("agent_name", "AGENT_INCOMPLETE", zh, en)


def check_freeze(cells: Cells) -> None:
    """Refuse a freeze that has ended."""
    if not cells.faults and cells["until"] and cells["until"] < max(cells["placed_on"], cells.day):
        zh, en = "冻结期限已过。", "The freeze has expired."
        cells.refuse("until", "FREEZE_EXPIRED", zh, en)


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
