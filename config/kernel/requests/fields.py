"""What one field may hold, whoever fills it in: each rule once, with its sentence (字段规则).

A reader takes a text as it was entered and returns it in the form the bank keeps. The API, the desk and the
loaders put the same readers behind fields of their own; what a reader refuses never repeats what was entered.
"""

import re
from datetime import date

from config.kernel.identity.account_numbers import bank_reference, same_bank
from config.kernel.identity.characters import is_hidden
from config.kernel.identity.faults import IdentityFault
from config.kernel.law.money import MoneyError
from config.kernel.law.text import Text

#: The longest account number there is, an IBAN's, and the longest of cards and banks.
ACCOUNT_NUMBER_MAX, CARD_NUMBER_MAX, BANK_CODE_MAX = 34, 19, 14
#: The shortest of cards and banks.
CARD_NUMBER_MIN, BANK_CODE_MIN = 12, 2

_ACCOUNT_NUMBER = re.compile(rf"[0-9A-Za-z]{{1,{ACCOUNT_NUMBER_MAX}}}")
_CARD_NUMBER = re.compile(rf"[0-9]{{{CARD_NUMBER_MIN},{CARD_NUMBER_MAX}}}")
_BANK_CODE = re.compile(rf"[0-9A-Za-z]{{{BANK_CODE_MIN},{BANK_CODE_MAX}}}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Control characters but for tabs and the ends of lines, and those that turn the direction of the text around them.
NO_TEXT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_NO_TEXT = re.compile(f"[{NO_TEXT}]")

#: What is said of a text that is no day, by whatever reads it.
NO_DAY = Text("须为 YYYY-MM-DD 形式的日期。", "A day, YYYY-MM-DD.")


class FieldFault(IdentityFault):
    """Say in two languages why a text cannot stand in a field (录入错误)."""


def sentence(fault: IdentityFault | MoneyError) -> Text:
    """Return what a reader said, as whoever entered it reads it."""
    return Text(fault.zh, fault.en)


def read_account_number(text: str) -> str:
    """Return an account number of any bank (账号): 1 to 34 ASCII letters or digits, in the case it was entered in.

    :raises FieldFault: when it is none.
    """
    if not _ACCOUNT_NUMBER.fullmatch(text):
        raise FieldFault("账号须为1至34位字母或数字。", "An account number is 1 to 34 letters or digits.")
    return text


def read_card_number(text: str) -> str:
    """Return a card number (卡号): 12 to 19 digits. Its check digit is not looked at: not every bank has one.

    :raises FieldFault: when it is none.
    """
    if not _CARD_NUMBER.fullmatch(text):
        raise FieldFault("卡号须为12至19位数字。", "A card number is 12 to 19 digits.")
    return text


def read_bank_code(text: str) -> str:
    """Return a bank's code (行号): 2 to 14 ASCII letters or digits, in upper case.

    :raises FieldFault: when it is none.
    """
    if not _BANK_CODE.fullmatch(text):
        raise FieldFault("行号须为2至14位字母或数字。", "A bank code is 2 to 14 letters or digits.")
    return bank_reference(text)


def read_other_bank_code(text: str, *, own: str) -> str:
    """Return the code of a bank that is not this one, in upper case.

    :param own: this bank's code.
    :raises FieldFault: when it is no code, or this bank's.
    """
    code = read_bank_code(text)
    if same_bank(code, own):
        raise FieldFault("本行账户无需登记为他行账户。", "This is our own code: an account here needs no registering.")
    return code


def says_nothing(text: str) -> bool:
    """Say whether there is nothing in a text but spaces and invisible characters."""
    return all(each.isspace() or is_hidden(each) for each in text)


def read_text(text: str) -> str:
    """Return a text of any number of lines as it is (多行文字).

    Who decides about it has to read what was written: no character may turn the direction of those around it.

    :raises FieldFault: when such a one stands in it, or a control character.
    """
    if _NO_TEXT.search(text):
        raise FieldFault(
            "含有控制字符或改变文字方向的字符，请删除后重新录入。",
            "It contains a control character, or one that changes the direction of the text.",
        )
    return text


def read_line(text: str) -> str:
    """Return one line of text with its spaces tidied (单行文字).

    :raises FieldFault: when a hidden character stands in it, a line break among them.
    """
    if any(map(is_hidden, text)):
        raise FieldFault("含有控制字符或不可见字符，请删除后重新录入。", "It contains a control or hidden character.")
    return " ".join(text.split())


def read_day(text: str) -> date:
    """Return a calendar day of Shanghai, written YYYY-MM-DD (日期).

    :raises FieldFault: when it is none.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise FieldFault(NO_DAY.zh, NO_DAY.en)
