"""What of a certificate stands: whom and what it names, less what revocations have taken out (认定书的部分)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from blacklist.models import CaseAccount, CertificateSubject, Revocation


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
