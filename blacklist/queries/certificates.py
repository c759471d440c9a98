"""Certificates as they are registered, with all that belongs to them, in sets."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from blacklist.models import Certificate
from config.kernel.models import Approval, ApprovalKind, ApprovalStatus


def certificates() -> QuerySet[Certificate]:
    """Return every certificate with what it names and what revokes it."""
    return (
        Certificate.objects.select_related("made_by")
        .defer("content")
        .prefetch_related("subjects__subject", "case_accounts", "revocations")
    )


def approval_ids(object_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return the latest approval of each certificate or revocation."""
    found = Approval.objects.filter(
        kind__in=[ApprovalKind.CERTIFICATE, ApprovalKind.REVOCATION], object_id__in=list(object_ids)
    )
    return dict(found.order_by("id").values_list("object_id", "id"))


def open_proposals(found: Iterable[Certificate], at: datetime) -> set[UUID]:
    """Return which of these certificates, and of their revocations, still wait for a second person at an instant."""
    ids = [each.id for row in found for each in (row, *row.revocations.all())]
    waiting = Approval.objects.filter(
        kind__in=[ApprovalKind.CERTIFICATE, ApprovalKind.REVOCATION],
        object_id__in=ids,
        status=ApprovalStatus.PENDING,
        expires_at__gt=at,
    )
    return set(waiting.values_list("object_id", flat=True))
