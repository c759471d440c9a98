"""What a case's page is made of: its items as they are now, what was done, who was reached, what it rests on.

As many queries for many items as for one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.cleanup.models import CleanupAction, CleanupAttachment, CleanupCase, CleanupContact, CleanupItem
from accounts.cleanup.queries.cases import standing_of
from accounts.cleanup.queries.settled import OF_CASES, with_standing
from accounts.cleanup.vocabulary import CleanupSettled
from accounts.models import Account, Card
from accounts.vocabulary import RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.sql import rows

_SETTLED = f"""
{with_standing(OF_CASES)}
SELECT s.id, s.at, s.way, w.id IS NOT NULL AS counts FROM settled s LEFT JOIN worked_off w ON w.id = s.id
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Settled:
    """Since when an item is settled, and by which way.

    :ivar counts: it is one of those that work the excess off.
    """

    at: datetime
    way: CleanupSettled
    counts: bool


@dataclass(frozen=True, slots=True)
class ItemNow:
    """An item, and its card as it is now: where it was replaced, the last one in its place; None for an account."""

    item: CleanupItem
    card: Card | None


def items_of(case_id: UUID) -> list[ItemNow]:
    """Return the items of a case by limit and rank, with their accounts and cards, in two queries."""
    found = CleanupItem.objects.filter(case=case_id).select_related("account", "card__account")
    order = list(CleanupLimit)
    items = sorted(found, key=lambda item: (order.index(CleanupLimit(item.limit)), item.rank))
    of_case = Account.objects.filter(cards__cleanup_items__case=case_id).values("customer")
    replaced = Card.objects.filter(customer__in=of_case, replaces__isnull=False).select_related("account")
    fresh = {card.replaces_id: card for card in replaced}
    return [ItemNow(item, _last(item.card, fresh)) for item in items]


def settled_of(case_id: UUID) -> Mapping[UUID, Settled]:
    """Return the items of a case that are settled, by their ids."""
    found = rows(_SETTLED, {"cases": [case_id]})
    return {row["id"]: Settled(row["at"], CleanupSettled(row["way"]), row["counts"]) for row in found}


def actions_of(case_id: UUID) -> Sequence[CleanupAction]:
    """Return what was done and proposed about a case, the newest first; the reasons stay sealed."""
    found = CleanupAction.objects.filter(item__case=case_id).defer("reason")
    return list(found.select_related("item__account", "item__card", "to_account", "undoes").order_by("-pk"))


def contacts_of(case_id: UUID) -> Sequence[CleanupContact]:
    """Return the contacts and notes of a case, the newest first."""
    return list(CleanupContact.objects.filter(case=case_id).select_related("principal").order_by("-pk"))


def attachments_of(case_id: UUID) -> Sequence[CleanupAttachment]:
    """Return the scans of a case, the newest first, without what is in them."""
    found = CleanupAttachment.objects.filter(case=case_id).defer("content")
    return list(found.select_related("principal").order_by("-pk"))


def waiting_of(cases: Sequence[UUID]) -> set[UUID]:
    """Return those of some cases of which something waits for a second person."""
    found = CleanupAction.objects.filter(item__case__in=cases, status=RequestStatus.PENDING)
    return set(found.values_list("item__case", flat=True))


def open_cases_of(customer_id: UUID) -> list[tuple[CleanupCase, int]]:
    """Return the cases of a customer in the campaign that runs, each with how much of it remains.

    Those of whoever was merged into the customer are the customer's, too; what is settled is left out.
    """
    of = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    found = list(CleanupCase.objects.filter(of, campaign__sealed_at=None).select_related("campaign").order_by("pk"))
    standing = standing_of([each.pk for each in found]) if found else {}
    return [(each, standing[each.pk].remaining) for each in found if standing[each.pk].remaining]


def _last(card: Card | None, fresh: Mapping[UUID | None, Card]) -> Card | None:
    while card is not None and card.id in fresh:
        card = fresh[card.id]
    return card
