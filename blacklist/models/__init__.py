"""Tables of certificates, whom they name and what revokes them."""

from blacklist.models.certificates import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.models.imports import ListImport, ListUpload
from blacklist.models.subjects import Subject, subject_match_key, subject_name_key

__all__ = [
    "CaseAccount",
    "Certificate",
    "CertificateSubject",
    "ListImport",
    "ListUpload",
    "Revocation",
    "Subject",
    "subject_match_key",
    "subject_name_key",
]
