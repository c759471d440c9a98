"""Correct a certificate that is in force (更正认定书): a new row takes its place once a second person approves.

The old row and what it says stay as they are, and readable. The correction is registered as any certificate is: its
authority judged, what is doubtful looked at by hand, the case accounts that it names stopped until it is decided.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings

from blacklist.models import Certificate
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.drafts import CertificateDraft, ReadDraft, differences, first_difference, read_draft
from blacklist.operations.registration import (
    Corrects,
    lock_accounts,
    propose_certificate,
    registered_facts,
    same_paper,
    take_in,
)
from blacklist.policy.authority import judge_authority
from blacklist.policy.penalties import certifier_clause, regime_of
from blacklist.refusals import CertificateExists, CertificateStateRefused, NothingCorrected
from blacklist.vocabulary import CertificateStatus, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding


@dataclass(frozen=True, slots=True)
class CorrectionDraft:
    """What a certificate says as corrected, by which paper, and why.

    :ivar correction_no: of the authority's paper; empty where the bank has entered the certificate wrongly.
    """

    paper: CertificateDraft
    correction_no: str
    reason: str = field(repr=False)


@transaction_required
def request_correction(
    *, principal: Caller, certificate_id: UUID, draft: CorrectionDraft, at: datetime
) -> tuple[Certificate, bool]:
    """Register what a certificate says as corrected, and propose that it takes its place (申请更正认定).

    Until it is approved the certificate stands as it is; at that instant it is over and the correction in force. The same
    correction again is the first one while that waits.

    :param at: the bank's clock; a correction of case accounts is registered by the clock as it is under their locks.
    :returns: the correction, and whether it is new.
    :raises BadRequest, AuthorityTooLow, LegalBasisNotOffered: as for any certificate.
    :raises NotFound: for an unknown certificate.
    :raises CertificateStateRefused: when it is not in force.
    :raises NothingCorrected: when it would say what it says.
    :raises CertificateExists: when the number stands for another certificate.
    :raises ApprovalPending: while another correction of it waits for a second person.
    """
    paper = draft.paper
    read = read_draft(paper, today=shanghai_day(at), own_bank_code=settings.BANK_CODE)
    if read.case_accounts:
        at = lock_accounts(read)
    corrected = Certificate.objects.select_for_update(no_key=True, of=("self",)).filter(pk=certificate_id).first()
    if corrected is None:
        raise NotFound
    facts = registered_facts(paper) | {"corrects": str(corrected.id), "correction_no": draft.correction_no}
    with deciding("certificate", principal=principal, at=at, rule=Rule.REGISTER_CERTIFICATE, facts=facts) as decision:
        # What is refused is about the certificate that stands.
        decision.object_id = corrected.id
        if corrected.status != CertificateStatus.IN_FORCE:
            raise CertificateStateRefused(certificate_id=str(corrected.id), status=corrected.status)
        reasons = judge_authority(paper.level, paper.region_code, certifier_clause(paper.legal_basis, paper.category))
        regime_of(paper.legal_basis)
        if _number(corrected) == _number(read) and bytes(corrected.content) == read.content():
            raise NothingCorrected
        bearer = same_paper(read)
        if bearer is not None and bearer.id != corrected.id:
            raise CertificateExists(certificate_id=str(bearer.id), differs=first_difference(bearer, read))
        waiting = Certificate.objects.filter(corrects=corrected).exclude(status=CertificateStatus.REJECTED).first()
        if waiting is not None:
            decision.object_id = waiting.id
            if not _same(waiting, read, draft):
                raise approvals.ApprovalPending(approval_id=str(approvals.open_about([waiting.id], at)[waiting.id]))
            return waiting, False
        corrects = Corrects(corrected.id, draft.correction_no, draft.reason)
        certificate = take_in(read, reasons, principal, at, decision, corrects)
        place = approvals.make_room(CERTIFICATE, certificate.id, at=at)
        propose_certificate(place, certificate, principal, differs=differences(corrected, read))
        return certificate, True


def _number(paper: Certificate | ReadDraft) -> tuple[str, str, str]:
    of = paper.draft if isinstance(paper, ReadDraft) else paper
    return of.region_code, paper.authority_compared, of.doc_no


def _same(waiting: Certificate, read: ReadDraft, draft: CorrectionDraft) -> bool:
    return (
        _number(waiting) == _number(read)
        and bytes(waiting.content) == read.content()
        and waiting.correction_no == draft.correction_no
    )
