"""Numbers the bank gives out: of accounts (账号) and of cards (卡号), each once, with a check digit."""

from django.conf import settings

from accounts.models import Account, Card
from config.kernel.identity.cards import luhn_check_digit
from config.kernel.sealed import card_key
from config.kernel.sql import rows

#: An account number is 17 digits, so that it is never taken for a card of ours.
_ACCOUNT_HEAD, _ACCOUNT_DIGITS = "8010", 12
#: A card number is 19 digits: the bank's prefix, a running number, Luhn's digit (ISO/IEC 7812).
_CARD_LENGTH = 19


def new_account_number() -> str:
    """Return an unused account number; numbers that came with the stock are passed over."""
    while True:
        body = f"{_ACCOUNT_HEAD}{_next('accounts_account_number'):0{_ACCOUNT_DIGITS}d}"
        number = body + luhn_check_digit(body)
        if not Account.objects.filter(account_number=number).exists():
            return number


def new_card_number() -> tuple[str, bytes]:
    """Return an unused card number, and its blind index."""
    prefix = settings.CARD_PREFIX
    while True:
        body = f"{prefix}{_next('accounts_card_number'):0{_CARD_LENGTH - 1 - len(prefix)}d}"
        number = body + luhn_check_digit(body)
        index = card_key(number)
        if not Card.objects.filter(number_index=index).exists():
            return number, index


def _next(sequence: str) -> int:
    number: int = rows("SELECT nextval(%s::regclass) AS number", [sequence])[0]["number"]
    return number
