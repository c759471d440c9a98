"""What merges of customers have left over, to be worked off with the customer (合并后超限): it goes on until then."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import Account, Card, SamePerson
from accounts.vocabulary import AccountStatus, CardStatus, RequestStatus, Sameness

_ACCOUNTS = Q(status=AccountStatus.OPEN, class_slot=None)
_CARDS = Q(slot=None) & ~Q(status=CardStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class ExcessLine:
    """What one customer has beyond a limit, by which merge; numbers are whole."""

    customer_id: UUID
    merge_id: UUID
    since: datetime | None
    accounts: list[Account] = field(default_factory=list, repr=False)
    cards: list[Card] = field(default_factory=list, repr=False)


def excess_page(*, before: UUID | None, limit: int) -> tuple[list[ExcessLine], UUID | None]:
    """Return a page of merges that left something over which is still there, the newest first.

    :param before: the id of the last merge of the page before.
    """
    left = Account.objects.filter(_ACCOUNTS, merge__isnull=False).values("merge_id")
    found = SamePerson.objects.filter(
        Q(pk__in=left) | Q(pk__in=Card.objects.filter(_CARDS, merge__isnull=False).values("merge_id")),
        decision=Sameness.SAME,
        status=RequestStatus.IN_FORCE,
    ).select_related("customer")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: limit + 1])
    return _lines(rows[:limit]), rows[limit - 1].pk if len(rows) > limit else None


def excess_of(merge: SamePerson) -> ExcessLine:
    """Return what one merge has left over and is still there."""
    return _lines([merge])[0]


def _lines(merges: Iterable[SamePerson]) -> list[ExcessLine]:
    lines = {
        each.id: ExcessLine(each.customer.merged_into_id or each.customer_id, each.id, each.in_force_at)
        for each in merges
    }
    for account in Account.objects.filter(_ACCOUNTS, merge__in=lines).defer("agent_name").order_by("id"):
        if account.merge_id is not None:
            lines[account.merge_id].accounts.append(account)
    for card in Card.objects.filter(_CARDS, merge__in=lines).select_related("account").order_by("id"):
        if card.merge_id is not None:
            lines[card.merge_id].cards.append(card)
    return list(lines.values())
