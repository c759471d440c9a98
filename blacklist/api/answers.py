"""Certificates and revocations as the contract shows them: whom they name masked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import REVOCATION
from blacklist.operations.summaries import certificate_summary, revocation_summary
from blacklist.queries.certificates import find_certificate
from config.api.fields import rfc3339
from config.kernel.approvals import latest_about
from config.kernel.keys import Caller
from config.kernel.rejections import free_text_for


def certificate_answers(found: Sequence[Certificate], *, masked: bool = True) -> Iterable[dict[str, Any]]:
    """Return certificates with their proposals, gathered for all at once.

    :param masked: case accounts and reasons too: a list tells that there are some, the certificate itself which.
    :source: 通告第六条: personal data stands in no list.
    """
    ids = [row.id for row in found] + [each.id for row in found for each in row.revocations.all()]
    proposals = latest_about(ids)
    return [_certificate(row, proposals, masked=masked) for row in found]


def certificate_answer(certificate_id: UUID, caller: Caller) -> dict[str, Any] | None:
    """Return one certificate as it stands now and a caller may read its reasons, or None when there is none."""
    found = find_certificate(certificate_id)
    if found is None:
        return None
    (answer,) = certificate_answers([found], masked=False)
    for told, revocation in zip(answer["revocations"], found.revocations.all(), strict=True):
        told["reason"] = free_text_for(caller, REVOCATION.name, {revocation.made_by_id}, str(revocation.reason))
    return answer


def revocation_answer(revocation: Revocation) -> dict[str, Any]:
    """Return one revocation as it stands."""
    return _revocation(revocation, latest_about([revocation.id]), masked=False)


def _certificate(certificate: Certificate, proposals: Mapping[UUID, UUID], *, masked: bool) -> dict[str, Any]:
    return {
        "id": str(certificate.id),
        "status": certificate.status,
        **certificate_summary(certificate, masked=masked),
        "made_by": certificate.made_by.name,
        "made_at": rfc3339(certificate.made_at),
        "in_force_at": rfc3339(certificate.in_force_at),
        "revoked_at": rfc3339(certificate.revoked_at),
        "approval_id": _id(proposals.get(certificate.id)),
        "revocations": [_revocation(each, proposals, masked=masked) for each in certificate.revocations.all()],
    }


def _revocation(revocation: Revocation, proposals: Mapping[UUID, UUID], *, masked: bool) -> dict[str, Any]:
    return {
        "id": str(revocation.id),
        **revocation_summary(revocation),
        "reason": None if masked else revocation.reason,
        "made_at": rfc3339(revocation.made_at),
        "in_force_at": rfc3339(revocation.in_force_at),
        "approval_id": _id(proposals.get(revocation.id)),
    }


def _id(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)
