"""Update the keys that find customers who may be one person, when names, birth dates and documents change (比对键)."""

from datetime import datetime

from accounts.models import Customer
from accounts.operations.holders import lock_matches
from accounts.queries.matches import present_match_key
from config.kernel.database.transactions import transaction_required


@transaction_required
def update_match_key(customer: Customer, at: datetime) -> None:
    """Write the key of a customer's present name and birth date, where it has changed.

    :param customer: its row is locked, and its name and documents are already the new ones.
    """
    key = present_match_key(customer, at)
    if key == (bytes(customer.match_key) if customer.match_key else None):
        return
    customer.match_key = key
    Customer.objects.filter(pk=customer.pk).update(match_key=key)
    # An opening for a namesake with this birth date counts either before this change or over both customers.
    lock_matches(customer.pk)
