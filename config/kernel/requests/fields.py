"""Rules for single fields (字段规则): each rule once, with its sentence, for API, desk and file imports.

A reader takes the entered text and returns the form that the bank stores. Its sentence never repeats the
entered value.
"""

import re
from datetime import date

from config.kernel.identity.account_numbers import bank_reference, same_bank
from config.kernel.identity.characters import is_hidden
from config.kernel.identity.faults import IdentityFault
from config.kernel.law.money import MoneyError
from config.kernel.law.text import Text

#: Maximum lengths of account numbers (an IBAN), card numbers and bank codes.
ACCOUNT_NUMBER_MAX, CARD_NUMBER_MAX, BANK_CODE_MAX = 34, 19, 14
#: Minimum lengths of card numbers and bank codes.
CARD_NUMBER_MIN, BANK_CODE_MIN = 12, 2

_ACCOUNT_NUMBER = re.compile(rf"[0-9A-Za-z]{{1,{ACCOUNT_NUMBER_MAX}}}")
_CARD_NUMBER = re.compile(rf"[0-9]{{{CARD_NUMBER_MIN},{CARD_NUMBER_MAX}}}")
_BANK_CODE = re.compile(rf"[0-9A-Za-z]{{{BANK_CODE_MIN},{BANK_CODE_MAX}}}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Control characters except tabs and line ends, and characters that change the direction of surrounding text.
NO_TEXT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_NO_TEXT = re.compile(f"[{NO_TEXT}]")

#: The sentence about a text that is not a day, for all readers.
NO_DAY = Text("须为 YYYY-MM-DD 形式的日期。", "A day, YYYY-MM-DD.")


class FieldFault(IdentityFault):
    """A text that a field does not accept (录入错误), with the reason in two languages."""


def sentence(fault: IdentityFault | MoneyError) -> Text:
    """Return the sentence of a fault for the person who entered the value."""
    return Text(fault.zh, fault.en)


def read_account_number(text: str) -> str:
    """Read an account number of any bank (账号): 1 to 34 ASCII letters or digits, case unchanged.

    :raises FieldFault: for any other text.
    """
    if not _ACCOUNT_NUMBER.fullmatch(text):
        raise FieldFault("账号须为1至34位字母或数字。", "An account number is 1 to 34 letters or digits.")
    return text


def read_card_number(text: str) -> str:
    """Read a card number (卡号): 12 to 19 digits. The check digit is not tested, because not every bank uses one.

    :raises FieldFault: for any other text.
    """
    if not _CARD_NUMBER.fullmatch(text):
        raise FieldFault("卡号须为12至19位数字。", "A card number is 12 to 19 digits.")
    return text


def read_bank_code(text: str) -> str:
    """Read a bank code (行号): 2 to 14 ASCII letters or digits; return it in upper case.

    :raises FieldFault: for any other text.
    """
    if not _BANK_CODE.fullmatch(text):
        raise FieldFault("行号须为2至14位字母或数字。", "A bank code is 2 to 14 letters or digits.")
    return bank_reference(text)


def read_other_bank_code(text: str, *, own: str) -> str:
    """Read the code of another bank; return it in upper case.

    :param own: this bank's code.
    :raises FieldFault: when it is not a bank code, or this bank's.
    """
    code = read_bank_code(text)
    if same_bank(code, own):
        raise FieldFault("本行账户无需登记为他行账户。", "This is our own code: an account here needs no registering.")
    return code


def is_blank(text: str) -> bool:
    """Return whether a text has only spaces and invisible characters."""
    return all(each.isspace() or is_hidden(each) for each in text)


def read_text(text: str) -> str:
    """Return a text of several lines unchanged (多行文字).

    The checker must read what was written, so characters that change the direction of text are refused.

    :raises FieldFault: for such a character, or a control character.
    """
    if _NO_TEXT.search(text):
        raise FieldFault(
            "含有控制字符或改变文字方向的字符，请删除后重新录入。",
            "It contains a control character, or one that changes the direction of the text.",
        )
    return text


def read_line(text: str) -> str:
    """Return one line of text with single spaces (单行文字).

    :raises FieldFault: for a hidden character or a line break.
    """
    if any(map(is_hidden, text)):
        raise FieldFault("含有控制字符或不可见字符，请删除后重新录入。", "It contains a control or hidden character.")
    return " ".join(text.split())


def read_day(text: str) -> date:
    """Read a calendar day of Shanghai, written YYYY-MM-DD (日期).

    :raises FieldFault: for any other text.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise FieldFault(NO_DAY.zh, NO_DAY.en)
