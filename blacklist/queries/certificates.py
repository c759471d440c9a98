"""Certificates as they are registered, with all that belongs to them, in sets.

Of one certificate also: the parts that no revocation has taken out, and what a correction leaves of it (认定书的部分、更正).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from uuid import UUID

from django.db.models import Q, QuerySet

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, RevokedPart, Subject
from blacklist.vocabulary import THIS_BANK, UNDECIDED, CertificateStatus
from config.kernel.approvals import open_about
from config.kernel.models import Approval


def certificates() -> QuerySet[Certificate]:
    """Return every certificate with what it names and what revokes it."""
    return (
        Certificate.objects.select_related("made_by", "renews", "corrects")
        .defer("content", "renews__content", "corrects__content")
        .prefetch_related("subjects__subject", "case_accounts", "revocations__parts", "renewals", "corrections")
    )


def find_certificate(certificate_id: UUID) -> Certificate | None:
    """Return one certificate with what it names and what revokes it, None when there is none of this id."""
    return certificates().filter(pk=certificate_id).first()


def known_certificates(ids: Collection[UUID]) -> set[UUID]:
    """Return those of some ids that are a certificate's."""
    return set(Certificate.objects.filter(pk__in=ids).values_list("pk", flat=True))


def renewed_by(certificate: Certificate) -> UUID | None:
    """Return the row as which a revoked paper has come again, None where it has not, or was rejected."""
    again = (each for each in certificate.renewals.all() if each.status != CertificateStatus.REJECTED)
    return next((each.id for each in again), None)


@dataclass(frozen=True, slots=True)
class RegisterFilters:
    """What a page of the register is narrowed to.

    :ivar words: in the certificate's number or its authority's name, in any case; empty for any.
    :ivar subject_ids: whom the certificates name; None for anybody, an empty list for nobody.
    :ivar certificate_ids: those that are meant besides, where it is said whom they name.
    :ivar before: the id of the last certificate of the page before.
    """

    status: str | None = None
    category: str | None = None
    words: str = ""
    subject_ids: Collection[UUID] | None = None
    certificate_ids: Collection[UUID] = ()
    before: UUID | None = None


def register_page(filters: RegisterFilters, limit: int) -> tuple[list[Certificate], UUID | None]:
    """Return certificates, the newest first, and the last one's id when there are more.

    :param limit: rows of a page, above zero.
    :returns: at most `limit` certificates; the id to go on before, None on the last page.
    """
    found = Certificate.objects.all()
    if filters.status is not None:
        found = found.filter(status=filters.status)
    if filters.category is not None:
        found = found.filter(category=filters.category)
    if filters.words:
        found = found.filter(Q(doc_no__icontains=filters.words) | Q(authority_name__icontains=filters.words))
    if filters.subject_ids is not None:
        named = Subject.objects.filter(pk__in=list(filters.subject_ids)).values("certificates__certificate_id")
        found = found.filter(Q(pk__in=named) | Q(pk__in=list(filters.certificate_ids)))
    if filters.before is not None:
        found = found.filter(pk__lt=filters.before)
    # Which they are first, and only then all that belongs to them: a word may stand in every number.
    ids = list(found.order_by("-pk").values_list("pk", flat=True)[: limit + 1])
    rows = list(certificates().filter(pk__in=ids[:limit]).order_by("-pk"))
    return rows, ids[limit - 1] if len(ids) > limit else None


def subject_ids_of(identity_keys: Collection[bytes]) -> list[UUID]:
    """Return under which ids certificates name the holder of some identities."""
    return list(Subject.objects.filter(identity_key__in=list(identity_keys)).values_list("id", flat=True))


def ids_of_case_accounts(account_numbers: Collection[str], card_keys: Collection[bytes]) -> list[UUID]:
    """Return which certificates name some accounts or cards of this bank as case accounts, each once."""
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
    """Return the ids of all that names somebody: certificates, their revocations and whom they name, in one query.

    :param account_numbers: of this bank, as `card_keys` are; a certificate names them as case accounts.
    :param outside_keys: of accounts at other banks, which a certificate may name, too.
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
    """Whom and what a certificate names, as customers and accounts of this bank are found by it."""

    identity_keys: tuple[bytes, ...]
    account_numbers: tuple[str, ...]
    card_keys: tuple[bytes, ...]


def named_by_revoked(revocation_id: UUID) -> CertificateNames:
    """Return whom and what the certificate names that is revoked by this, or what of it this takes out."""
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
    """Return every approval of certificates or revocations, with who made and who decided it."""
    found = Approval.objects.filter(object_id__in=list(object_ids))
    return found.select_related("made_by", "decided_by").defer("before", "after", "subject_keys")


def open_proposals(found: Iterable[Certificate], at: datetime) -> set[UUID]:
    """Return which of these certificates, and of their revocations, still wait for a second person at an instant."""
    return set(open_about([each.id for row in found for each in (row, *row.revocations.all())], at))


@dataclass(frozen=True, slots=True)
class Parts:
    """Subjects and case accounts of one certificate, as it names them."""

    subjects: frozenset[UUID]
    case_accounts: frozenset[UUID]

    def __le__(self, other: "Parts") -> bool:
        return self.subjects <= other.subjects and self.case_accounts <= other.case_accounts

    def __bool__(self) -> bool:
        return bool(self.subjects or self.case_accounts)


def standing_parts(certificate_id: UUID) -> Parts:
    """Return what of a certificate no revocation in force has taken out of it, in two queries."""
    out = {"revoked_parts__in_force_at__isnull": False}
    subjects = CertificateSubject.objects.filter(certificate_id=certificate_id).exclude(**out)
    accounts = CaseAccount.objects.filter(certificate_id=certificate_id).exclude(**out)
    return Parts(
        frozenset(subjects.values_list("pk", flat=True)),
        frozenset(accounts.values_list("pk", flat=True)),
    )


def revoked_since(revocations: Iterable[Revocation]) -> dict[UUID, datetime]:
    """Return since when what of a certificate is revoked alone, by the id of the part.

    :param revocations: of the certificate, with their parts.
    """
    found: dict[UUID, datetime] = {}
    for revocation in revocations:
        for part in revocation.parts.all():
            if part.in_force_at is not None and (named := part.named_subject_id or part.case_account_id):
                found[named] = part.in_force_at
    return found


def corrected_by(certificate: Certificate) -> UUID | None:
    """Return the row that has taken a certificate's place, None where none has."""
    came = (each for each in certificate.corrections.all() if each.in_force_at is not None)
    return next((each.id for each in came), None)


def undecided_correction(certificate: Certificate) -> UUID | None:
    """Return the correction that waits for a second person, None where none does."""
    waits = (each for each in certificate.corrections.all() if each.status in UNDECIDED)
    return next((each.id for each in waits), None)


def dropped(correction: Certificate) -> tuple[list[CertificateSubject], list[CaseAccount]]:
    """Return whom and what stands of the row that is corrected and the correction does not name, in six queries."""
    if correction.corrects_id is None:
        return [], []
    standing = standing_parts(correction.corrects_id)
    subjects = CertificateSubject.objects.filter(pk__in=standing.subjects).select_related("subject").order_by("pk")
    kept = CertificateSubject.objects.filter(certificate=correction).values("subject_id")
    accounts = CaseAccount.objects.filter(pk__in=standing.case_accounts).order_by("pk")
    named = set(chain.from_iterable(map(_names, CaseAccount.objects.filter(certificate=correction))))
    return list(subjects.exclude(subject__in=kept)), [each for each in accounts if not named & _names(each)]


def _names(row: CaseAccount) -> set[object]:
    """Return by what an account is the same as another: its number, or the key of a card or of an account elsewhere."""
    keys = {bytes(key) for key in (row.card_key, row.outside_key) if key is not None}
    return keys | ({(row.account_number, row.bank_code)} if row.account_number else set())


def bearer_of(correction: Certificate) -> UUID | None:
    """Return the other row that bears the number of a correction now, None where none does."""
    same = Certificate.objects.filter(
        region_code=correction.region_code,
        authority_compared=correction.authority_compared,
        doc_no=correction.doc_no,
    ).exclude(pk__in=[correction.pk, correction.corrects_id])
    same = same.exclude(status__in=[CertificateStatus.REJECTED, CertificateStatus.REVOKED])
    return same.filter(Q(corrects=None) | Q(status=CertificateStatus.IN_FORCE)).values_list("pk", flat=True).first()


def changed_since_made(correction: Certificate) -> bool:
    """Say whether something was taken out of what is corrected since the correction was made: its checker has read more."""
    parts = RevokedPart.objects.filter(revocation__certificate=correction.corrects_id)
    return parts.filter(in_force_at__gte=correction.made_at).exists()
