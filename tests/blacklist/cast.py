"""The persons on the certificates of these tests, and the fields of a certificate."""

from datetime import date
from typing import Any

from blacklist.operations.drafts import CertificateDraft, DraftSubject
from blacklist.regimes import LegalBasis
from blacklist.vocabulary import AuthorityLevel, Category, SubjectKind
from config.kernel.identity.documents import parse_document
from config.kernel.models import Approval
from config.kernel.requests.documents import DocumentInput
from config.kernel.vault.sealed import identity_key

TODAY = date(2026, 1, 5)
ZHANG = "11010519491231002X"
LI = "440524188001010014"
ORGANIZATION = "91350100M000100Y43"
OWN_ACCOUNT = "6000000000000001"
OWN_CARD = "6228489900000001"


def key_of(number: str, kind: str = "resident_id", country: str | None = None) -> bytes:
    return identity_key(parse_document(kind, number, country, on=TODAY).identity)


def person(
    number: str = ZHANG, name: str = "张三", kind: str = "resident_id", country: str | None = None
) -> DraftSubject:
    return DraftSubject(SubjectKind.INDIVIDUAL, name, DocumentInput(kind, number, country))


def draft(**changes: Any) -> CertificateDraft:
    facts: dict[str, Any] = {
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority_name": "广州市公安局",
        "region_code": "440100",
        "level": AuthorityLevel.PREFECTURE,
        "certified_on": date(2026, 1, 1),
        "category": Category.SELL,
        "legal_basis": LegalBasis("NOTICE_2016"),
        "subjects": (person(),),
    }
    return CertificateDraft(**facts | changes)


def case_draft(*accounts: tuple[str, str], **changes: Any) -> CertificateDraft:
    facts: dict[str, Any] = {
        "category": Category.CASE_ACCOUNT,
        "legal_basis": LegalBasis("NOTICE_2016"),
        "subjects": (),
        "case_accounts": accounts or ((OWN_ACCOUNT, "DEMOBANK"),),
    }
    return draft(**facts | changes)


def body(**changes: Any) -> dict[str, Any]:
    """Return the request body for the certificate of `draft()`, with changes."""
    facts: dict[str, Any] = {
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
        "certified_on": "2026-01-01",
        "category": "SELL",
        "subjects": [{"kind": "individual", "name": "张三", "document": {"type": "resident_id", "number": ZHANG}}],
    }
    facts |= changes
    return {name: value for name, value in facts.items() if value is not None}


def latest_approval() -> Approval:
    return Approval.objects.order_by("-id")[0]
