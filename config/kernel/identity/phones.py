"""Normal form of phone numbers (电话号码).

Customers are looked up by phone number, and several persons with one number must be noticed, so a number has
one written form.

:source: 银发〔2016〕261号 一(七), one phone and one person; ITU-T E.164.
"""

from __future__ import annotations

import re

from config.kernel.identity.characters import fold_width
from config.kernel.identity.faults import PhoneError

__all__ = ["PhoneError", "normalise_phone"]

#: Far above any phone number with its separators.
_ENTRY_LENGTH_MAX = 40

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
#: Area code 010, 02x or 0[3-9]xx, then 7 or 8 digits.
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[1-9][0-9]{6,7}")
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATOR = re.compile(r"(?<=[0-9])[ -](?=[0-9])")


def normalise_phone(raw: str) -> str:
    """Write a phone number in the form in which it is stored (号码规范化).

    A mainland mobile becomes its 11 digits, a landline its area code and
    number, any other number ``+`` and up to 15 digits. Single spaces and
    hyphens between digits are dropped, ``00`` in front is read as ``+``.

    :param raw: the number as typed; surrounding spaces are refused.
    :raises PhoneError: when it is none of these.
    """
    if not isinstance(raw, str) or len(raw) > _ENTRY_LENGTH_MAX:
        raise _unreadable()
    phone = _SEPARATOR.sub("", fold_width(raw))
    if phone.startswith("00"):
        phone = "+" + phone.removeprefix("00")
    if phone.startswith("+86"):
        phone = _national_digits(phone.removeprefix("+86"))
    if any(form.fullmatch(phone) for form in (_MOBILE, _LANDLINE, _ABROAD)):
        return phone
    raise _unreadable()


def _national_digits(phone: str) -> str:
    """Return the digits after the country code of China as dialled in China."""
    if _MOBILE.fullmatch(phone) or phone.startswith("0"):
        return phone
    return "0" + phone


def _unreadable() -> PhoneError:
    return PhoneError(
        "电话号码应为11位手机号、带区号的固定电话，或以+开头的国际号码。",
        "A phone number is an 11-digit mobile, a landline with its area code, or "
        "an international number starting with +.",
    )
