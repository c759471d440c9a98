"""Request bodies about customers, with the statements of the customer (客户信息); nothing here reads the database."""

from typing import Any

from rest_framework import serializers

from accounts.operations.customers import NewCustomer
from accounts.operations.identity_documents import CheckInput
from accounts.operations.particulars import (
    NOT_AN_OWNER,
    OrganizationParticulars,
    Owner,
    PersonParticulars,
    StatedParticulars,
)
from accounts.operations.sameness import REQUESTS
from accounts.policy.particulars import owner_fits
from accounts.vocabulary import CheckResult, CustomerKind
from accounts.vocabulary.particulars import (
    ADDRESS_MAX,
    BUSINESS_MAX,
    OWNERS_MAX,
    Control,
    Occupation,
    ProofKind,
    TaxEntity,
    TaxResidency,
)
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
from config.kernel.database.clock import bank_now
from config.kernel.identity.countries import country_code
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.requests.documents import bad_document, read_document

NO_COUNTRY = Text("没有这个国家或地区代码。", "No country or area has this code.")
NO_PERCENTAGE = Text("请填写百分比，如 33.33。", "Enter a percentage such as 33.33.")
#: Values for examples.
A_PERSON = {
    "person": {
        "address": "北京市东城区长安街1号",
        "occupation": "clerk",
        "nationality": "CHN",
        "tax_residency": "china",
    }
}
AN_ORGANIZATION = {
    "unit": {
        "address": "福建省厦门市示范路2号",
        "proof_kind": "business_licence",
        "business": "软件开发",
        "tax_entity": "other",
        "tax_residency": "china",
        "owners": [{"name": "李四", "document": shapes.A_PERSON, "control": "equity", "share": "60"}],
    }
}


class PersonBody(StrictSerializer):
    """Statements of an individual; `nationality` is ISO 3166 alpha-3."""

    address = LineField(max_length=ADDRESS_MAX)
    occupation = serializers.ChoiceField(choices=Occupation.choices)
    nationality = TextField(max_length=3)
    tax_residency = serializers.ChoiceField(choices=TaxResidency.choices)

    def validate_nationality(self, entered: str) -> str:
        """Return the code in the form that passports use."""
        code = country_code(entered)
        if code is None:
            raise serializers.ValidationError([NO_COUNTRY])
        return code


class PercentageField(serializers.RegexField):
    """A percentage with at most two decimals, as a JSON string; a number is refused."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[0-9]{1,3}(\.[0-9]{1,2})?$", error_messages={"invalid": NO_PERCENTAGE}, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class OwnerBody(StrictSerializer):
    """A beneficial owner; `share` is a percentage, of `equity` and `rights` only, `tax_residency` of a `passive` organization."""

    name = NameField()
    document = DocumentBody()
    control = serializers.ChoiceField(choices=Control.choices)
    share = PercentageField(required=False, allow_null=True)
    tax_residency = serializers.ChoiceField(choices=TaxResidency.choices, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        entered = attrs.get("share")
        whole, _, rest = (entered or "").partition(".")
        attrs["share"] = None if entered is None else int(whole) * 100 + int(rest.ljust(2, "0"))
        if not owner_fits(Control(attrs["control"]), attrs["share"]):
            raise serializers.ValidationError({"share": [NOT_AN_OWNER]})
        return attrs


class UnitBody(StrictSerializer):
    """Statements of an organization. `owners` may be absent where none must be identified; `tax_entity` and `tax_residency` are given together or not at all."""

    address = LineField(max_length=ADDRESS_MAX)
    proof_kind = serializers.ChoiceField(choices=ProofKind.choices)
    business = LineField(max_length=BUSINESS_MAX)
    tax_entity = serializers.ChoiceField(choices=TaxEntity.choices, required=False, allow_null=True)
    tax_residency = serializers.ChoiceField(choices=TaxResidency.choices, required=False, allow_null=True)
    owners = OwnerBody(many=True, max_length=OWNERS_MAX)  # type: ignore[call-arg]


class ParticularsBody(ExactlyOne):
    """Statements of the customer, by kind of customer."""

    person = PersonBody(required=False)
    unit = UnitBody(required=False)


def stated_particulars(data: dict[str, Any]) -> StatedParticulars:
    """Return the statements in a validated body.

    :raises BadRequest: when an owner's document is no valid one of an individual.
    """
    if "person" in data:
        return PersonParticulars.of(data["person"])
    organization = data["unit"]
    owners = tuple(map(_owner, organization["owners"]))
    entity = organization.get("tax_entity")
    return OrganizationParticulars(
        organization["address"],
        ProofKind(organization["proof_kind"]),
        organization["business"],
        owners,
        _residency(organization),
        TaxEntity(entity) if entity else None,
    )


def _residency(data: dict[str, Any]) -> TaxResidency | None:
    declared = data.get("tax_residency")
    return TaxResidency(declared) if declared else None


def _owner(data: dict[str, Any]) -> Owner:
    entered, field = data["document"], "particulars.unit.owners.document"
    document = read_document(entered, on=shanghai_day(bank_now()), at_field=field)
    if document.is_organization:
        raise bad_document(
            DocumentError("type", "受益所有人须为个人。", "A beneficial owner is an individual."), at_field=field
        )
    return Owner(data["name"], document, Control(data["control"]), data["share"], entered.valid_until, _residency(data))


class CheckBody(StrictSerializer):
    """How an identity was checked, and the result."""

    method = LineField(max_length=40)
    result = serializers.ChoiceField(choices=CheckResult.choices)


class CustomerBody(StrictSerializer):
    """The customer to be registered."""

    narrower = shapes.kind_with_document(
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
            "particulars": AN_ORGANIZATION,
        },
        "foreigner": {
            "kind": "individual",
            "name": "Zhao Liu",
            "document": shapes.A_FOREIGNER,
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

    examples = {"passport": {"document": shapes.A_FOREIGNER}}

    document = DocumentBody()


class RenewedDocumentBody(DocumentBody):
    """A document on file that was shown again, with its new last day; `null` without an end."""

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
    """An own account at another bank, proved in person."""

    examples = {"passbook": {**shapes.AN_EXTERNAL_ACCOUNT, "name": "张三", "evidence": "存折"}}

    account_number = AccountNumberField()
    bank_code = OtherBankField()
    name = NameField()
    evidence = TextField(max_length=1000)


class NameChangeBody(StrictSerializer):
    """A new name, the document on file that proves it, and other evidence."""

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
    """How the customer was re-verified."""

    examples = {"match": {"identity_check": {"method": "联网核查", "result": "match"}}}

    identity_check = CheckBody()


class SamePersonBody(StrictSerializer):
    """Another customer, whether it is the same person, and on which evidence."""

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
    """Return the identity check in a validated body."""
    return CheckInput(data["method"], CheckResult(data["result"]))


def new_customer(data: dict[str, Any]) -> NewCustomer:
    """Return the customer to be registered from a validated body."""
    check = data.get("identity_check")
    return NewCustomer(
        kind=CustomerKind(data["kind"]),
        name=data["name"],
        document=data["document"],
        phone=data.get("phone"),
        birth_date=data.get("birth_date"),
        check=None if check is None else check_input(check),
    )
