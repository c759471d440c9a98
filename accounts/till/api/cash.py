"""Cash in and out over the API, at the counter and at machines."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import AccountOrCardField, channel_of
from accounts.api.misses import miss_counter
from accounts.till.operations import cash
from config.frames.api import shapes
from config.frames.api.answers import Answer, FenField
from config.frames.api.fields import StrictSerializer, YuanField
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.law.refusals import Refusal


class CashBody(StrictSerializer):
    """An account and an amount."""

    examples = {
        "card": {"account": {"card_number": "6228480000000005"}, "amount": "1000.00"},
        "account": {"account": {"account_id": shapes.AN_ID}, "amount": "1000.00"},
    }

    account = AccountOrCardField()
    amount = YuanField(source="amount_fen")


class CashAnswer(Answer):
    """The account's balance after the movement."""

    id = serializers.UUIDField()
    balance = FenField(source="balance_fen")
    available = FenField(source="available_fen")


class _CashView(ContractView):
    roles = {"POST": ROLES[Permission.MOVE_CASH]}
    body = CashBody
    answers = {"POST": {201: CashAnswer}}
    move = staticmethod(cash.deposit_cash)

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        moved = self.move(
            principal=caller,
            channel=channel_of(caller, None),
            account=data["account"],
            amount_fen=data["amount_fen"],
        )
        return 201, CashAnswer.of(moved)

    def refused(self, caller: Caller, data: dict[str, Any], refusal: Refusal) -> None:
        miss_counter(self.http_request, caller, data["account"]).count_refusal(refusal)


class DepositsView(_CashView):
    """`POST /cash/deposits`."""


class WithdrawalsView(_CashView):
    """`POST /cash/withdrawals`."""

    move = staticmethod(cash.withdraw_cash)
