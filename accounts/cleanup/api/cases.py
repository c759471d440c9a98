"""Cases of the clean-up over the API, and actions on their items (存量清理案件、清理措施)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.cleanup.api.case_answers import (
    ActionAnswer,
    AssignedAnswer,
    CaseAnswer,
    CasesAnswer,
    ContactAnswer,
    EffectAnswer,
    case_answer,
    case_summaries,
    contact_answer,
)
from accounts.cleanup.models import CleanupItem
from accounts.cleanup.operations.actions import check_action_fields, request_action, request_undo
from accounts.cleanup.operations.cases import ASSIGNED_MAX, assign_cases, note_contact
from accounts.cleanup.queries.case_details import show_case
from accounts.cleanup.queries.cases import UNASSIGNED, CaseFilter, matching_cases, principal_exists
from accounts.cleanup.queries.effect import Effect, effect_of
from accounts.cleanup.queries.plans import items
from accounts.cleanup.queries.progress import campaign_now, campaign_of
from accounts.cleanup.vocabulary import CardsOfMerge, CaseState, CleanupSettled, CleanupWay, ContactKind, ContactResult
from accounts.vocabulary import AccountClass
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api import shapes
from config.frames.api.fields import DayField, FilterIdField, IdField, LineField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, list_links, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.trail.trail import record_view

BRANCH_MAX = 20


@extend_schema_field({"type": "string", "description": "An opaque id, or `none`."})
class AssigneeField(FilterIdField):
    """The id of a principal, or `none` for cases without an assignee."""

    def to_internal_value(self, data: Any) -> Any:
        return UNASSIGNED if data == UNASSIGNED else super().to_internal_value(data)


class CasesQuery(PageQuery):
    """Filters of the list of cases; without `campaign` those of the open campaign, or of the last one.

    `worked`, `way` and `week` (its Monday) select cases of which something was worked off; with `limit_kind`, they and
    `state` refer to that limit only.
    """

    campaign = FilterIdField(required=False)
    state = serializers.ChoiceField(choices=CaseState.choices, required=False)
    branch = TextField(required=False, max_length=BRANCH_MAX, allow_blank=True)
    assignee = AssigneeField(required=False)
    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices, required=False)
    overdue = serializers.ChoiceField(choices=["true"], required=False)
    worked = serializers.ChoiceField(choices=["true"], required=False)
    way = serializers.ChoiceField(choices=CleanupSettled.choices, required=False)
    week = DayField(required=False)

    def validate_campaign(self, campaign_id: UUID) -> UUID:
        """Refuse an unknown campaign: an empty list would look like a campaign without cases."""
        if campaign_of(campaign_id) is None:
            raise serializers.ValidationError([Text("没有这个清理活动。", "No such campaign.")])
        return campaign_id

    def validate_assignee(self, assignee: UUID | str) -> UUID | str:
        """Refuse an unknown assignee: an empty list would look like an assignee without cases."""
        if isinstance(assignee, UUID) and not principal_exists(assignee):
            raise serializers.ValidationError([Text("没有这个承办人。", "There is no such assignee.")])
        return assignee


class CasesView(ContractView):
    """`GET /cleanup/cases`."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP]}
    links = {"GET": list_links("get_cleanup_cases", "get_cleanup_cases_id", "case_id")}
    query = CasesQuery
    answers = {"GET": {200: CasesAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        running = campaign_now() if "campaign" not in query else None
        campaign_id = query.get("campaign") or (running.id if running else IdField.NOBODY)
        found, among = matching_cases(_filter_of(campaign_id, query), bank_now())

        return page(found, query, case_summaries, among=among)


def _filter_of(campaign_id: UUID, query: Mapping[str, Any]) -> CaseFilter:
    return CaseFilter(
        campaign_id=campaign_id,
        state=CaseState(query["state"]) if "state" in query else None,
        branch=query.get("branch"),
        assignee=query.get("assignee"),
        limit=CleanupLimit(query["limit_kind"]) if "limit_kind" in query else None,
        overdue="overdue" in query,
        worked="worked" in query,
        way=CleanupSettled(query["way"]) if "way" in query else None,
        week=query.get("week"),
    )


class CaseView(ContractView):
    """`GET /cleanup/cases/{id}`: the case as recorded, its items today, and its actions."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP]}
    links = {
        "GET": {
            "noteContact": to("post_cleanup_cases_id_contacts", case_id=ID),
            "proposeAction": to("post_cleanup_cases_id_actions", {"item_id": "$response.body#/items/0/id"}, case_id=ID),
            "previewAction": to(
                "post_cleanup_cases_id_actions_preview", {"item_id": "$response.body#/items/0/id"}, case_id=ID
            ),
        }
    }
    answers = {"GET": {200: CaseAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        shown = show_case(path_id(path["case_id"]))
        if shown is None:
            raise NotFound
        return case_answer(shown, caller)


class AssignBody(StrictSerializer):
    """The cases, and their new assignee, branch or deadline; at least one of the three."""

    examples = {"deadline": {"case_ids": [shapes.AN_ID], "deadline": "2099-12-31"}}

    case_ids = serializers.ListField(child=IdField(), min_length=1, max_length=ASSIGNED_MAX)
    assignee_id = IdField(required=False)
    branch = LineField(required=False, max_length=BRANCH_MAX)
    deadline = DayField(required=False)


class AssignView(ContractView):
    """`POST /cleanup/cases/assign`: all of the cases or none. A teller may only take cases that have no assignee."""

    roles = {"POST": ROLES[Permission.ASSIGN_CLEANUP]}
    body = AssignBody
    answers = {"POST": {200: AssignedAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        count = assign_cases(
            principal=caller,
            case_ids=data["case_ids"],
            assignee_id=data.get("assignee_id"),
            deadline=data.get("deadline"),
            branch=data.get("branch"),
        )
        return 200, {"count": count}


class ContactBody(StrictSerializer):
    """Kind of contact, its result, and a text. A note has no result (`none`)."""

    examples = {
        "called": {"kind": "phone", "result": "will_come", "text": "客户称下周来柜面办理"},
        "note": {"kind": "note", "result": "none", "text": "两张卡分别用于工资和房贷"},
    }

    kind = serializers.ChoiceField(choices=ContactKind.choices)
    result = serializers.ChoiceField(choices=ContactResult.choices)
    text = TextField(max_length=1000)


class ContactsView(ContractView):
    """`POST /cleanup/cases/{id}/contacts`."""

    roles = {"POST": ROLES[Permission.WORK_CLEANUP]}
    body = ContactBody
    answers = {"POST": {201: ContactAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row = note_contact(
            principal=caller,
            case_id=path_id(path["case_id"]),
            kind=ContactKind(data["kind"]),
            result=ContactResult(data["result"]),
            text=data["text"],
        )
        return 201, contact_answer(row, whole=True)


#: The actions that a caller can request; an undoing has an address of its own.
WAYS = [(way.value, way.label) for way in CleanupWay if way is not CleanupWay.UNDO]


class ActionPreviewBody(StrictSerializer):
    """The item and the action; `to_account_id` and `cards` belong to a merge, `to_class` to a downgrade."""

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
    """The item, the action and the reason."""

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
    """The reason for taking an action back."""

    examples = {"mistaken": {"reason": "客户改变主意"}}

    reason = TextField(max_length=1000)


class ActionsView(ContractView):
    """`POST /cleanup/cases/{id}/actions`: the action is pending until a supervisor approves it (`cleanup_action`)."""

    roles = {"POST": ROLES[Permission.WORK_CLEANUP]}
    links = {"POST": PROPOSED | {"undo": to("post_cleanup_actions_id_undo", action_id=ID)}}
    body = ActionBody
    answers = {"POST": {201: ActionAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        item = _item(path_id(path["case_id"]), data["item_id"])
        row, approval = request_action(
            principal=caller, item_id=item.id, way=CleanupWay(data["way"]), reason=data["reason"], **_more(data)
        )
        return 201, ActionAnswer.of(row, approval_id=approval.id)


class ActionPreviewView(ContractView):
    """`POST /cleanup/cases/{id}/actions/preview`: the effect that an action would have now, and what prevents it."""

    roles = {"POST": ROLES[Permission.PREVIEW_CLEANUP]}
    body = ActionPreviewBody
    keyed = False
    answers = {"POST": {200: EffectAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        item, way, more = _item(path_id(path["case_id"]), data["item_id"]), CleanupWay(data["way"]), _more(data)
        check_action_fields(item, way, None, **more)
        more.pop("to_class")
        record_view(self.http_request, object_id=item.case_id)
        return 200, _effect(effect_of(item, way, **more))


class UndoView(ContractView):
    """`POST /cleanup/actions/{id}/undo`: allowed until the campaign is sealed; a supervisor must approve."""

    roles = {"POST": ROLES[Permission.WORK_CLEANUP]}
    links = {"POST": PROPOSED}
    body = UndoBody
    answers = {"POST": {201: ActionAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_undo(principal=caller, action_id=path_id(path["action_id"]), reason=data["reason"])
        return 201, ActionAnswer.of(row, approval_id=approval.id)


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
    return EffectAnswer.of(
        effect,
        lines=effect.lines(),
        effect=effect.record(),
        barred_by=refusal.code if refusal else None,
        clause=refusal.clause if refusal else None,
        detail=effect.bars(),
    )
