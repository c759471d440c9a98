"""Payout of the balance of a stopped payment account over the API (余额转出)."""

from typing import Any

from rest_framework import serializers

from accounts.api.fields import AccountOrCard, AnyChannelField, channel_of
from accounts.api.misses import miss_counter
from accounts.operations import people_named
from accounts.operations.close_outs import CloseOutTarget, ask_close_out, close_out_at_once
from accounts.refusals.money import ChannelNotAllowed
from accounts.vocabulary import Channel
from config.frames.api import shapes
from config.frames.api.answers import ProposedAnswer
from config.frames.api.fields import IdField, StrictSerializer, YuanField, path_id
from config.frames.api.links import PROPOSED
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.ids import read_id
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text
from config.kernel.models import Role
from config.kernel.requests.special_measures import ScreenedAct

#: Ways to name the account that receives a balance.
_TARGETS = ("to_account_id", "to_external_account_id")
_ONE_TARGET = Text(f"{' 与 '.join(_TARGETS)} 须且只能填一项。", f"Give either {' or '.join(_TARGETS)}.")


class CloseOutBody(StrictSerializer):
    """The bank account of the same customer that receives the balance: here, or an approved one at another bank.

    Without `amount` it receives the whole balance. A gateway states `online` or `mobile` as its `channel`.
    """

    examples = {
        "own": {"to_account_id": shapes.AN_ID},
        "partElsewhere": {"to_external_account_id": shapes.AN_ID, "amount": "0.01"},
    }
    narrower = {"oneOf": [{"required": [each]} for each in _TARGETS]}

    to_account_id = IdField(required=False)
    to_external_account_id = IdField(required=False)
    amount = YuanField(source="amount_fen", required=False)
    channel = AnyChannelField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require exactly one target, and the channel of a gateway."""
        if self.context["request"].user.role == Role.GATEWAY and "channel" not in attrs:
            raise serializers.ValidationError({"channel": [Text("必填。", "This field is required.")]})
        one, other = (attrs.pop(each, None) for each in _TARGETS)
        if (one is None) == (other is None):
            raise serializers.ValidationError({each: [_ONE_TARGET] for each in _TARGETS})
        return {**attrs, "to": CloseOutTarget(one, other)}


class CloseOutAnswer(ProposedAnswer):
    """A payout of the balance; at the counter nothing moves before `status` is `active`."""

    account_id = serializers.UUIDField()
    to_account_id = serializers.UUIDField(allow_null=True)
    to_external_account_id = serializers.UUIDField(allow_null=True)
    amount = YuanField(source="amount_fen")
    transfer_id = serializers.UUIDField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)


class CloseOutsView(ContractView):
    """`POST /accounts/{id}/close-outs`."""

    roles = {"POST": ROLES[Permission.CLOSE_OUT]}
    links = {"POST": PROPOSED}
    body = CloseOutBody
    answers = {"POST": {201: CloseOutAnswer}}

    def check_channel(self, caller: Caller, data: dict[str, Any]) -> None:
        channel = channel_of(caller, data.get("channel"))
        if channel is Channel.PHONE:
            raise ChannelNotAllowed
        data["channel"] = channel

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.close_out(path_id(path["account_id"]))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        order: dict[str, Any] = {
            "principal": caller,
            "account_id": path_id(path["account_id"]),
            "to": data["to"],
            "amount_fen": data.get("amount_fen"),
        }
        if data["channel"].is_counter:
            row, approval = ask_close_out(**order)
            return 201, CloseOutAnswer.of(row, approval_id=approval.id)
        row = close_out_at_once(channel=data["channel"], **order)
        return 201, CloseOutAnswer.of(row, approval_id=None)

    def refused(self, caller: Caller, data: dict[str, Any], refusal: Refusal) -> None:
        # A refused amount says something about the balance; it limits later inquiries.
        account_id = read_id(self.kwargs["account_id"])
        payer = AccountOrCard(account_id) if account_id else None
        miss_counter(self.http_request, caller, payer).count_refusal(refusal)
