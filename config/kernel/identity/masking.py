"""Masks for numbers and names (脱敏): the only place that decides which characters are shown.

Every mask accepts any string, returns a text of the same length, and leaves a masked text unchanged. A text
too short to be shown in part is hidden completely. A value that could not be read is shown as unreadable
(`Unreadable`).

:source: JR/T 0171-2020 个人金融信息保护技术规范, on showing personal financial
    information; 《个人信息保护法》 article 51, in force from 2021-11-01.
"""

from __future__ import annotations

from typing import Self

_STAR = "*"


def mask_document(number: str) -> str:
    """Mask a document number (证件号码): ``110105********002X``.

    Of 18 and more characters the first six and the last four are shown, so that the birth date is hidden; of
    shorter numbers a quarter at either end.
    """
    quarter = len(number) // 4
    if len(number) >= 18:
        return _cover(number, head=6, tail=4)
    return _cover(number, head=quarter, tail=quarter)


def mask_name(name: str) -> str:
    """Mask a name (姓名或名称): the first character stays, ``张*``.

    A name of a single character is hidden whole.
    """
    return _cover(name, head=1 if len(name) > 1 else 0, tail=0)


def mask_address(address: str) -> str:
    """Mask an address (住所、地址): show the first six characters (province and city), never more than half."""
    return _cover(address, head=min(6, len(address) // 2), tail=0)


def mask_card(number: str) -> str:
    """Mask a card number (卡号): ``622202******0005``.

    Of 16 and more digits the first six and the last four are shown; a shorter number is not a card of this bank
    and is masked as an account number.
    """
    if len(number) >= 16:
        return _cover(number, head=6, tail=4)
    return mask_account(number)


def mask_account(number: str) -> str:
    """Mask an account number (账号): show the last four and at most the first four characters.

    Never more than half of it is shown.
    """
    shown = len(number) // 2
    tail = min(4, shown)
    return _cover(number, head=min(4, shown - tail), tail=tail)


def mask_phone(phone: str) -> str:
    """Mask a phone number (电话号码): ``138****8000``.

    Of a number without eleven digits, never more than half is shown.
    """
    if len(phone) == 11:
        return _cover(phone, head=3, tail=4)
    return mask_account(phone)


def _cover(value: str, *, head: int, tail: int) -> str:
    """Put stars over all but ``head`` characters in front and ``tail`` behind."""
    if isinstance(value, Unreadable):
        return value
    hidden = len(value) - head - tail
    return value[:head] + _STAR * hidden + value[len(value) - tail :]


class Unreadable(str):
    """The text shown in place of a value that cannot be read; masks leave it unchanged, and it equals no text.

    It is the same name as no other, and it is never sealed; an operation that needs the text refuses.
    """

    __slots__ = ()

    def __str__(self) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = str.__hash__
