"""What certificates look like on the wire."""

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from rest_framework import serializers

from blacklist.operations.drafts import CertificateDraft, DraftSubject
from blacklist.policy.authority import PROVINCES
from blacklist.policy.remarks import Extent
from blacklist.regimes import DEFAULT_BASIS, BasisWords, LegalBasis
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
from config.api import shapes
from config.api.fields import (
    AccountNumberField,
    BankCodeField,
    DayField,
    DocumentBody,
    IdField,
    InstantField,
    LineField,
    NameField,
    StrictSerializer,
    TextField,
)


class RegionCodeField(TextField):
    """The six digits of a region (GB/T 2260)."""

    pattern = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=6, max_length=6, **kwargs)


class AuthorityBody(StrictSerializer):
    """Who certified."""

    # Of a ministry no region is asked.
    narrower = {
        "anyOf": [
            {
                "properties": {
                    "level": {"enum": [AuthorityLevel.MINISTRY.value]},
                    "region_code": {"pattern": "^[0-9]{6}$"},
                }
            },
            {"properties": {"region_code": {"pattern": f"^(?:{'|'.join(sorted(PROVINCES))})[0-9]{{4}}$"}}},
        ]
    }

    name = NameField()
    region_code = RegionCodeField()
    level = serializers.ChoiceField(choices=AuthorityLevel.choices)


class SubjectBody(StrictSerializer):
    """Whom the certificate names."""

    narrower = shapes.of_its_kind(SubjectKind.INDIVIDUAL, SubjectKind.ORGANIZATION)

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    name = NameField()
    document = DocumentBody()


class CaseAccountBody(StrictSerializer):
    """An account the certificate names, at this bank by its number or a card's; this bank is no bank code, or its own."""

    account_number = AccountNumberField()
    bank_code = BankCodeField(required=False, allow_null=True)


class LegalBasisField(TextField):
    """The code of a legal basis; whether the bank knows it the operation says."""

    pattern = None
    codes = BasisWords

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, validators=[RegexValidator(r"^[A-Z][A-Z0-9_]+\Z")], **kwargs)


class CountField(serializers.IntegerField):
    """A count: a JSON number without a fraction, zero or more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1_000_000, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class ExtentBody(StrictSerializer):
    """How much the paper says was done: the thresholds of `JDM_2024` look at it."""

    accounts = CountField(required=False, allow_null=True)
    times = CountField(required=False, allow_null=True)
    counterparties = CountField(required=False, allow_null=True)


class TermBody(StrictSerializer):
    """The term the paper writes, both days inclusive; whether it prevails the legal basis says."""

    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of the contract and a keyword of the language.
        return {"from": DayField(), **super().get_fields()}


_AUTHORITY = {"name": "某省公安厅", "region_code": "350000", "level": "province"}
_SOMEBODY = {"type": "resident_id", "number": "110105200402290020"}


class CertificateBody(StrictSerializer):
    """A certificate as it is registered."""

    narrower = {
        "anyOf": [
            {
                "properties": {"category": {"enum": [Category.CASE_ACCOUNT.value]}, "case_accounts": {"minItems": 1}},
                "required": ["case_accounts"],
            },
            {
                "properties": {
                    "category": {"enum": [each.value for each in Category if each != Category.CASE_ACCOUNT]},
                    "subjects": {"minItems": 1},
                    "case_accounts": {"maxItems": 0},
                },
                "required": ["subjects"],
            },
        ]
    }
    examples = {
        "lent": {
            "doc_no": "公认〔2026〕1号",
            "authority": _AUTHORITY,
            "certified_on": "2025-12-31",
            "category": "LEND",
            "subjects": [{"kind": "individual", "name": "王五", "document": _SOMEBODY}],
        },
        "joint": {
            "doc_no": "公认〔2026〕3号",
            "authority": _AUTHORITY,
            "certified_on": "2025-12-31",
            "category": "SELL",
            "legal_basis": "JDM_2024",
            "subjects": [{"kind": "individual", "name": "王五", "document": _SOMEBODY}],
            "term": {"from": "2025-12-31", "to": "2027-12-30"},
            "extent": {"accounts": 4, "times": 4, "counterparties": 1},
        },
        "caseAccount": {
            "doc_no": "公认〔2026〕2号",
            "authority": _AUTHORITY,
            "certified_on": "2025-12-31",
            "category": "CASE_ACCOUNT",
            "case_accounts": [shapes.ELSEWHERE],
        },
    }

    doc_no = LineField(max_length=100)
    authority = AuthorityBody()
    certified_on = DayField()
    received_on = DayField(required=False, allow_null=True)
    category = serializers.ChoiceField(choices=Category.choices)
    legal_basis = LegalBasisField(default=DEFAULT_BASIS.value)
    subjects = SubjectBody(many=True, required=False)
    case_accounts = CaseAccountBody(many=True, required=False)
    term = TermBody(required=False, allow_null=True)
    extent = ExtentBody(required=False, allow_null=True)


def draft_of(data: dict[str, Any]) -> CertificateDraft:
    """Return what a validated body says."""
    term = data.get("term")
    return CertificateDraft(
        doc_no=data["doc_no"],
        authority_name=data["authority"]["name"],
        region_code=data["authority"]["region_code"],
        level=AuthorityLevel(data["authority"]["level"]),
        certified_on=data["certified_on"],
        received_on=data.get("received_on"),
        category=Category(data["category"]),
        legal_basis=LegalBasis(data["legal_basis"]),
        subjects=tuple(
            DraftSubject(
                kind=SubjectKind(subject["kind"]),
                name=subject["name"],
                document=subject["document"],
            )
            for subject in data.get("subjects", ())
        ),
        case_accounts=tuple(
            (account["account_number"], account.get("bank_code") or settings.BANK_CODE)
            for account in data.get("case_accounts", ())
        ),
        term=(term["from"], term["to"]) if term else None,
        extent=_extent(data.get("extent")),
    )


def _extent(said: dict[str, Any] | None) -> Extent | None:
    """Return what is said of how much was done; three times nothing is nothing."""
    extent = Extent(**(said or {}))
    return None if extent == Extent() else extent


class RevocationBody(StrictSerializer):
    """The revocation of a certificate; `appeal_id` names the appeal that was upheld, with the ground `appeal`."""

    examples = {"mistake": {"doc_no": "公撤〔2026〕1号", "revoked_on": "2026-01-04", "reason": "认定有误"}}

    doc_no = LineField(max_length=100)
    revoked_on = DayField()
    reason = TextField(max_length=1000)
    ground = serializers.ChoiceField(choices=RevocationGround.choices, default=RevocationGround.REVOKED)
    appeal_id = IdField(required=False)


class ScreeningBody(StrictSerializer):
    """Whom to screen."""

    examples = {"somebody": {"document": _SOMEBODY}}

    document = DocumentBody()


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

    `renews` is the revoked row of the same paper, `renewed_by` the one as which it came again; from `stopped_from` on the
    accounts here that it names are stopped provisionally until it is decided.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=CertificateStatus.choices)
    renews = serializers.UUIDField(required=False)
    renewed_by = serializers.UUIDField(required=False)
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
