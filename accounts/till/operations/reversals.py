"""Reverse a movement of cash on the same day, by two persons (抹账).

Nothing is deleted: two new entries move the money back through the same box, and refer to the movement that they
reverse.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.policy.facts import PartyFacts
from accounts.till.models import CashMovement, CashReversal
from accounts.till.operations.boxes import take_box
from accounts.till.operations.cash import judge_at_counter, move_in_box
from accounts.till.operations.counter import lock_party
from accounts.till.policy import BoxFacts, MovementFacts, check_box, check_in_box, check_reversal
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import DecisionKind, RequestStatus, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Lapse, Record
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339, shanghai_day
from config.kernel.law.money import yuan_text
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked

#: The rules of the opposite movement apply to a reversal.
_OPPOSITE = {MovementKind.DEPOSIT: MovementKind.WITHDRAWAL, MovementKind.WITHDRAWAL: MovementKind.DEPOSIT}


@transaction_required
def ask_cash_reversal(*, principal: Caller, movement_id: UUID, reason: str) -> tuple[CashReversal, Approval]:
    """Propose to reverse a deposit or a withdrawal of today (申请抹账); nothing moves until a second person approves.

    :param reason: why; kept sealed, it may hold personal data.
    :raises NotFound: for an id that is no movement of a teller's box.
    :raises CashNotReversible: what `check_reversal` refuses.
    :raises Ruled: what the opposite movement meets: a freeze, a case account, less than the amount available.
    :raises CashBoxState: the box holds less than was paid in.
    :raises ApprovalPending: while a reversal of the same waits.
    """
    with deciding(
        DecisionKind.ASK_CASH_REVERSAL, principal=principal, rule=Rule.CASH_REVERSAL, object_id=movement_id
    ) as decision:
        movement = CashMovement.objects.filter(pk=movement_id).first()
        if movement is None:
            raise NotFound
        keys, party, box, at = _locked(movement)
        decision.at, decision.customer_id, decision.account_id = at, party.customer_id, party.account_id
        decision.facts = _facts(movement, party)
        _judge(movement, party, box, at)
        place = approvals.make_room(KIND, movement_id, at=at)
        row = CashReversal(id=new_id(), movement_id=movement_id, account_id=party.account_id, asked_at=at)
        row.reason = reason
        after = {"entry_kind": MovementKind.REVERSAL.value}
        return approvals.propose_row(place, row, decision, principal=principal, after=after, subject_keys=keys)


def _locked(movement: CashMovement) -> tuple[set[bytes], PartyFacts, BoxFacts, datetime]:
    keys, party, at = lock_party(movement.account_id)
    return keys, party, take_box(movement.box_id), at


def _facts(movement: CashMovement, party: PartyFacts) -> dict[str, Any]:
    return {
        "movement_id": str(movement.id),
        "entry_kind": movement.kind,
        "amount_fen": abs(movement.amount_fen),
        "available_fen": party.available_fen,
    }


def _judge(movement: CashMovement, party: PartyFacts, box: BoxFacts, at: datetime) -> None:
    """Judge a reversal under the locks: whether it is possible, and then as the opposite movement of the same cash."""
    today = shanghai_day(at)
    taken_back = CashReversal.objects.filter(movement_id=movement.id, status=RequestStatus.IN_FORCE).exists()
    kind = MovementKind(movement.kind)
    facts = MovementFacts(kind=kind, day=shanghai_day(movement.at), taken_back=taken_back, box=box)
    check_reversal(facts, today)
    check_box(box, today)
    judge_at_counter(party, _OPPOSITE[kind], abs(movement.amount_fen))
    check_in_box(box, -movement.amount_fen)


def _snapshot(row: CashReversal) -> dict[str, Any]:
    movement = row.movement
    return {
        "status": str(row.status),
        "movement_id": str(row.movement_id),
        "account_id": str(row.account_id),
        "account_number": masked(row.account, "account_number"),
        "account_status": str(row.account.status),
        "entry_kind": movement.kind,
        "amount_fen": abs(movement.amount_fen),
        "posted_at": rfc3339(movement.at),
        "teller": movement.box.teller.name,
    }


def _effects(row: CashReversal, _approval: Approval) -> Mapping[str, str]:
    return {"balance_after": yuan_text(row.account.balance_fen - row.movement.amount_fen)}


def _take_back(row: CashReversal, at: datetime, decision: Deciding) -> None:
    """Post the reversal (抹账生效): judged again under the locks, on the same day."""
    movement = row.movement
    _, party, box, _ = _locked(movement)
    decision.facts = _facts(movement, party)
    _judge(movement, party, box, at)
    approvals.put_in_force(row, at)
    move_in_box(box, row.id, MovementKind.REVERSAL, party.account_id, -movement.amount_fen, at)
    ask(Statement("SELECT accounts_post_cash_reversal(%s)", [row.id]))


def _next_step(approval: Approval) -> Text:
    if approval.before["entry_kind"] == MovementKind.DEPOSIT:
        return Text("请退还现金", "give the cash back")
    return Text("请收回现金", "take the cash back")


KIND = Kind(
    model=CashReversal,
    text=Text("现金抹账", "Reversal of a cash transaction"),
    role=Role.SUPERVISOR,
    related=("account", "movement__box__teller"),
    record=Record("desk:cash-record", "movement_id"),
    summary_fields=("entry_kind", "amount_fen", "account_number"),
    rule=Rule.CASH_REVERSAL,
    snapshot=lambda row, _: _snapshot(row),
    approve=_take_back,
    evidence=lambda row, _: {"reason": row.reason},
    effects=_effects,
    on_site=True,
    next_step=_next_step,
    submission_kind=DecisionKind.ASK_CASH_REVERSAL.value,
    lapses=Lapse.WITH_THE_DAY,
)
