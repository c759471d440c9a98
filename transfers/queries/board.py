"""Queries of held transfers for the desk: by due time, filtered, a page at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from config.kernel.database.sql import Statement, rows
from config.kernel.law.dates import next_day_start
from config.kernel.law.money import Fen
from transfers.models import Transfer
from transfers.vocabulary import TransferStatus

#: Time for which a transfer may be due and still held before people are alerted.
OVERDUE_SECONDS = 5
#: Beyond this number a count says "and more", and the database stops counting.
COUNTED_MAX = 10_000


class Due(StrEnum):
    """When a held transfer falls due, relative to now."""

    HOUR = "hour"
    TODAY = "today"
    OVERDUE = "overdue"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """The filter of a list of held transfers.

    :ivar amount_from_fen: in fen, inclusive.
    :ivar amount_to_fen: in fen, inclusive.
    """

    due: Due = Due.ALL
    amount_from_fen: Fen | None = None
    amount_to_fen: Fen | None = None
    channel: str = ""


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of held transfers, next due first."""

    transfers: list[Transfer]
    next_after: UUID | None
    count: int
    total_fen: Fen

    @property
    def is_capped(self) -> bool:
        """Return whether there are more than were counted."""
        return self.count > COUNTED_MAX


def held_page(wanted: BoardFilter, *, at: datetime, limit: int, after: UUID | None = None) -> BoardPage:
    """Return a page of held transfers, in two queries, or at most four on a later page.

    :param at: the bank's present instant.
    :param after: the last transfer on the previous page; its due time never changes, so paging works even if it is no
        longer held.
    """
    held = _held(wanted, at)
    due_at = None
    if after is not None:
        due_at = Transfer.objects.filter(pk=after).values_list("due_at", flat=True).first()
        if due_at is None:
            return BoardPage([], None, *_look(held, None, None, 0)[:2])
    count, total_fen, ids = _look(held, due_at, after, limit + 1)
    if due_at is not None and count > COUNTED_MAX and len(ids) <= limit:
        # More than the maximum counted: matches are frequent, so the next ones are near.
        held = held.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, pk__gt=after), due_at__gte=due_at)
        ids = list(held.order_by("due_at", "pk").values_list("pk", flat=True)[: limit + 1])
    # Only those still held: one may have been released or cancelled since the query.
    found = Transfer.objects.filter(pk__in=ids[:limit], status=TransferStatus.HELD)
    transfers = list(found.defer("memo", "screen_evidence").order_by("due_at", "pk"))
    return BoardPage(transfers, ids[limit - 1] if len(ids) > limit else None, count, total_fen)


def held_of_accounts(account_ids: list[UUID], *, limit: int) -> list[Transfer]:
    """Return the held transfers that some accounts pay, next due first.

    :param limit: maximum of transfers.
    """
    held = Transfer.objects.filter(status=TransferStatus.HELD, payer_account__in=account_ids)
    return list(held.defer("memo", "screen_evidence").order_by("due_at", "pk")[:limit])


def _held(wanted: BoardFilter, at: datetime) -> QuerySet[Transfer]:
    held = Transfer.objects.filter(status=TransferStatus.HELD)
    if wanted.due is Due.HOUR:
        held = held.filter(due_at__lt=at + timedelta(hours=1))
    if wanted.due is Due.TODAY:
        held = held.filter(due_at__lt=next_day_start(at))
    if wanted.due is Due.OVERDUE:
        held = held.filter(due_at__lt=at)
    if wanted.amount_from_fen is not None:
        held = held.filter(amount_fen__gte=wanted.amount_from_fen)
    if wanted.amount_to_fen is not None:
        held = held.filter(amount_fen__lte=wanted.amount_to_fen)
    return held.filter(channel=wanted.channel) if wanted.channel else held


_LOOK = """
WITH matching AS MATERIALIZED ({matching}),
following AS (
    SELECT id FROM matching WHERE %s::timestamptz IS NULL OR (due_at, id) > (%s::timestamptz, %s::uuid)
    ORDER BY due_at, id LIMIT %s
)
SELECT count(*) AS count, coalesce(sum(amount_fen), 0) AS fen, ARRAY(SELECT id FROM following) AS ids
FROM matching
"""


def _look(
    held: QuerySet[Transfer], due_at: datetime | None, after: UUID | None, most: int
) -> tuple[int, Fen, list[UUID]]:
    """Count and sum transfers up to the limit, and find a page's ids, by one read of the index.

    :param due_at: due instant of the transfer `after`; None for the first page.
    """
    counted = held.order_by("due_at", "pk").values("id", "due_at", "amount_fen")[: COUNTED_MAX + 1]
    text, params = counted.query.sql_with_params()
    (found,) = rows(_LOOK.format(matching=text), [*params, due_at, due_at, after, most])
    return found["count"], int(found["fen"]), found["ids"]


AHEAD = timedelta(hours=24)

# One index read for each slot: no sorting, and no row of the table is read.
_DUE = """
SELECT slot.begins AS slot, due.count, due.fen
FROM generate_series(date_bin(%(slot)s, %(at)s, 'epoch'), %(until)s, %(slot)s) AS slot(begins)
CROSS JOIN LATERAL (
    SELECT count(*) AS count, sum(amount_fen) AS fen FROM transfers_transfer
    WHERE status = 'held' AND due_at >= greatest(slot.begins, %(at)s) AND due_at < least(slot.begins + %(slot)s, %(until)s)
) due
WHERE due.count > 0 ORDER BY 1
"""


def due_ahead(at: datetime, *, minutes: int) -> Statement:
    """Return the statement that counts and sums the transfers falling due, by slot of time.

    Its rows are `slot` (its begin), `count` and `fen`; a slot in which nothing falls due has none.

    :param at: the bank's present instant; it cuts the first slot.
    :param minutes: the length of a slot; slots begin at whole multiples of it.
    """
    return Statement(_DUE, {"at": at, "until": at + AHEAD, "slot": timedelta(minutes=minutes)})


def overdue(at: datetime) -> Statement:
    """Return the statement that counts, as `n`, transfers due for longer than a release takes.

    :param at: the bank's present instant.
    """
    return Statement(
        "SELECT count(*) AS n FROM transfers_transfer WHERE status = 'held' AND due_at < %s",
        [at - timedelta(seconds=OVERDUE_SECONDS)],
    )
