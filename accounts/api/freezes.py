"""Freezes of the contract: in force at once, lifted by a second person."""

from typing import Any

from accounts.api.account_answers import FreezeAnswer, freeze_answer
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from config.frames.api.fields import InstantField, LineField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission


class FreezeBody(StrictSerializer):
    """Who ordered it, by which paper, and until when."""

    examples = {"open": {"authority": "某市公安局", "order_no": "某公（刑）冻财字〔2026〕1号"}}

    authority = LineField(max_length=120)
    order_no = LineField(max_length=80)
    until = InstantField(required=False, allow_null=True)


class LiftBody(StrictSerializer):
    """By which paper it is lifted, and why."""

    examples = {"lifted": {"order_no": "某公（刑）解冻财字〔2026〕1号", "reason": "原案已撤销"}}

    order_no = LineField(max_length=80)
    reason = TextField(max_length=1000)


class FreezesView(ContractView):
    """`POST /accounts/{id}/freezes`."""

    roles = {"POST": ROLES[Permission.FREEZE]}
    links = {"POST": {"liftFreeze": to("post_freezes_id_lift", freeze_id=ID)}}
    body = FreezeBody
    answers = {"POST": {201: FreezeAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        freeze = place_freeze(
            principal=caller,
            account_id=path_id(path["account_id"]),
            authority=data["authority"],
            order_no=data["order_no"],
            until=data.get("until"),
        )
        return 201, freeze_answer(freeze, freeze.placed_at)


class LiftView(ContractView):
    """`POST /freezes/{id}/lift`."""

    roles = {"POST": ROLES[Permission.FREEZE]}
    links = {"POST": PROPOSED}
    body = LiftBody
    answers = {"POST": {200: FreezeAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        freeze, approval = ask_freeze_lift(
            principal=caller,
            freeze_id=path_id(path["freeze_id"]),
            order_no=data["order_no"],
            reason=data["reason"],
        )
        return 200, freeze_answer(freeze, approval.made_at) | {"approval_id": str(approval.id)}
