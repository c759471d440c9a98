"""Keep the keys by which whoever may be one person is found, as names, birth dates and documents move (比对键)."""

from collections.abc import Iterator
from datetime import datetime

from accounts.models import Customer, Document
from accounts.operations.holders import lock_matches
from accounts.queries.matches import inner_key_of, present_match_key
from accounts.vocabulary import CustomerKind
from config.kernel.filling import fill
from config.kernel.identity.documents import CITIZEN_TYPES
from config.kernel.transactions import transaction_required


@transaction_required
def move_match_key(customer: Customer, at: datetime) -> None:
    """Write the key of a customer's name and birth date as they are now; nothing where it stays.

    :param customer: its row is locked, and its name and documents are as they will be.
    """
    key = present_match_key(customer, at)
    if key == (bytes(customer.match_key) if customer.match_key else None):
        return
    customer.match_key = key
    Customer.objects.filter(pk=customer.pk).update(match_key=key)
    # Whoever opens for somebody of the same name and birth date counts before this, or over both.
    lock_matches(customer.pk)


def fill_match_keys() -> Iterator[int]:
    """Write the keys that processes of a version before left out, and yield how many rows each piece was."""
    yield from fill(Customer.objects.filter(kind=CustomerKind.INDIVIDUAL, match_key=None), _fill_customer)
    yield from fill(Document.objects.filter(inner_key=None).exclude(type__in=[*CITIZEN_TYPES, "uscc"]), _fill_document)


def _fill_customer(row: Customer, at: datetime) -> None:
    if key := present_match_key(row, at):
        Customer.objects.filter(pk=row.pk).update(match_key=key)


def _fill_document(row: Document, _at: datetime) -> None:
    if key := inner_key_of(row.type, row.number):
        Document.objects.filter(pk=row.pk).update(inner_key=key)
