"""A certificate as it is shown: the persons that it names masked, or whole on record; what it says whole."""

from collections.abc import Container, Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.operations.case_accounts import named_by, shown_number
from blacklist.policy.remarks import remarks_of
from blacklist.queries.certificates import find_certificate, revoked_since
from blacklist.queries.content import extent_of, paper_facts
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.unmasking import record_unmasking
from config.kernel.vault.masked import masked


def certificate_summary(
    certificate: Certificate, *, masked: bool = False, without: Container[UUID] = ()
) -> dict[str, Any]:
    """Return what a certificate says, personal data masked.

    :param masked: case accounts too: what is kept apart from the certificate holds no whole number.
    :param without: ids of whom and what it names that are left out.
    """
    return {
        "doc_no": certificate.doc_no,
        **({"renews": str(certificate.renews_id)} if masked and certificate.renews_id else {}),
        **({"correction_no": certificate.correction_no} if masked and certificate.corrects_id else {}),
        "authority": {
            "name": certificate.authority_name,
            "region_code": certificate.region_code,
            "level": str(certificate.level),
        },
        "certified_on": certificate.certified_on.isoformat(),
        "received_on": certificate.received_on.isoformat() if certificate.received_on else None,
        "category": str(certificate.category),
        "legal_basis": str(certificate.legal_basis),
        "subjects": [subject_summary(each) for each in subjects_of(certificate) if each.pk not in without],
        "case_accounts": account_summaries(
            [each for each in certificate.case_accounts.all() if each.pk not in without], masked=masked
        ),
        "term": term_summary(certificate),
        "extent": asdict(extent) if (extent := extent_of(certificate)) else None,
        "remarks": [remark.value for remark in remarks_of(paper_facts(certificate))],
        "review_reasons": list(certificate.review_reasons),
    }


def stands_before(certificate: Certificate) -> dict[str, Any]:
    """Return where a certificate stands before it is approved: one that corrects another with what stands of that one."""
    if certificate.corrects is None:
        return {"status": certificate.status}
    corrected = certificate.corrects
    said = certificate_summary(corrected, masked=True, without=revoked_since(corrected.revocations.all()))
    del said["review_reasons"]
    return {**said, "status": certificate.status, "corrected_status": corrected.status}


def subjects_of(certificate: Certificate) -> list[CertificateSubject]:
    """Return whom a certificate names, in the order of the paper."""
    return sorted(certificate.subjects.all(), key=lambda each: each.pk)


def subject_summary(named: CertificateSubject) -> dict[str, Any]:
    """Return a named subject, masked."""
    document = {"type": str(named.document_type), "number": masked(named, "document_number")}
    if named.country:
        document["country"] = named.country
    return {"kind": str(named.subject.kind), "name": masked(named, "name"), "document": document}


def account_summaries(accounts: Iterable[CaseAccount], *, masked: bool = False) -> list[dict[str, Any]]:
    """Return case accounts as the paper names them, one after another.

    This bank's has no bank code, and the number of a card of it is always masked.
    """
    rows = sorted(accounts, key=lambda each: each.pk)
    kinds = named_by(rows)
    return [
        {"account_number": shown_number(each, kinds[each.id], masked=masked), "bank_code": each.bank_code or None}
        for each in rows
    ]


def term_summary(certificate: Certificate) -> dict[str, str] | None:
    """Return the term as it was written, both days inclusive."""
    if certificate.term_from is None or certificate.term_to is None:
        return None
    return {"from": certificate.term_from.isoformat(), "to": certificate.term_to.isoformat()}


def revocation_summary(revocation: Revocation) -> dict[str, Any]:
    """Return what a revocation says; its reason may name people and stays sealed."""
    appeal = {"appeal_id": str(revocation.appeal_id)} if revocation.appeal_id else {}
    return {
        "certificate_id": str(revocation.certificate_id),
        **appeal,
        "doc_no": revocation.doc_no,
        "revoked_on": revocation.revoked_on.isoformat(),
        "ground": str(revocation.ground),
        "status": str(revocation.status),
    }


@transaction_required
def unmask_certificate(*, principal: Caller, certificate_id: UUID, reason: str) -> Certificate:
    """Read a certificate whole, and keep that it was read (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown certificate; nothing is kept.
    """
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise NotFound
    record_unmasking(principal, reason, object_id=certificate.id)
    return certificate
