"""What a correction leaves of the row that it corrects, and as what a row was corrected (认定书更正)."""

from itertools import chain
from uuid import UUID

from django.db.models import Q

from blacklist.models import CaseAccount, Certificate, CertificateSubject, RevokedPart
from blacklist.queries.parts import standing_parts
from blacklist.vocabulary import UNDECIDED, CertificateStatus


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
