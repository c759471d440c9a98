"""What is wrong with a document, a name or a phone, in words for a person.

A fault never repeats what was entered: it ends up in answers, logs and error
reports, and a document number must stand in none of them.
"""

from __future__ import annotations


class IdentityFault(ValueError):
    """Say in two languages why an entry cannot be read (录入错误).

    :param zh: the reason in Chinese, a whole sentence.
    :param en: the same reason in English.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


class DocumentError(IdentityFault):
    """Say which part of a document cannot be accepted (证件错误), and why.

    :param field: ``type``, ``number``, ``country`` or ``valid_until``.
    """

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.field = field


class NameFault(IdentityFault):
    """Say why a text cannot be a name (姓名或名称错误)."""


class PhoneError(IdentityFault):
    """Say why a text cannot be a phone number (电话号码错误)."""
