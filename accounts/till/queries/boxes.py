"""Cash boxes of tellers (尾箱): content by the books, the boxes of a day, and the movements of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.till.models import CashBox, CashCount, CashMovement, CashReversal, CounterCash
from accounts.till.policy import BoxFacts
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import RequestStatus
from config.kernel.database.pages import newest_page
from config.kernel.database.sql import Query, Row, Statement
from config.kernel.law.dates import shanghai_day, start_of_day
from config.kernel.models import numbered

#: The most movements that are offered to be reversed.
MOVEMENTS_SHOWN = 20
LOCK_OPEN = "SELECT id FROM accounts_cashbox WHERE teller_id = %s AND closed_at IS NULL FOR NO KEY UPDATE"
LOCK = "SELECT id FROM accounts_cashbox WHERE id = %s FOR NO KEY UPDATE"
_FACTS = """
SELECT b.id, b.teller_id, b.day, b.alone_fen, b.closed_at IS NOT NULL AS closed,
       (b.opening_fen + (SELECT coalesce(sum(m.amount_fen), 0) FROM accounts_cashmovement m WHERE m.box_id = b.id))::bigint
           AS held_fen
FROM accounts_cashbox b WHERE {where}
"""
OPEN_BOX = _FACTS.format(where="b.teller_id = %s AND b.closed_at IS NULL")
BOX = _FACTS.format(where="b.id = %s")


def lock_open_box(teller_id: UUID) -> tuple[Statement, Query[BoxFacts | None]]:
    """Return the statement that locks a teller's open box, and the query that then reads it."""
    return Statement(LOCK_OPEN, [teller_id]), Query(OPEN_BOX, [teller_id], _facts)


def lock_box(box_id: UUID) -> tuple[Statement, Query[BoxFacts | None]]:
    """Return the statement that locks a box, open or closed, and the query that then reads it."""
    return Statement(LOCK, [box_id]), Query(BOX, [box_id], _facts)


def open_box(teller_id: UUID) -> BoxFacts | None:
    """Return a teller's open box, without its lock; None when there is none."""
    row = CashBox.objects.filter(teller_id=teller_id, closed_at=None).first()
    return None if row is None else facts_of(row)


def facts_of(row: CashBox) -> BoxFacts:
    """Return the facts of a box for the rules, without its lock."""
    moved = row.movements.aggregate(fen=Coalesce(Sum("amount_fen"), 0))["fen"]
    return BoxFacts(
        box_id=row.id,
        teller_id=row.teller_id,
        day=row.day,
        held_fen=row.opening_fen + moved,
        alone_fen=row.alone_fen,
        closed=row.closed_at is not None,
    )


def _facts(box_rows: list[Row]) -> BoxFacts | None:
    if not box_rows:
        return None
    row = box_rows[0]
    return BoxFacts(
        box_id=row["id"],
        teller_id=row["teller_id"],
        day=row["day"],
        held_fen=row["held_fen"],
        alone_fen=row["alone_fen"],
        closed=row["closed"],
    )


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One box on the list of a day.

    :ivar in_fen, out_fen: the amounts paid in and out since it was opened, both zero or more.
    :ivar count: the approved count, else a pending one, None without either.
    """

    box: CashBox
    in_fen: int
    out_fen: int
    count: CashCount | None

    @property
    def book_fen(self) -> int:
        """Return its content by the books."""
        return self.box.opening_fen + self.in_fen - self.out_fen


def boxes_of_day(day: date, *, teller_id: UUID | None = None) -> list[BoxLine]:
    """Return the boxes of a day and older ones that are still open, the newest first; in two queries.

    :param teller_id: the teller of the boxes; None for all.
    """
    found = CashBox.objects.filter(Q(day=day) | Q(day__lt=day, closed_at=None))
    if teller_id is not None:
        found = found.filter(teller_id=teller_id)
    return _lines(found.order_by("-day", "-id"))


def box_line(box_id: UUID) -> BoxLine | None:
    """Return one box as the list shows it, None when there is none of this id."""
    return next(iter(_lines(CashBox.objects.filter(pk=box_id))), None)


def _lines(query: QuerySet[CashBox]) -> list[BoxLine]:
    boxes = list(
        query.select_related("teller").annotate(
            paid_in=Coalesce(Sum("movements__amount_fen", filter=Q(movements__amount_fen__gt=0)), 0),
            paid_out=Coalesce(Sum("movements__amount_fen", filter=Q(movements__amount_fen__lt=0)), 0),
        )
    )
    counts: dict[UUID, CashCount] = {}
    statuses = (RequestStatus.PENDING, RequestStatus.IN_FORCE)
    # A pending count comes first, so that an approved one replaces it.
    for count in CashCount.objects.filter(box__in=boxes, status__in=statuses).order_by("-status", "id"):
        counts[count.box_id] = count
    return [BoxLine(box, box.paid_in, -box.paid_out, counts.get(box.id)) for box in boxes]


def movements_page(box_id: UUID, *, before: UUID | None, limit: int) -> tuple[list[CashMovement], UUID | None]:
    """Return a page of a box's movements, the newest first, with the accounts, and where the next page begins."""
    found = CashMovement.objects.filter(box_id=box_id).select_related("account").defer("account__agent_name")
    return newest_page(found, before, limit)


@dataclass(frozen=True, slots=True)
class CashRecord:
    """A movement of cash at the counter, posted or pending, as its page and its slip show it.

    :ivar movement: None while it is pending, or when the proposal failed.
    :ivar asked: the proposal of it, None where one person was enough.
    :ivar takes_back: the movement that this one reverses, None for a deposit or a withdrawal.
    :ivar reversals: the proposals to reverse it, the newest first; the approved one has reversed it.
    """

    id: UUID
    kind: str
    amount_fen: int
    account_id: UUID
    box: CashBox
    movement: CashMovement | None
    asked: CounterCash | CashReversal | None
    takes_back: CashMovement | None
    reversals: tuple[CashReversal, ...]

    @property
    def reversed_by(self) -> CashReversal | None:
        """Return the reversal in force, None where there is none."""
        return next((each for each in self.reversals if each.status == RequestStatus.IN_FORCE), None)

    @property
    def reversal_waits(self) -> bool:
        """Return whether a reversal of this record is pending approval."""
        return any(each.status == RequestStatus.PENDING for each in self.reversals)


def cash_record(record_id: UUID) -> CashRecord | None:
    """Return the record of a posting of counter cash, or of a proposal of one; None for an unknown id."""
    movement = CashMovement.objects.select_related("box__teller").filter(pk=record_id).first()
    large = CounterCash.objects.select_related("box__teller").filter(pk=record_id).first()
    back = CashReversal.objects.select_related("movement__box__teller").filter(pk=record_id).first()
    original = movement or large or (back.movement if back else None)
    if original is None:
        return None
    return CashRecord(
        id=record_id,
        kind=MovementKind.REVERSAL.value if back else str(original.kind),
        amount_fen=abs(original.amount_fen),
        account_id=original.account_id,
        box=original.box,
        movement=movement,
        asked=large or back,
        takes_back=back.movement if back else None,
        reversals=tuple(CashReversal.objects.filter(movement_id=record_id).order_by("-id")),
    )


@dataclass(frozen=True, slots=True)
class NumberedCash:
    """A movement of cash found by the number on its slip; one that is proposed has the same number once it is posted."""

    id: UUID
    kind: str
    amount_fen: int
    at: datetime


def cash_numbered(reference: bytes) -> list[NumberedCash]:
    """Return the movements and proposals of cash with a number, each once."""
    found = {
        each.id: NumberedCash(each.id, str(each.kind), each.amount_fen, each.asked_at)
        for each in numbered(CounterCash, reference)
    }
    for back in numbered(CashReversal, reference).select_related("movement"):
        kind = MovementKind.REVERSAL.value
        found[back.id] = NumberedCash(back.id, kind, abs(back.movement.amount_fen), back.asked_at)
    for each in numbered(CashMovement, reference):
        found[each.id] = NumberedCash(each.id, str(each.kind), abs(each.amount_fen), each.at)
    return list(found.values())


def movements_to_reverse(account_ids: Iterable[UUID], at: datetime) -> list[CashMovement]:
    """Return the movements of some accounts that may be reversed: of the day, of a box that is open, not reversed yet.

    :returns: the newest first.
    """
    tried = CashReversal.objects.filter(status__in=(RequestStatus.PENDING, RequestStatus.IN_FORCE))
    found = CashMovement.objects.filter(
        account_id__in=account_ids, at__gte=start_of_day(shanghai_day(at)), box__closed_at=None
    )
    found = found.exclude(kind=MovementKind.REVERSAL).exclude(pk__in=tried.values("movement_id"))
    return list(found.order_by("-id")[:MOVEMENTS_SHOWN])


def waiting_cash(account_id: UUID) -> list[UUID]:
    """Return the ids of the pending proposals of an account's cash."""
    found: list[UUID] = []
    for model in (CounterCash, CashReversal):
        waiting = model.objects.filter(account_id=account_id, status=RequestStatus.PENDING)
        found += waiting.values_list("id", flat=True)
    return found


def counter_postings(posting_ids: list[UUID]) -> frozenset[UUID]:
    """Return which of some postings moved a teller's box: these have a page of their own."""
    return frozenset(CashMovement.objects.filter(pk__in=posting_ids).values_list("id", flat=True))
