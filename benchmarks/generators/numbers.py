"""Numbers of made-up documents, accounts and cards (模拟号码), unique and with correct check digits.

Numbers are computed from a counter, not drawn, so that none repeats and none must be stored.
"""

from datetime import date, timedelta
from functools import cache
from math import gcd

from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from benchmarks.generators.words import DISTRICTS
from config.kernel.identity.cards import luhn_check_digit

_BRANCHES, _CARD_DIGITS = 400, 18
#: Maximum of numbers for a district and day; as many more are reserved for namesakes. The last of the thousand were for
#: people born in the previous century.
_SEQUENCES = 490
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def scatter(number: int, size: int, shift: int = 0) -> int:
    """Map a number below `size` to another one below `size`; the mapping is a permutation."""
    return (number * _step(size) + shift) % size


@cache
def _step(size: int) -> int:
    step = int(size * 0.6180339887) | 1
    while gcd(step, size) != 1:
        step += 2
    return step


class Births:
    """Generator of birth places, birth days and sequence numbers within some years (出生登记)."""

    def __init__(self, first: date, last: date, shift: int) -> None:
        self.first = first
        self.days = (last - first).days + 1
        self.shift = shift
        self.count = 0

    def next(self) -> tuple[str, date, int]:
        """Return district, day and sequence number of a new person; the sequence is odd for a man.

        :raises OverflowError: when all combinations are used.
        """
        size = len(DISTRICTS) * self.days * _SEQUENCES
        if self.count >= size:
            raise OverflowError
        place = scatter(self.count, size, self.shift)
        self.count += 1
        place, sequence = divmod(place, _SEQUENCES)
        district, day = divmod(place, self.days)
        return DISTRICTS[district], self.first + timedelta(days=day), sequence


def citizen_number(district: str, born: date, sequence: int) -> str:
    """Return a citizen number (公民身份号码).

    :source: GB 11643-1999.
    """
    body = f"{district}{born:%Y%m%d}{sequence:03d}"
    return body + mod_11_2.calc_check_digit(body)


def twin_sequence(sequence: int) -> int:
    """Return the sequence number of a namesake born in the same district on the same day."""
    return sequence + _SEQUENCES


def first_generation(number: str) -> str:
    """Return the 15-digit form of a citizen number, for births before 2000 (第一代身份证号码)."""
    return number[:6] + number[8:17]


def credit_code(count: int, shift: int) -> str:
    """Return a company's credit code (统一社会信用代码); the organization code in it has its check digit.

    :source: GB 32100-2015; GB 11714-1997.
    """
    body = f"{scatter(count, 10**8, shift):08d}"
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(_ORGANIZATION_WEIGHTS, body, strict=True)) % 11
    number = f"91{DISTRICTS[count % len(DISTRICTS)]}{body}{'0123456789X0'[rest]}"
    return number + uscc.calc_check_digit(number)


def account_number(count: int, shift: int) -> tuple[str, str]:
    """Return branch and number of an account (网点、账号): 2, branch, serial number."""
    branch = f"37{scatter(count, _BRANCHES, shift) + 1:04d}"
    return branch, f"2{branch[2:]}{scatter(count, 10**10, shift):010d}"


def card_number(count: int, prefix: str, shift: int) -> str:
    """Return a card number of 19 digits with the bank's prefix and a Luhn digit (ISO/IEC 7812)."""
    digits = _CARD_DIGITS - len(prefix)
    body = f"{prefix}{scatter(count, 10**digits, shift):0{digits}d}"
    return body + luhn_check_digit(body)


def passport_number(count: int, shift: int) -> str:
    """Return the number of a Chinese passport (中国护照)."""
    return f"E{scatter(count, 10**8, shift):08d}"


def foreign_number(count: int, shift: int) -> str:
    """Return a nine-digit number of a foreign passport (外国护照)."""
    return f"{scatter(count, 10**9, shift):09d}"


def permit_number(count: int, shift: int) -> str:
    """Return an eight-digit number of a travel permit (通行证)."""
    return f"{scatter(count, 10**8, shift):08d}"


def mobile_number(count: int, shift: int) -> str:
    """Return a mobile number (手机号码)."""
    return f"13{scatter(count, 10**9, shift):09d}"
