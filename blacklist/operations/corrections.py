"""Correct a certificate in force (更正认定书): a new certificate replaces it after approval.

The old row stays unchanged and readable. The correction is registered like any certificate: its authority is checked,
doubts need review, and its case accounts are stopped until the decision.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings

from blacklist.models import Certificate
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.drafts import CertificateDraft, ReadDraft, differences, first_difference, read_draft
from blacklist.operations.registration import (
    CorrectedCertificate,
    find_same_number,
    lock_accounts,
    propose_certificate,
    record_certificate,
    registered_facts,
)
from blacklist.policy.content import judge_paper
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
    """The corrected content of a certificate, with document and reason of the correction.

    :ivar correction_no: number of the authority's document; empty if the bank entered the certificate wrongly.
    """

    paper: CertificateDraft
    correction_no: str
    reason: str = field(repr=False)


@transaction_required
def request_correction(
    *, principal: Caller, certificate_id: UUID, draft: CorrectionDraft, at: datetime
) -> tuple[Certificate, bool]:
    """Register a corrected certificate and propose that it replaces the present one (申请更正认定).

    Until the approval the certificate stays in force; then it is revoked and the correction is in force. The same
    correction sent again, while the first one waits, returns the first one.

    :param at: the bank's clock; a correction with case accounts is registered at the clock's time after their locks
        are taken.
    :returns: the correction, and whether it is new.
    :raises BadRequest, AuthorityTooLow, LegalBasisNotOffered: as for any certificate.
    :raises NotFound: for an unknown certificate.
    :raises CertificateStateRefused: when it is not in force.
    :raises NothingCorrected: when the content is unchanged.
    :raises CertificateExists: when another certificate has the number.
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
        # A refusal concerns the certificate in force.
        decision.object_id = corrected.id
        if corrected.status != CertificateStatus.IN_FORCE:
            raise CertificateStateRefused(certificate_id=str(corrected.id), status=corrected.status)
        judgement = judge_paper(paper.facts, review_all=settings.REMARKS_TO_REVIEW)
        if _number(corrected) == _number(read) and bytes(corrected.content) == read.content():
            raise NothingCorrected
        bearer = find_same_number(read)
        if bearer is not None and bearer.id != corrected.id:
            raise CertificateExists(certificate_id=str(bearer.id), differs=first_difference(bearer, read))
        waiting = Certificate.objects.filter(corrects=corrected).exclude(status=CertificateStatus.REJECTED).first()
        if waiting is not None:
            decision.object_id = waiting.id
            if not _same(waiting, read, draft):
                raise approvals.ApprovalPending(approval_id=str(approvals.open_about([waiting.id], at)[waiting.id]))
            return waiting, False
        corrects = CorrectedCertificate(corrected.id, draft.correction_no, draft.reason)
        certificate = record_certificate(read, judgement, principal, at, decision, corrects)
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
