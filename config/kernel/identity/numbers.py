"""Checks of the numbers of each kind of document (证件号码).

Every function takes a number already in plain form (ASCII, upper case) and returns the birth date in it, or
``None`` if it contains none. A wrong number raises :class:`DocumentError` on ``number``. Whether the birth
date is in the future is not checked here: that depends on the day.

:source: GB 11643-1999 公民身份号码; GB 32100-2015 统一社会信用代码编码规则.
"""

from __future__ import annotations

import re
from datetime import date
from operator import mul

from stdnum.cn import uscc

from config.kernel.identity.characters import is_han
from config.kernel.identity.faults import DocumentError

#: 2 to the power of the place, modulo 11. They multiply ASCII codes; the constant excess is subtracted later.
_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_CHECK_DIGITS = tuple("10X98765432"[(total - ord("0") * sum(_WEIGHTS)) % 11] for total in range(11))

#: No living person was born earlier; an earlier year is a misread number.
EARLIEST_BIRTH_ON = date(1850, 1, 1)

#: The codes of Hong Kong, Macau and Taiwan, at the place of the district code.
_HMT_PREFIXES = ("810000", "820000", "830000")

_FIRST_GENERATION = re.compile(r"[0-9]{15}")
_CITIZEN = re.compile(r"[1-8][0-9]{16}[0-9X]")
_HMT_RESIDENCE = re.compile(r"8[123]0000[0-9]{11}[0-9X]")
_FOREIGN_PR_2023 = re.compile(r"9[0-9]{16}[0-9X]")
_FOREIGN_PR_2017 = re.compile(r"[A-Z]{3}[0-9]{12}")
_HK_MACAU_PERMIT = re.compile(r"[HM](?:[0-9]{8}|[0-9]{10})")
_TAIWAN_PERMIT = re.compile(r"[0-9]{8}|[0-9]{10}")
_CHINESE_PASSPORT = re.compile(r"E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|[DSP][0-9A-Z]{8}")
_FOREIGN_PASSPORT = re.compile(r"[0-9A-Z]{5,17}")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")

MILITARY_ID_LENGTH_MAX = 32


def citizen_number(number: str) -> date:
    """Check a citizen number (公民身份号码) and return the birth date in it.

    An unknown district code is accepted: codes are retired and reissued, and people keep their number.

    :raises DocumentError: when the number has 15 digits, the wrong shape, the
        prefix of a residence permit, an impossible date or a wrong check digit.
    :source: GB 11643-1999; 15-digit cards are void since 2013-01-01.
    """
    if _FIRST_GENERATION.fullmatch(number):
        raise _fault(
            "15位的第一代身份证已于2013年1月1日停止使用，请出示18位号码的证件。",
            "15-digit ID cards have been void since 2013-01-01; a document with the 18-digit number is needed.",
        )
    if not _CITIZEN.fullmatch(number):
        raise _fault(
            "公民身份号码应为18位：17位数字加一位校验码（数字或X），首位为1至8。",
            "A citizen number has 18 characters: 17 digits, the first from 1 to 8, and a check digit or X.",
        )
    if number.startswith(_HMT_PREFIXES):
        raise _fault(
            "该号码属于港澳台居民居住证，请改选证件种类。",
            "This is the number of a residence permit for Hong Kong, Macau and "
            "Taiwan residents; choose that document type.",
        )
    return _birth_and_check_digit(number)


def expand_first_generation(number: str) -> str | None:
    """Return the 18-digit citizen number for a 15-digit one, None for any other text (15位升18位).

    The century is inserted before the year, the check digit is added at the end. The sequence numbers 996 to 999
    were kept for people born in the century before.

    :param number: in plain form; whether its date exists is not checked.
    :source: GB 11643-1989; GB 11643-1999, annex A.
    """
    if not _FIRST_GENERATION.fullmatch(number):
        return None
    century = "18" if number[12:] >= "996" else "19"
    body = f"{number[:6]}{century}{number[6:]}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Return the check digit of the 17 digits before it (ISO 7064, MOD 11-2).

    :source: GB 11643-1999.
    """
    total: int = sum(map(mul, body.encode(), _WEIGHTS))
    return _CHECK_DIGITS[total % 11]


def hmt_residence_number(number: str) -> date:
    """Check the number of a residence permit for Hong Kong, Macau, Taiwan (港澳台居民居住证); return its birth date.

    :raises DocumentError: when shape, date or check digit is wrong.
    """
    if not _HMT_RESIDENCE.fullmatch(number):
        raise _fault(
            "港澳台居民居住证号码应为18位，以810000、820000或830000开头。",
            "The permit number has 18 characters and starts with 810000, 820000 or 830000.",
        )
    return _birth_and_check_digit(number)


def foreign_pr_number(number: str) -> date | None:
    """Check the number of a foreign permanent resident card (外国人永久居留身份证).

    The card of 2023 has 18 characters, a birth date and a check digit; the card of 2017 has three letters and
    twelve digits. Both are valid.

    :returns: the birth date on a card of 2023, otherwise ``None``.
    :raises DocumentError: when the number belongs to neither card.
    """
    if _FOREIGN_PR_2017.fullmatch(number):
        return None
    if not _FOREIGN_PR_2023.fullmatch(number):
        raise _fault(
            "外国人永久居留身份证号码应为以9开头的18位号码，或3位字母加12位数字。",
            "The card number is 18 characters starting with 9, or three letters and twelve digits.",
        )
    return _birth_and_check_digit(number)


def hk_macau_permit_number(number: str) -> None:
    """Check the number of a travel permit of Hong Kong and Macau (港澳通行证).

    :raises DocumentError: when it is not H or M and 8 or 10 digits.
    """
    if not _HK_MACAU_PERMIT.fullmatch(number):
        raise _fault(
            "港澳居民来往内地通行证号码应为字母H或M加8位或10位数字。",
            "The permit number is H or M followed by 8 or 10 digits.",
        )


def taiwan_permit_number(number: str) -> None:
    """Check the number of a travel permit of Taiwan (台湾居民来往大陆通行证).

    :raises DocumentError: when it is not 8 or 10 digits.
    """
    if not _TAIWAN_PERMIT.fullmatch(number):
        raise _fault(
            "台湾居民来往大陆通行证号码应为8位或10位数字。",
            "The permit number is 8 or 10 digits.",
        )


def chinese_passport_number(number: str) -> None:
    """Check the number of a Chinese passport (中国护照).

    :raises DocumentError: when it belongs to no series that has been issued.
    """
    if not _CHINESE_PASSPORT.fullmatch(number):
        raise _fault(
            "中国护照号码应为9位，以E、G、D、S或P开头。",
            "A Chinese passport number has 9 characters and starts with E, G, D, S or P.",
        )


def foreign_passport_number(number: str) -> None:
    """Check the number of a foreign passport (外国护照).

    :raises DocumentError: when it is not 5 to 17 letters and digits.
    """
    if not _FOREIGN_PASSPORT.fullmatch(number):
        raise _fault(
            "护照号码应为5至17位字母或数字。",
            "A passport number has 5 to 17 letters and digits.",
        )


def military_number(number: str) -> None:
    """Check the number of a military ID (军官证、士兵证、武警证): free text.

    :raises DocumentError: when it is not 1 to 32 letters, Han characters,
        digits and hyphens, or has hyphens only.
    """
    fits = 1 <= len(number) <= MILITARY_ID_LENGTH_MAX and number.strip("-")
    if not fits or not all(map(_is_military_character, number)):
        raise _fault(
            "军人证件号码应为1至32个汉字、字母、数字或连字符。",
            "A military ID number has 1 to 32 Han characters, letters, digits and hyphens.",
        )


def credit_code(number: str) -> None:
    """Check a unified social credit code (统一社会信用代码).

    The check digit is 31 minus the weighted sum modulo 31; 31 is written ``0``.

    :raises DocumentError: when shape or check digit is wrong.
    :source: GB 32100-2015.
    """
    if not _USCC.fullmatch(number):
        raise _fault(
            "统一社会信用代码应为18位数字或大写字母，不含I、O、S、V、Z。",
            "A unified social credit code has 18 digits and letters, without I, O, S, V and Z.",
        )
    if number[-1] != uscc.calc_check_digit(number[:-1]):
        raise _wrong_check_digit()


def _birth_and_check_digit(number: str) -> date:
    """Return the birth date at places 7 to 14, after checking the check digit."""
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _fault(
            "证件号码中的出生日期不存在。",
            "The birth date in the document number does not exist.",
        ) from None
    if born_on < EARLIEST_BIRTH_ON:
        raise _fault(
            "证件号码中的出生日期过早。",
            "The birth date in the document number is too long ago.",
        )
    if number[-1] != check_digit(number[:-1]):
        raise _wrong_check_digit()
    return born_on


def _is_military_character(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character == "-"
    return is_han(character)


def _wrong_check_digit() -> DocumentError:
    return _fault(
        "证件号码的校验位不符，请核对后重新录入。",
        "The check digit of the document number is wrong; compare it with the document.",
    )


def _fault(zh: str, en: str) -> DocumentError:
    return DocumentError("number", zh, en)
