"""Summaries of certificates and revocations with masked names, and the recorded unmasked view."""

from collections.abc import Container, Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Revocation
from blacklist.operations.case_accounts import number_kinds, shown_number
from blacklist.policy.content import remarks_of
from blacklist.queries.certificates import find_certificate, revoked_since
from blacklist.queries.content import extent_of, paper_facts, sentence_of
from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.unmasking import record_unmasking
from config.kernel.vault.masked import masked


def certificate_summary(
    certificate: Certificate, *, masked: bool = False, without: Container[UUID] = ()
) -> dict[str, Any]:
    """Return the content of a certificate with personal data masked.

    :param masked: mask account numbers too; records outside the register hold no full number.
    :param without: ids of subjects and accounts to leave out.
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
        "sentence": sentence.written() if (sentence := sentence_of(certificate)) else None,
        "extent": asdict(extent) if (extent := extent_of(certificate)) else None,
        "remarks": [remark.value for remark in remarks_of(paper_facts(certificate))],
        "review_reasons": list(certificate.review_reasons),
    }


def status_before_approval(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate's status before approval; for a correction, with the unrevoked parts it replaces."""
    if certificate.corrects is None:
        return {"status": certificate.status}
    corrected = certificate.corrects
    said = certificate_summary(corrected, masked=True, without=revoked_since(corrected.revocations.all()))
    del said["review_reasons"]
    return {**said, "status": certificate.status, "corrected_status": corrected.status}


def subjects_of(certificate: Certificate) -> list[CertificateSubject]:
    """Return the subjects of a certificate, in its order."""
    return sorted(certificate.subjects.all(), key=lambda each: each.pk)


def subject_summary(named: CertificateSubject) -> dict[str, Any]:
    """Return a named subject, masked."""
    document = {"type": str(named.document_type), "number": masked(named, "document_number")}
    if named.country:
        document["country"] = named.country
    return {"kind": str(named.subject.kind), "name": masked(named, "name"), "document": document}


def account_summaries(accounts: Iterable[CaseAccount], *, masked: bool = False) -> list[dict[str, Any]]:
    """Return the case accounts of a certificate, in its order.

    Accounts of this bank have no bank code. Card numbers of this bank are always masked.
    """
    rows = sorted(accounts, key=lambda each: each.pk)
    kinds = number_kinds(rows)
    return [
        {"account_number": shown_number(each, kinds[each.id], masked=masked), "bank_code": each.bank_code or None}
        for each in rows
    ]


def term_summary(certificate: Certificate) -> dict[str, str] | None:
    """Return the stated term, both days inclusive."""
    if certificate.term_from is None or certificate.term_to is None:
        return None
    return {"from": certificate.term_from.isoformat(), "to": certificate.term_to.isoformat()}


def revocation_summary(revocation: Revocation) -> dict[str, Any]:
    """Return the content of a revocation; its reason may name people and stays encrypted."""
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
    """Read a certificate unmasked and record who read it and why (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown certificate; nothing is recorded.
    """
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise NotFound
    record_unmasking(principal, reason, object_id=certificate.id)
    return certificate
