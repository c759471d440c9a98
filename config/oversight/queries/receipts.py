"""Receipts of exports by their filters, the newest first."""

from django.db.models import Q, QuerySet

from config.kernel.models import ExportReceipt
from config.kernel.trail.receipts import receipts_kept
from config.oversight.queries.evidence import Filters


def receipts_of(filters: Filters, digest: bytes | None = None) -> QuerySet[ExportReceipt]:
    """Return receipts; of a file by its digest all, whatever the days.

    :param digest: SHA-256 of the file.
    """
    found = receipts_kept()
    if digest is not None:
        return found.filter(sha256=digest)
    found = found.filter(written_at__gte=filters.begins_at, written_at__lt=filters.ends_at)
    if filters.about:
        about = filters.about
        found = found.filter(Q(decision_id=about) | Q(decision__principal_id=about) | Q(decision__object_id=about))
    return found
