"""Answers about cases of the clean-up and their actions, as the contract defines them."""

from collections.abc import Iterable, Sequence
from typing import Any

from rest_framework import serializers

from accounts.cleanup.models import CleanupCase, CleanupContact
from accounts.cleanup.queries.case_details import CaseShown
from accounts.cleanup.queries.cases import CaseProgress, overdue, progress_of_cases
from accounts.cleanup.vocabulary import CardsOfMerge, CaseState, CleanupSettled, CleanupWay, ContactKind, ContactResult
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api.answers import Answer, FenField, Masked, PageAnswer
from config.frames.api.fields import DayField, InstantField
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.logs import scrub


class LimitStandingAnswer(Answer):
    """Progress of one limit of a case."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices, source="limit")
    excess = serializers.IntegerField()
    worked_off = serializers.IntegerField()
    remaining = serializers.IntegerField()


class CaseSummary(Answer):
    """One customer who exceeds a limit, masked, with counts of accounts and cards."""

    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    customer_id = serializers.UUIDField(source="holder.id")
    customer_name = Masked(source="holder.name")
    branch = serializers.CharField(allow_blank=True)
    assignee_id = serializers.UUIDField(allow_null=True)
    assignee = serializers.CharField(allow_null=True, source="assignee.name")
    deadline = DayField()
    overdue = serializers.BooleanField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    excess = serializers.IntegerField()
    remaining = serializers.IntegerField()
    limits = LimitStandingAnswer(many=True)


class CasesAnswer(PageAnswer):
    """One page of cases, the newest first."""

    results = CaseSummary(many=True)


class ItemNowAnswer(Answer):
    """An account or card as it is today; numbers are masked."""

    account_id = serializers.UUIDField(source="account.id")
    account_number = Masked(source="account.account_number")
    kind = serializers.ChoiceField(choices=AccountKind.choices, source="account.kind")
    account_class = serializers.ChoiceField(choices=AccountClass.choices, source="account.account_class")
    account_status = serializers.ChoiceField(choices=AccountStatus.choices, source="account.status")
    balance = FenField(source="account.balance_fen")
    card_id = serializers.UUIDField(allow_null=True, source="card.id")
    card_number = Masked(allow_null=True, source="card.number")
    card_status = serializers.ChoiceField(choices=CardStatus.choices, allow_null=True, source="card.status")


class ItemAnswer(Answer):
    """One account or card as the campaign recorded it, the first to stay first, and as it is `now`."""

    id = serializers.UUIDField(source="item.id")
    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices, source="item.limit")
    rank = serializers.IntegerField(source="item.rank")
    beyond = serializers.BooleanField(source="item.beyond")
    opened_at = InstantField(source="item.opened_at")
    last_used_at = InstantField(allow_null=True, source="item.last_used_at")
    balance = FenField(source="item.balance_fen")
    by_agent = serializers.BooleanField(source="item.by_agent")
    settled_at = InstantField(allow_null=True)
    settled_by = serializers.ChoiceField(choices=CleanupSettled.choices, allow_null=True)
    now = ItemNowAnswer(source="*")


class CardPlaceAnswer(Answer):
    """One of the four slots for debit cards."""

    place = serializers.IntegerField(source="number")
    card_number = serializers.CharField(allow_null=True, source="card.number")
    card_status = serializers.ChoiceField(choices=CardStatus.choices, allow_null=True, source="card.status")


class ClassPlacesAnswer(Answer):
    """Slots of a limit: how many there are, how many are taken, and how many accounts have none."""

    limit_kind = serializers.ChoiceField(choices=CleanupLimit.choices, source="limit")
    places = serializers.IntegerField()
    taken = serializers.IntegerField()
    beyond = serializers.IntegerField()


class ContactAnswer(Answer):
    """An attempt to reach the customer, or a note."""

    id = serializers.UUIDField()
    case_id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=ContactKind.choices)
    result = serializers.ChoiceField(choices=ContactResult.choices)
    text = serializers.CharField()
    at = InstantField()
    by = serializers.CharField(source="principal.name")


class AttachmentAnswer(Answer):
    """A scan that supports a case. It is opened at the desk, and each opening is recorded."""

    id = serializers.UUIDField()
    media_type = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField(source="digest")
    at = InstantField()
    by = serializers.CharField(source="principal.name")


class ActionAnswer(Answer):
    """An action on an item: in force once a second person approves; `approval_id` while it is pending."""

    id = serializers.UUIDField()
    item_id = serializers.UUIDField()
    way = serializers.ChoiceField(choices=CleanupWay.choices)
    to_account_id = serializers.UUIDField(allow_null=True)
    cards = serializers.ChoiceField(choices=[*CardsOfMerge.values, ""], allow_blank=True)
    to_class = serializers.ChoiceField(choices=[*AccountClass.values, ""], allow_blank=True)
    amount = FenField(allow_null=True, source="amount_fen")
    undoes = serializers.UUIDField(allow_null=True, source="undoes_id")
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    undone_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField(allow_null=True)


class CaseAnswer(CaseSummary):
    """A case as the campaign recorded it, its items today, and its actions."""

    items = ItemAnswer(many=True)
    card_places = CardPlaceAnswer(many=True)
    cards_beyond = serializers.IntegerField()
    class_places = ClassPlacesAnswer(many=True)
    contacts = ContactAnswer(many=True)
    attachments = AttachmentAnswer(many=True)
    actions = ActionAnswer(many=True)


class AssignedAnswer(Answer):
    """Number of cases that were assigned."""

    count = serializers.IntegerField()


class EffectAnswer(Answer):
    """The effect that an action would have now, in words and in codes, and what prevents it; numbers are masked."""

    way = serializers.ChoiceField(choices=CleanupWay.choices)
    lines = serializers.ListField(child=serializers.CharField())
    effect = serializers.DictField()
    barred_by = serializers.CharField(allow_null=True)
    clause = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


def case_summaries(cases: Sequence[CleanupCase]) -> Iterable[dict[str, Any]]:
    """Return the summaries of a page of cases; one statement reads the progress of all."""
    progresses, at = progress_of_cases([each.id for each in cases]), bank_now()
    return (
        CaseSummary.of(each, **_progress(each, progresses[each.id], past=overdue(each, progresses[each.id], at)))
        for each in cases
    )


def case_answer(shown: CaseShown, caller: Caller) -> dict[str, Any]:
    """Return a case. Numbers in notes are masked for callers who do not work on cases."""
    whole = may(caller, Permission.ASSIGN_CLEANUP)
    classes = [
        ClassPlacesAnswer.of(
            each,
            places=len(each.placed),
            taken=sum(account is not None for account in each.placed),
            beyond=len(each.beyond),
        )
        for each in shown.classes
    ]
    return CaseAnswer.of(
        shown.case,
        **_progress(shown.case, shown.progress, past=shown.overdue),
        items=shown.items,
        card_places=shown.cards,
        cards_beyond=shown.cards_beyond,
        class_places=classes,
        contacts=[contact_answer(each, whole=whole) for each in shown.contacts],
        attachments=shown.attachments,
        actions=[ActionAnswer.of(each, approval_id=shown.proposals.get(each.id)) for each in shown.actions],
    )


def contact_answer(row: CleanupContact, *, whole: bool) -> dict[str, Any]:
    """Return a contact as the contract defines it."""
    return ContactAnswer.of(row, text=row.text if whole else scrub(str(row.text)))


def _progress(case: CleanupCase, progress: CaseProgress, *, past: bool) -> dict[str, Any]:
    return {
        "deadline": case.deadline or case.campaign.deadline,
        "overdue": past,
        "state": progress.state,
        "excess": progress.excess,
        "remaining": progress.remaining,
        "limits": progress.limits,
    }
