"""Fields that name an account."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework import serializers

from config.frames.api.fields import CardNumberField, ExactlyOne, IdField
from config.kernel.law.text import Text
from config.kernel.models import Role


@dataclass(frozen=True, slots=True)
class AccountOrCard:
    """An account as a caller names it: by its id, or by one of its cards."""

    account_id: UUID | None = None
    card_number: str | None = None


class AccountOrCardField(ExactlyOne):
    """`{"account_id": …}` or `{"card_number": …}`; a machine knows only the card in it."""

    account_id = IdField(required=False)
    card_number = CardNumberField(required=False)

    def validate(self, attrs: dict[str, Any]) -> AccountOrCard:
        value = super().validate(attrs)
        if self.context["request"].user.role == Role.ATM and "account_id" in value:
            raise serializers.ValidationError(
                {"account_id": [Text("自助柜员机只能使用卡号。", "A terminal can only use a card number.")]}
            )
        return AccountOrCard(**value)
