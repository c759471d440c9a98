"""Reading of identity documents (身份证件) into one identity for each person or organization.

One person always gets one identity, however the number was typed, and whichever document with the same
citizen number was shown, also a document whose own number contains the citizen number. Two persons never get
the same identity.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from config.kernel.identity import numbers
from config.kernel.identity.characters import fold_width, is_han
from config.kernel.identity.countries import CHINA, country_code
from config.kernel.identity.faults import DocumentError
from config.kernel.identity.numbers import check_digit, citizen_number
from config.kernel.identity.vocabulary import (
    CITIZEN_TYPES,
    INDIVIDUAL_TYPES,
    ORGANIZATION_TYPES,
    DocumentType,
)

__all__ = [
    "CITIZEN_TYPES",
    "INDIVIDUAL_TYPES",
    "ORGANIZATION_TYPES",
    "DocumentError",
    "DocumentType",
    "IdentityDocument",
    "check_validity",
    "identity_of",
    "parse_document",
]

#: The identity group of the documents that carry a citizen number.
CITIZEN_GROUP = "citizen"

#: Far above the length of any number; longer texts are refused unread.
_ENTRY_LENGTH_MAX = 64

_VISIBLE = re.compile("[!-~]+")

#: A travel permit ends in an issue count that changes with each card; these
#: first characters are the person (终身号).
_COMPARED_LENGTH = {DocumentType.HK_MACAU_PERMIT: 9, DocumentType.TAIWAN_PERMIT: 8}

_TYPES = {kind.value: kind for kind in DocumentType}
_JUDGES: dict[DocumentType, Callable[[str], date | None]] = {
    DocumentType.RESIDENT_ID: numbers.citizen_number,
    DocumentType.TEMPORARY_ID: numbers.citizen_number,
    DocumentType.HOUSEHOLD_REGISTER: numbers.citizen_number,
    DocumentType.HK_MACAU_PERMIT: numbers.hk_macau_permit_number,
    DocumentType.TAIWAN_PERMIT: numbers.taiwan_permit_number,
    DocumentType.HMT_RESIDENCE: numbers.hmt_residence_number,
    DocumentType.FOREIGN_PR_ID: numbers.foreign_pr_number,
    DocumentType.PASSPORT: numbers.foreign_passport_number,
    DocumentType.MILITARY_ID: numbers.military_number,
    DocumentType.USCC: numbers.credit_code,
}


@dataclass(frozen=True, slots=True)
class IdentityDocument:
    """An identity document in normal form (身份证件).

    The number and values derived from it are left out of ``repr``, and so of logs and traces.

    :ivar number: plain form: ASCII (Han in a military ID), upper case.
    :ivar country: ISO 3166 alpha-3 of a passport, otherwise empty.
    :ivar group: ``citizen`` for the three documents with a citizen number,
        otherwise the type.
    :ivar compared: the part of the number that identifies the person.
    :ivar birth_date: the date in the number; None if it contains none.
    """

    type: DocumentType
    number: str = field(repr=False)
    country: str
    group: str
    compared: str = field(repr=False)
    birth_date: date | None = field(repr=False)

    @property
    def identity(self) -> str:
        """Return the identity of the person or organization behind the document (身份).

        Two documents belong to the same person exactly when this value is equal. Limits, locks and listings use
        its hash.
        """
        return identity_of(self.type, self.number, self.country)

    @property
    def is_organization(self) -> bool:
        """Return whether the document belongs to an organization (单位)."""
        return self.type in ORGANIZATION_TYPES


def identity_of(type: str, number: str, country: str) -> str:  # noqa: A002 - the word of the contract
    """Return the identity of a document that was read before, as :attr:`IdentityDocument.identity` does.

    :param number: in plain form.
    :param country: ISO 3166 alpha-3 of a passport, otherwise empty.
    :raises DocumentError: for an unknown type.
    """
    kind = _document_type(type)
    return f"{_group(kind)}|{country}|{_compared(kind, number)}"


def parse_document(
    type: str,  # noqa: A002 - the word of the contract
    number: str,
    country: str | None = None,
    *,
    on: date,
) -> IdentityDocument:
    """Read a document as typed (识读证件).

    The type is never inferred from the number. Full-width characters and lower case are normalised; spaces,
    zero-width characters and digits of other scripts are refused. Validity is checked separately: see
    :func:`check_validity`.

    :param type: a value of :class:`DocumentType`.
    :param number: the number as typed, not trimmed.
    :param country: who issued a passport, ISO 3166 alpha-3 or alpha-2; must be
        left out for every other document.
    :param on: the day of judgment in Shanghai.
    :raises DocumentError: when type, country or number cannot be accepted.
    :source: regulation of documents: 银发〔2015〕392号; GB 11643-1999;
        GB 32100-2015; 港澳台居民居住证 and travel permits by their formats.
    """
    kind = _document_type(type)
    issuer = _issuer(kind, country)
    plain = _plain_number(number, han=kind is DocumentType.MILITARY_ID)
    judge = numbers.chinese_passport_number if issuer == CHINA else _JUDGES[kind]
    born_on = judge(plain)
    _refuse_unborn(born_on, on)
    return IdentityDocument(
        type=kind,
        number=plain,
        country=issuer,
        group=_group(kind),
        compared=_compared(kind, plain),
        birth_date=born_on,
    )


def check_validity(valid_until: date | None, *, on: date) -> None:
    """Refuse a document that has expired (证件过期).

    A document is valid through the whole of its last day. A document without a last day (长期) is always valid.

    :param valid_until: the last day of validity, or ``None``.
    :param on: the day of judgment in Shanghai.
    :raises DocumentError: on ``valid_until``, when that day is over.
    """
    if valid_until is not None and valid_until < on:
        raise DocumentError(
            "valid_until",
            f"证件已于{valid_until.year}年{valid_until.month}月{valid_until.day}日到期，请出示有效证件。",
            f"The document expired on {valid_until.day} {valid_until:%B} {valid_until.year}; a valid document is needed.",
        )


def _group(kind: DocumentType) -> str:
    return CITIZEN_GROUP if kind in CITIZEN_TYPES else kind.value


def _compared(kind: DocumentType, number: str) -> str:
    return number[: _COMPARED_LENGTH.get(kind)]


def _document_type(entered: str) -> DocumentType:
    kind = _TYPES.get(entered) if isinstance(entered, str) else None
    if kind is not None:
        return kind
    raise DocumentError(
        "type",
        "不受理的证件种类。可用：" + "、".join(DocumentType) + "。",
        "Unknown document type. One of: " + ", ".join(DocumentType) + ".",
    )


def _refuse_unborn(born_on: date | None, on: date) -> None:
    if born_on is not None and born_on > on:
        raise DocumentError(
            "number",
            "证件号码中的出生日期晚于今天。",
            "The birth date in the document number lies in the future.",
        )


def _issuer(kind: DocumentType, country: str | None) -> str:
    """Return the country of a passport; refuse a country for any other document."""
    if kind is not DocumentType.PASSPORT:
        if country:
            raise DocumentError(
                "country",
                "只有护照需要填写签发国家。",
                "Only a passport takes a country.",
            )
        return ""
    if not country:
        raise DocumentError(
            "country",
            "护照须填写签发国家或地区。",
            "A passport needs the country that issued it.",
        )
    issuer = country_code(country)
    if issuer is None:
        raise DocumentError(
            "country",
            "国家或地区代码应为ISO 3166三位或两位字母代码。",
            "The country must be an ISO 3166 alpha-3 or alpha-2 code.",
        )
    return issuer


def _plain_number(number: str, *, han: bool) -> str:
    """Return the number in ASCII and upper case, or refuse its characters.

    The characters are checked before the change of case, because ``ı`` and ``ſ`` would become plain letters.
    """
    if not isinstance(number, str) or not 0 < len(number) <= _ENTRY_LENGTH_MAX:
        raise DocumentError(
            "number",
            f"证件号码应为1至{_ENTRY_LENGTH_MAX}个字符。",
            f"The document number must have 1 to {_ENTRY_LENGTH_MAX} characters.",
        )
    if _VISIBLE.fullmatch(number):
        return number.upper()
    plain = fold_width(number)
    for character in plain:
        visible_ascii = "!" <= character <= "~"
        if not visible_ascii and not (han and is_han(character)):
            raise DocumentError(
                "number",
                "证件号码含有空格、不可见字符或不能识别的字符，请删除后重新录入。",
                "The document number contains a space, a hidden character or one "
                "of another script; remove it and enter the number again.",
            )
    return plain.upper()


_WHOLE = re.compile(r"(?<![0-9])[1-8][0-9]{16}[0-9X](?![0-9])")
_FIRST_GENERATION = re.compile(r"(?<![0-9])[1-8][0-9]{14}(?![0-9X])")


def citizen_identity_within(kind: str, number: str) -> str | None:
    """Return the identity of the citizen number that a document's number is or contains; None without one.

    A number of the first generation means the number that replaced it, with the century 19 and a check digit.

    :param number: in plain form.
    :source: GB 11643-1999; house rule: a document whose number contains a citizen number belongs to that citizen.
    """
    if kind in CITIZEN_TYPES or kind == DocumentType.USCC:
        return None
    for each in _candidates(number):
        try:
            citizen_number(each)
        except DocumentError:
            continue
        return identity_of(DocumentType.RESIDENT_ID, each, "")
    return None


def _candidates(number: str) -> Iterator[str]:
    yield from _WHOLE.findall(number)
    for each in _FIRST_GENERATION.findall(number):
        body = f"{each[:6]}19{each[6:]}"
        yield body + check_digit(body)
