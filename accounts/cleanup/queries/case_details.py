"""Details of one clean-up case (清理案件): what the campaign recorded, its items today, and the actions.

The number of queries does not grow with the case; account and card numbers are masked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.cleanup.models import CleanupAction, CleanupAttachment, CleanupCase, CleanupContact, CleanupItem
from accounts.cleanup.queries.cases import CaseProgress, overdue, progress_of_cases
from accounts.cleanup.queries.population import LIMIT_MAX
from accounts.cleanup.queries.progress import OF_CASES, with_progress
from accounts.cleanup.vocabulary import CleanupSettled
from accounts.models import Account, Card, Customer
from accounts.queries.cards import cards_at
from accounts.queries.customer_lines import Slot
from accounts.queries.customer_overview import card_lines, slots_of
from accounts.vocabulary import AccountStatus, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.approvals import open_about
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.vault.masked import masked

_SETTLED = f"""
{with_progress(OF_CASES)}
SELECT s.id, s.at, s.way, w.id IS NOT NULL AS counts FROM settled s LEFT JOIN worked_off w ON w.id = s.id
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Settlement:
    """When and by which action an item was settled.

    :ivar counts: whether it reduces the excess.
    """

    at: datetime
    way: CleanupSettled
    counts: bool


@dataclass(frozen=True, slots=True)
class CurrentItem:
    """An item with its current card, the last replacement if there is one; None for an account."""

    item: CleanupItem
    card: Card | None


def items_of(case_id: UUID) -> list[CurrentItem]:
    """Return the items of a case by limit and rank, with their accounts and cards, in two queries."""
    found = CleanupItem.objects.filter(case=case_id).select_related("account", "card__account")
    order = list(CleanupLimit)
    items = sorted(found, key=lambda item: (order.index(CleanupLimit(item.limit)), item.rank))
    of_case = Account.objects.filter(cards__cleanup_items__case=case_id).values("customer")
    replaced = Card.objects.filter(customer__in=of_case, replaces__isnull=False).select_related("account")
    fresh = {card.replaces_id: card for card in replaced}
    return [CurrentItem(item, _last(item.card, fresh)) for item in items]


def settled_of(case_id: UUID) -> Mapping[UUID, Settlement]:
    """Return the settled items of a case by their ids."""
    found = rows(_SETTLED, {"cases": [case_id]})
    return {row["id"]: Settlement(row["at"], CleanupSettled(row["way"]), row["counts"]) for row in found}


def actions_of(case_id: UUID) -> Sequence[CleanupAction]:
    """Return the actions on a case, proposed and in force, the newest first; their reasons stay encrypted."""
    found = CleanupAction.objects.filter(item__case=case_id).defer("reason")
    return list(found.select_related("item__account", "item__card", "to_account", "undoes").order_by("-pk"))


def contacts_of(case_id: UUID) -> Sequence[CleanupContact]:
    """Return the contacts and notes of a case, the newest first."""
    return list(CleanupContact.objects.filter(case=case_id).select_related("principal").order_by("-pk"))


def attachments_of(case_id: UUID) -> Sequence[CleanupAttachment]:
    """Return the scans of a case, the newest first, without their content."""
    found = CleanupAttachment.objects.filter(case=case_id).defer("content")
    return list(found.select_related("principal").order_by("-pk"))


def waiting_of(cases: Sequence[UUID]) -> set[UUID]:
    """Return those of some cases that have something pending approval."""
    found = CleanupAction.objects.filter(item__case__in=cases, status=RequestStatus.PENDING)
    return set(found.values_list("item__case", flat=True))


def open_cases_of(customer_id: UUID) -> list[tuple[CleanupCase, int]]:
    """Return the cases of a customer in the open campaign that are not settled, each with its remaining excess.

    The cases of customers merged into this one are included.
    """
    of = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    found = list(CleanupCase.objects.filter(of, campaign__sealed_at=None).select_related("campaign").order_by("pk"))
    progress = progress_of_cases([each.pk for each in found]) if found else {}
    return [(each, progress[each.pk].remaining) for each in found if progress[each.pk].remaining]


def _last(card: Card | None, fresh: Mapping[UUID | None, Card]) -> Card | None:
    while card is not None and card.id in fresh:
        card = fresh[card.id]
    return card


@dataclass(frozen=True, slots=True)
class ItemShown:
    """One account or card of a case: as recorded by the campaign, and its current state.

    :ivar account: the account, or the account that the card belongs to.
    :ivar card: the card that was recorded, or its replacement.
    :ivar settled_at: when it was settled, `settled_by` the action; None while it is not.
    """

    item: CleanupItem
    account: Account
    card: Card | None
    settled_at: datetime | None = None
    settled_by: CleanupSettled | None = None

    @property
    def account_number(self) -> str:
        """Return the account's number, masked."""
        return masked(self.account, "account_number")

    @property
    def card_number(self) -> str | None:
        """Return the card's number, masked."""
        return masked(self.card, "number") if self.card else None


@dataclass(frozen=True, slots=True)
class ClassPlaces:
    """The slots of a limit, and the customer's open accounts of the class.

    :ivar placed: the account in each slot, from 1 on; None for a free one.
    :ivar beyond: the accounts without a slot.
    """

    limit: CleanupLimit
    placed: tuple[Account | None, ...]
    beyond: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class CaseShown:
    """A case at an instant.

    :ivar customer: whom it is about now; after a merge the surviving customer.
    :ivar items: by limit and rank.
    :ivar cards: the four slots; `cards_beyond` are the counted cards without one.
    :ivar proposals: from a pending action to its approval.
    """

    case: CleanupCase
    customer: Customer
    progress: CaseProgress
    overdue: bool
    items: tuple[ItemShown, ...]
    cards: tuple[Slot, ...]
    cards_beyond: int
    classes: tuple[ClassPlaces, ...]
    contacts: tuple[CleanupContact, ...]
    attachments: tuple[CleanupAttachment, ...]
    actions: tuple[CleanupAction, ...]
    proposals: Mapping[UUID, UUID] = field(default_factory=dict)
    at: datetime | None = None


def show_case(case_id: UUID) -> CaseShown | None:
    """Return the details of a case, None for an unknown id."""
    found = CleanupCase.objects.select_related("campaign", "customer__merged_into", "assignee")
    case = found.filter(pk=case_id).first()
    if case is None:
        return None
    at, customer = bank_now(), case.holder
    progress = progress_of_cases([case.id])[case.id]
    cards = cards_at(Card.objects.filter(customer=customer).order_by("slot", "id"), at)
    accounts = list(Account.objects.filter(customer=customer).defer("agent_name").order_by("opened_at", "id"))
    live = [each for each in cards if each.status != CardStatus.CANCELLED]
    lines = card_lines(live, accounts)
    actions = tuple(CleanupAction.objects.filter(item__case=case).select_related("to_account").order_by("id"))
    return CaseShown(
        case=case,
        customer=customer,
        progress=progress,
        overdue=overdue(case, progress, at),
        items=tuple(_items(case, cards)),
        cards=slots_of(lines),
        cards_beyond=sum(each.counts and each.slot is None for each in live),
        classes=tuple(_classes(accounts)),
        contacts=tuple(CleanupContact.objects.filter(case=case).select_related("principal").order_by("id")),
        attachments=tuple(
            CleanupAttachment.objects.filter(case=case).select_related("principal").defer("content").order_by("id")
        ),
        actions=actions,
        proposals=open_about([each.id for each in actions if each.status == "pending"], at),
        at=at,
    )


def _items(case: CleanupCase, cards: Sequence[Card]) -> Iterable[ItemShown]:
    settled = settled_of(case.id)
    replaced_by = {each.replaces_id: each for each in cards if each.replaces_id}
    order = list(CleanupLimit)
    found = CleanupItem.objects.filter(case=case).select_related("account", "card__account")
    for item in sorted(found, key=lambda each: (order.index(CleanupLimit(each.limit)), each.rank)):
        card = item.card
        while card is not None and card.id in replaced_by:
            card = replaced_by[card.id]
        account = item.account or (card.account if card else None)
        if account is None:
            continue
        one = settled.get(item.id)
        yield ItemShown(item, account, card, one.at if one else None, one.way if one else None)


def _classes(accounts: Iterable[Account]) -> Iterable[ClassPlaces]:
    """Yield the slots of each limit for which the customer has an account."""
    live = [each for each in accounts if each.status == AccountStatus.OPEN]
    for limit, most in LIMIT_MAX.items():
        mine = [each for each in live if f"{each.kind}_{each.account_class.lower()}" == limit]
        if not mine:
            continue
        by_place = {each.class_slot: each for each in mine if each.class_slot is not None}
        yield ClassPlaces(
            limit,
            tuple(by_place.get(place) for place in range(1, most + 1)),
            tuple(each for each in mine if each.class_slot is None),
        )
