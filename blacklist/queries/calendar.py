"""Which certificates ever named a person, in one statement."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject
from blacklist.policy.calendar import ListingPeriod
from blacklist.policy.restrictions import Listing
from blacklist.vocabulary import THIS_BANK, Category, CertificateStatus, LegalBasis
from config.kernel.identity.account_numbers import account_reference

#: What a picture can hold; who is named more often is shown the newest.
MOST = 100

_DRAWN = (CertificateStatus.IN_FORCE, CertificateStatus.REVOKED)
_COLUMNS = ("id", "doc_no", "category", "legal_basis", "certified_on", "in_force_at", "revoked_at", "status")


def entries_of_person(
    identity_keys: Iterable[bytes],
    account_numbers: Iterable[str],
    card_keys: Iterable[bytes],
    *,
    revoked_too: bool = True,
) -> list[ListingPeriod]:
    """Return the certificates in force, and those revoked since, that name a person or an account of that person.

    :param identity_keys: the keys of all documents of one person.
    :param account_numbers: all accounts of that person at this bank, past and present.
    :param card_keys: of all cards on these, whatever has become of them.
    """
    numbers = [account_reference(number, THIS_BANK)[0] for number in account_numbers]
    named = CertificateSubject.objects.filter(subject__identity_key__in=list(identity_keys)).values("certificate_id")
    holding = CaseAccount.objects.filter(account_number__in=numbers, bank_code=THIS_BANK).values("certificate_id")
    by_card = CaseAccount.objects.filter(card_key__in=list(card_keys)).values("certificate_id")
    found = Certificate.objects.filter(
        pk__in=named.union(holding, by_card), status__in=_DRAWN if revoked_too else [CertificateStatus.IN_FORCE]
    )
    return [_entry(row) for row in found.only(*_COLUMNS).order_by("-certified_on", "-id")[:MOST]]


def entries_of_subjects(subject_ids: Collection[UUID]) -> Mapping[UUID, list[ListingPeriod]]:
    """Return the certificates in force or revoked since, by the subject they name."""
    found = (
        CertificateSubject.objects.filter(subject_id__in=subject_ids, certificate__status__in=_DRAWN)
        .select_related("certificate")
        .only("subject_id", *(f"certificate__{name}" for name in _COLUMNS))
        .order_by("-certificate__certified_on", "-certificate_id")
    )
    entries: dict[UUID, list[ListingPeriod]] = defaultdict(list)
    for row in found[: MOST * max(1, len(subject_ids))]:
        entries[row.subject_id].append(_entry(row.certificate))
    return entries


def _entry(certificate: Certificate) -> ListingPeriod:
    if certificate.in_force_at is None:
        raise ValueError("a certificate that never was in force restricts nobody")
    return ListingPeriod(
        listing=Listing(
            certificate_id=certificate.id,
            category=Category(certificate.category),
            legal_basis=LegalBasis(certificate.legal_basis),
            certified_on=certificate.certified_on,
            in_force_at=certificate.in_force_at,
        ),
        doc_no=certificate.doc_no,
        revoked_at=certificate.revoked_at,
    )
