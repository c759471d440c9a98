"""What a request says about a customer; nothing here asks the database."""

import re
from typing import Any

from django.conf import settings
from rest_framework import serializers

from accounts.api.fields import AccountNumberField
from accounts.operations.customers import NewCustomer
from accounts.operations.papers import CheckTold, DocumentTold
from accounts.vocabulary import CheckResult, CustomerKind
from blacklist.api.fields import DayField, DocumentBody, LineField, NameField
from config.api.fields import StrictSerializer, TextField
from config.kernel.identity.account_numbers import bank_reference, same_bank
from config.kernel.identity.phones import PhoneError, normalise_phone
from config.kernel.text import Text

_BANK = re.compile(r"[0-9A-Za-z]{2,14}")


class PhoneField(TextField):
    """A phone number, written in its one form."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return normalise_phone(super().to_internal_value(data))
        except PhoneError as error:
            raise serializers.ValidationError([Text(error.zh, error.en)]) from None


class OutsideBankField(TextField):
    """The code of another bank: 2 to 14 letters or digits, and not this bank's own."""

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if not _BANK.fullmatch(code):
            raise serializers.ValidationError(
                [Text("银行代码须为2至14位字母或数字。", "A bank code is 2 to 14 letters or digits.")]
            )
        if same_bank(code, settings.BANK_CODE):
            message = Text(
                "本行账户无需登记为他行账户。", "This is our own code: an account here needs no registering."
            )
            raise serializers.ValidationError([message])
        return bank_reference(code)


class CheckBody(StrictSerializer):
    """How an identity was checked, and the result."""

    method = LineField(max_length=40)
    result = serializers.ChoiceField(choices=CheckResult.choices)


class CustomerBody(StrictSerializer):
    """Who is to become a customer."""

    kind = serializers.ChoiceField(choices=CustomerKind.choices)
    name = NameField()
    document = DocumentBody()
    phone = PhoneField(required=False, allow_null=True)
    birth_date = DayField(required=False, allow_null=True)
    identity_check = CheckBody(required=False, allow_null=True)


class CustomerLookupBody(StrictSerializer):
    """A document or a phone."""

    document = DocumentBody(required=False)
    phone = PhoneField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            message = Text("document 与 phone 须且只能填一项。", "Give either document or phone.")
            raise serializers.ValidationError([message])
        return attrs


class LinkBody(StrictSerializer):
    """A further document of the same person."""

    document = DocumentBody()


class ExternalAccountBody(StrictSerializer):
    """An own account at another bank, seen in person."""

    account_number = AccountNumberField()
    bank_code = OutsideBankField()
    name = NameField()
    evidence = TextField(max_length=1000)


class ReverificationBody(StrictSerializer):
    """How the customer was identified anew."""

    identity_check = CheckBody()


def document_told(data: dict[str, Any]) -> DocumentTold:
    """Return the document a validated body names."""
    return DocumentTold(data["type"], data["number"], data.get("country") or None, data.get("valid_until"))


def check_told(data: dict[str, Any] | None) -> CheckTold | None:
    """Return the check a validated body reports, None when it reports none."""
    return None if data is None else CheckTold(data["method"], CheckResult(data["result"]))


def new_customer(data: dict[str, Any]) -> NewCustomer:
    """Return who a validated body registers."""
    return NewCustomer(
        kind=CustomerKind(data["kind"]),
        name=data["name"],
        document=document_told(data["document"]),
        phone=data.get("phone"),
        birth_date=data.get("birth_date"),
        check=check_told(data.get("identity_check")),
    )
