"""The shapes of the clean-up's answers: campaigns, progress, cases, actions."""

from typing import Any

from rest_framework import serializers

from accounts.cleanup.vocabulary import CardsOfMerge, CaseState, CleanupSettled, CleanupWay, ContactKind, ContactResult
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api.fields import DayField, InstantField


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


class LimitStandingAnswer(serializers.Serializer[Any]):
    """How far one limit of a case is."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices)
    excess = serializers.IntegerField()
    worked_off = serializers.IntegerField()
    remaining = serializers.IntegerField()


class CaseSummary(serializers.Serializer[Any]):
    """One customer beyond a limit, masked; numbers of accounts and cards."""

    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    customer_name = serializers.CharField()
    branch = serializers.CharField(allow_blank=True)
    assignee_id = serializers.UUIDField(allow_null=True)
    assignee = serializers.CharField(allow_null=True)
    deadline = DayField()
    overdue = serializers.BooleanField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    excess = serializers.IntegerField()
    remaining = serializers.IntegerField()
    limits = LimitStandingAnswer(many=True)


class CasesAnswer(serializers.Serializer[Any]):
    """One page of cases, the newest first."""

    results = CaseSummary(many=True)
    next = serializers.CharField(allow_null=True)


class ItemNowAnswer(serializers.Serializer[Any]):
    """What an account or card is today; numbers are masked."""

    account_id = serializers.UUIDField()
    account_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=AccountKind.choices)
    account_class = serializers.ChoiceField(choices=AccountClass.choices)
    account_status = serializers.ChoiceField(choices=AccountStatus.choices)
    balance = serializers.CharField()
    card_id = serializers.UUIDField(allow_null=True)
    card_number = serializers.CharField(allow_null=True)
    card_status = serializers.ChoiceField(choices=CardStatus.choices, allow_null=True)


class ItemAnswer(serializers.Serializer[Any]):
    """One account or card as the campaign found it, the first to stay first, and as it is `now`."""

    id = serializers.UUIDField()
    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices)
    rank = serializers.IntegerField()
    beyond = serializers.BooleanField()
    opened_at = InstantField()
    last_used_at = InstantField(allow_null=True)
    balance = serializers.CharField()
    by_agent = serializers.BooleanField()
    settled_at = InstantField(allow_null=True)
    settled_by = serializers.ChoiceField(choices=CleanupSettled.choices, allow_null=True)
    now = ItemNowAnswer()


class CardPlaceAnswer(serializers.Serializer[Any]):
    """One of the four places of debit cards."""

    place = serializers.IntegerField()
    card_number = serializers.CharField(allow_null=True)
    card_status = serializers.ChoiceField(choices=CardStatus.choices, allow_null=True)


class ClassPlacesAnswer(serializers.Serializer[Any]):
    """How many places a limit has, how many of them are taken, and how many accounts have none."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices)
    places = serializers.IntegerField()
    taken = serializers.IntegerField()
    beyond = serializers.IntegerField()


class ContactAnswer(serializers.Serializer[Any]):
    """An attempt to reach the customer, or a note."""

    id = serializers.UUIDField()
    case_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ContactKind.choices)
    result = serializers.ChoiceField(choices=ContactResult.choices)
    text = serializers.CharField()
    at = InstantField()
    by = serializers.CharField()


class AttachmentAnswer(serializers.Serializer[Any]):
    """A scan that a case rests on; it is opened at the desk, on record."""

    id = serializers.UUIDField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    at = InstantField()
    by = serializers.CharField()


class ActionAnswer(serializers.Serializer[Any]):
    """What is done about an item: in force once a second person approves; `approval_id` while it waits."""

    id = serializers.UUIDField()
    item_id = serializers.UUIDField()
    way = serializers.ChoiceField(choices=CleanupWay.choices)
    to_account_id = serializers.UUIDField(allow_null=True)
    cards = serializers.ChoiceField(choices=[*CardsOfMerge.values, ""], allow_blank=True)
    to_class = serializers.ChoiceField(choices=[*AccountClass.values, ""], allow_blank=True)
    amount = serializers.CharField(allow_null=True)
    undoes = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    undone_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)


class CaseAnswer(CaseSummary):
    """A case with what the campaign found, what has become of it, and what was done."""

    items = ItemAnswer(many=True)
    card_places = CardPlaceAnswer(many=True)
    cards_beyond = serializers.IntegerField()
    class_places = ClassPlacesAnswer(many=True)
    contacts = ContactAnswer(many=True)
    attachments = AttachmentAnswer(many=True)
    actions = ActionAnswer(many=True)


class AssignedAnswer(serializers.Serializer[Any]):
    """How many cases were assigned."""

    count = serializers.IntegerField()


class EffectAnswer(serializers.Serializer[Any]):
    """What an action would bring as things stand, in words and in codes, and what bars it; numbers are masked."""

    way = serializers.ChoiceField(choices=CleanupWay.choices)
    lines = serializers.ListField(child=serializers.CharField())
    effect = serializers.DictField()
    barred_by = serializers.CharField(allow_null=True)
    clause = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
