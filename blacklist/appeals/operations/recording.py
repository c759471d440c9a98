"""Record an appeal, pass it on to who certified, and keep the answer: it suspends nothing, and revokes nothing by itself."""

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
    """What an appeal says (申诉内容).

    :ivar subject: the place of the appellant in the paper, counted from 1; None for whoever is not named there.
    """

    appellant: str = field(repr=False)
    grounds: str = field(repr=False)
    received_on: date
    doc_no: str = ""
    subject: int | None = None


@dataclass(frozen=True, slots=True)
class AppealAnswer:
    """What became of an appeal, by which paper and on which day."""

    status: AppealStatus
    on: date
    doc_no: str = ""
    text: str = field(default="", repr=False)


@transaction_required
def record_appeal(*, principal: Caller, certificate_id: UUID, draft: AppealDraft, at: datetime) -> Appeal:
    """Record an appeal against a certificate (登记申诉); what it restricts goes on.

    :param at: the bank's clock.
    :raises BadRequest: for a day in the future, or before the certification.
    :raises NotFound: for an unknown certificate, or a place that is none of its.
    :raises CertificateStateRefused: when it was rejected or revoked: nobody is listed by it.
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
    """Pass an appeal on, or keep its answer (转交、答复申诉).

    Upheld it revokes nothing: that is proposed, and another person decides it.

    :raises BadRequest: for a day in the future, or before the receipt.
    :raises NotFound: for an unknown appeal.
    :raises AppealStateRefused: when it was answered, or passed on, before.
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
def attach_paper(
    *, principal: Caller, appeal_id: UUID, paper: AppealPaper, scan: Scan, at: datetime
) -> AppealAttachment:
    """Keep a scan with an appeal, sealed (登记申诉附件): also once it is answered.

    :param paper: what it shows.
    :raises NotFound: for an unknown appeal.
    :raises BadRequest: for a file that is no scan, or the answer to what is not answered.
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
def open_paper(*, principal: Caller, attachment_id: UUID, reason: str, appeal_id: UUID | None = None) -> Scan:
    """Open a scan of an appeal, and keep that it was looked at (查看附件).

    :param reason: a code of `LookReason`.
    :param appeal_id: whose it must be, where the caller says so.
    :raises NotFound: for an unknown attachment; nothing is kept.
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
