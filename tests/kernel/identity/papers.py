"""Documents for tests: made-up people with right check digits."""

from __future__ import annotations

from datetime import date

import pytest
from stdnum.iso7064 import mod_11_2

from config.kernel.identity.documents import DocumentError, parse_document

TODAY = date(2026, 11, 25)
ZHANG = "11010519491231002X"


def citizen(district: str, birth: str, sequence: str = "001") -> str:
    body = district + birth + sequence
    return body + mod_11_2.calc_check_digit(body)


def refused(kind: str, number: str, country: str | None = None, on: date = TODAY):
    with pytest.raises(DocumentError) as caught:
        parse_document(kind, number, country, on=on)
    return caught.value
