"""What a request says about a customer; nothing here asks the database."""

from typing import Any

from rest_framework import serializers

from accounts.api.particulars import A_PERSON, A_UNIT, ParticularsBody
from accounts.operations.customers import NewCustomer
from accounts.operations.identity_documents import CheckInput
from accounts.operations.sameness import REQUESTS
from accounts.vocabulary import CheckResult, CustomerKind
from config.frames.api import shapes
from config.frames.api.fields import (
    AccountNumberField,
    DayField,
    DocumentBody,
    ExactlyOne,
    IdField,
    LineField,
    NameField,
    OtherBankField,
    PhoneField,
    StrictSerializer,
    TextField,
)


class CheckBody(StrictSerializer):
    """How an identity was checked, and the result."""

    method = LineField(max_length=40)
    result = serializers.ChoiceField(choices=CheckResult.choices)


class CustomerBody(StrictSerializer):
    """Who is to become a customer."""

    narrower = shapes.of_its_kind(
        CustomerKind.INDIVIDUAL, CustomerKind.ORGANIZATION, birth_date={"nullable": True, "enum": [None]}
    )
    examples = {
        "individual": {
            "kind": "individual",
            "name": "张三",
            "document": shapes.A_PERSON,
            "phone": "13800138000",
            "identity_check": {"method": "联网核查", "result": "match"},
        },
        "withParticulars": {"kind": "individual", "name": "张三", "document": shapes.A_PERSON, "particulars": A_PERSON},
        "unitWithOwners": {
            "kind": "organization",
            "name": "示范有限公司",
            "document": shapes.A_COMPANY,
            "particulars": A_UNIT,
        },
        "foreigner": {
            "kind": "individual",
            "name": "Zhao Liu",
            "document": shapes.ANOTHER,
            "birth_date": "1990-03-01",
        },
        "organization": {"kind": "organization", "name": "示范有限公司", "document": shapes.A_COMPANY},
    }

    kind = serializers.ChoiceField(choices=CustomerKind.choices)
    name = NameField()
    document = DocumentBody()
    phone = PhoneField(required=False, allow_null=True)
    birth_date = DayField(required=False, allow_null=True)
    identity_check = CheckBody(required=False, allow_null=True)
    particulars = ParticularsBody(required=False, allow_null=True)


class CustomerLookupBody(ExactlyOne):
    """A document or a phone."""

    examples = {"document": {"document": shapes.A_PERSON}, "phone": {"phone": "13800138000"}}

    document = DocumentBody(required=False)
    phone = PhoneField(required=False)


class LinkBody(StrictSerializer):
    """A further document of the same person."""

    examples = {"passport": {"document": shapes.ANOTHER}}

    document = DocumentBody()


class RenewedDocumentBody(DocumentBody):
    """A document on file, shown again: its new last day is told, `null` for one without an end."""

    valid_until = DayField(allow_null=True)


class RenewalBody(StrictSerializer):
    """A document of the customer that was renewed, and how the identity was checked with it."""

    examples = {
        "twentyYears": {
            "document": {**shapes.A_PERSON, "valid_until": "2046-01-04"},
            "identity_check": {"method": "联网核查", "result": "match"},
        },
    }

    document = RenewedDocumentBody()
    identity_check = CheckBody()


class ExternalAccountBody(StrictSerializer):
    """An own account at another bank, seen in person."""

    examples = {"passbook": {**shapes.ELSEWHERE, "name": "张三", "evidence": "存折"}}

    account_number = AccountNumberField()
    bank_code = OtherBankField()
    name = NameField()
    evidence = TextField(max_length=1000)


class NameChangeBody(StrictSerializer):
    """A new name, the document on file that shows it, and what else was seen."""

    examples = {
        "renamed": {
            "name": "张珊",
            "document": {**shapes.A_PERSON, "valid_until": "2046-01-04"},
            "evidence": "户口簿变更记载",
        },
    }

    name = NameField()
    document = DocumentBody()
    evidence = TextField(max_length=1000)


class ReverificationBody(StrictSerializer):
    """How the customer was identified anew."""

    examples = {"match": {"identity_check": {"method": "联网核查", "result": "match"}}}

    identity_check = CheckBody()


class SamePersonBody(StrictSerializer):
    """Another customer, and whether it is the same person: by what."""

    examples = {
        "same": {
            "customer_id": shapes.AN_ID,
            "decision": "same",
            "evidence": "护照与外国人永久居留身份证均已出示，照片、姓名、出生日期一致",
        },
    }

    customer_id = IdField()
    decision = serializers.ChoiceField(choices=[(each.value, each.label) for each in REQUESTS])
    evidence = TextField(max_length=1000)


def check_input(data: dict[str, Any]) -> CheckInput:
    """Return the check a validated body reports."""
    return CheckInput(data["method"], CheckResult(data["result"]))


def new_customer(data: dict[str, Any]) -> NewCustomer:
    """Return who a validated body registers."""
    check = data.get("identity_check")
    return NewCustomer(
        kind=CustomerKind(data["kind"]),
        name=data["name"],
        document=data["document"],
        phone=data.get("phone"),
        birth_date=data.get("birth_date"),
        check=None if check is None else check_input(check),
    )
