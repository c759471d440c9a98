"""Errors in documents, names and phone numbers, with sentences for people.

A sentence never repeats the entered value: it appears in answers, logs and error reports, which must not
contain a document number.
"""

from __future__ import annotations


class IdentityFault(ValueError):
    """An entry that cannot be read (录入错误), with the reason in two languages.

    :param zh: the reason in Chinese, a whole sentence.
    :param en: the same reason in English.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class DocumentError(IdentityFault):
    """A document that cannot be accepted (证件错误), with the wrong part and the reason.

    :param field: ``type``, ``number``, ``country`` or ``valid_until``.
    """

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.field = field


class NameFault(IdentityFault):
    """A text that cannot be a name (姓名或名称错误), with the reason."""


class PhoneError(IdentityFault):
    """A text that cannot be a phone number (电话号码错误), with the reason."""
