"""A certificate as an officer types it at the desk, and one in force."""

from blacklist.models import Certificate
from blacklist.operations.drafts import CertificateDraft
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from tests import factories
from tests.blacklist.cast import draft, latest_approval

NEW = "/desk/certificates/new"


def paper(**changes: str) -> dict[str, str]:
    """Return the form fields of the certificate of `draft()`."""
    typed: dict[str, str] = {
        "once": "once-1",
        "doc_no": "公(反诈)认字〔2026〕001号",
        "authority": "广州市公安局",
        "region_code": "440100",
        "level": "prefecture",
        "certified_on": "2026-01-01",
        "category": "SELL",
        "legal_basis": "NOTICE_2016",
        "subject-TOTAL_FORMS": "20",
        "subject-INITIAL_FORMS": "0",
        "account-TOTAL_FORMS": "20",
        "account-INITIAL_FORMS": "0",
        "subject-0-kind": "individual",
        "subject-0-name": "张三",
        "subject-0-type": "resident_id",
        "subject-0-number": factories.ZHANG.number,
    }
    return typed | changes


def in_force(of: CertificateDraft | None = None) -> Certificate:
    """Register a certificate, by default that of `draft()`, and let another officer approve it."""
    certificate, _ = register_certificate(
        principal=factories.caller("compliance", "maker"), draft=of or draft(), at=bank_now()
    )
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "checker"))
    certificate.refresh_from_db()
    return certificate
