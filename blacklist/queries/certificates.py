"""Certificates as they are registered, with all that belongs to them, in sets."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from blacklist.models import Certificate
from config.kernel.models import Approval, ApprovalKind


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
