"""From when until when a document was a customer's (证件归属期间)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Subquery

from accounts.models import Document
from accounts.vocabulary import RequestStatus
from config.kernel.models import Approval, ApprovalStatus

_LINK = "document_link"


@dataclass(frozen=True, slots=True)
class LinkedDocument:
    """A document of a customer.

    :ivar customer_id: whose row it is: one that was withdrawn before a merge stays with whom it was withdrawn from.
    :ivar since: when a second person linked it; None of one with which somebody became a customer.
    :ivar until: when it was withdrawn, None while it is the customer's.
    """

    document_id: UUID
    customer_id: UUID
    since: datetime | None
    until: datetime | None

    def stood(self, at: datetime) -> bool:
        """Say whether it was a customer's at an instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def linked_documents(customer_ids: Collection[UUID]) -> Mapping[bytes, tuple[LinkedDocument, ...]]:
    """Return all documents that a customer has or had, by identity, in one query.

    :param customer_ids: every id under which the customer is on record.
    """
    links = Approval.objects.filter(kind=_LINK, object_id=OuterRef("pk"), status=ApprovalStatus.APPROVED)
    rows = (
        Document.objects.filter(customer_id__in=customer_ids, status__in=[RequestStatus.IN_FORCE, RequestStatus.ENDED])
        .annotate(since=Subquery(links.order_by("id").values("decided_at")[:1]))
        .order_by("id")
    )
    found: defaultdict[bytes, list[LinkedDocument]] = defaultdict(list)
    for key, *told in rows.values_list("identity_key", "pk", "customer_id", "since", "ended_at"):
        found[bytes(key)].append(LinkedDocument(*told))
    return {key: tuple(each) for key, each in found.items()}
