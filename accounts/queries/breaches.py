"""What loads of stock brought beyond a limit though it is younger than the rule (违规超限), while it is still there.

Worked off is what is closed, downgraded or cancelled.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Account, Card, StockBreach
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus, CardStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.identity.masking import mask_account, mask_card


@dataclass(frozen=True, slots=True)
class BreachLine:
    """One account or card beyond a limit, opened after the limit was law; its number masked.

    :ivar number: of the account, or of the card.
    :ivar account_id: the account, or the one the card lies on.
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
        """Say whether it is a card that is beyond the four."""
        return self.limit is CleanupLimit.CARDS


@dataclass(frozen=True, slots=True)
class BatchBreaches:
    """How many breaches of one load are still there."""

    batch_id: UUID
    source: str
    started_at: datetime
    count: int


def breach_page(*, batch_id: UUID | None, before: UUID | None, limit: int) -> tuple[list[BreachLine], UUID | None]:
    """Return a page of breaches that are still there, those listed last first.

    :param batch_id: of one load; None for all.
    :param before: the id of the last breach of the page before.
    """
    found = _there().select_related("import_batch")
    if batch_id is not None:
        found = found.filter(import_batch_id=batch_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: limit + 1])
    return _lines(rows[:limit]), rows[limit - 1].pk if len(rows) > limit else None


def batches_with_breaches() -> list[BatchBreaches]:
    """Return the loads of which breaches are still there, the newest first."""
    found = _there().values("import_batch_id", "import_batch__source", "import_batch__started_at")
    return [
        BatchBreaches(
            row["import_batch_id"], row["import_batch__source"], row["import_batch__started_at"], row["count"]
        )
        for row in found.annotate(count=Count("pk")).order_by("-import_batch__started_at", "-import_batch_id")
    ]


def _accounts(of: Q) -> QuerySet[Account]:
    return Account.objects.filter(of, status=AccountStatus.OPEN, class_slot=None)


def _cards(of: Q) -> QuerySet[Card]:
    return Card.objects.filter(of, slot=None).exclude(status=CardStatus.CANCELLED)


def _there() -> QuerySet[StockBreach]:
    its = Q(breach=OuterRef("pk"))
    return StockBreach.objects.filter(Q(Exists(_accounts(its))) | Q(Exists(_cards(its))))


def _lines(breaches: list[StockBreach]) -> list[BreachLine]:
    of = Q(breach__in=breaches)
    found: dict[UUID | None, tuple[Account, str]] = {
        each.breach_id: (each, mask_account(each.account_number)) for each in _accounts(of).defer("agent_name")
    }
    found |= {each.breach_id: (each.account, mask_card(each.number)) for each in _cards(of).select_related("account")}
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
        for account, number in [found[each.id]]
    ]
