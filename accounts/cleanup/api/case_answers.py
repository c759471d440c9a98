"""Cases of the clean-up and what is done about them as the contract shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from accounts.cleanup.models import CleanupAction, CleanupCase, CleanupContact
from accounts.cleanup.queries.case_details import CaseShown, ItemShown
from accounts.cleanup.queries.cases import CaseStanding, overdue, standing_of
from accounts.cleanup.vocabulary import CardsOfMerge, CaseState, CleanupSettled, CleanupWay, ContactKind, ContactResult
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.frames.api.fields import DayField, InstantField, rfc3339
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_name
from config.kernel.law.money import format_yuan
from config.logs import scrub


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


def case_summaries(cases: Sequence[CleanupCase]) -> Iterable[dict[str, Any]]:
    """Return the cases of a page, how far each is in one statement."""
    standings, at = standing_of([each.id for each in cases]), bank_now()
    return (_summary(each, standings[each.id], past=overdue(each, standings[each.id], at)) for each in cases)


def case_answer(shown: CaseShown, caller: Caller) -> dict[str, Any]:
    """Return a case as it stands; numbers stay out of what was noted for whoever does not work at cases."""
    whole = may(caller, Permission.ASSIGN_CLEANUP)
    return {
        **_summary(shown.case, shown.standing, past=shown.overdue),
        "items": [_item(each) for each in shown.items],
        "card_places": [
            {
                "place": each.number,
                "card_number": each.card.number if each.card else None,
                "card_status": each.card.status.value if each.card else None,
            }
            for each in shown.cards
        ],
        "cards_beyond": shown.cards_beyond,
        "class_places": [
            {
                "limit_kind": each.limit.value,
                "places": len(each.placed),
                "taken": sum(account is not None for account in each.placed),
                "beyond": len(each.beyond),
            }
            for each in shown.classes
        ],
        "contacts": [contact_answer(each, whole=whole) for each in shown.contacts],
        "attachments": [
            {
                "id": str(each.id),
                "media_type": each.media_type,
                "size": each.size,
                "sha256": each.digest,
                "at": rfc3339(each.at),
                "by": each.principal.name,
            }
            for each in shown.attachments
        ],
        "actions": [action_answer(each, shown.proposals.get(each.id)) for each in shown.actions],
    }


def contact_answer(row: CleanupContact, *, whole: bool) -> dict[str, Any]:
    """Return a contact as the contract shows it."""
    return {
        "id": str(row.id),
        "case_id": str(row.case_id),
        "kind": row.kind,
        "result": row.result,
        "text": row.text if whole else scrub(str(row.text)),
        "at": rfc3339(row.at),
        "by": row.principal.name,
    }


def action_answer(row: CleanupAction, approval_id: Any) -> dict[str, Any]:
    """Return an action as the contract shows it.

    :param approval_id: of the proposal that it waits for, None where it waits no more.
    """
    return {
        "id": str(row.id),
        "item_id": str(row.item_id),
        "way": str(row.way),
        "to_account_id": str(row.to_account_id) if row.to_account_id else None,
        "cards": str(row.cards),
        "to_class": str(row.to_class),
        "amount": None if row.amount_fen is None else format_yuan(row.amount_fen),
        "undoes": str(row.undoes_id) if row.undoes_id else None,
        "status": str(row.status),
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "undone_at": rfc3339(row.undone_at),
        "approval_id": str(approval_id) if approval_id else None,
    }


def _summary(case: CleanupCase, standing: CaseStanding, *, past: bool) -> dict[str, Any]:
    customer = case.customer.merged_into or case.customer
    return {
        "id": str(case.id),
        "campaign_id": str(case.campaign_id),
        "customer_id": str(customer.id),
        "customer_name": mask_name(customer.name),
        "branch": case.branch,
        "assignee_id": str(case.assignee_id) if case.assignee_id else None,
        "assignee": case.assignee.name if case.assignee else None,
        "deadline": (case.deadline or case.campaign.deadline).isoformat(),
        "overdue": past,
        "state": standing.state.value,
        "excess": standing.excess,
        "remaining": standing.remaining,
        "limits": [
            {
                "limit_kind": each.limit.value,
                "excess": each.excess,
                "worked_off": each.worked_off,
                "remaining": each.remaining,
            }
            for each in standing.limits
        ],
    }


def _item(shown: ItemShown) -> Mapping[str, Any]:
    item, account, card = shown.item, shown.account, shown.card
    return {
        "id": str(item.id),
        "limit_kind": str(item.limit),
        "rank": item.rank,
        "beyond": item.beyond,
        "opened_at": rfc3339(item.opened_at),
        "last_used_at": rfc3339(item.last_used_at),
        "balance": format_yuan(item.balance_fen),
        "by_agent": item.by_agent,
        "settled_at": rfc3339(shown.settled_at),
        "settled_by": shown.settled_by.value if shown.settled_by else None,
        "now": {
            "account_id": str(account.id),
            "account_number": shown.account_number,
            "kind": str(account.kind),
            "account_class": str(account.account_class),
            "account_status": str(account.status),
            "balance": format_yuan(account.balance_fen),
            "card_id": str(card.id) if card else None,
            "card_number": shown.card_number,
            "card_status": str(card.status) if card else None,
        },
    }
