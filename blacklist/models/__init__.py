"""Tables of certificates, of their subjects and case accounts, and of revocations."""

from blacklist.models.certificates import Certificate
from blacklist.models.revocations import Revocation, RevokedPart
from blacklist.models.subjects import CaseAccount, CertificateSubject, Subject, subject_match_key, subject_name_key

__all__ = [
    "CaseAccount",
    "Certificate",
    "CertificateSubject",
    "Revocation",
    "RevokedPart",
    "Subject",
    "subject_match_key",
    "subject_name_key",
]
