"""What certificates, revocations and screenings are answered as on the wire."""

from typing import Any

from rest_framework import serializers

from blacklist.api.serializers import LegalBasisField
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
from config.frames.api.fields import DayField, InstantField


class AuthorityAnswer(serializers.Serializer[Any]):
    """Who certified."""

    name = serializers.CharField()
    region_code = serializers.CharField()
    level = serializers.ChoiceField(choices=AuthorityLevel.choices)


class NamedDocumentAnswer(serializers.Serializer[Any]):
    """A document, its number masked."""

    type = serializers.CharField()
    number = serializers.CharField()
    country = serializers.CharField(required=False)


class NamedSubjectAnswer(serializers.Serializer[Any]):
    """A named subject, masked; `revoked_at` is since when it is out of a certificate that stands for others."""

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    name = serializers.CharField()
    document = NamedDocumentAnswer()
    revoked_at = InstantField(required=False)


class CaseAccountAnswer(serializers.Serializer[Any]):
    """A case account; `bank_code` is null for this bank's. A list masks the number, the number of a card always is."""

    account_number = serializers.CharField()
    bank_code = serializers.CharField(allow_null=True)
    revoked_at = InstantField(required=False)


class TermAnswer(serializers.Serializer[Any]):
    """The term as it was written."""

    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(), **super().get_fields()}


class ExtentAnswer(serializers.Serializer[Any]):
    """How much the paper says was done; null where it does not say."""

    accounts = serializers.IntegerField(allow_null=True)
    times = serializers.IntegerField(allow_null=True)
    counterparties = serializers.IntegerField(allow_null=True)


class RevocationAnswer(serializers.Serializer[Any]):
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


class CertificateAnswer(serializers.Serializer[Any]):
    """A certificate, what it names and where it stands.

    `renews` is the revoked row of the same paper, `renewed_by` the one as which it came again; `corrects` is the row whose
    place it takes once it is approved, `corrected_by` the one that has taken its own, which is `revoked` since. Of a correction
    `correction_no` is the number of the authority's paper, empty where the bank had entered it wrongly, `correction_reason`
    why, null in a list. From `stopped_from` on the accounts here that it names are stopped provisionally until it is decided.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=CertificateStatus.choices)
    renews = serializers.UUIDField(required=False)
    renewed_by = serializers.UUIDField(required=False)
    corrects = serializers.UUIDField(allow_null=True)
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
    made_by = serializers.CharField()
    made_at = InstantField()
    stopped_from = InstantField(required=False)
    in_force_at = InstantField(allow_null=True)
    revoked_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)
    revocations = RevocationAnswer(many=True)


class CertificatesAnswer(serializers.Serializer[Any]):
    """One page of certificates, newest first."""

    results = CertificateAnswer(many=True)
    next = serializers.CharField(allow_null=True)


class ScreenedRestrictionAnswer(serializers.Serializer[Any]):
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


class ScreeningAnswer(serializers.Serializer[Any]):
    """What bears on whoever was screened; `grace`, where days of grace run, begins when they are over."""

    restrictions = ScreenedRestrictionAnswer(many=True)
    grace = ScreenedRestrictionAnswer(many=True, required=False)
