"""Tables of certificates, whom they name and what revokes them."""

from blacklist.appeals.models import Appeal, AppealAttachment
from blacklist.imports.models import ListImport, ListUndo, ListUpload
from blacklist.models.certificates import Certificate
from blacklist.models.named import CaseAccount, CertificateSubject
from blacklist.models.revocations import Revocation, RevokedPart
from blacklist.models.subjects import Subject, subject_match_key, subject_name_key

__all__ = [
    "Appeal",
    "AppealAttachment",
    "CaseAccount",
    "Certificate",
    "CertificateSubject",
    "ListImport",
    "ListUndo",
    "ListUpload",
    "Revocation",
    "RevokedPart",
    "Subject",
    "subject_match_key",
    "subject_name_key",
]
