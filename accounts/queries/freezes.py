"""Freezes of accounts (冻结): in force, ended, one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import Freeze


def standing_freezes(at: datetime) -> QuerySet[Freeze]:
    """Return the freezes in force at an instant: not lifted, not expired."""
    return Freeze.objects.filter(Q(until=None) | Q(until__gt=at), lifted_at=None)


def ended_freezes(at: datetime) -> QuerySet[Freeze]:
    """Return the freezes that are over at an instant: lifted or expired."""
    return Freeze.objects.filter(Q(lifted_at__isnull=False) | Q(until__lte=at))


@dataclass(frozen=True, slots=True)
class FreezesEnding:
    """How many freezes end within a span, and when the first of them does; None where none does."""

    count: int
    first: datetime | None


def freezes_ending(begins: datetime, ends: datetime) -> FreezesEnding:
    """Return which freezes end by themselves after an instant, up to another: an authority may renew them before.

    :param ends: inclusive.
    """
    found = Freeze.objects.filter(until__gt=begins, until__lte=ends, lifted_at=None)
    told = found.aggregate(count=Count("pk"), first=Min("until"))
    return FreezesEnding(told["count"], told["first"])


def freezes_page(
    found: QuerySet[Freeze] | None = None, *, before: UUID | None, limit: int
) -> tuple[list[Freeze], UUID | None]:
    """Return a page of freezes with their accounts, newest first, and the last one's id when there are more.

    :param found: among which; None for all.
    :param before: the id of the last freeze of the page before.
    """
    among = Freeze.objects.all() if found is None else found
    if before is not None:
        among = among.filter(pk__lt=before)
    rows = list(among.select_related("account").order_by("-pk")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def freezes_of_account(account_id: UUID) -> list[Freeze]:
    """Return every freeze of an account, newest first."""
    return list(Freeze.objects.filter(account_id=account_id).order_by("-id"))


def find_freeze(freeze_id: UUID) -> Freeze | None:
    """Return a freeze with its account, None when there is none of this id."""
    return Freeze.objects.select_related("account").filter(pk=freeze_id).first()
