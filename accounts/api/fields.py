"""Fields that name an account."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework import serializers

from config.api.fields import IdField, StrictSerializer, TextField
from config.kernel.models import Role
from config.kernel.text import Text


@dataclass(frozen=True, slots=True)
class AccountOrCard:
    """An account as a caller names it: by its id, or by one of its cards."""

    account_id: UUID | None = None
    card_number: str | None = None


class CardNumberField(TextField):
    """A card number: 12 to 19 digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=19, min_length=12, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        number = super().to_internal_value(data)
        if not (number.isascii() and number.isdigit()):
            raise serializers.ValidationError([Text("卡号须为12至19位数字。", "A card number is 12 to 19 digits.")])
        return number


class AccountNumberField(TextField):
    """An account number: 1 to 34 letters or digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=34, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        number = super().to_internal_value(data)
        if not (number.isascii() and number.isalnum()):
            raise serializers.ValidationError(
                [Text("账号须为1至34位字母或数字。", "An account number is 1 to 34 letters or digits.")]
            )
        return number


class AccountOrCardField(StrictSerializer):
    """`{"account_id": …}` or `{"card_number": …}`; a machine knows only the card in it."""

    account_id = IdField(required=False)
    card_number = CardNumberField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if len(value) != 1:
            message = Text("account_id 与 card_number 须且只能填一项。", "Give either account_id or card_number.")
            raise serializers.ValidationError([message])
        caller = self.context["request"].user
        if caller.role == Role.ATM and "account_id" in value:
            raise serializers.ValidationError(
                {"account_id": [Text("自助柜员机只能使用卡号。", "A terminal names a card.")]}
            )
        return AccountOrCard(**value)
