"""Close-outs of the contract: a penalized holder's payment account gives its balance to the holder's bank account."""

from typing import Any

from rest_framework import serializers

from accounts.models import CloseOut
from accounts.operations.close_outs import ask_close_out
from accounts.vocabulary import RequestStatus
from config.frames.api import shapes
from config.frames.api.fields import IdField, InstantField, StrictSerializer, YuanField, path_id, rfc3339
from config.frames.api.links import PROPOSED
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.law.money import format_yuan
from config.kernel.models import Approval


class CloseOutBody(StrictSerializer):
    """Which bank account of the same customer the whole balance goes to."""

    examples = {"own": {"to_account_id": shapes.AN_ID}}

    to_account_id = IdField()


class CloseOutAnswer(serializers.Serializer[Any]):
    """A balance on its way out: nothing has moved before `status` is `active`."""

    id = serializers.UUIDField()
    account_id = serializers.UUIDField()
    to_account_id = serializers.UUIDField()
    amount = YuanField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


class CloseOutsView(ContractView):
    """`POST /accounts/{id}/close-outs`."""

    roles = {"POST": ROLES[Permission.CLOSE_OUT]}
    links = {"POST": PROPOSED}
    body = CloseOutBody
    answers = {"POST": {201: CloseOutAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = ask_close_out(
            principal=caller, account_id=path_id(path["account_id"]), to_account_id=data["to_account_id"]
        )
        return 201, close_out_answer(row, approval)


def close_out_answer(row: CloseOut, approval: Approval) -> dict[str, Any]:
    """Return a balance on its way out as the contract shows it."""
    return {
        "id": str(row.id),
        "account_id": str(row.account_id),
        "to_account_id": str(row.to_account_id),
        "amount": format_yuan(row.amount_fen),
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }
