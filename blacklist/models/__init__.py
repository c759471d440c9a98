"""Tables of certificates, whom they name and what revokes them."""

from blacklist.models.certificates import Certificate
from blacklist.models.named import CaseAccount, CertificateSubject, Subject, subject_match_key, subject_name_key
from blacklist.models.revocations import Revocation, RevokedPart

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
