"""Customers' documents as they were shown last: a renewed one may bear another number."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F

from accounts.models import Document, DocumentRenewal
from accounts.vocabulary import RequestStatus


def as_shown_last(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return documents with the numbers they were shown with last; one query more where any was renewed."""
    found = tuple(documents)
    renewed = {row.id: row for row in found if row.renewal_count}
    if renewed:
        for last in DocumentRenewal.objects.filter(document__in=renewed, nth=F("document__renewal_count")):
            renewed[last.document_id].last_renewal = last
    return found


def number_shown(document: Document) -> Any:
    """Return the number a document was shown with last, as `as_shown_last` has found it."""
    return (document.last_renewal or document).number


def types_on_file(customer_id: UUID) -> Sequence[str]:
    """Return the types of a customer's documents in force, the primary one first."""
    found = Document.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    return list(dict.fromkeys(found.order_by("-is_primary", "id").values_list("type", flat=True)))
