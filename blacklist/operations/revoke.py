"""Revoke a certificate: from the approval on, what it caused is over, and nothing else."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.register import lock_keys
from blacklist.operations.summaries import revocation_summary
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import (
    CertificateStatus,
    RevocationStatus,
    Rule,
)
from config.kernel import approvals
from config.kernel.dates import shanghai_day
from config.kernel.decisions import deciding
from config.kernel.keys import Caller
from config.kernel.refusals import BadRequest, NotFound
from config.kernel.text import Text
from config.kernel.transactions import transaction_required


@dataclass(frozen=True, slots=True)
class RevocationDraft:
    """What a revocation says (撤销文书内容)."""

    doc_no: str
    revoked_on: date
    reason: str = field(repr=False)


@transaction_required
def request_revocation(*, principal: Caller, certificate_id: UUID, draft: RevocationDraft, at: datetime) -> Revocation:
    """Propose to revoke a certificate (申请撤销认定).

    :param at: the bank's clock.
    :raises BadRequest: for a day in the future, or before the certification.
    :raises NotFound: for an unknown certificate.
    :raises CertificateStateRefused: when it is not in force.
    :raises ApprovalPending: while another revocation of it waits for a second person.
    """
    certificate = Certificate.objects.select_for_update(no_key=True, of=("self",)).filter(pk=certificate_id).first()
    _check_day(draft, certificate, at)
    if certificate is None:
        raise NotFound
    with deciding(
        "revocation",
        principal=principal,
        at=at,
        rule=Rule.REQUEST_REVOCATION,
        object_id=certificate.id,
        facts={"doc_no": draft.doc_no, "revoked_on": draft.revoked_on.isoformat()},
    ):
        if certificate.status != CertificateStatus.IN_FORCE:
            raise CertificateStateRefused(certificate_id=str(certificate.id), status=certificate.status)
        place = approvals.make_room(REVOCATION, certificate.id, at=at)
        revocation = Revocation.objects.create(
            certificate=certificate,
            doc_no=draft.doc_no,
            revoked_on=draft.revoked_on,
            reason=draft.reason,
            made_by_id=principal.id,
            made_at=at,
        )
        approvals.propose(
            place,
            principal=principal,
            object_id=revocation.id,
            before={"status": revocation.status, "certificate_status": certificate.status},
            after={
                **revocation_summary(revocation),
                "status": RevocationStatus.IN_FORCE.value,
                "certificate_status": CertificateStatus.REVOKED.value,
            },
            subject_keys=lock_keys(certificate.id),
        )
    return revocation


def _check_day(draft: RevocationDraft, certificate: Certificate | None, at: datetime) -> None:
    if draft.revoked_on > shanghai_day(at):
        message = Text("撤销日期不得晚于今天。", "The date of revocation cannot be in the future.")
    elif certificate is not None and draft.revoked_on < certificate.certified_on:
        message = Text("撤销日期不得早于认定日期。", "The date of revocation cannot be before the certification date.")
    else:
        return
    raise BadRequest({"revoked_on": [message]})
