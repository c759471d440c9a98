"""A citizen number inside the number of another document (证件号码中的公民身份号码)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from config.kernel.identity.documents import CITIZEN_TYPES, identity_of
from config.kernel.identity.faults import DocumentError
from config.kernel.identity.numbers import check_digit, citizen_number
from config.kernel.identity.vocabulary import DocumentType

_WHOLE = re.compile(r"(?<![0-9])[1-8][0-9]{16}[0-9X](?![0-9])")
_FIRST_GENERATION = re.compile(r"(?<![0-9])[1-8][0-9]{14}(?![0-9X])")


def citizen_identity_within(kind: str, number: str) -> str | None:
    """Return the identity of the citizen number that another document's number is or contains, None where there is none.

    A number of the first generation stands for the one it became: born in 19.., with a check digit.

    :param number: in plain form.
    :source: GB 11643-1999; house rule: who carries a citizen number in another document is whose number it is.
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
