"""What may be shown of a number or a name (脱敏): the one place that decides.

Every mask works on any string, has the length of what it hides, and leaves
untouched what is already masked. Whatever is too short to be shown in part is
hidden whole. Where a value could not be read, that is said as it is.

:source: JR/T 0171-2020 个人金融信息保护技术规范, on showing personal financial
    information; 《个人信息保护法》 article 51, in force from 2021-11-01.
"""

from __future__ import annotations

from typing import Self

_STAR = "*"


def mask_document(number: str) -> str:
    """Mask a document number (证件号码): ``110105********002X``.

    Of 18 characters and more the first six and the last four are shown, so
    that the birth date is hidden; of shorter ones a quarter at either end.
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
    """Mask an address (住所、地址): the first six characters, a province and a city, and never more than half of it."""
    return _cover(address, head=min(6, len(address) // 2), tail=0)


def mask_card(number: str) -> str:
    """Mask a card number (卡号): ``622202******0005``.

    The first six and the last four are shown of 16 digits and more; what is
    shorter is no card of ours and is masked as an account number.
    """
    if len(number) >= 16:
        return _cover(number, head=6, tail=4)
    return mask_account(number)


def mask_account(number: str) -> str:
    """Mask an account number (账号): the last four, and at most the first four.

    Never more than half of it is shown.
    """
    shown = len(number) // 2
    tail = min(4, shown)
    return _cover(number, head=min(4, shown - tail), tail=tail)


def mask_phone(phone: str) -> str:
    """Mask a phone number (电话号码): ``138****8000``.

    Of any length but eleven, never more than half of it is shown.
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
    """Say in the place of a text that it cannot be read: shown whole by every mask, and equal to no text.

    No name is the same as this one, and none is sealed again: what needs the text refuses.
    """

    __slots__ = ()

    def __str__(self) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = str.__hash__
