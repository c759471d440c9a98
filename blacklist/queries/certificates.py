"""Queries of certificates with subjects, accounts, revocations and corrections.

For one certificate also: the parts that are not revoked, and the parts that a correction drops (认定书的部分、更正).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart, Subject
from blacklist.vocabulary import THIS_BANK, UNDECIDED, CertificateStatus
from config.kernel.approvals import open_about
from config.kernel.models import Approval


def certificates() -> QuerySet[Certificate]:
    """Return all certificates with their subjects, case accounts and revocations."""
    return (
        Certificate.objects.select_related("made_by", "renews", "corrects")
        .defer("content", "renews__content", "corrects__content")
        .prefetch_related("subjects__subject", "case_accounts", "revocations__parts", "renewals", "corrections")
    )


def find_certificate(certificate_id: UUID) -> Certificate | None:
    """Return one certificate with all its parts; None when the id is unknown."""
    return certificates().filter(pk=certificate_id).first()


def known_certificates(ids: Collection[UUID]) -> set[UUID]:
    """Return those of some ids that are ids of certificates."""
    return set(Certificate.objects.filter(pk__in=ids).values_list("pk", flat=True))


def document_numbers(ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the document numbers of those of some ids that are ids of certificates."""
    return dict(Certificate.objects.filter(pk__in=ids).values_list("pk", "doc_no"))


def renewed_by(certificate: Certificate) -> UUID | None:
    """Return the certificate that renews a revoked one; None if there is none, or it was rejected."""
    again = (each for each in certificate.renewals.all() if each.status != CertificateStatus.REJECTED)
    return next((each.id for each in again), None)


@dataclass(frozen=True, slots=True)
class RegisterFilters:
    """Filters of a page of the register.

    :ivar words: part of the certificate's number or of its authority's name, in upper or lower case; empty for any.
    :ivar subject_ids: subjects that the certificates name; None for any subject, an empty list for none.
    :ivar certificate_ids: further certificates, if `subject_ids` is given.
    :ivar since: the first instant of entry into force, and `until` its exclusive end; None for any.
    :ivar corrections: only certificates that replace another one (更正).
    :ivar before: the id of the last certificate on the previous page.
    """

    status: str | None = None
    category: str | None = None
    basis: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    corrections: bool = False
    words: str = ""
    subject_ids: Collection[UUID] | None = None
    certificate_ids: Collection[UUID] = ()
    before: UUID | None = None


def register_page(filters: RegisterFilters, limit: int) -> tuple[list[Certificate], UUID | None]:
    """Return a page of certificates, newest first, and the id to continue from if there are more.

    :param limit: rows of a page, above zero.
    :returns: at most `limit` certificates; the id for the next page, None on the last page.
    """
    found = _filtered(filters)
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    # First the ids, then the related rows: a search word may occur in every number.
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    rows = list(certificates().filter(pk__in=ids[:limit]).order_by("-pk"))
    return rows, ids[limit - 1] if len(ids) > limit else None


def counted_by_basis(filters: RegisterFilters) -> dict[str, int]:
    """Return the number of the filtered certificates of the register by legal basis, by one query."""
    counted = _filtered(filters).values("legal_basis").annotate(count=Count("pk")).order_by("legal_basis")
    return {row["legal_basis"]: row["count"] for row in counted}


def count_certificates(filters: RegisterFilters) -> int:
    """Return the number of the filtered certificates of the register."""
    return _filtered(filters).count()


def _filtered(filters: RegisterFilters) -> QuerySet[Certificate]:
    found = Certificate.objects.all()
    plain = {
        "status": filters.status,
        "category": filters.category,
        "legal_basis": filters.basis,
        "in_force_at__gte": filters.since,
        "in_force_at__lt": filters.until,
    }
    found = found.filter(**{name: value for name, value in plain.items() if value is not None})
    if filters.corrections:
        found = found.filter(corrects__isnull=False)
    if filters.words:
        found = found.filter(Q(doc_no__icontains=filters.words) | Q(authority_name__icontains=filters.words))
    if filters.subject_ids is not None:
        named = Subject.objects.filter(pk__in=list(filters.subject_ids)).values("certificates__certificate_id")
        found = found.filter(Q(pk__in=named) | Q(pk__in=list(filters.certificate_ids)))
    return found


def subject_ids_of(identity_keys: Collection[bytes]) -> list[UUID]:
    """Return the ids of the subjects that have one of some identities."""
    return list(Subject.objects.filter(identity_key__in=list(identity_keys)).values_list("id", flat=True))


def ids_of_case_accounts(account_numbers: Collection[str], card_keys: Collection[bytes]) -> list[UUID]:
    """Return the ids of certificates that name some accounts or cards of this bank, each once."""
    found = CaseAccount.objects.filter(
        Q(account_number__in=list(account_numbers)) | Q(card_key__in=list(card_keys)), bank_code=THIS_BANK
    )
    return list(found.order_by("certificate_id").values_list("certificate_id", flat=True).distinct())


def ids_naming(
    identity_keys: Collection[bytes],
    account_numbers: Collection[str],
    card_keys: Collection[bytes],
    outside_keys: Collection[bytes],
) -> list[UUID]:
    """Return ids of certificates, revocations and subjects that name a person or accounts, by one query.

    :param account_numbers: accounts of this bank; they and `card_keys` are looked up among the case accounts.
    :param outside_keys: keys of accounts at other banks, looked up among the case accounts.
    """
    subjects = Subject.objects.filter(identity_key__in=list(identity_keys))
    here = Q(account_number__in=list(account_numbers)) | Q(card_key__in=list(card_keys))
    accounts = CaseAccount.objects.filter(Q(here, bank_code=THIS_BANK) | Q(outside_key__in=list(outside_keys)))
    persons = CertificateSubject.objects.filter(subject__in=subjects)
    papers = persons.values_list("certificate_id", flat=True), accounts.values_list("certificate_id", flat=True)
    revoked = (Revocation.objects.filter(certificate__in=each).values_list("id", flat=True) for each in papers)
    return list(subjects.values_list("id", flat=True).union(*papers, *revoked))


@dataclass(frozen=True, slots=True)
class CertificateNames:
    """Keys and numbers by which customers and accounts of this bank are found in a certificate."""

    identity_keys: tuple[bytes, ...]
    account_numbers: tuple[str, ...]
    card_keys: tuple[bytes, ...]


def named_by_revoked(revocation_id: UUID) -> CertificateNames:
    """Return the names in a revoked certificate, or in the parts that a revocation removes."""
    if Revocation.objects.filter(pk=revocation_id, whole=False).exists():
        subjects = Subject.objects.filter(certificates__revoked_parts__revocation=revocation_id)
        accounts = CaseAccount.objects.filter(revoked_parts__revocation=revocation_id, bank_code=THIS_BANK)
    else:
        subjects = Subject.objects.filter(certificates__certificate__revocations=revocation_id)
        accounts = CaseAccount.objects.filter(certificate__revocations=revocation_id, bank_code=THIS_BANK)
    found = list(accounts.values_list("account_number", "card_key"))
    return CertificateNames(
        tuple(bytes(key) for key in subjects.values_list("identity_key", flat=True)),
        tuple(number for number, _ in found if number),
        tuple(bytes(key) for _, key in found if key is not None),
    )


def approvals_of(object_ids: Iterable[UUID]) -> QuerySet[Approval]:
    """Return all proposals about certificates or revocations, each with maker and checker."""
    found = Approval.objects.filter(object_id__in=list(object_ids))
    return found.select_related("made_by", "decided_by").defer("before", "after", "subject_keys")


def open_proposals(certificates: Iterable[Certificate], at: datetime) -> set[UUID]:
    """Return the certificates and revocations that wait for a second person at an instant."""
    return set(open_about([each.id for row in certificates for each in (row, *row.revocations.all())], at))


@dataclass(frozen=True, slots=True)
class Parts:
    """Ids of subjects and case accounts of one certificate."""

    subjects: frozenset[UUID]
    case_accounts: frozenset[UUID]

    def __le__(self, other: "Parts") -> bool:
        return self.subjects <= other.subjects and self.case_accounts <= other.case_accounts

    def __bool__(self) -> bool:
        return bool(self.subjects or self.case_accounts)


def unrevoked_parts(certificate_id: UUID) -> Parts:
    """Return the parts of a certificate that no revocation has removed, in two queries."""
    out = {"revoked_parts__in_force_at__isnull": False}
    subjects = CertificateSubject.objects.filter(certificate_id=certificate_id).exclude(**out)
    accounts = CaseAccount.objects.filter(certificate_id=certificate_id).exclude(**out)
    return Parts(
        frozenset(subjects.values_list("pk", flat=True)),
        frozenset(accounts.values_list("pk", flat=True)),
    )


def revoked_since(revocations: Iterable[Revocation]) -> dict[UUID, datetime]:
    """Return the instant from which each singly revoked part is removed, by the part's id.

    :param revocations: revocations of the certificate, with their parts.
    """
    instants: dict[UUID, datetime] = {}
    for revocation in revocations:
        for part in revocation.parts.all():
            if part.in_force_at is not None and (named := part.named_subject_id or part.case_account_id):
                instants[named] = part.in_force_at
    return instants


def corrected_by(certificate: Certificate) -> UUID | None:
    """Return the id of the correction that replaced a certificate; None if none did."""
    came = (each for each in certificate.corrections.all() if each.in_force_at is not None)
    return next((each.id for each in came), None)


def undecided_correction(certificate: Certificate) -> UUID | None:
    """Return the id of the correction that waits for a second person; None if none does."""
    waits = (each for each in certificate.corrections.all() if each.status in UNDECIDED)
    return next((each.id for each in waits), None)


def dropped_parts(correction: Certificate) -> tuple[list[CertificateSubject], list[CaseAccount]]:
    """Return the unrevoked subjects and accounts of a corrected certificate that the correction omits."""
    if correction.corrects_id is None:
        return [], []
    standing = unrevoked_parts(correction.corrects_id)
    subjects = CertificateSubject.objects.filter(pk__in=standing.subjects).select_related("subject").order_by("pk")
    kept = CertificateSubject.objects.filter(certificate=correction).values("subject_id")
    accounts = CaseAccount.objects.filter(pk__in=standing.case_accounts).order_by("pk")
    named = set(chain.from_iterable(map(_names, CaseAccount.objects.filter(certificate=correction))))
    return list(subjects.exclude(subject__in=kept)), [each for each in accounts if not named & _names(each)]


def _names(row: CaseAccount) -> set[object]:
    """Return the keys under which two case accounts are the same: number, card key or outside key."""
    keys = {bytes(key) for key in (row.card_key, row.outside_key) if key is not None}
    return keys | ({(row.account_number, row.bank_code)} if row.account_number else set())


def bearer_of(correction: Certificate) -> UUID | None:
    """Return the id of another certificate that now has the number of a correction; None if none has."""
    same = Certificate.objects.filter(
        region_code=correction.region_code,
        authority_compared=correction.authority_compared,
        doc_no=correction.doc_no,
    ).exclude(pk__in=[correction.pk, correction.corrects_id])
    same = same.exclude(status__in=[CertificateStatus.REJECTED, CertificateStatus.REVOKED])
    return same.filter(Q(corrects=None) | Q(status=CertificateStatus.IN_FORCE)).values_list("pk", flat=True).first()


def changed_since_made(correction: Certificate) -> bool:
    """Return whether a part of the corrected certificate was revoked after the correction was made."""
    parts = RevokedPart.objects.filter(revocation__certificate=correction.corrects_id)
    return parts.filter(in_force_at__gte=correction.made_at).exists()
