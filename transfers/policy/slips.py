"""What a transfer's slip says of the payee on paper (回单)."""

from datetime import date


def names_payee(*, typed: bool, made_by_printer: bool, made_on: date, today: date, nth: int) -> bool:
    """Say whether a slip names the payee whole, as the payer typed it: on its first print, that day, by who took the order.

    :param typed: the payer told the name for this order; of a payee paid before it may have been taken from then.
    :param made_by_printer: whoever prints took the payer's order.
    :param made_on: the bank's day of the acceptance.
    :param nth: which print it is, 1 for the first.
    :source: house rule: the payer has just told the name and checks it on paper; to anybody else, and later, it is another
        person's, and stays masked (《个人信息保护法》 article 6).
    """
    return typed and made_by_printer and made_on == today and nth == 1
