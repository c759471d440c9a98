"""API answers about certificates, revocations and screenings, with masked names and numbers."""

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
    SentenceKind,
    SubjectKind,
)
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, InstantField
from config.kernel.access.keys import Caller
from config.kernel.approvals import latest_about
from config.kernel.approvals.rejections import free_text_for


def certificate_answers(certificates: Sequence[Certificate], *, masked: bool = True) -> Iterable[dict[str, Any]]:
    """Return certificates with their proposals, all read by a few queries.

    :param masked: True masks case accounts and omits reasons, as for a list; only the page of one certificate shows
        them.
    :source: 通告第六条: a list contains no personal data.
    """
    ids = [row.id for row in certificates] + [each.id for row in certificates for each in row.revocations.all()]
    proposals = latest_about(ids)
    return [_certificate(row, proposals, masked=masked) for row in certificates]


def certificate_answer(certificate_id: UUID, caller: Caller) -> dict[str, Any] | None:
    """Return one certificate with the reasons that the caller may read; None when the id is unknown."""
    found = find_certificate(certificate_id)
    if found is None:
        return None
    (answer,) = certificate_answers([found], masked=False)
    for shown, revocation in zip(answer["revocations"], found.revocations.all(), strict=True):
        shown["reason"] = free_text_for(caller, REVOCATION.name, {revocation.made_by_id}, str(revocation.reason))
    if found.corrects_id is not None:
        reason = free_text_for(caller, CERTIFICATE.name, {found.made_by_id}, str(found.correction_reason))
        answer["correction_reason"] = reason
    return answer


def revocation_answer(revocation: Revocation) -> dict[str, Any]:
    """Return one revocation with its status."""
    places = _places(revocation.certificate)
    return _revocation(revocation, latest_about([revocation.id]), places, masked=False)


def _parts(certificate: Certificate) -> tuple[list[UUID], list[UUID]]:
    """Return the ids of the subjects and of the case accounts of a certificate, in its order."""
    return sorted(each.pk for each in certificate.subjects.all()), sorted(
        each.pk for each in certificate.case_accounts.all()
    )


def _places(certificate: Certificate) -> Mapping[UUID, int]:
    """Return each part's place in its certificate; subjects and case accounts are each counted from 1."""
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
    """The certifying authority."""

    name = serializers.CharField()
    region_code = serializers.CharField()
    level = serializers.ChoiceField(choices=AuthorityLevel.choices)


class NamedDocumentAnswer(Answer):
    """An identity document with its number masked."""

    type = serializers.CharField()
    number = serializers.CharField()
    country = serializers.CharField(required=False)


class NamedSubjectAnswer(Answer):
    """A named subject, masked; `revoked_at` is set if only this subject, not the certificate, is revoked."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    name = serializers.CharField()
    document = NamedDocumentAnswer()
    revoked_at = InstantField(required=False)


class CaseAccountAnswer(Answer):
    """A case account; `bank_code` is null for this bank. Lists mask account numbers; card numbers always are."""

    account_number = serializers.CharField()
    bank_code = serializers.CharField(allow_null=True)
    revoked_at = InstantField(required=False)


class TermAnswer(Answer):
    """The term that the certificate states."""

    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(), **super().get_fields()}


class SentenceAnswer(Answer):
    """The sentence that the certificate states; `served_on` is null while a custodial one is being served."""

    kind = serializers.ChoiceField(choices=SentenceKind.choices)
    effective_on = DayField()
    served_on = DayField(allow_null=True)


class ExtentAnswer(Answer):
    """The extent of the acts that the certificate states; null where it states none."""

    accounts = serializers.IntegerField(allow_null=True)
    times = serializers.IntegerField(allow_null=True)
    counterparties = serializers.IntegerField(allow_null=True)


class RevocationAnswer(Answer):
    """A revocation and its status; lists omit its reason, which may name people.

    If `whole` is false, it revokes only the `subjects` and `case_accounts` given by their places in the certificate,
    from 1.
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
    """A certificate, its subjects and case accounts, and its status.

    `renews` is the revoked certificate with the same number; `renewed_by` is the certificate that was registered again
    after this one was revoked. `corrects` is the certificate that this one replaces once it is approved;
    `corrected_by` is the one that replaced this one, which is `revoked` since then. For a correction, `correction_no`
    is the number of the authority's document (empty if the mistake was the bank's) and `correction_reason` the reason
    (null in a list). From `stopped_from` until the decision, the named accounts at this bank are stopped
    provisionally.
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
    sentence = SentenceAnswer(allow_null=True)
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
    """A restriction; `until` is its exclusive end, `last_day` its last day; both are null without an end."""

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
    """The restrictions of the screened person; those in `grace` begin when the days of grace are over."""

    restrictions = ScreenedRestrictionAnswer(many=True)
    grace = ScreenedRestrictionAnswer(many=True, required=False)
