"""Certificates, revocations and screenings as the contract shows them, with the names and numbers in them masked."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from rest_framework import serializers

from blacklist.api.serializers import LegalBasisField
from blacklist.models import Certificate, Revocation
from blacklist.operations.approvals import CERTIFICATE, REVOCATION
from blacklist.operations.summaries import certificate_summary
from blacklist.queries.certificates import corrected_by, find_certificate, renewed_by, revoked_since
from blacklist.vocabulary import (
    AuthorityLevel,
    Category,
    CertificateStatus,
    Direction,
    Remark,
    RestrictionCause,
    RestrictionKind,
    ReviewReason,
    RevocationGround,
    RevocationStatus,
    SubjectKind,
)
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, InstantField
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
    parts = {
        "subjects": [
            NamedSubjectAnswer.of(**each, revoked_at=out.get(row))
            for row, each in zip(subjects, said["subjects"], strict=True)
        ],
        "case_accounts": [
            CaseAccountAnswer.of(**each, revoked_at=out.get(row))
            for row, each in zip(accounts, said["case_accounts"], strict=True)
        ],
        "revocations": [
            _revocation(each, proposals, _places(certificate), masked=masked) for each in certificate.revocations.all()
        ],
    }
    answer = CertificateAnswer.of(
        certificate,
        renewed_by=renewed_by(certificate),
        corrected_by=corrected_by(certificate),
        approval_id=proposals.get(certificate.id),
        **said | parts,
    )
    correction = {"correction_no": certificate.correction_no, "correction_reason": None}
    return answer | (correction if certificate.corrects_id else {})


def _revocation(
    revocation: Revocation, proposals: Mapping[UUID, UUID], places: Mapping[UUID, int], *, masked: bool
) -> dict[str, Any]:
    parts = list(revocation.parts.all())
    return RevocationAnswer.of(
        revocation,
        subjects=sorted(places[each.named_subject_id] for each in parts if each.named_subject_id),
        case_accounts=sorted(places[each.case_account_id] for each in parts if each.case_account_id),
        reason=None if masked else revocation.reason,
        approval_id=proposals.get(revocation.id),
    )


class AuthorityAnswer(Answer):
    """Who certified."""

    name = serializers.CharField()
    region_code = serializers.CharField()
    level = serializers.ChoiceField(choices=AuthorityLevel.choices)


class NamedDocumentAnswer(Answer):
    """A document, its number masked."""

    type = serializers.CharField()
    number = serializers.CharField()
    country = serializers.CharField(required=False)


class NamedSubjectAnswer(Answer):
    """A named subject, masked; `revoked_at` is since when it is out of a certificate that stands for others."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    name = serializers.CharField()
    document = NamedDocumentAnswer()
    revoked_at = InstantField(required=False)


class CaseAccountAnswer(Answer):
    """A case account; `bank_code` is null for this bank's. A list masks the number, the number of a card always is."""

    account_number = serializers.CharField()
    bank_code = serializers.CharField(allow_null=True)
    revoked_at = InstantField(required=False)


class TermAnswer(Answer):
    """The term as it was written."""

    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(), **super().get_fields()}


class ExtentAnswer(Answer):
    """How much the paper says was done; null where it does not say."""

    accounts = serializers.IntegerField(allow_null=True)
    times = serializers.IntegerField(allow_null=True)
    counterparties = serializers.IntegerField(allow_null=True)


class RevocationAnswer(Answer):
    """A revocation and where it stands; in a list without its reason, which may name people.

    Where `whole` is false it is of some `subjects` and `case_accounts` alone, by their places in the paper, from 1.
    """

    id = serializers.UUIDField()
    certificate_id = serializers.UUIDField()
    doc_no = serializers.CharField()
    revoked_on = DayField()
    ground = serializers.ChoiceField(choices=RevocationGround.choices)
    appeal_id = serializers.UUIDField(allow_null=True)
    whole = serializers.BooleanField()
    subjects = serializers.ListField(child=serializers.IntegerField())
    case_accounts = serializers.ListField(child=serializers.IntegerField())
    reason = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=RevocationStatus.choices)
    made_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)


class CertificateAnswer(Answer):
    """A certificate, what it names and where it stands.

    `renews` is the revoked row of the same paper, `renewed_by` the one as which it came again; `corrects` is the row whose
    place it takes once it is approved, `corrected_by` the one that has taken its own, which is `revoked` since. Of a correction
    `correction_no` is the number of the authority's paper, empty where the bank had entered it wrongly, `correction_reason`
    why, null in a list. From `stopped_from` on the accounts here that it names are stopped provisionally until it is decided.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=CertificateStatus.choices)
    renews = serializers.UUIDField(required=False, source="renews_id")
    renewed_by = serializers.UUIDField(required=False)
    corrects = serializers.UUIDField(allow_null=True, source="corrects_id")
    corrected_by = serializers.UUIDField(allow_null=True)
    correction_no = serializers.CharField(required=False)
    correction_reason = serializers.CharField(required=False, allow_null=True)
    doc_no = serializers.CharField()
    authority = AuthorityAnswer()
    certified_on = DayField()
    received_on = DayField(allow_null=True)
    category = serializers.ChoiceField(choices=Category.choices)
    legal_basis = LegalBasisField()
    subjects = NamedSubjectAnswer(many=True)
    case_accounts = CaseAccountAnswer(many=True)
    term = TermAnswer(allow_null=True)
    extent = ExtentAnswer(allow_null=True)
    remarks = serializers.ListField(child=serializers.ChoiceField(choices=Remark.choices))
    review_reasons = serializers.ListField(child=serializers.ChoiceField(choices=ReviewReason.choices))
    made_by = serializers.CharField(source="made_by.name")
    made_at = InstantField()
    stopped_from = InstantField(required=False)
    in_force_at = InstantField(allow_null=True)
    revoked_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)
    revocations = RevocationAnswer(many=True)


class CertificatesAnswer(PageAnswer):
    """One page of certificates, newest first."""

    results = CertificateAnswer(many=True)


class ScreenedRestrictionAnswer(Answer):
    """A restriction; `until` is the instant it is over and `last_day` the last restricted day, null when open."""

    kind = serializers.ChoiceField(choices=RestrictionCause.choices)
    code = serializers.ChoiceField(choices=RestrictionKind.choices)
    direction = serializers.ChoiceField(choices=[Direction.OUT.value], required=False)
    clause = serializers.CharField(allow_null=True)
    starts_at = InstantField()
    until = InstantField(allow_null=True)
    last_day = DayField(allow_null=True)
    certificate_id = serializers.UUIDField()
    authority = serializers.CharField()
    doc_no = serializers.CharField()


class ScreeningAnswer(Answer):
    """What bears on whoever was screened; `grace`, where days of grace run, begins when they are over."""

    restrictions = ScreenedRestrictionAnswer(many=True)
    grace = ScreenedRestrictionAnswer(many=True, required=False)
