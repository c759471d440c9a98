"""Money in fen (分), and its written forms.

Inside the bank an amount is a whole number of fen. Yuan appear only in input and output: as a decimal string,
and in capital characters (人民币大写) on a voucher. Binary fractions are never used.
"""

from __future__ import annotations

import re

#: A whole number of fen (分), one hundredth of a yuan.
type Fen = int

#: The largest amount that can be written: 13 digits of yuan and two decimals.
FEN_MAX: Fen = 10**15 - 1

#: Maximum balance of an account: 10^15 yuan. A balance plus a batch of maximum amounts still fits a bigint.
BALANCE_MAX: Fen = 10**17

_YUAN = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")

_WRITTEN = re.compile(r"(-?)([0-9]+)(\.[0-9]{2})")

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIAD = 10**4
_HUNDRED_MILLION = 10**8


class MoneyError(ValueError):
    """A text that is not an amount (金额错误), with the reason in two languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def parse_yuan(text: str) -> Fen:
    """Read an amount in yuan (金额) as the API spells it.

    :param text: 1 to 13 digits, then at most two decimals; ASCII, not trimmed.
    :returns: the amount in fen, at least 1 and at most :data:`FEN_MAX`.
    :raises MoneyError: for any other text, for zero, and for a value that is not a text.
    """
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise MoneyError(
            "金额应为以元为单位的数字字符串，最多13位整数和两位小数。",
            "An amount is a string of yuan: at most 13 digits and two decimals.",
        )
    yuan, decimals = match[1], match[2] or ""
    fen = int(yuan) * 100 + int(decimals.ljust(2, "0"))
    if fen == 0:
        raise MoneyError("金额必须大于零。", "An amount must be greater than zero.")
    return fen


def format_yuan(fen: Fen) -> str:
    """Write an amount in yuan with exactly two decimals.

    :param fen: any amount; a debit entry is negative.
    """
    yuan, rest = divmod(abs(fen), 100)
    sign = "-" if fen < 0 else ""
    return f"{sign}{yuan}.{rest:02d}"


def yuan_text(fen: Fen) -> str:
    """Write an amount in yuan for people, with thousands commas.

    :param fen: any amount; a debit entry is negative.
    """
    return grouped(format_yuan(fen))


def grouped(yuan: str) -> str:
    """Add thousands commas to an amount written by :func:`format_yuan`; return any other text unchanged."""
    found = _WRITTEN.fullmatch(yuan)
    return f"{found[1]}{int(found[2]):,}{found[3]}" if found else yuan


def capital_yuan(fen: Fen) -> str:
    """Write an amount in capital characters (人民币大写), as on a voucher.

    An amount without fen ends with ``整``, so that nothing can be added. A gap of zeros is one ``零``; where the
    rules make the ``零`` optional (the digit before 万 or 元 is 0, the next is not), it is left out.

    :param fen: at most :data:`FEN_MAX` in either direction; a negative amount begins with ``负``.
    :raises ValueError: when the amount is larger.
    :source: 《支付结算办法》 (银发〔1997〕393号) annex 1, in force from 1997-12-01.
    """
    if abs(fen) > FEN_MAX:
        raise ValueError("The amount has more than 13 digits of yuan.")
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    words = "负" if fen < 0 else ""
    if yuan or not rest:
        words += (_capital_number(yuan) or _DIGITS[0]) + "元"
    if jiao:
        words += _DIGITS[jiao] + "角"
    if not cents:
        return words + "整"
    if yuan and not jiao:
        words += _DIGITS[0]
    return words + _DIGITS[cents] + "分"


def _capital_number(number: int) -> str:
    """Write a whole number in capital characters; empty for zero."""
    for unit, character in ((_HUNDRED_MILLION, "亿"), (_MYRIAD, "万")):
        if number >= unit:
            high, low = divmod(number, unit)
            gap = _DIGITS[0] if 0 < low < unit // 10 else ""
            return _capital_number(high) + character + gap + _capital_number(low)
    return _capital_group(number)


def _capital_group(group: int) -> str:
    """Write a number below ten thousand; inner zeros become one ``零``."""
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            words += (_DIGITS[0] if gap and words else "") + _DIGITS[digit]
            words += _PLACES[place]
        gap = not digit
    return words
