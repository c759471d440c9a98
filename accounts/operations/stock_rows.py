"""Read one row of stock (存量行) into what the bank keeps, or say of every column what is wrong.

Pure: a row, a day and what the row refers to come in; nothing is looked up here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from accounts.policy.opening import carries_cards
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind
from config.kernel.fields import FieldFault, read_account_number, read_card_number, read_day
from config.kernel.identity.cards import luhn_valid
from config.kernel.identity.documents import DocumentError, IdentityDocument, parse_document
from config.kernel.identity.faults import IdentityFault
from config.kernel.identity.names import display_name
from config.kernel.money import Fen, MoneyError, parse_yuan

CUSTOMER_COLUMNS = ("customer_ref", "kind", "name", "document_type", "document_number")
CUSTOMER_OPTIONAL = ("document_country",)
ACCOUNT_COLUMNS = ("account_ref", "customer_ref", "account_number", "kind", "account_class", "opened_on", "balance")
CARD_COLUMNS = ("card_ref", "account_ref", "card_number", "product", "issued_on")

#: No bank of today has records from before.
EARLIEST_ON = date(1949, 10, 1)

_REF = re.compile(r"[!-~]{1,64}")
_NOTHING = re.compile(r"0{1,13}(\.0{1,2})?")
_CARDLESS = "该账户不得配卡。"


class ColumnFault(ValueError):
    """Say what is wrong with one column (列错误)."""

    def __init__(self, column: str, code: str, zh: str, en: str) -> None:
        super().__init__(code)
        self.column = column
        self.code = code
        self.zh = zh
        self.en = en


class RowRefused(ValueError):
    """A row that cannot be loaded, with everything that is wrong with it."""

    def __init__(self, faults: list[ColumnFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class StockCustomerRow:
    """A customer as a core system handed it over (存量客户)."""

    line: int
    ref: str
    kind: CustomerKind
    name: str = field(repr=False)
    document: IdentityDocument


@dataclass(frozen=True, slots=True)
class StockAccountRow:
    """An account with its opening balance (存量账户)."""

    line: int
    ref: str
    customer_ref: str
    number: str = field(repr=False)
    kind: AccountKind
    account_class: AccountClass
    opened_on: date
    balance_fen: Fen


@dataclass(frozen=True, slots=True)
class StockCardRow:
    """A card in its holder's hands (存量卡)."""

    line: int
    ref: str
    account_ref: str
    number: str = field(repr=False)
    product: CardProduct
    issued_on: date


class _Cells:
    """The cells of a row; reading goes on after a fault, so that a person sees all of them at once."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values
        self.faults: list[ColumnFault] = []

    def read[T](self, column: str, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(self.values[column])
        except ColumnFault as fault:
            self.faults.append(ColumnFault(column, fault.code, fault.zh, fault.en))
        except (IdentityFault, MoneyError) as fault:
            self.faults.append(ColumnFault(column, f"INVALID_{column.upper()}", fault.zh, fault.en))
        return None

    def finish(self) -> None:
        if self.faults:
            raise RowRefused(self.faults)


def read_customer(line: int, values: Mapping[str, str], *, day: date) -> StockCustomerRow:
    """Read a customer's row.

    :param day: the bank's day; nobody is born after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = _Cells(values)
    ref = cells.read("customer_ref", _ref)
    kind = cells.read("kind", lambda text: _one_of(CustomerKind, text))
    name = cells.read("name", display_name)
    document = None
    try:
        country = values.get("document_country") or None
        document = parse_document(values["document_type"], values["document_number"], country, on=day)
    except DocumentError as fault:
        column = f"document_{fault.field}"
        cells.faults.append(ColumnFault(column, f"INVALID_{column.upper()}", fault.zh, fault.en))
    if kind and document and document.is_organization != (kind is CustomerKind.ORGANIZATION):
        zh, en = "证件种类与客户种类不符。", "This kind of customer has no such document."
        cells.faults.append(ColumnFault("document_type", "DOCUMENT_OF_ANOTHER_KIND", zh, en))
    cells.finish()
    if ref is None or kind is None or name is None or document is None:
        raise AssertionError("a value is missing without a fault")
    return StockCustomerRow(line, ref, kind, name, document)


def read_account(line: int, values: Mapping[str, str], *, day: date) -> StockAccountRow:
    """Read an account's row.

    :param day: the bank's day; nothing was opened after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = _Cells(values)
    ref = cells.read("account_ref", _ref)
    customer_ref = cells.read("customer_ref", _ref)
    number = cells.read("account_number", read_account_number)
    kind = cells.read("kind", lambda text: _one_of(AccountKind, text))
    account_class = cells.read("account_class", lambda text: _one_of(AccountClass, text))
    opened_on = cells.read("opened_on", lambda text: _past_day(text, day))
    balance_fen = cells.read("balance", _balance)
    cells.finish()
    if (
        ref is None
        or customer_ref is None
        or number is None
        or kind is None
        or account_class is None
        or opened_on is None
        or balance_fen is None
    ):
        raise AssertionError("a value is missing without a fault")
    return StockAccountRow(line, ref, customer_ref, number, kind, account_class, opened_on, balance_fen)


def read_card(line: int, values: Mapping[str, str], *, day: date) -> StockCardRow:
    """Read a card's row.

    :param day: the bank's day; nothing was issued after it.
    :raises RowRefused: with every fault of the row.
    """
    cells = _Cells(values)
    ref = cells.read("card_ref", _ref)
    account_ref = cells.read("account_ref", _ref)
    number = cells.read("card_number", _card_number)
    product = cells.read("product", lambda text: _one_of(CardProduct, text))
    issued_on = cells.read("issued_on", lambda text: _past_day(text, day))
    cells.finish()
    if ref is None or account_ref is None or number is None or product is None or issued_on is None:
        raise AssertionError("a value is missing without a fault")
    return StockCardRow(line, ref, account_ref, number, product, issued_on)


def check_class(row: StockAccountRow, holder: CustomerKind) -> None:
    """Check that this holder can have such an account: only individuals' accounts have a class.

    :raises RowRefused: otherwise.
    """
    if (holder is CustomerKind.ORGANIZATION) != (row.account_class is AccountClass.NONE):
        zh = "个人账户应有类别，单位账户不分类。"
        en = "An individual's account has a class, an organization's has none."
        raise RowRefused([ColumnFault("account_class", "CLASS_OF_ANOTHER_HOLDER", zh, en)])


def check_card_on(row: StockCardRow, kind: AccountKind, account_class: AccountClass, opened_on: date) -> None:
    """Check that a card can lie on this account.

    :raises RowRefused: a Class III or payment account, one younger than the card, or a product for individuals on an
        organization's account, which is the one without a class.
    """
    faults = []
    if not carries_cards(kind, account_class):
        en = "A Class III or payment account carries no card."
        faults.append(ColumnFault("account_ref", "CARD_NOT_OFFERED", _CARDLESS, en))
    if account_class is AccountClass.NONE and row.product.is_personal:
        zh, en = "该卡种仅限个人，单位账户不得配发。", "This product is for individuals only, not for an organization."
        faults.append(ColumnFault("product", "CARD_NOT_OFFERED", zh, en))
    if row.issued_on < opened_on:
        zh, en = "发卡日期早于开户日期。", "The card is older than its account."
        faults.append(ColumnFault("issued_on", "ISSUED_BEFORE_OPENING", zh, en))
    if faults:
        raise RowRefused(faults)


def _ref(text: str) -> str:
    if not _REF.fullmatch(text):
        raise ColumnFault(
            "", "INVALID_REF", "编号应为1至64个可见ASCII字符。", "A reference is 1 to 64 visible ASCII characters."
        )
    return text


def _one_of[T: (CustomerKind, AccountKind, AccountClass, CardProduct)](choices: type[T], text: str) -> T:
    for choice in choices:
        if choice.value == text:
            return choice
    known = ", ".join(choices.values)
    raise ColumnFault("", "UNKNOWN_VALUE", f"应为下列之一：{known}。", f"One of: {known}.")


def _card_number(text: str) -> str:
    if not luhn_valid(read_card_number(text)):
        raise FieldFault("卡号校验位不正确。", "The check digit of the card number is wrong.")
    return text


def _past_day(text: str, day: date) -> date:
    try:
        read = read_day(text)
    except FieldFault as fault:
        raise ColumnFault("", "INVALID_DAY", fault.zh, fault.en) from None
    if not EARLIEST_ON <= read <= day:
        zh = f"日期应为{EARLIEST_ON}至{day}之间的一天，格式YYYY-MM-DD。"
        en = f"A day from {EARLIEST_ON} to {day} as YYYY-MM-DD."
        raise ColumnFault("", "INVALID_DAY", zh, en)
    return read


def _balance(text: str) -> Fen:
    return 0 if _NOTHING.fullmatch(text) else parse_yuan(text)
