"""Excess over limits until it is worked off: left by merges of customers (合并后超限), or imported (违规超限).

An account or card is worked off when it is closed, downgraded or cancelled; after a merge, all of them are once the
customer is within the limit again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Account, Card, SamePerson, StockBreach
from accounts.policy.opening import DEBIT_CARDS_MAX, LIMITS
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    RequestStatus,
    Sameness,
)
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.pages import newest_page
from config.kernel.vault.masked import masked

_MERGED = Q(merge__isnull=False)
_EXCEEDED = Q(
    *(Q(kind=kind, account_class=of, of_class__gt=most) for (kind, of), (_, most) in LIMITS.items()), _connector=Q.OR
)


@dataclass(frozen=True, slots=True)
class ExcessLine:
    """The excess of one customer after a merge; numbers are whole."""

    customer_id: UUID
    merge_id: UUID
    since: datetime | None
    accounts: list[Account] = field(default_factory=list, repr=False)
    cards: list[Card] = field(default_factory=list, repr=False)


def excess_page(*, before: UUID | None, limit: int) -> tuple[list[ExcessLine], UUID | None]:
    """Return a page of merges whose excess still remains, newest first.

    :param before: the id of the last merge of the page before.
    """
    found = SamePerson.objects.filter(
        Q(pk__in=_remaining_accounts(_MERGED).values("merge_id"))
        | Q(pk__in=_remaining_cards(_MERGED).values("merge_id")),
        decision=Sameness.SAME,
        status=RequestStatus.IN_FORCE,
    ).select_related("customer")
    rows, older = newest_page(found, before, limit)
    return _lines(rows), older


def excess_of(merge: SamePerson) -> ExcessLine:
    """Return the remaining excess of one merge."""
    return _lines([merge])[0]


def _accounts(of: Q) -> QuerySet[Account]:
    """Return the open accounts without a slot, of some merges or breaches."""
    return Account.objects.filter(of, status=AccountStatus.OPEN, class_slot=None)


def _cards(of: Q) -> QuerySet[Card]:
    """Return the uncancelled cards without a slot, of some merges or breaches."""
    return Card.objects.filter(of, slot=None).exclude(status=CardStatus.CANCELLED)


def _remaining_accounts(by: Q) -> QuerySet[Account]:
    """Return the open accounts without a slot, by some merges, of a class in which their customer still exceeds the limit."""
    of_same_class = Account.objects.filter(
        customer=OuterRef("customer"),
        kind=OuterRef("kind"),
        account_class=OuterRef("account_class"),
        status=AccountStatus.OPEN,
    )
    return _accounts(by).annotate(of_class=_count(of_same_class)).filter(_EXCEEDED)


def _remaining_cards(by: Q) -> QuerySet[Card]:
    """Return the uncancelled cards without a slot, by some merges, while their customer has more than four."""
    counted = Card.objects.filter(
        customer=OuterRef("customer"), product__in=COUNTED_CARD_PRODUCTS, status__in=COUNTED_CARD_STATUSES
    )
    return _cards(by).annotate(of_customer=_count(counted)).filter(of_customer__gt=DEBIT_CARDS_MAX)


def _count(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.order_by().values("customer").annotate(count=Count("pk")).values("count"))


def _lines(merges: Iterable[SamePerson]) -> list[ExcessLine]:
    lines = {
        each.id: ExcessLine(each.customer.merged_into_id or each.customer_id, each.id, each.in_force_at)
        for each in merges
    }
    for account in _remaining_accounts(Q(merge__in=lines)).defer("agent_name").order_by("id"):
        if account.merge_id is not None:
            lines[account.merge_id].accounts.append(account)
    for card in _remaining_cards(Q(merge__in=lines)).select_related("account").order_by("id"):
        if card.merge_id is not None:
            lines[card.merge_id].cards.append(card)
    return list(lines.values())


@dataclass(frozen=True, slots=True)
class BreachLine:
    """An account or card beyond a limit that was opened after the limit was law; its number is masked.

    :ivar number: of the account, or of the card.
    :ivar account_id: the account, or the account of the card.
    :ivar opened_on: the day it was opened or issued, in Shanghai.
    """

    id: UUID
    customer_id: UUID
    limit: CleanupLimit
    number: str
    account_id: UUID
    kind: AccountKind
    account_class: AccountClass
    opened_on: date
    batch_id: UUID
    source: str

    @property
    def of_card(self) -> bool:
        """Return whether it is a card beyond the limit of four."""
        return self.limit is CleanupLimit.CARDS


@dataclass(frozen=True, slots=True)
class BatchBreaches:
    """Number of one import's breaches that remain."""

    batch_id: UUID
    source: str
    started_at: datetime
    count: int


def breach_page(*, batch_id: UUID | None, before: UUID | None, limit: int) -> tuple[list[BreachLine], UUID | None]:
    """Return a page of breaches that remain, those recorded last first.

    :param batch_id: of one load; None for all.
    :param before: the id of the last breach of the page before.
    """
    breaches = _remaining_breaches().select_related("import_batch")
    if batch_id is not None:
        breaches = breaches.filter(import_batch_id=batch_id)
    rows, older = newest_page(breaches, before, limit)
    return _breach_lines(rows), older


def batches_with_breaches() -> list[BatchBreaches]:
    """Return the imports with remaining breaches, the newest first."""
    batches = _remaining_breaches().values("import_batch_id", "import_batch__source", "import_batch__started_at")
    return [
        BatchBreaches(
            row["import_batch_id"], row["import_batch__source"], row["import_batch__started_at"], row["count"]
        )
        for row in batches.annotate(count=Count("pk")).order_by("-import_batch__started_at", "-import_batch_id")
    ]


def _remaining_breaches() -> QuerySet[StockBreach]:
    of_breach = Q(breach=OuterRef("pk"))
    return StockBreach.objects.filter(Q(Exists(_accounts(of_breach))) | Q(Exists(_cards(of_breach))))


def _breach_lines(breaches: list[StockBreach]) -> list[BreachLine]:
    of_breaches = Q(breach__in=breaches)
    numbers: dict[UUID | None, tuple[Account, str]] = {
        each.breach_id: (each, masked(each, "account_number")) for each in _accounts(of_breaches).defer("agent_name")
    }
    cards = _cards(of_breaches).select_related("account")
    numbers |= {each.breach_id: (each.account, masked(each, "number")) for each in cards}
    return [
        BreachLine(
            id=each.id,
            customer_id=account.customer_id,
            limit=CleanupLimit(each.limit),
            number=number,
            account_id=account.id,
            kind=AccountKind(account.kind),
            account_class=AccountClass(account.account_class),
            opened_on=each.opened_on,
            batch_id=each.import_batch_id,
            source=each.import_batch.source,
        )
        for each in breaches
        for account, number in [numbers[each.id]]
    ]
