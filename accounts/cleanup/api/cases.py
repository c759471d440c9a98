"""The clean-up of stock over the API: campaigns, their cases, and what is done about an item (存量清理)."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.cleanup.api.campaign_answers import (
    CampaignAnswer,
    CampaignProgressAnswer,
    CampaignsAnswer,
    campaign_answer,
    progress_answer,
)
from accounts.cleanup.api.case_answers import (
    AssignedAnswer,
    CaseAnswer,
    CasesAnswer,
    ContactAnswer,
    case_answer,
    case_summaries,
    contact_answer,
)
from accounts.cleanup.models import CleanupCampaign, CleanupCase
from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.operations.cases import ASSIGNED_MAX, assign_cases, note_contact
from accounts.cleanup.operations.returns import MEDIA_TYPES, export_return
from accounts.cleanup.queries.case_details import show_case
from accounts.cleanup.queries.cases import UNASSIGNED, CaseFilter, cases_wanted, is_somebody
from accounts.cleanup.queries.progress import campaign_now, campaign_of, campaigns, progress_of
from accounts.cleanup.vocabulary import CaseState, CleanupSettled, ContactKind, ContactResult, ReturnForm
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api import shapes
from config.frames.api.fields import DayField, FilterIdField, IdField, LineField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, listed, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.trail.receipts import keep_receipt

BRANCH_MAX = 20
_OF_CAMPAIGN = {
    "readCampaign": to("get_cleanup_campaigns_id", campaign_id=ID),
    "sealCampaign": to("post_cleanup_campaigns_id_seal", campaign_id=ID),
    "campaignReturn": to("get_cleanup_campaigns_id_return", campaign_id=ID),
    "listCases": to("get_cleanup_cases", campaign=ID),
}


class CampaignBody(StrictSerializer):
    """What the campaign is called, and by which day the bank means to be through."""

    examples = {"yearly": {"name": "2026年存量清理", "deadline": "2099-12-31"}}

    name = LineField(max_length=120)
    deadline = DayField()


class CampaignsView(ContractView):
    """`GET` and `POST /cleanup/campaigns`: a new one freezes whoever exceeds a limit now; one runs at a time."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP], "POST": ROLES[Permission.RUN_CLEANUP]}
    links = {"POST": _OF_CAMPAIGN, "GET": listed("get_cleanup_campaigns", "get_cleanup_campaigns_id", "campaign_id")}
    body = CampaignBody
    query = PageQuery
    answers = {"POST": {201: CampaignAnswer}, "GET": {200: CampaignsAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        made = start_campaign(principal=caller, name=data["name"], deadline=data["deadline"])
        return 201, campaign_answer(made)

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        def render(found: Sequence[CleanupCampaign]) -> Iterable[dict[str, Any]]:
            return map(campaign_answer, found)

        return page(campaigns(), query, render)


class CampaignView(ContractView):
    """`GET /cleanup/campaigns/{id}`, with its progress."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP]}
    links = {"GET": {"listCases": to("get_cleanup_cases", campaign=ID)}}
    answers = {"GET": {200: CampaignProgressAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        campaign = campaign_of(path_id(path["campaign_id"]))
        if campaign is None:
            raise NotFound
        return campaign_answer(campaign) | {"progress": progress_answer(progress_of(campaign))}


class SealView(ContractView):
    """`POST /cleanup/campaigns/{id}/seal`: its cases and figures stand from then on."""

    roles = {"POST": ROLES[Permission.RUN_CLEANUP]}
    answers = {"POST": {200: CampaignAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, campaign_answer(seal_campaign(principal=caller, campaign_id=path_id(path["campaign_id"])))


class ReturnQuery(StrictSerializer):
    """As what."""

    format = serializers.ChoiceField(choices=ReturnForm.choices, required=False, default=ReturnForm.XLSX.value)


class ReturnView(FileView):
    """`GET /cleanup/campaigns/{id}/return`: its figures, as a workbook or on paper. That it was taken out is kept."""

    roles = {"GET": ROLES[Permission.EXPORT_CLEANUP]}
    query = ReturnQuery
    media_types = tuple(MEDIA_TYPES.values())

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        campaign_id = path_id(path["campaign_id"])
        found = perform(
            lambda: export_return(principal=caller, campaign_id=campaign_id, form=ReturnForm(query["format"]))
        )
        trail.record(TrailKind.EXPORT, self.asked, object_id=campaign_id)
        content = BytesIO(found.content)
        perform(
            lambda: keep_receipt(decision_id=found.decision_id, file=content, file_name=found.name, rows=found.rows)
        )
        return File(found.name, found.media_type, found.content)


@extend_schema_field({"type": "string", "description": "An opaque id, or `none`."})
class AssigneeField(FilterIdField):
    """Whose: an id of a principal, or `none`."""

    def to_internal_value(self, data: Any) -> Any:
        return UNASSIGNED if data == UNASSIGNED else super().to_internal_value(data)


class CasesQuery(PageQuery):
    """Filters of the list; without `campaign` the one that runs, else the last one.

    `worked`, `way` and `week` (its Monday) ask for cases of which something is worked off; with `limit_kind` they and
    `state` speak of that limit alone.
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
        """Refuse the id of no campaign: an empty list would pass for one without cases."""
        if campaign_of(campaign_id) is None:
            raise serializers.ValidationError([Text("没有这个清理活动。", "No such campaign.")])
        return campaign_id

    def validate_assignee(self, assignee: UUID | str) -> UUID | str:
        """Refuse the id of nobody, likewise."""
        if isinstance(assignee, UUID) and not is_somebody(assignee):
            raise serializers.ValidationError([Text("没有这个经办人。", "There is no such person.")])
        return assignee


class CasesView(ContractView):
    """`GET /cleanup/cases`."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP]}
    links = {"GET": listed("get_cleanup_cases", "get_cleanup_cases_id", "case_id")}
    query = CasesQuery
    answers = {"GET": {200: CasesAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        running = campaign_now() if "campaign" not in query else None
        campaign_id = query.get("campaign") or (running.id if running else IdField.NOBODY)
        found, among = cases_wanted(_filter_of(campaign_id, query), bank_now())

        def render(cases: Sequence[CleanupCase]) -> Iterable[dict[str, Any]]:
            return case_summaries(cases)

        return page(found, query, render, among=among)


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
    """`GET /cleanup/cases/{id}`: what the campaign found, what has become of it, what was done."""

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
    """Which cases, and what changes of them: whose they are, where they lie, by which day. At least one of the three."""

    examples = {"deadline": {"case_ids": [shapes.AN_ID], "deadline": "2099-12-31"}}

    case_ids = serializers.ListField(child=IdField(), min_length=1, max_length=ASSIGNED_MAX)
    assignee_id = IdField(required=False)
    branch = LineField(required=False, max_length=BRANCH_MAX)
    deadline = DayField(required=False)


class AssignView(ContractView):
    """`POST /cleanup/cases/assign`: all of them or none. A teller takes cases that are nobody's."""

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
    """How the customer was turned to, what came of it, and in words. A note has no result (`none`)."""

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
