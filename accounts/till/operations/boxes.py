"""A teller's cash box (尾箱、轧账): opened with counted cash, moved by postings, closed by an approved count."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.till.models import ALONE_AT_MOST, CashBox, CashCount
from accounts.till.policy import BoxFacts, check_no_box
from accounts.till.queries.boxes import facts_of, lock_box, lock_open_box
from accounts.till.refusals import CashBoxState
from accounts.till.vocabulary import BoxObstacle
from accounts.vocabulary import DecisionKind, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import send
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.money import Fen
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def take_open_box(teller_id: UUID) -> BoxFacts | None:
    """Lock a teller's open box and return its facts; None when there is none."""
    _, facts = send(*lock_open_box(teller_id))
    return facts


@transaction_required
def take_box(box_id: UUID) -> BoxFacts:
    """Lock a box, open or closed, and return its facts.

    :raises NotFound: for an unknown box.
    """
    _, facts = send(*lock_box(box_id))
    if facts is None:
        raise NotFound
    return facts


@transaction_required
def open_box(*, principal: Caller, opening_fen: Fen) -> CashBox:
    """Open a teller's box for the day with the cash that was counted into it (领箱).

    :param opening_fen: whole fen, zero or more.
    :raises CashBoxState: one is open already.
    """
    with deciding(DecisionKind.OPEN_CASH_BOX, principal=principal, rule=Rule.CASH_BOX) as decision:
        present = take_open_box(principal.id)
        at = bank_now()
        decision.at = at
        alone = settings.COUNTER_CASH_ALONE
        row = CashBox(
            id=new_id(),
            teller_id=principal.id,
            day=shanghai_day(at),
            opening_fen=opening_fen,
            alone_fen=ALONE_AT_MOST if alone is None else min(alone, ALONE_AT_MOST),
            opened_at=at,
        )
        decision.facts = {"opening_fen": opening_fen, "alone_fen": row.alone_fen}
        check_no_box(present, row.day)
        row.save(force_insert=True)
        decision.object_id = row.id
        return row


@transaction_required
def ask_count(*, principal: Caller, box_id: UUID, counted_fen: Fen, reason: str = "") -> tuple[CashCount, Approval]:
    """Propose to close a box with the amount counted in it (轧账); it stays open until a second person approves.

    :param counted_fen: all the cash in it, whole fen.
    :param reason: what is known of a difference; kept sealed, dropped where there is no difference.
    :raises NotFound: for an unknown box.
    :raises CashBoxState: it is closed.
    :raises ApprovalPending: while an earlier count of it waits.
    """
    with deciding(DecisionKind.ASK_CASH_COUNT, principal=principal, rule=Rule.CASH_BOX) as decision:
        box = take_box(box_id)
        at = bank_now()
        decision.at = at
        decision.facts = {"box_id": str(box_id)}
        if box.closed:
            raise CashBoxState(cause=BoxObstacle.NOT_OPEN.value)
        decision.facts |= _counted(box.held_fen, counted_fen)
        place = approvals.make_room(KIND, box.box_id, at=at)
        row = CashCount(id=new_id(), box_id=box.box_id, book_fen=box.held_fen, counted_fen=counted_fen, asked_at=at)
        row.reason = reason if counted_fen != box.held_fen else None
        after = _counted(row.book_fen, counted_fen)
        return approvals.propose_row(place, row, decision, principal=principal, after=after)


def _counted(book_fen: Fen, counted_fen: Fen) -> dict[str, Any]:
    return {"book_fen": book_fen, "counted_fen": counted_fen, "difference_fen": counted_fen - book_fen}


def _snapshot(row: CashCount) -> dict[str, Any]:
    box = CashBox.objects.select_related("teller").get(pk=row.box_id)
    return {
        "status": str(row.status),
        "box_id": str(row.box_id),
        "teller": box.teller.name,
        "day": box.day.isoformat(),
        "opening_fen": box.opening_fen,
        "book_fen": facts_of(box).held_fen,
    }


def _close(row: CashCount, at: datetime, decision: Deciding) -> None:
    """Close the box (轧账生效), if nothing has moved it since it was counted."""
    box = take_box(row.box_id)
    decision.facts = _counted(box.held_fen, row.counted_fen)
    if box.closed or box.held_fen != row.book_fen:
        raise ApprovalStale
    approvals.put_in_force(row, at)
    CashBox.objects.filter(pk=row.box_id).update(closed_at=at)


KIND = Kind(
    model=CashCount,
    text=Text("尾箱轧账", "Count of a cash box"),
    role=Role.SUPERVISOR,
    related=("box",),
    record=Record("desk:cash-box", "box_id"),
    summary_fields=("teller", "day", "counted_fen", "difference_fen"),
    rule=Rule.CASH_BOX,
    snapshot=lambda row, _: _snapshot(row),
    approve=_close,
    evidence=lambda row, _: {"reason": row.reason} if row.reason else {},
    submission_kind=DecisionKind.ASK_CASH_COUNT.value,
)
