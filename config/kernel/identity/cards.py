"""The last digit of a card number (卡号校验位).

Only for the cards this bank issues. Account numbers, passbooks and some cards
of other banks do not follow Luhn, so a payee's number is never refused by it.

:source: ISO/IEC 7812-1, annex B.
"""

from __future__ import annotations

import re

from stdnum import luhn

_DIGITS = re.compile(r"[0-9]+")


def luhn_check_digit(payload: str) -> str:
    """Compute the digit that completes a card number (校验位).

    :param payload: the number without its last digit, ASCII digits.
    :raises ValueError: when it is not made of digits.
    """
    if not _DIGITS.fullmatch(payload):
        raise ValueError("A card number is made of digits.")
    return luhn.calc_check_digit(payload)


def luhn_valid(number: str) -> bool:
    """Tell whether a whole card number carries the right last digit.

    Nothing is trimmed or folded: what is not ASCII digits is not valid.
    """
    return bool(_DIGITS.fullmatch(number)) and luhn.is_valid(number)
