"""Register a certificate with its subjects and case accounts, and propose it to a second person (登记).

It restricts only after the approval, but stops its case accounts at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Subject, subject_match_key, subject_name_key
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.case_accounts import case_accounts_of, known_here, number_reasons
from blacklist.operations.customers import KnownNumbers, known_names
from blacklist.operations.drafts import CertificateDraft, ReadDraft, ReadSubject, first_difference, read_draft
from blacklist.operations.summaries import certificate_summary, status_before_approval
from blacklist.policy.content import Judgement, judge_paper
from blacklist.queries import case_account_key
from blacklist.refusals import CertificateExists
from blacklist.vocabulary import (
    THIS_BANK,
    UNDECIDED,
    CertificateStatus,
    ReviewReason,
    Rule,
)
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.database.locks import lock_concerned
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.sealed import card_key


@dataclass(frozen=True, slots=True)
class CorrectedCertificate:
    """The certificate in force that a correction replaces, with document and reason of the correction.

    :ivar number: number of the authority's document; empty if the bank entered the certificate wrongly.
    """

    certificate_id: UUID
    number: str
    reason: str = field(repr=False)


def _write_certificate(
    read: ReadDraft,
    known: KnownNumbers,
    reasons: tuple[ReviewReason, ...],
    principal: Caller,
    at: datetime,
    corrects: CorrectedCertificate | None = None,
) -> Certificate:
    """Write an undecided certificate.

    :param known: which of its numbers are accounts or cards of this bank.
    :param reasons: reasons for review.
    :param corrects: the certificate that it replaces; otherwise it renews the revoked certificate of its number, if
        there is one.
    """
    draft = read.draft
    place = (
        {"renews": _revoked_before(read)}
        if corrects is None
        else {
            "corrects_id": corrects.certificate_id,
            "correction_no": corrects.number,
            "correction_reason": corrects.reason,
        }
    )
    certificate = Certificate.objects.create(
        doc_no=draft.doc_no,
        authority_name=draft.authority_name,
        authority_compared=read.authority_compared,
        region_code=draft.region_code,
        level=draft.level,
        certified_on=draft.certified_on,
        received_on=draft.received_on,
        category=draft.category,
        legal_basis=draft.legal_basis,
        term_from=draft.term[0] if draft.term else None,
        term_to=draft.term[1] if draft.term else None,
        sentence_kind=draft.sentence.kind if draft.sentence else None,
        sentence_effective_on=draft.sentence.effective_on if draft.sentence else None,
        sentence_served_on=draft.sentence.served_on if draft.sentence else None,
        extent_accounts=draft.extent.accounts if draft.extent else None,
        extent_times=draft.extent.times if draft.extent else None,
        extent_counterparties=draft.extent.counterparties if draft.extent else None,
        status=CertificateStatus.MANUAL_REVIEW if reasons else CertificateStatus.PENDING,
        review_reasons=[reason.value for reason in reasons],
        content=read.content(),
        made_by_id=principal.id,
        made_at=at,
        stopped_from=at if read.case_accounts else None,
        **place,
    )
    subject_ids = _subjects(read.subjects)
    CertificateSubject.objects.bulk_create(
        named_row(subject, certificate_id=certificate.id, subject_id=subject_ids[subject.key])
        for subject in read.subjects
    )
    CaseAccount.objects.bulk_create(case_accounts_of(certificate, read.case_accounts, known))
    return certificate


def _subjects(subjects: tuple[ReadSubject, ...]) -> dict[bytes, UUID]:
    """Find or create the subjects.

    They are written in the order of their keys, to prevent a deadlock between two certificates that name the same
    people in a different order.
    """
    Subject.objects.bulk_create(
        map(subject_row, sorted(subjects, key=lambda each: each.key)),
        ignore_conflicts=True,
    )
    found = Subject.objects.filter(identity_key__in=[subject.key for subject in subjects])
    return {bytes(key): row_id for key, row_id in found.values_list("identity_key", "id")}


def subject_row(subject: ReadSubject) -> Subject:
    """Return the row of a person or organization that no certificate has named before."""
    return Subject(
        identity_key=subject.key,
        kind=subject.kind,
        document_type=subject.document.type,
        country=subject.document.country,
        document_number=subject.document.number,
        name=subject.name,
        name_index=subject_name_key(subject.name),
        match_key=subject_match_key(subject.name, subject.document.birth_date),
    )


def named_row(subject: ReadSubject, *, certificate_id: UUID | None, subject_id: UUID) -> CertificateSubject:
    """Return the row of a subject as one certificate names it."""
    return CertificateSubject(
        certificate_id=certificate_id,  # type: ignore[misc]  # of a paper that is not written yet
        subject_id=subject_id,
        document_type=subject.document.type,
        country=subject.document.country,
        document_number=subject.document.number,
        name=subject.name,
    )


def _revoked_before(read: ReadDraft) -> Certificate | None:
    """Return the certificate with the same number that was revoked last, whatever its content."""
    same = Certificate.objects.filter(
        region_code=read.draft.region_code,
        authority_compared=read.authority_compared,
        doc_no=read.draft.doc_no,
        status=CertificateStatus.REVOKED,
    )
    return same.order_by("-revoked_at", "-pk").first()


@transaction_required
def register_certificate(*, principal: Caller, draft: CertificateDraft, at: datetime) -> tuple[Certificate, bool]:
    """Register a certificate and propose to put it in force (登记认定书).

    From this instant until the decision, its case accounts at this bank pay nothing out (临时止付). The same certificate
    entered again returns the first one; if its proposal has expired, a new proposal is made. After a rejection or a
    revocation it can be registered again, as a new row that names the revoked one.

    :param draft: the content as entered, not yet checked.
    :param at: the bank's clock; a certificate with case accounts is registered at the clock's time after their locks
        are taken.
    :returns: the certificate, and whether it is new.
    :raises BadRequest: when the content is invalid.
    :raises AuthorityTooLow: for a county; only the record of the attempt is kept.
    :raises LegalBasisNotOffered: for a legal basis without a regime.
    :raises CertificateExists: when the number is registered with different content.
    """
    read = read_draft(draft, today=shanghai_day(at), own_bank_code=settings.BANK_CODE)
    if read.case_accounts:
        at = lock_accounts(read)
    facts = registered_facts(draft)
    with deciding("certificate", principal=principal, at=at, rule=Rule.REGISTER_CERTIFICATE, facts=facts) as decision:
        judgement = judge_paper(draft.facts, review_all=settings.REMARKS_TO_REVIEW)
        first = find_same_number(read)
        if first is not None:
            return _again(first, read, principal, at, decision), False
        certificate = record_certificate(read, judgement, principal, at, decision)
        _propose(certificate, principal, at)
        return certificate, True


@transaction_required
def record_certificate(
    read: ReadDraft,
    judgement: Judgement,
    principal: Caller,
    at: datetime,
    decision: Deciding,
    corrects: CorrectedCertificate | None = None,
) -> Certificate:
    """Write a certificate that may be registered; record the reasons for review with the decision.

    :param judgement: of its content.
    :param corrects: the certificate that it replaces, if any.
    """
    known = known_here(read.case_accounts)
    subjects = [(each.key, each.compared_name) for each in read.subjects]
    names = known_names([key for key, _ in subjects])
    reasons = judgement.reasons_with(name_reasons(subjects, names) + number_reasons(read.case_accounts, known))
    decision.facts["remarks"] = [remark.value for remark in judgement.remarks]
    decision.facts["review_reasons"] = [reason.value for reason in reasons]
    certificate = _write_certificate(read, known, reasons, principal, at, corrects)
    decision.object_id = certificate.id
    return certificate


@transaction_required
def lock_accounts(read: ReadDraft) -> datetime:
    """Lock a certificate's accounts against concurrent decisions; return the instant of their stop."""
    return lock_concerned(lambda: _keys_of(read))


def _keys_of(read: ReadDraft) -> Iterator[bytes]:
    """Yield lock keys of a certificate's accounts, as account and as card, because a number may change kind."""
    for number, bank in read.case_accounts:
        yield case_account_key(number, bank)
        if bank == THIS_BANK:
            yield card_key(number)


def registered_facts(draft: CertificateDraft) -> dict[str, Any]:
    """Return the facts kept with the decision to register a certificate."""
    return {
        "doc_no": draft.doc_no,
        "level": draft.level.value,
        "region_code": draft.region_code,
        "category": draft.category.value,
        "legal_basis": str(draft.legal_basis),
        "certified_on": draft.certified_on.isoformat(),
    }


@transaction_required
def find_same_number(read: ReadDraft) -> Certificate | None:
    """Return the locked certificate with the number of a draft; a correction counts once it is in force."""
    return (
        Certificate.objects.select_for_update(no_key=True, of=("self",))
        .filter(
            region_code=read.draft.region_code,
            authority_compared=read.authority_compared,
            doc_no=read.draft.doc_no,
        )
        .exclude(status__in=[CertificateStatus.REJECTED, CertificateStatus.REVOKED])
        .filter(Q(corrects=None) | Q(status=CertificateStatus.IN_FORCE))
        .first()
    )


def _again(first: Certificate, read: ReadDraft, principal: Caller, at: datetime, decision: Deciding) -> Certificate:
    decision.object_id = first.id
    if bytes(first.content) != read.content():
        raise CertificateExists(certificate_id=str(first.id), differs=first_difference(first, read))
    if first.status in UNDECIDED and not approvals.open_about([first.id], at):
        _propose(first, principal, at)
    return first


def name_reasons(
    subjects: Iterable[tuple[bytes, str]], names: Mapping[bytes, Collection[str]]
) -> tuple[ReviewReason, ...]:
    """Return the reason for review if a customer's document comes with another name.

    :param subjects: key and normalized name of each subject.
    :param names: by identity key, all normalized names of the customer.
    """
    if any(key in names and compared not in names[key] for key, compared in subjects):
        return (ReviewReason.NAME_DIFFERS,)
    return ()


def _propose(certificate: Certificate, principal: Caller, at: datetime) -> None:
    propose_certificate(approvals.make_room(CERTIFICATE, certificate.id, at=at), certificate, principal)


@transaction_required
def propose_certificate(
    place: approvals.Place, certificate: Certificate, principal: Caller, differs: Collection[str] = ()
) -> None:
    """Propose to put a certificate in force and, for a correction, to replace the present one.

    :param place: place of its only open proposal.
    :param differs: parts that differ from the replaced certificate; masked names may look alike.
    """
    corrected = {"corrected_status": CertificateStatus.REVOKED.value, "differs": list(differs)}
    approvals.propose(
        place,
        principal=principal,
        object_id=certificate.id,
        before=status_before_approval(certificate),
        after={
            **certificate_summary(certificate, masked=True),
            "status": CertificateStatus.IN_FORCE.value,
            **(corrected if certificate.corrects_id else {}),
        },
        subject_keys=lock_keys(*filter(None, (certificate.id, certificate.corrects_id))),
    )


def lock_keys(*certificate_ids: UUID) -> list[bytes]:
    """Return the keys that are locked to put certificates in force or to lift them.

    A decision about an account takes shared locks on the keys of its number and of its cards.
    """
    subjects = CertificateSubject.objects.filter(certificate_id__in=certificate_ids)
    people = subjects.values_list("subject__identity_key", flat=True)
    named = list(CaseAccount.objects.filter(certificate_id__in=certificate_ids))
    numbers = {case_account_key(each.number, each.bank_code) for each in named if each.card_number is None}
    cards = {bytes(each.card_key) for each in named if each.card_key is not None}
    return sorted({bytes(key) for key in people} | numbers | cards)
