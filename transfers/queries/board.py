"""Held transfers as people at the desk look at them: by due time, filtered, a page at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from config.kernel.dates import next_day_start
from config.kernel.money import Fen
from config.kernel.sql import rows
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus

#: Beyond this many a count says "and more": nobody reads on, and the database need not count.
COUNTED_MAX = 10_000
SLOT_MINUTES = 15


class Due(StrEnum):
    """When a held transfer falls due, seen from now."""

    HOUR = "hour"
    TODAY = "today"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which held transfers somebody wants to see.

    :ivar amount_from: in fen, inclusive.
    :ivar amount_to: in fen, inclusive.
    """

    due: Due = Due.ALL
    amount_from: Fen | None = None
    amount_to: Fen | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of held transfers, the next to fall due first."""

    transfers: list[Transfer]
    next_after: UUID | None
    count: int
    total_fen: Fen

    @property
    def is_capped(self) -> bool:
        """Say whether there are more than were counted."""
        return self.count > COUNTED_MAX


def held_page(wanted: BoardFilter, *, at: datetime, limit: int, after: UUID | None = None) -> BoardPage:
    """Return a page of the held transfers, in the same number of queries whatever there is.

    :param at: the bank's present instant.
    :param after: the last transfer of the page before; its due time never changes, so paging stays
        right when it has left the board meanwhile.
    """
    held = _held(wanted, at)
    count, total_fen = _totals(held)
    if after is not None:
        due_at = Transfer.objects.filter(pk=after).values_list("due_at", flat=True).first()
        if due_at is None:
            return BoardPage([], None, count, total_fen)
        held = held.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=after), due_at__gte=due_at)
    found = list(held.defer("memo", "screen_evidence").order_by("due_at", "pk")[: limit + 1])
    return BoardPage(found[:limit], found[limit - 1].pk if len(found) > limit else None, count, total_fen)


def held_of_accounts(account_ids: list[UUID], *, limit: int) -> list[Transfer]:
    """Return what is held on some accounts, the next to fall due first."""
    held = Transfer.objects.filter(status=TransferStatus.HELD, payer_account__in=account_ids)
    return list(held.defer("memo", "screen_evidence").order_by("due_at", "pk")[:limit])


def slots_ahead(at: datetime) -> list[dict[str, Any]]:
    """Return what falls due in each quarter of an hour of the next 24 hours: `slot`, `count`, `fen`."""
    return rows(
        "SELECT date_bin(%s * interval '1 minute', due_at, 'epoch') AS slot, count(*) AS count, "
        "sum(amount_fen)::bigint AS fen FROM transfers_transfer "
        "WHERE status = 'held' AND due_at >= %s AND due_at < %s GROUP BY 1 ORDER BY 1",
        [SLOT_MINUTES, at, at + timedelta(hours=24)],
    )


def _held(wanted: BoardFilter, at: datetime) -> QuerySet[Transfer]:
    held = Transfer.objects.filter(status=TransferStatus.HELD)
    if wanted.due is Due.HOUR:
        held = held.filter(due_at__lt=at + timedelta(hours=1))
    if wanted.due is Due.TODAY:
        held = held.filter(due_at__lt=next_day_start(at))
    if wanted.due is Due.OVERDUE:
        held = held.filter(due_at__lt=at)
    if wanted.amount_from is not None:
        held = held.filter(amount_fen__gte=wanted.amount_from)
    if wanted.amount_to is not None:
        held = held.filter(amount_fen__lte=wanted.amount_to)
    return held.filter(channel=wanted.channel) if wanted.channel else held


def _totals(held: QuerySet[Transfer]) -> tuple[int, Fen]:
    amounts = list(held.order_by("due_at").values_list("amount_fen", flat=True)[: COUNTED_MAX + 1])
    return len(amounts), sum(amounts)
