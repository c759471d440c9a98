"""Register a certificate; it restricts nobody until a second person approves it, but stops the case accounts it names."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Subject, subject_match_key, subject_name_key
from blacklist.operations.approvals import CERTIFICATE
from blacklist.operations.case_accounts import case_accounts_of, known_here, number_reasons
from blacklist.operations.customers import Known, known_names
from blacklist.operations.drafts import CertificateDraft, ReadDraft, ReadSubject, read_draft
from blacklist.operations.summaries import certificate_summary
from blacklist.policy.authority import judge_authority
from blacklist.policy.penalties import regime_of
from blacklist.policy.remarks import reasons_to_review, remarks_of
from blacklist.queries import case_account_key
from blacklist.queries.content import extent_of
from blacklist.refusals import CertificateExists
from blacklist.vocabulary import (
    THIS_BANK,
    UNDECIDED,
    CertificateStatus,
    ReviewReason,
    Rule,
)
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.decisions import Deciding, deciding
from config.kernel.keys import Caller
from config.kernel.locks import lock_everybody, lock_subjects
from config.kernel.sealed import card_key
from config.kernel.transactions import transaction_required


@transaction_required
def register_certificate(*, principal: Caller, draft: CertificateDraft, at: datetime) -> tuple[Certificate, bool]:
    """Register a certificate and propose to put it in force (登记认定书).

    From this instant on the case accounts of this bank that it names pay nothing out, until it is decided (临时止付).
    The same paper entered again is the first one; when its proposal has expired, it is proposed anew.
    A rejected entry does not stand in the way of the paper, nor a revoked one: it comes again as a new row that names the
    revoked one.

    :param draft: as the paper says it; nothing of it is judged yet.
    :param at: the bank's clock; a certificate of case accounts is registered by the clock as it is under their locks.
    :returns: the certificate, and whether it is new.
    :raises BadRequest: when the paper makes no sense.
    :raises AuthorityTooLow: by a county; nothing is kept but the record of the attempt.
    :raises LegalBasisNotOffered: for a legal basis that is no regime's.
    :raises CertificateExists: when the number stands for another content.
    """
    read = read_draft(draft, today=shanghai_day(at), own_bank_code=settings.BANK_CODE)
    if read.case_accounts:
        at = _lock_accounts(read)
    facts = registered_facts(draft)
    with deciding("certificate", principal=principal, at=at, rule=Rule.REGISTER_CERTIFICATE, facts=facts) as decision:
        reasons = judge_authority(draft.level, draft.region_code)
        regime_of(draft.legal_basis)
        first = _same_paper(read)
        if first is not None:
            return _again(first, read, principal, at, decision), False
        known = known_here(read.case_accounts)
        remarks = remarks_of(draft.facts)
        subjects = [(each.key, each.compared_name) for each in read.subjects]
        reasons += name_reasons(subjects, known_names([key for key, _ in subjects]))
        reasons += number_reasons(read.case_accounts, known)
        reasons += reasons_to_review(remarks, all_of_them=settings.REMARKS_TO_REVIEW)
        decision.facts["remarks"] = [remark.value for remark in remarks]
        decision.facts["review_reasons"] = [reason.value for reason in reasons]
        certificate = _write(read, known, reasons, principal, at)
        decision.object_id = certificate.id
        _propose(certificate, principal, at)
        return certificate, True


def _lock_accounts(read: ReadDraft) -> datetime:
    """Exclude whoever decides about the accounts that a paper names, and return the instant from which they are stopped."""
    lock_everybody()
    lock_subjects(_keys_of(read), exclusive=True)
    return bank_now()


def _keys_of(read: ReadDraft) -> Iterator[bytes]:
    """Yield the keys of what a paper names here: what a number is, an account's or a card's, may change meanwhile."""
    for number, bank in read.case_accounts:
        yield case_account_key(number, bank)
        if bank == THIS_BANK:
            yield card_key(number)


def registered_facts(draft: CertificateDraft) -> dict[str, Any]:
    """Return what the decision to register a paper keeps of it."""
    return {
        "doc_no": draft.doc_no,
        "level": draft.level.value,
        "region_code": draft.region_code,
        "category": draft.category.value,
        "legal_basis": str(draft.legal_basis),
        "certified_on": draft.certified_on.isoformat(),
    }


def _same_paper(read: ReadDraft) -> Certificate | None:
    return (
        Certificate.objects.select_for_update(no_key=True, of=("self",))
        .filter(
            region_code=read.draft.region_code,
            authority_compared=read.authority_compared,
            doc_no=read.draft.doc_no,
        )
        .exclude(status__in=[CertificateStatus.REJECTED, CertificateStatus.REVOKED])
        .first()
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


def _again(first: Certificate, read: ReadDraft, principal: Caller, at: datetime, decision: Deciding) -> Certificate:
    decision.object_id = first.id
    if bytes(first.content) != read.content():
        raise CertificateExists(certificate_id=str(first.id), differs=first_difference(first, read))
    if first.status in UNDECIDED and not approvals.open_about([first.id], at):
        _propose(first, principal, at)
    return first


def first_difference(certificate: Certificate, read: ReadDraft) -> str:
    """Return the first part of the content that differs from what is registered.

    Compared are forms and counts, then whoever is named; the answer names the part, never its value.
    """
    draft = read.draft
    registered = {
        "authority.level": (certificate.level, draft.level.value),
        "certified_on": (certificate.certified_on, draft.certified_on),
        "received_on": (certificate.received_on, draft.received_on),
        "category": (certificate.category, draft.category.value),
        "legal_basis": (certificate.legal_basis, str(draft.legal_basis)),
        "term": (certificate.term, draft.term),
        "extent": (extent_of(certificate), draft.extent),
        "case_accounts": (
            {(each.number, each.bank_code) for each in certificate.case_accounts.all()},
            set(read.case_accounts),
        ),
    }
    return next((part for part, (old, new) in registered.items() if old != new), "subjects")


def name_reasons(
    subjects: Iterable[tuple[bytes, str]], names: Mapping[bytes, Collection[str]]
) -> tuple[ReviewReason, ...]:
    """Return the reason to look by hand when a customer's document comes under another name.

    :param subjects: the key of each, and the name as it is compared.
    :param names: of those that are customers', all names of the customer as they are compared.
    """
    if any(key in names and compared not in names[key] for key, compared in subjects):
        return (ReviewReason.NAME_DIFFERS,)
    return ()


def _write(
    read: ReadDraft, known: Known, reasons: tuple[ReviewReason, ...], principal: Caller, at: datetime
) -> Certificate:
    draft = read.draft
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
        renews=_revoked_before(read),
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


def _propose(certificate: Certificate, principal: Caller, at: datetime) -> None:
    propose_certificate(approvals.make_room(CERTIFICATE, certificate.id, at=at), certificate, principal)


@transaction_required
def propose_certificate(place: approvals.Place, certificate: Certificate, principal: Caller) -> None:
    """Propose to put a certificate in force.

    :param place: of the one open proposal about it.
    """
    approvals.propose(
        place,
        principal=principal,
        object_id=certificate.id,
        before={"status": certificate.status},
        after={**certificate_summary(certificate, masked=True), "status": CertificateStatus.IN_FORCE.value},
        subject_keys=lock_keys(certificate.id),
    )


def lock_keys(*certificate_ids: UUID) -> list[bytes]:
    """Return the keys that are locked to put certificates in force or to lift them.

    Whoever decides about an account shares its number's key and those of its cards.
    """
    subjects = CertificateSubject.objects.filter(certificate_id__in=certificate_ids)
    people = subjects.values_list("subject__identity_key", flat=True)
    named = list(CaseAccount.objects.filter(certificate_id__in=certificate_ids))
    numbers = {case_account_key(each.number, each.bank_code) for each in named if each.card_number is None}
    cards = {bytes(each.card_key) for each in named if each.card_key is not None}
    return sorted({bytes(key) for key in people} | numbers | cards)
