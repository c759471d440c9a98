"""Request bodies of the API of transfers."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.fields import AccountOrCardField, AnyChannelField
from accounts.queries.accounts import account_exists
from config.frames.api import shapes
from config.frames.api.fields import (
    AccountNumberField,
    BankCodeField,
    CardNumberField,
    DocumentBody,
    ExactlyOne,
    FilterIdField,
    InstantField,
    NameField,
    StrictSerializer,
    TextField,
    YuanField,
)
from config.frames.api.pagination import PageQuery
from config.kernel.identity.account_numbers import outside_bank
from config.kernel.law.text import Text
from config.kernel.models import Role
from transfers.vocabulary import Arrival, TransferStatus

#: Maximum length of one text that a machine showed.
SHOWN_MAX = 200


class PayeeBody(StrictSerializer):
    """The payee by account number, or at this bank by card number, with the holder's name.

    Only a bank with `BANK_PAYEE_NAME_ELSEWHERE` `optional` accepts a payee at another bank without a name.
    """

    narrower = {"required": ["account_number", "name"]}

    account_number = AccountNumberField()
    name = NameField(required=False)
    bank_code = BankCodeField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["bank_code"] = outside_bank(attrs.get("bank_code", ""), own=settings.BANK_CODE)
        if not attrs["bank_code"] and "name" not in attrs:
            raise serializers.ValidationError(
                {"name": [Text("本行收款人须填写户名。", "Enter the payee's name for a payee at this bank.")]}
            )
        if "name" not in attrs and settings.PAYEE_NAME_ELSEWHERE == "required":
            raise serializers.ValidationError(
                {"name": [Text("他行收款人须填写户名。", "Enter the payee's name for a payee at another bank.")]}
            )
        return attrs


@extend_schema_field({"oneOf": [{"type": "string", "maxLength": SHOWN_MAX}, {"type": "boolean"}]})
class ShownField(serializers.JSONField):
    """One item that the machine showed: a text of at most 200 characters, or whether it was shown."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, bool) and not (isinstance(data, str) and len(data) <= SHOWN_MAX):
            raise serializers.ValidationError(
                [Text("须为不超过200字的文本或布尔值。", "A text of 200 characters at most, or a boolean.")]
            )
        return data


class ScreenEvidenceBody(StrictSerializer):
    """The notices that the machine showed before the customer confirmed."""

    masked_name = ShownField(required=False)
    account_shown = ShownField(required=False)
    amount_shown = ShownField(required=False)
    language = TextField(required=False, max_length=20)
    realtime_notice = ShownField(required=False)
    confirmed_at = InstantField(required=False)


class TransferBody(StrictSerializer):
    """A transfer order."""

    examples = {
        "counter": {
            "payer": {"account_id": shapes.AN_ID},
            "payee": {**shapes.AN_EXTERNAL_ACCOUNT, "name": "李四"},
            "amount": "0.01",
            "arrival": "next_day",
        },
        "immediate": {
            "payer": {"account_id": shapes.AN_ID},
            "payee": {**shapes.AN_EXTERNAL_ACCOUNT, "name": "李四"},
            "amount": "0.01",
            "arrival": "real_time",
            "memo": "货款",
        },
    }

    payer = AccountOrCardField()
    payee = PayeeBody()
    amount = YuanField(source="amount_fen")
    channel = AnyChannelField(required=False, allow_null=True)
    arrival = serializers.ChoiceField(choices=Arrival.choices, required=False)
    memo = TextField(required=False, max_length=200, allow_blank=True)
    screen_evidence = ScreenEvidenceBody(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        role = self.context["request"].user.role
        missing = Text("必填。", "This field is required.")
        if role == Role.GATEWAY and "channel" not in attrs:
            raise serializers.ValidationError({"channel": [missing]})
        if role != Role.ATM and "arrival" not in attrs:
            # The customer chooses; there is no default (银发〔2016〕261号 二(八)).
            raise serializers.ValidationError({"arrival": [missing]})
        return attrs


def evidence_text(evidence: dict[str, Any] | None) -> str | None:
    """Return the screen evidence as text for encryption."""
    return json.dumps(evidence, ensure_ascii=False, default=str) if evidence else None


class ApplicantBody(ExactlyOne):
    """The applicant, identified by a document or by a card."""

    document = DocumentBody(required=False)
    card_number = CardNumberField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        super().validate(attrs)
        if self.context["request"].user.role == Role.ATM and "document" in attrs:
            raise serializers.ValidationError(
                {"document": [Text("自助柜员机只能使用付款卡。", "A terminal can only use the payer's card.")]}
            )
        return attrs


class CancelBody(StrictSerializer):
    """An application to cancel."""

    examples = {
        "document": {"applicant": {"document": shapes.A_PERSON}, "reason": "本人申请"},
        "card": {"applicant": {"card_number": "6228480000000005"}},
    }

    applicant = ApplicantBody()
    reason = TextField(required=False, max_length=200, allow_blank=True)


class InquiryBody(StrictSerializer):
    """An inquiry for the name on an account or card of this bank, with the payer for whom it is made."""

    examples = {"here": {"account_number": "6222000011112222"}}

    account_number = AccountNumberField()
    bank_code = BankCodeField(required=False)
    payer = AccountOrCardField(required=False)


class TransfersQuery(PageQuery):
    """Filters of the list of transfers."""

    payer_account = FilterIdField(required=False)
    status = serializers.ChoiceField(choices=TransferStatus.choices, required=False)
    due_before = InstantField(required=False)
    due_after = InstantField(required=False)

    def validate_payer_account(self, account_id: UUID) -> UUID:
        """Refuse an unknown account id, because an empty list would look like an account without transfers."""
        if not account_exists(account_id):
            raise serializers.ValidationError([Text("没有这个账户。", "No such account.")])
        return account_id


class WindowQuery(StrictSerializer):
    """A window of time, from an inclusive to an exclusive instant."""

    to = InstantField()

    def get_fields(self) -> dict[str, Any]:
        # `from` is a field of the contract and a keyword of Python.
        return {"from": InstantField(), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] > attrs["to"]:
            raise serializers.ValidationError(
                {"from": [Text("起始时间不得晚于截止时间。", "It begins after it ends.")]}
            )
        return attrs
