"""Campaigns of the clean-up and their progress as the contract shows them."""

from typing import Any

from rest_framework import serializers

from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.queries.progress import ExcessFigures, Figure, Progress
from config.frames.api.fields import DayField, InstantField, rfc3339


class CampaignAnswer(serializers.Serializer[Any]):
    """A clean-up campaign; its population is as of `as_of`, and nothing of it changes once it is sealed."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    as_of = InstantField()
    deadline = DayField()
    started_by = serializers.CharField()
    sealed_at = InstantField(allow_null=True)
    sealed_by = serializers.CharField(allow_null=True)


class CampaignsAnswer(serializers.Serializer[Any]):
    """One page of campaigns, the newest first."""

    results = CampaignAnswer(many=True)
    next = serializers.CharField(allow_null=True)


class FigureAnswer(serializers.Serializer[Any]):
    """A number, and the filter of `GET /cleanup/cases` that lists the cases it is of."""

    count = serializers.IntegerField()
    filter = serializers.DictField(child=serializers.CharField())


class FiguresAnswer(serializers.Serializer[Any]):
    """What has become of an excess, in numbers of accounts and cards; `name` is the branch or the limit."""

    name = serializers.CharField(allow_blank=True)
    excess = FigureAnswer()
    worked_off = FigureAnswer()
    remaining = FigureAnswer()
    ways = serializers.DictField(child=FigureAnswer())


class WeekAnswer(serializers.Serializer[Any]):
    """One week of Shanghai from its Monday on: what was worked off in it, and what remained at its end."""

    monday = DayField()
    worked_off = FigureAnswer()
    ways = serializers.DictField(child=serializers.IntegerField())
    remaining = serializers.IntegerField()


class ProgressAnswer(serializers.Serializer[Any]):
    """How far a campaign has come, as of `at`."""

    at = InstantField()
    cases = FigureAnswer()
    open_cases = FigureAnswer()
    settled_cases = FigureAnswer()
    total = FiguresAnswer()
    branches = FiguresAnswer(many=True)
    limits = FiguresAnswer(many=True)
    weeks = WeekAnswer(many=True)


class CampaignProgressAnswer(CampaignAnswer):
    """A campaign and how far it has come."""

    progress = ProgressAnswer()


def campaign_answer(campaign: CleanupCampaign) -> dict[str, Any]:
    """Return a campaign as the contract shows it."""
    return {
        "id": str(campaign.id),
        "name": campaign.name,
        "as_of": rfc3339(campaign.as_of),
        "deadline": campaign.deadline.isoformat(),
        "started_by": campaign.started_by.name,
        "sealed_at": rfc3339(campaign.sealed_at),
        "sealed_by": campaign.sealed_by.name if campaign.sealed_by else None,
    }


def progress_answer(progress: Progress) -> dict[str, Any]:
    """Return how far a campaign has come; every filter names the campaign, too."""

    def figure(each: Figure) -> dict[str, Any]:
        return {"count": each.count, "filter": {"campaign": str(progress.campaign.id), **each.filter}}

    def figures(each: ExcessFigures) -> dict[str, Any]:
        told = {name: figure(getattr(each, name)) for name in ("excess", "worked_off", "remaining")}
        return {"name": each.name, **told, "ways": {way.value: figure(found) for way, found in each.ways.items()}}

    return {
        "at": rfc3339(progress.at),
        **{name: figure(getattr(progress, name)) for name in ("cases", "open_cases", "settled_cases")},
        "total": figures(progress.total),
        "branches": [figures(each) for each in progress.branches],
        "limits": [figures(each) for each in progress.limits],
        "weeks": [
            {
                "monday": each.monday.isoformat(),
                "worked_off": figure(each.worked_off),
                "ways": {way.value: count for way, count in each.ways.items()},
                "remaining": each.remaining,
            }
            for each in progress.weeks
        ],
    }
