"""Check digit of card numbers (卡号校验位).

Only for the cards this bank issues. Account numbers, passbooks and some cards
of other banks do not follow Luhn, so a payee's number is never refused by it.

:source: ISO/IEC 7812-1, annex B.
"""

from __future__ import annotations

import re

from stdnum import luhn

_DIGITS = re.compile(r"[0-9]+")
#: The digit sum of twice a digit, by the digit's ASCII code.
_DOUBLED = bytes(sum(divmod(2 * (code - 48), 10)) if 48 <= code < 58 else 0 for code in range(256))


def luhn_check_digit(payload: str) -> str:
    """Compute the digit that completes a card number (校验位).

    :param payload: the number without its last digit, ASCII digits.
    :raises ValueError: when it is not made of digits.
    """
    if not _DIGITS.fullmatch(payload):
        raise ValueError("A card number is made of digits.")
    return luhn.calc_check_digit(payload)


def luhn_valid(number: str) -> bool:
    """Return whether a whole card number has the right last digit.

    Nothing is trimmed or folded: a text that is not all ASCII digits is not valid.
    """
    if not _DIGITS.fullmatch(number):
        return False
    backwards = number.encode()[::-1]
    plain, doubled = backwards[::2], backwards[1::2].translate(_DOUBLED)
    return (sum(plain) - 48 * len(plain) + sum(doubled)) % 10 == 0
