"""Rule on the payee's name on a transfer's slip (回单)."""

from datetime import date


def names_payee(*, typed: bool, made_by_printer: bool, made_on: date, today: date, nth: int) -> bool:
    """Return whether a slip shows the payee's full name: first print, same day, by the teller of the order.

    :param typed: the payer stated the name for this order; False if it may come from an earlier transfer.
    :param made_by_printer: the person who prints accepted the order.
    :param made_on: the bank's day of the acceptance.
    :param nth: number of the print, 1 for the first.
    :source: house rule: the payer has just stated the name and checks it on paper. For others, and later, it is
        personal data of a third person and stays masked (《个人信息保护法》 article 6).
    """
    return typed and made_by_printer and made_on == today and nth == 1
