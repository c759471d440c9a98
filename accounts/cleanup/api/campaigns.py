"""Campaigns of the clean-up over the API (存量清理活动): start, progress, seal and return."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from rest_framework import serializers

from accounts.cleanup.operations.campaigns import seal_campaign, start_campaign
from accounts.cleanup.operations.returns import export_return
from accounts.cleanup.queries.progress import campaign_of, campaigns, progress_of
from accounts.cleanup.vocabulary import ReturnForm
from config.frames.api.answers import Answer, PageAnswer
from config.frames.api.fields import DayField, InstantField, LineField, StrictSerializer, path_id
from config.frames.api.links import ID, list_links, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, File, FileView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import NotFound
from config.kernel.models import TrailKind
from config.kernel.trail import trail
from config.kernel.trail.receipts import keep_receipt
from config.kernel.trail.sheets import MEDIA_TYPES


class CampaignAnswer(Answer):
    """A clean-up campaign. Its population is that of `as_of`; once it is sealed, it never changes."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    as_of = InstantField()
    deadline = DayField()
    started_by = serializers.CharField(source="started_by.name")
    sealed_at = InstantField(allow_null=True)
    sealed_by = serializers.CharField(allow_null=True, source="sealed_by.name")


class CampaignsAnswer(PageAnswer):
    """One page of campaigns, the newest first."""

    results = CampaignAnswer(many=True)


class FigureAnswer(Answer):
    """A count, and the filter of `GET /cleanup/cases` that lists the cases counted."""

    count = serializers.IntegerField()
    filter = serializers.DictField(child=serializers.CharField())


class FiguresAnswer(Answer):
    """Excess by status, as counts of accounts and cards; `name` is the branch or the limit."""

    name = serializers.CharField(allow_blank=True)
    excess = FigureAnswer()
    worked_off = FigureAnswer()
    remaining = FigureAnswer()
    ways = serializers.DictField(child=FigureAnswer())


class WeekAnswer(Answer):
    """One week of Shanghai from its Monday: what was worked off in it, and what remained at its end."""

    monday = DayField()
    worked_off = FigureAnswer()
    ways = serializers.DictField(child=serializers.IntegerField())
    remaining = serializers.IntegerField()


class ProgressAnswer(Answer):
    """Progress of a campaign as of `at`."""

    at = InstantField()
    cases = FigureAnswer()
    open_cases = FigureAnswer()
    settled_cases = FigureAnswer()
    total = FiguresAnswer()
    branches = FiguresAnswer(many=True)
    limits = FiguresAnswer(many=True)
    weeks = WeekAnswer(many=True)


class CampaignProgressAnswer(CampaignAnswer):
    """A campaign and its progress."""

    progress = ProgressAnswer()


_OF_CAMPAIGN = {
    "readCampaign": to("get_cleanup_campaigns_id", campaign_id=ID),
    "sealCampaign": to("post_cleanup_campaigns_id_seal", campaign_id=ID),
    "campaignReturn": to("get_cleanup_campaigns_id_return", campaign_id=ID),
    "listCases": to("get_cleanup_cases", campaign=ID),
}


class CampaignBody(StrictSerializer):
    """Name of a new campaign, and the day by which the bank intends to finish it."""

    examples = {"yearly": {"name": "2026年存量清理", "deadline": "2099-12-31"}}

    name = LineField(max_length=120)
    deadline = DayField()


class CampaignsView(ContractView):
    """`GET` and `POST /cleanup/campaigns`: a new campaign records who exceeds a limit now; only one may be open."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP], "POST": ROLES[Permission.RUN_CLEANUP]}
    links = {
        "POST": _OF_CAMPAIGN,
        "GET": list_links("get_cleanup_campaigns", "get_cleanup_campaigns_id", "campaign_id"),
    }
    body = CampaignBody
    query = PageQuery
    answers = {"POST": {201: CampaignAnswer}, "GET": {200: CampaignsAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        made = start_campaign(principal=caller, name=data["name"], deadline=data["deadline"])
        return 201, CampaignAnswer.of(made)

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        return page(campaigns(), query, CampaignAnswer.of_each)


class CampaignView(ContractView):
    """`GET /cleanup/campaigns/{id}`, with its progress."""

    roles = {"GET": ROLES[Permission.VIEW_CLEANUP]}
    links = {"GET": {"listCases": to("get_cleanup_cases", campaign=ID)}}
    answers = {"GET": {200: CampaignProgressAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> Mapping[str, Any]:
        campaign = campaign_of(path_id(path["campaign_id"]))
        if campaign is None:
            raise NotFound
        return CampaignProgressAnswer.of(campaign, progress=progress_of(campaign))


class SealView(ContractView):
    """`POST /cleanup/campaigns/{id}/seal`: from then on its cases and figures never change."""

    roles = {"POST": ROLES[Permission.RUN_CLEANUP]}
    answers = {"POST": {200: CampaignAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        return 200, CampaignAnswer.of(seal_campaign(principal=caller, campaign_id=path_id(path["campaign_id"])))


class ReturnQuery(StrictSerializer):
    """The file format of the return."""

    format = serializers.ChoiceField(choices=ReturnForm.choices, required=False, default=ReturnForm.XLSX.value)


class ReturnView(FileView):
    """`GET /cleanup/campaigns/{id}/return`: its figures as a workbook or a PDF. Each download is recorded."""

    roles = {"GET": ROLES[Permission.EXPORT_CLEANUP]}
    query = ReturnQuery
    media_types = tuple(MEDIA_TYPES[each] for each in ReturnForm)

    def send(self, caller: Caller, query: dict[str, Any], **path: Any) -> File:
        campaign_id = path_id(path["campaign_id"])
        found = perform(
            lambda: export_return(principal=caller, campaign_id=campaign_id, form=ReturnForm(query["format"]))
        )
        trail.record(TrailKind.EXPORT, self.http_request, object_id=campaign_id)
        content = BytesIO(found.content)
        perform(
            lambda: keep_receipt(decision_id=found.decision_id, file=content, file_name=found.name, rows=found.rows)
        )
        return File(found.name, found.media_type, found.content)
