"""Numbers that the bank issues: of accounts (账号) and of cards (卡号), each unique, with a check digit.

Numbers are random, so that one does not reveal the next. Numbers issued before, and those of imported stock, are
skipped. The unique constraints `account_number_unique` and `card_number_unique` decide: a transaction that loses a
race is run again by `perform`, with a new number.
"""

import secrets
from collections.abc import Callable

from django.conf import settings

from accounts.models import Account, Card
from config.kernel.identity.cards import luhn_check_digit
from config.kernel.vault.sealed import card_key

#: An account number is 17 digits, so that it is never taken for a card of ours.
_ACCOUNT_HEAD, _ACCOUNT_LENGTH = "8010", 17
#: A card number is 19 digits: the bank's prefix, random digits, Luhn's digit (ISO/IEC 7812).
_CARD_LENGTH = 19
#: Attempts to draw an unused number. When all fail, nearly all numbers with this prefix are in use.
DRAWS_MAX = 64


class NumbersExhausted(RuntimeError):
    """Raised when all numbers that were drawn are taken."""


def new_account_number() -> str:
    """Return an unused account number.

    :raises NumbersExhausted: when all that were drawn are taken.
    """
    return _unused(
        lambda: _random_number(_ACCOUNT_HEAD, _ACCOUNT_LENGTH),
        lambda number: Account.objects.filter(account_number=number).exists(),
    )


def new_card_number() -> tuple[str, bytes]:
    """Return an unused card number and its blind index.

    :raises NumbersExhausted: when all that were drawn are taken.
    """
    number = _unused(
        lambda: _random_number(settings.CARD_PREFIX, _CARD_LENGTH),
        lambda number: Card.objects.filter(number_index=card_key(number)).exists(),
    )
    return number, card_key(number)


def _unused(draw: Callable[[], str], taken: Callable[[str], bool]) -> str:
    for _ in range(DRAWS_MAX):
        if not taken(number := draw()):
            return number
    raise NumbersExhausted


def _random_number(head: str, length: int) -> str:
    """Return a number of a length: the prefix, random digits, Luhn's check digit."""
    digits = length - 1 - len(head)
    body = f"{head}{secrets.randbelow(10**digits):0{digits}d}"
    return body + luhn_check_digit(body)
