"""Whether somebody of a customer's name and birth date is in the register under another document (疑似名单人员)."""

from accounts.queries.customers import CustomerShown
from accounts.queries.documents import born_on
from blacklist.operations.screening import namesake_is_listed
from config.kernel.identity.unreadable import Unreadable
from config.kernel.law.dates import shanghai_day


def is_possibly_listed(shown: CustomerShown) -> bool:
    """Say so of a customer; nobody whose birth date is not known, nor an organization, is compared.

    :source: house rule: a listed person who comes with another document.
    """
    customer = shown.customer
    born = born_on(customer, shanghai_day(shown.at), shown.documents)
    if born is None or isinstance(customer.name, Unreadable):
        return False
    return namesake_is_listed(customer.name, born, identity_keys=shown.keys.identity_keys, at=shown.at)
