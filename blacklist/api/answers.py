"""Certificates and revocations as the contract shows them: whom they name masked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import CERTIFICATE, REVOCATION
from blacklist.operations.summaries import certificate_summary, revocation_summary
from blacklist.queries.certificates import find_certificate, renewed_by
from blacklist.queries.corrections import corrected_by
from blacklist.queries.parts import revoked_since
from config.frames.api.fields import rfc3339
from config.kernel.access.keys import Caller
from config.kernel.approvals import latest_about
from config.kernel.approvals.rejections import free_text_for


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
    if found.corrects_id is not None:
        reason = free_text_for(caller, CERTIFICATE.name, {found.made_by_id}, str(found.correction_reason))
        answer["correction_reason"] = reason
    return answer


def revocation_answer(revocation: Revocation) -> dict[str, Any]:
    """Return one revocation as it stands."""
    places = _places(revocation.certificate)
    return _revocation(revocation, latest_about([revocation.id]), places, masked=False)


def _life(certificate: Certificate) -> dict[str, str | None]:
    """Return of which row it takes the place and which has taken its own, which it renews, and from when it stops accounts."""
    correction = {"correction_no": certificate.correction_no, "correction_reason": None}
    told = {
        "renews": _id(certificate.renews_id),
        "renewed_by": _id(renewed_by(certificate)),
        "stopped_from": rfc3339(certificate.stopped_from),
    }
    return {
        **{name: value for name, value in told.items() if value},
        "corrects": _id(certificate.corrects_id),
        "corrected_by": _id(corrected_by(certificate)),
        **(correction if certificate.corrects_id else {}),
    }


def _out(out: Mapping[UUID, datetime], row: UUID) -> dict[str, str | None]:
    """Return since when a part is revoked alone; of what stands nothing is said."""
    return {"revoked_at": rfc3339(out[row])} if row in out else {}


def _parts(certificate: Certificate) -> tuple[list[UUID], list[UUID]]:
    """Return the ids of whom and what a certificate names, in the order of the paper."""
    return sorted(each.pk for each in certificate.subjects.all()), sorted(
        each.pk for each in certificate.case_accounts.all()
    )


def _places(certificate: Certificate) -> Mapping[UUID, int]:
    """Return the place of each part in its paper, subjects and case accounts each counted from 1."""
    return {row: place for part in _parts(certificate) for place, row in enumerate(part, start=1)}


def _certificate(certificate: Certificate, proposals: Mapping[UUID, UUID], *, masked: bool) -> dict[str, Any]:
    said, out = certificate_summary(certificate, masked=masked), revoked_since(certificate.revocations.all())
    subjects, accounts = _parts(certificate)
    return {
        "id": str(certificate.id),
        "status": certificate.status,
        **said,
        **_life(certificate),
        "subjects": [each | _out(out, row) for row, each in zip(subjects, said["subjects"], strict=True)],
        "case_accounts": [each | _out(out, row) for row, each in zip(accounts, said["case_accounts"], strict=True)],
        "made_by": certificate.made_by.name,
        "made_at": rfc3339(certificate.made_at),
        "in_force_at": rfc3339(certificate.in_force_at),
        "revoked_at": rfc3339(certificate.revoked_at),
        "approval_id": _id(proposals.get(certificate.id)),
        "revocations": [
            _revocation(each, proposals, _places(certificate), masked=masked) for each in certificate.revocations.all()
        ],
    }


def _revocation(
    revocation: Revocation, proposals: Mapping[UUID, UUID], places: Mapping[UUID, int], *, masked: bool
) -> dict[str, Any]:
    parts = list(revocation.parts.all())
    return {
        "id": str(revocation.id),
        **revocation_summary(revocation),
        "appeal_id": _id(revocation.appeal_id),
        "whole": revocation.whole,
        "subjects": sorted(places[each.named_subject_id] for each in parts if each.named_subject_id),
        "case_accounts": sorted(places[each.case_account_id] for each in parts if each.case_account_id),
        "reason": None if masked else revocation.reason,
        "made_at": rfc3339(revocation.made_at),
        "in_force_at": rfc3339(revocation.in_force_at),
        "approval_id": _id(proposals.get(revocation.id)),
    }


def _id(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)
