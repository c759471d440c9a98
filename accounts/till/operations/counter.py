"""Cash at the counter through the teller's box (柜面现金存取): at once, or by two persons above the limit for one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import Account
from accounts.operations.holders import lock_holder
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.till.models import CounterCash
from accounts.till.operations.boxes import take_box, take_open_box
from accounts.till.operations.cash import (
    CashMoved,
    change_of,
    deposit_cash,
    judge_at_counter,
    move_in_box,
    post_cash,
    withdraw_cash,
)
from accounts.till.policy import alone_limit, check_box, check_in_box, takes_two
from accounts.till.queries.boxes import open_box
from accounts.till.refusals import CashBoxState, DocumentScanMissing
from accounts.till.vocabulary import BoxObstacle, MovementKind
from accounts.vocabulary import Channel, DecisionKind, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Lapse, Record
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import shanghai_day
from config.kernel.law.money import Fen, yuan_text
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class _Named:
    """An account by its id, as cash operations take it."""

    account_id: UUID | None
    card_number: str | None = None


@transaction_required
def pay_at_counter(*, principal: Caller, account_id: UUID, kind: MovementKind, amount_fen: Fen) -> CashMoved:
    """Pay cash in or out through the teller's open box (现金存取), alone.

    :raises NotFound: for an unknown account.
    :raises CashBoxState: none is open for the day, or it holds less.
    :raises Ruled: as `deposit_cash` and `withdraw_cash`; an amount above one person's limit.
    """
    # Refused before a decision is recorded; the trigger on movements checks again that the box is open.
    if open_box(principal.id) is None:
        raise CashBoxState(cause=BoxObstacle.NOT_OPEN.value)
    move = deposit_cash if kind is MovementKind.DEPOSIT else withdraw_cash
    return move(principal=principal, channel=Channel.COUNTER, account=_Named(account_id), amount_fen=amount_fen)


def needs_second(teller_id: UUID, kind: MovementKind, amount_fen: Fen) -> bool:
    """Return whether an amount takes a second person in the teller's open box; False without an open box."""
    box = open_box(teller_id)
    return box is not None and takes_two(amount_fen, alone_limit(kind, box, settings.COUNTER_DEPOSIT_ALONE))


@transaction_required
def ask_counter_cash(
    *, principal: Caller, account_id: UUID, kind: MovementKind, amount_fen: Fen
) -> tuple[CounterCash, Approval]:
    """Propose a deposit or a withdrawal above one person's limit (大额现金存取); nothing is posted yet.

    :param kind: a deposit or a withdrawal.
    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account.
    :raises Ruled: what `judge_at_counter` refuses.
    :raises CashBoxState: no box is open for the day, or it holds less.
    :raises ApprovalPending: while the same kind waits for this account.
    """
    with deciding(
        DecisionKind.ASK_COUNTER_CASH, principal=principal, rule=Rule.MONEY, account_id=account_id
    ) as decision:
        keys, party, at = lock_party(account_id)
        decision.at = at
        decision.customer_id = party.customer_id
        decision.facts = _facts(party, kind, amount_fen)
        box = check_box(take_open_box(principal.id), shanghai_day(at))
        judge_at_counter(party, kind, amount_fen)
        check_in_box(box, change_of(kind, amount_fen))
        place = approvals.make_room(KIND, account_id, kind.value, at=at)
        row = CounterCash(
            id=new_id(), account_id=account_id, box_id=box.box_id, kind=kind, amount_fen=amount_fen, asked_at=at
        )
        after = {"entry_kind": kind.value, "amount_fen": amount_fen}
        return approvals.propose_row(place, row, decision, principal=principal, after=after, subject_keys=keys)


@transaction_required
def lock_party(account_id: UUID) -> tuple[set[bytes], PartyFacts, datetime]:
    """Lock an account's holder and the account itself.

    :returns: the keys under which the holder can be listed, the account, and the instant after the locks.
    :raises NotFound: for an unknown account.
    """
    found = ask(parties.by_id(account_id))
    if found is None:
        raise NotFound
    holder = lock_holder(found.customer_id)
    gathered = parties.lock_parties([found], lock=[account_id])
    return holder.keys.locks(), gathered.parties[account_id], gathered.at


def _facts(party: PartyFacts, kind: MovementKind, amount_fen: Fen) -> dict[str, Any]:
    return {
        "channel": Channel.COUNTER.value,
        "entry_kind": kind.value,
        "amount_fen": amount_fen,
        "available_fen": party.available_fen,
    }


def _snapshot(row: CounterCash) -> dict[str, Any]:
    """Return the facts that the proposal rests on; the balance may change meanwhile and is read under its lock."""
    account: Account = row.account
    return {
        "status": str(row.status),
        "account_id": str(row.account_id),
        "account_number": masked(account, "account_number"),
        "account_status": str(account.status),
        "teller": row.box.teller.name,
    }


def _effects(row: CounterCash, _approval: Approval) -> Mapping[str, str]:
    change = change_of(MovementKind(row.kind), row.amount_fen)
    return {"balance_after": yuan_text(row.account.balance_fen + change)}


def _post(row: CounterCash, at: datetime, decision: Deciding) -> None:
    """Post an approved proposal (大额现金存取生效): judged again under the locks, through its maker's open box."""
    kind = MovementKind(row.kind)
    _, party, _ = lock_party(row.account_id)
    if settings.LARGE_CASH_SCAN and not approvals.has_attachment(row.id):
        raise DocumentScanMissing
    box = check_box(take_box(row.box_id), shanghai_day(at))
    decision.facts = _facts(party, kind, row.amount_fen)
    judge_at_counter(party, kind, row.amount_fen)
    check_in_box(box, change_of(kind, row.amount_fen))
    approvals.put_in_force(row, at)
    move_in_box(box, row.id, kind, row.account_id, change_of(kind, row.amount_fen), at)
    post_cash(row.id)


def _next_step(approval: Approval) -> Text:
    if approval.after["entry_kind"] == MovementKind.DEPOSIT:
        return Text("请收款", "take the cash")
    return Text("请付款", "pay out the cash")


KIND = Kind(
    model=CounterCash,
    text=Text("大额现金存取", "Large cash transaction"),
    role=Role.SUPERVISOR,
    related=("account", "box__teller"),
    record=Record("desk:cash-record"),
    summary_fields=("entry_kind", "amount_fen", "account_number"),
    rule=Rule.MONEY,
    snapshot=lambda row, _: _snapshot(row),
    approve=_post,
    effects=_effects,
    on_site=True,
    next_step=_next_step,
    submission_kind=DecisionKind.ASK_COUNTER_CASH.value,
    lapses=Lapse.WITH_THE_DAY,
)
