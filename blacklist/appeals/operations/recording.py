"""Record an appeal, forward it to the authority, and record the answer. None of these revokes anything."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from blacklist.appeals.models import Appeal, AppealAttachment
from blacklist.appeals.policy.course import check_move
from blacklist.appeals.vocabulary import AppealPaper, AppealStatus, Rule
from blacklist.models import Certificate, CertificateSubject
from blacklist.refusals import CertificateStateRefused
from blacklist.vocabulary import CertificateStatus
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.trail.decisions import deciding
from config.kernel.trail.scans import Scan, check_scan, keep_scan, open_scan


@dataclass(frozen=True, slots=True)
class AppealDraft:
    """The content of an appeal as entered (申诉内容).

    :ivar subject: the appellant's place in the certificate, counted from 1; None if the certificate does not name the
        appellant.
    """

    appellant: str = field(repr=False)
    grounds: str = field(repr=False)
    received_on: date
    doc_no: str = ""
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class AppealAnswer:
    """The next status of an appeal, with document number and day of the answer."""

    status: AppealStatus
    on: date
    doc_no: str = ""
    text: str = field(default="", repr=False)


@transaction_required
def record_appeal(*, principal: Caller, certificate_id: UUID, draft: AppealDraft, at: datetime) -> Appeal:
    """Record an appeal against a certificate (登记申诉); the certificate's restrictions continue.

    :param at: the bank's clock.
    :raises BadRequest: for a day in the future, or before the certification.
    :raises NotFound: for an unknown certificate, or a place that the certificate does not have.
    :raises CertificateStateRefused: when the certificate was rejected or revoked: it lists no one.
    """
    certificate = Certificate.objects.select_for_update(no_key=True, of=("self",)).filter(pk=certificate_id).first()
    if certificate is None:
        raise NotFound
    if not certificate.certified_on <= draft.received_on <= shanghai_day(at):
        day = Text("收到日期不得早于认定日期，也不得晚于今天。", "The day of receipt is neither before the certification nor in the future.")  # fmt: skip
        raise BadRequest({"received_on": [day]})
    subject = None if draft.subject is None else _subject(certificate, draft.subject)
    facts = {"received_on": draft.received_on.isoformat()}
    with deciding(
        "appeal", principal=principal, at=at, rule=Rule.RECORD_APPEAL, object_id=certificate.id, facts=facts
    ) as decision:
        if certificate.status in {CertificateStatus.REJECTED, CertificateStatus.REVOKED}:
            raise CertificateStateRefused(certificate_id=str(certificate.id), status=certificate.status)
        appeal = Appeal.objects.create(
            certificate=certificate,
            named_subject=subject,
            appellant=draft.appellant,
            grounds=draft.grounds,
            doc_no=draft.doc_no,
            received_on=draft.received_on,
            made_by_id=principal.id,
            made_at=at,
        )
        decision.object_id = appeal.id
        decision.facts["certificate_id"] = str(certificate.id)
        return appeal


@transaction_required
def move_appeal(*, principal: Caller, appeal_id: UUID, answer: AppealAnswer, at: datetime) -> Appeal:
    """Forward an appeal, or record its answer (转交、答复申诉).

    An upheld appeal revokes nothing by itself. A person proposes the revocation, and another person approves it.

    :raises BadRequest: for a day in the future, or before the receipt.
    :raises NotFound: for an unknown appeal.
    :raises AppealStateRefused: when the appeal was already answered, or already forwarded.
    """
    appeal = Appeal.objects.select_for_update(no_key=True, of=("self",)).filter(pk=appeal_id).first()
    if appeal is None:
        raise NotFound
    if not appeal.received_on <= answer.on <= shanghai_day(at):
        day = Text("日期不得早于收到日期，也不得晚于今天。", "The day is neither before the receipt nor in the future.")
        raise BadRequest({"on": [day]})
    facts = {"certificate_id": str(appeal.certificate_id), "appeal_status": answer.status.value}
    with deciding("appeal", principal=principal, at=at, rule=Rule.MOVE_APPEAL, object_id=appeal.id, facts=facts):
        check_move(AppealStatus(appeal.status), answer.status)
        appeal.status = answer.status
        if answer.status == AppealStatus.FORWARDED:
            appeal.forwarded_on = answer.on
        else:
            appeal.answered_on, appeal.answer_no, appeal.answer = answer.on, answer.doc_no, answer.text or None
        appeal.save(update_fields=["status", "forwarded_on", "answered_on", "answer_no", "answer"])
    return appeal


@transaction_required
def attach_scan(
    *, principal: Caller, appeal_id: UUID, paper: AppealPaper, scan: Scan, at: datetime
) -> AppealAttachment:
    """Add an encrypted scan to an appeal (登记申诉附件), also after the answer.

    :param paper: what the scan shows: the submission or the answer.
    :raises NotFound: for an unknown appeal.
    :raises BadRequest: for a file that is no scan, or for a scan of an answer while the appeal has none.
    """
    scan = check_scan(scan)
    appeal = Appeal.objects.filter(pk=appeal_id).first()
    if appeal is None:
        raise NotFound
    if paper == AppealPaper.ANSWER and appeal.answered_on is None:
        unanswered = Text("申诉尚未答复，没有答复文书。", "The appeal is not answered yet: there is no answer to keep.")
        raise BadRequest({"paper": [unanswered]})
    facts = {"certificate_id": str(appeal.certificate_id), "appeal_paper": paper.value, **scan.facts}
    with deciding("appeal", principal=principal, at=at, rule=Rule.ATTACH_APPEAL, object_id=appeal.id, facts=facts):
        return keep_scan(AppealAttachment(appeal=appeal, paper=paper), scan, principal=principal, at=at)


@transaction_required
def open_appeal_scan(*, principal: Caller, attachment_id: UUID, reason: str, appeal_id: UUID | None = None) -> Scan:
    """Open a scan of an appeal and record who looked at it and why (查看附件).

    :param reason: a code of `LookReason`.
    :param appeal_id: the appeal to which the scan must belong; None to skip this check.
    :raises NotFound: for an unknown attachment; nothing is recorded.
    """
    row = AppealAttachment.objects.filter(pk=attachment_id).first()
    if row is None or appeal_id not in {None, row.appeal_id}:
        raise NotFound
    return open_scan(row, principal=principal, reason=reason)


def _subject(certificate: Certificate, place: int) -> CertificateSubject:
    found = list(CertificateSubject.objects.filter(certificate=certificate).order_by("pk"))
    if not 1 <= place <= len(found):
        raise NotFound
    return found[place - 1]
