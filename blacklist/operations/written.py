"""Write a certificate that is read into the register, with whom and what it names (登记): nobody is judged here."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Subject, subject_match_key, subject_name_key
from blacklist.operations.case_accounts import case_accounts_of
from blacklist.operations.customers import Known
from blacklist.operations.drafts import ReadDraft, ReadSubject
from blacklist.vocabulary import CertificateStatus, ReviewReason
from config.kernel.access.keys import Caller


@dataclass(frozen=True, slots=True)
class Corrects:
    """Which certificate in force one takes the place of, by which paper of the authority, and why.

    :ivar number: of that paper; empty where the bank has entered it wrongly.
    """

    certificate_id: UUID
    number: str
    reason: str = field(repr=False)


def write_certificate(
    read: ReadDraft,
    known: Known,
    reasons: tuple[ReviewReason, ...],
    principal: Caller,
    at: datetime,
    corrects: Corrects | None = None,
) -> Certificate:
    """Write a certificate that nobody has decided yet.

    :param known: what the numbers of this bank that it names are.
    :param reasons: to look at it by hand.
    :param corrects: what it takes the place of; one that takes none renews the revoked row of its number, if there is one.
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
    """Find or make the subjects.

    They are written in the order of their keys: two certificates that name the same people in another
    order must not wait for each other.
    """
    Subject.objects.bulk_create(
        map(subject_row, sorted(subjects, key=lambda each: each.key)),
        ignore_conflicts=True,
    )
    found = Subject.objects.filter(identity_key__in=[subject.key for subject in subjects])
    return {bytes(key): row_id for key, row_id in found.values_list("identity_key", "id")}


def subject_row(subject: ReadSubject) -> Subject:
    """Return the row of a person or organization that no certificate has named yet."""
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
    """Return the row of a subject as one certificate writes it."""
    return CertificateSubject(
        certificate_id=certificate_id,  # type: ignore[misc]  # of a paper that is not written yet
        subject_id=subject_id,
        document_type=subject.document.type,
        country=subject.document.country,
        document_number=subject.document.number,
        name=subject.name,
    )


def _revoked_before(read: ReadDraft) -> Certificate | None:
    """Return the row of the same paper that was revoked last, whatever it said."""
    same = Certificate.objects.filter(
        region_code=read.draft.region_code,
        authority_compared=read.authority_compared,
        doc_no=read.draft.doc_no,
        status=CertificateStatus.REVOKED,
    )
    return same.order_by("-revoked_at", "-pk").first()
