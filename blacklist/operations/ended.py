"""End what a correction takes the place of (更正生效): at the instant of its approval, and as its checker has read it."""

from datetime import datetime
from uuid import UUID

from blacklist.models import Certificate
from blacklist.queries.corrections import bearer_of, changed_since_made
from blacklist.vocabulary import CertificateStatus
from config.kernel.approvals import ApprovalStale
from config.kernel.database.transactions import transaction_required


@transaction_required
def end_corrected(correction: Certificate, corrected_id: UUID, at: datetime) -> None:
    """Revoke the certificate that is corrected.

    :param corrected_id: of the certificate whose place the correction takes.
    :param at: the instant from which on the correction is in force.
    :raises ApprovalStale: when it is not in force any more or something was taken out of it since, or when another
        certificate has come to bear the number of the correction.
    """
    if changed_since_made(correction) or bearer_of(correction) is not None:
        raise ApprovalStale
    corrected = Certificate.objects.filter(pk=corrected_id, status=CertificateStatus.IN_FORCE)
    if corrected.update(status=CertificateStatus.REVOKED, revoked_at=at) != 1:
        raise ApprovalStale
