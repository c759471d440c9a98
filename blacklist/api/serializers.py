"""Request bodies of the API of certificates, and their conversion into drafts."""

from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.fields import empty

from blacklist.operations.drafts import BASIS_NOT_STATED, CertificateDraft, DraftSubject
from blacklist.policy.authority import PROVINCES
from blacklist.policy.content import Extent, Sentence
from blacklist.policy.penalties import basis_not_stated
from blacklist.regimes import BasisWords, LegalBasis
from blacklist.vocabulary import (
    AuthorityLevel,
    Category,
    RevocationGround,
    SentenceKind,
    SubjectKind,
)
from config.frames.api import shapes
from config.frames.api.fields import (
    AccountNumberField,
    BankCodeField,
    DayField,
    DocumentBody,
    IdField,
    LineField,
    NameField,
    StrictSerializer,
    TextField,
)
from config.kernel.law.refusals import BadRequest


class RegionCodeField(TextField):
    """A region code of six digits (GB/T 2260)."""

    pattern = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=6, max_length=6, **kwargs)


class AuthorityBody(StrictSerializer):
    """The certifying authority."""

    # A ministry needs no region.
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
    """A person or organization that the certificate names."""

    narrower = shapes.kind_with_document(SubjectKind.INDIVIDUAL, SubjectKind.ORGANIZATION)

    kind = serializers.ChoiceField(choices=SubjectKind.choices)
    name = NameField()
    document = DocumentBody()


class CaseAccountBody(StrictSerializer):
    """An account, or card, that the certificate names; at this bank `bank_code` is absent or this bank's own."""

    account_number = AccountNumberField()
    bank_code = BankCodeField(required=False, allow_null=True)


class LegalBasisField(TextField):
    """The code of a legal basis, any text; the operation decides whether the bank knows it."""

    pattern = None
    codes = BasisWords

    def run_validation(self, data: Any = empty) -> Any:
        return LegalBasis.read(data) if isinstance(data, str) else super().run_validation(data)


class CountField(serializers.IntegerField):
    """A count: a JSON number without a fraction, zero or more."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1_000_000, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class ExtentBody(StrictSerializer):
    """The extent of the acts that the certificate states; `JDM_2024` has thresholds for it."""

    accounts = CountField(required=False, allow_null=True)
    times = CountField(required=False, allow_null=True)
    counterparties = CountField(required=False, allow_null=True)


class TermBody(StrictSerializer):
    """The term that the certificate states, both days inclusive; the legal basis says whether it prevails."""

    to = DayField()

    def get_fields(self) -> dict[str, Any]:
        # `from` is a field of the contract and a keyword of Python.
        return {"from": DayField(), **super().get_fields()}


class SentenceBody(StrictSerializer):
    """The criminal sentence, with `CRIMINAL_PUNISHED` under `JDM_2024` only; the penalty counts from it."""

    kind = serializers.ChoiceField(choices=SentenceKind.choices)
    effective_on = DayField()
    served_on = DayField(required=False, allow_null=True)


_AUTHORITY = {"name": "某省公安厅", "region_code": "350000", "level": "province"}
_SOMEBODY = {"type": "resident_id", "number": "110105200402290020"}


class CertificateBody(StrictSerializer):
    """A certificate to register. A bank setting says what a missing `legal_basis` means."""

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
            "case_accounts": [shapes.AN_EXTERNAL_ACCOUNT],
        },
    }

    doc_no = LineField(max_length=100)
    authority = AuthorityBody()
    certified_on = DayField()
    received_on = DayField(required=False, allow_null=True)
    category = serializers.ChoiceField(choices=Category.choices)
    legal_basis = LegalBasisField(required=False)
    subjects = SubjectBody(many=True, required=False)
    case_accounts = CaseAccountBody(many=True, required=False)
    term = TermBody(required=False, allow_null=True)
    sentence = SentenceBody(required=False, allow_null=True)
    extent = ExtentBody(required=False, allow_null=True)


class CorrectionBody(CertificateBody):
    """A corrected certificate, with reason and document of the authority; no number if the bank made the mistake."""

    examples = {
        "slip": {
            **CertificateBody.examples["lent"],
            "certified_on": "2025-12-30",
            "correction_no": "公更〔2026〕1号",
            "correction_reason": "认定日期有误",
        }
    }

    correction_no = LineField(max_length=100, required=False)
    correction_reason = TextField(max_length=1000)


def draft_of(data: dict[str, Any]) -> CertificateDraft:
    """Return the certificate draft of a validated body.

    :raises BadRequest: when it states no legal basis and the bank requires one.
    """
    term = data.get("term")
    basis = data.get("legal_basis")
    if basis is None:
        basis = basis_not_stated(settings.LEGAL_BASIS_WHEN_MISSING, data["certified_on"])
    if basis is None:
        raise BadRequest({"legal_basis": [BASIS_NOT_STATED]})
    return CertificateDraft(
        doc_no=data["doc_no"],
        authority_name=data["authority"]["name"],
        region_code=data["authority"]["region_code"],
        level=AuthorityLevel(data["authority"]["level"]),
        certified_on=data["certified_on"],
        received_on=data.get("received_on"),
        category=Category(data["category"]),
        legal_basis=basis,
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
        sentence=_sentence(data.get("sentence")),
        extent=_extent(data.get("extent")),
    )


def _sentence(said: dict[str, Any] | None) -> Sentence | None:
    return Sentence(SentenceKind(said["kind"]), said["effective_on"], said.get("served_on")) if said else None


def _extent(said: dict[str, Any] | None) -> Extent | None:
    """Return the stated extent, or None when all three numbers are missing."""
    extent = Extent(**(said or {}))
    return None if extent == Extent() else extent


class RevocationBody(StrictSerializer):
    """The revocation of a certificate; with the ground `appeal`, `appeal_id` names the upheld appeal."""

    examples = {"mistake": {"doc_no": "公撤〔2026〕1号", "revoked_on": "2026-01-04", "reason": "认定有误"}}

    doc_no = LineField(max_length=100)
    revoked_on = DayField()
    reason = TextField(max_length=1000)
    ground = serializers.ChoiceField(choices=RevocationGround.choices, default=RevocationGround.REVOKED)
    appeal_id = IdField(required=False)


class ScreeningBody(StrictSerializer):
    """The person or organization to screen."""

    examples = {"somebody": {"document": _SOMEBODY}}

    document = DocumentBody()
