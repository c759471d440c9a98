"""Customers' documents as they were shown last: a renewed one may bear another number."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import F

from accounts.models import Document, DocumentRenewal
from accounts.vocabulary import RequestStatus


def as_shown_last(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return documents with the number they were shown with last; one query more where any was renewed.

    The rows are to be read: a document's own number stands.
    """
    found = tuple(documents)
    renewed = [row.id for row in found if row.renewal_count]
    if renewed:
        last = DocumentRenewal.objects.filter(document__in=renewed, nth=F("document__renewal_count"))
        numbers = {renewal.document_id: renewal.number for renewal in last}
        for row in found:
            row.number = numbers.get(row.id, row.number)
    return found


def types_on_file(customer_id: UUID) -> Sequence[str]:
    """Return the types of a customer's documents in force, the primary one first."""
    found = Document.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    return list(dict.fromkeys(found.order_by("-is_primary", "id").values_list("type", flat=True)))
