"""Actions of the clean-up over the API: what one would bring, proposed, taken back (清理措施)."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.cleanup.api.case_answers import ActionAnswer, EffectAnswer, action_answer
from accounts.cleanup.models import CleanupItem
from accounts.cleanup.operations.actions import check_action_fields, request_action, request_undo
from accounts.cleanup.queries.effect import Effect, effect_of
from accounts.cleanup.queries.plans import items
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.vocabulary import AccountClass
from config.frames.api import shapes
from config.frames.api.fields import IdField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.law.refusals import NotFound
from config.kernel.trail.trail import viewed

#: What a caller asks for; what is done is taken back by a call of its own.
WAYS = [(way.value, way.label) for way in CleanupWay if way is not CleanupWay.UNDO]


class ActionPreviewBody(StrictSerializer):
    """About which item, and what: `to_account_id` and `cards` belong to a merge, `to_class` to a downgrade."""

    examples = {
        "explain": {"item_id": shapes.AN_ID, "way": "explain"},
        "merge": {"item_id": shapes.AN_ID, "way": "merge", "to_account_id": shapes.AN_ID, "cards": "move"},
        "downgrade": {"item_id": shapes.AN_ID, "way": "downgrade", "to_class": "II"},
    }

    item_id = IdField()
    way = serializers.ChoiceField(choices=WAYS)
    to_account_id = IdField(required=False)
    cards = serializers.ChoiceField(choices=CardsOfMerge.choices, required=False)
    to_class = serializers.ChoiceField(choices=AccountClass.choices, required=False)


class ActionBody(ActionPreviewBody):
    """The same, and why."""

    examples = {
        name: example | {"reason": reason}
        for (name, example), reason in zip(
            ActionPreviewBody.examples.items(),
            ("两个账户分别用于工资和房贷", "客户要求合并使用", "客户要求降为Ⅱ类户"),
            strict=True,
        )
    }

    reason = TextField(max_length=1000)


class UndoBody(StrictSerializer):
    """Why it is taken back."""

    examples = {"mistaken": {"reason": "客户改变主意"}}

    reason = TextField(max_length=1000)


class ActionsView(ContractView):
    """`POST /cleanup/cases/{id}/actions`: it waits for a supervisor (`cleanup_action`)."""

    roles = {"POST": ROLES[Permission.WORK_CLEANUP]}
    links = {"POST": PROPOSED | {"undo": to("post_cleanup_actions_id_undo", action_id=ID)}}
    body = ActionBody
    answers = {"POST": {201: ActionAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        item = _item(path_id(path["case_id"]), data["item_id"])
        row, approval = request_action(
            principal=caller, item_id=item.id, way=CleanupWay(data["way"]), reason=data["reason"], **_more(data)
        )
        return 201, action_answer(row, approval.id)


class ActionPreviewView(ContractView):
    """`POST /cleanup/cases/{id}/actions/preview`: what an action would bring as things stand, and what bars it."""

    roles = {"POST": ROLES[Permission.PREVIEW_CLEANUP]}
    body = ActionPreviewBody
    keyed = False
    answers = {"POST": {200: EffectAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        item, way, more = _item(path_id(path["case_id"]), data["item_id"]), CleanupWay(data["way"]), _more(data)
        check_action_fields(item, way, None, **more)
        more.pop("to_class")
        viewed(self.asked, object_id=item.case_id)
        return 200, _effect(effect_of(item, way, **more))


class UndoView(ContractView):
    """`POST /cleanup/actions/{id}/undo`: until the campaign is sealed; it waits for a supervisor, too."""

    roles = {"POST": ROLES[Permission.WORK_CLEANUP]}
    links = {"POST": PROPOSED}
    body = UndoBody
    answers = {"POST": {201: ActionAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_undo(principal=caller, action_id=path_id(path["action_id"]), reason=data["reason"])
        return 201, action_answer(row, approval.id)


def _item(case_id: UUID, item_id: UUID) -> CleanupItem:
    """Return an item of a case.

    :raises NotFound: when the case has none of this id.
    """
    item = items([item_id]).get(item_id)
    if item is None or item.case_id != case_id:
        raise NotFound
    return item


def _more(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "to_account_id": data.get("to_account_id"),
        "cards": data.get("cards", ""),
        "to_class": data.get("to_class", ""),
    }


def _effect(effect: Effect) -> dict[str, Any]:
    refusal = effect.refusal
    return {
        "way": effect.way.value,
        "lines": effect.lines(),
        "effect": effect.record(),
        "barred_by": refusal.code if refusal else None,
        "clause": str(refusal.clause) if refusal and refusal.clause else None,
        "detail": effect.bars() or None,
    }
