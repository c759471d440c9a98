"""Certificates as they are registered, with all that belongs to them, in sets."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation, Subject
from blacklist.vocabulary import THIS_BANK, CertificateStatus
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
