"""Keep the keys by which whoever may be one person is found, as names, birth dates and documents move (比对键)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import Customer, Document
from accounts.operations.holders import lock_matches
from accounts.queries.matches import inner_key_of, present_match_key
from accounts.vocabulary import CustomerKind
from config.kernel.clock import bank_now
from config.kernel.identity.documents import CITIZEN_TYPES
from config.kernel.transactions import owned, transaction_required

#: How many rows are written in one transaction.
PIECE = 500
_FIRST = UUID(int=0)


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
    """Write the keys that processes of a version before left out, and yield how many rows each piece was.

    Each piece is a transaction of its own; what was interrupted is begun again, and a second run writes nothing.
    """
    waits = Customer.objects.filter(kind=CustomerKind.INDIVIDUAL, match_key=None)
    yield from _pieces(waits, _fill_customer)
    others = Document.objects.filter(inner_key=None).exclude(type__in=[*CITIZEN_TYPES, "uscc"])
    yield from _pieces(others, _fill_document)


def _pieces(waits, fill) -> Iterator[int]:  # type: ignore[no-untyped-def]
    last = _FIRST
    while True:
        with owned():
            piece = list(waits.filter(Q(pk__gt=last)).order_by("pk").select_for_update(no_key=True)[:PIECE])
            at = bank_now()
            for row in piece:
                fill(row, at)
        if not piece:
            return
        yield len(piece)
        last = piece[-1].pk


def _fill_customer(row: Customer, at: datetime) -> None:
    if key := present_match_key(row, at):
        Customer.objects.filter(pk=row.pk).update(match_key=key)


def _fill_document(row: Document, _at: datetime) -> None:
    if key := inner_key_of(row.type, row.number):
        Document.objects.filter(pk=row.pk).update(inner_key=key)
