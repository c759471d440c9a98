"""Read whom a certificate names whole, on record."""

from uuid import UUID

from blacklist.models import Certificate
from blacklist.queries.certificates import find_certificate
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.unmasking import record_unmasking


@transaction_required
def unmask_certificate(*, principal: Caller, certificate_id: UUID, reason: str) -> Certificate:
    """Read a certificate whole, and keep that it was read (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown certificate; nothing is kept.
    """
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise NotFound
    record_unmasking(principal, reason, object_id=certificate.id)
    return certificate
