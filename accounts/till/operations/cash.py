"""Cash in and out (现金存取): at the counter, and at machines, where it is non-counter business."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from accounts import ledger
from accounts.policy.facts import MachineDay, PartyFacts
from accounts.policy.money import (
    cash_in,
    cash_out,
    check_debit,
    check_deposit,
    check_funds,
    check_machine_day,
    check_room,
    check_single_person_deposit,
)
from accounts.queries import parties
from accounts.refusals.money import CardNotFound
from accounts.till.models import CashMovement
from accounts.till.operations.boxes import take_open_box
from accounts.till.policy import BoxFacts, alone_limit, check_alone, check_box, check_in_box
from accounts.till.queries.machine_day import paid_out_by_machine, paid_out_of_account
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import (
    Channel,
    DecisionKind,
    EntryKind,
    InternalKind,
    Rule,
)
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.locks import machine_lock
from config.kernel.database.sql import ask, rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import day_end, shanghai_day, start_of_day
from config.kernel.law.money import Fen
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding


class AccountNamed(Protocol):
    """An account as a caller identifies it: by its id, or by one of its cards."""

    @property
    def account_id(self) -> UUID | None: ...
    @property
    def card_number(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CashMoved:
    """A posting of cash and the balance after it."""

    id: UUID
    balance_fen: Fen
    available_fen: Fen


@transaction_required
def deposit_cash(*, principal: Caller, channel: Channel, account: AccountNamed, amount_fen: Fen) -> CashMoved:
    """Pay cash in (现金存入).

    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    :raises Ruled: what `check_deposit` refuses, an amount above one person's limit at the counter, or above what the account may hold.
    :raises CashBoxState: a box that the caller has open is of an earlier day.
    :source: 通告第五条, 2017-01-01: a penalized person's deposit at a machine is non-counter business.
    """

    def check(party: PartyFacts, _at: datetime, _facts: dict[str, Any]) -> None:
        check_deposit(party, cash_in(party, channel))
        if channel.is_counter:
            check_single_person_deposit(amount_fen, settings.COUNTER_DEPOSIT_ALONE)
        check_room(party, amount_fen)

    return _move(EntryKind.DEPOSIT, principal, channel, account, amount_fen, check)


@transaction_required
def withdraw_cash(*, principal: Caller, channel: Channel, account: AccountNamed, amount_fen: Fen) -> CashMoved:
    """Pay cash out (现金支取).

    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    :raises Ruled: what `check_debit` refuses, an amount above what machines pay out in a day, or above what is available.
    :raises CashBoxState: a box that the caller has open is of an earlier day, or holds less.
    :source: 通告第五条, 2017-01-01.
    """

    def check(party: PartyFacts, at: datetime, facts: dict[str, Any]) -> None:
        check_debit(party, cash_out(party, channel))
        if channel is Channel.ATM:
            day = _machine_day(principal, party.account_id, at)
            facts |= day.record()
            check_machine_day(day, amount_fen)
        check_funds(party, amount_fen)

    if channel is Channel.ATM and settings.ATM_WITHDRAWALS_PER_DAY is not None:
        ask(machine_lock(principal.id))
    return _move(EntryKind.WITHDRAWAL, principal, channel, account, amount_fen, check)


def _move(
    kind: EntryKind,
    principal: Caller,
    channel: Channel,
    account: AccountNamed,
    amount_fen: Fen,
    check: Callable[[PartyFacts, datetime, dict[str, Any]], None],
) -> CashMoved:
    with deciding(DecisionKind(kind.value), principal=principal) as decision:
        ref = find_party(account)
        locked = parties.lock_parties([ref], lock=[ref.account_id])
        party = locked.parties[ref.account_id]
        decision.at = locked.at
        decision.rule = Rule.MONEY
        decision.account_id, decision.customer_id = party.account_id, party.customer_id
        decision.facts = {"channel": channel.value, "amount_fen": amount_fen, "available_fen": party.available_fen}
        # A teller with an open box moves cash through it, also over the API; a machine has no box.
        box = take_open_box(principal.id) if channel.is_counter else None
        if box is not None:
            check_box(box, shanghai_day(locked.at))
        check(party, locked.at, decision.facts)
        decision.id, decision.object_id = decision_id, posting_id = new_id(), new_id()
        if box is not None:
            movement = MovementKind(kind.value)
            check_alone(amount_fen, alone_limit(movement, box, settings.COUNTER_DEPOSIT_ALONE))
            change = change_of(movement, amount_fen)
            check_in_box(box, change)
            move_in_box(box, posting_id, movement, party.account_id, change, locked.at)
    return CashMoved(posting_id, *post_cash(decision_id))


def change_of(kind: MovementKind, amount_fen: Fen) -> int:
    """Return the change that a deposit or withdrawal makes to the account, and to the box."""
    return amount_fen if kind is MovementKind.DEPOSIT else -amount_fen


@transaction_required
def move_in_box(
    box: BoxFacts, posting_id: UUID, kind: MovementKind, account_id: UUID, change: int, at: datetime
) -> None:
    """Write the movement of an open box before its posting; the locks are held.

    :param change: of the cash in the box, in fen.
    """
    row = CashMovement(id=posting_id, box_id=box.box_id, account_id=account_id, kind=kind, amount_fen=change, at=at)
    row.save(force_insert=True)


@transaction_required
def post_cash(source: UUID) -> tuple[Fen, Fen]:
    """Post a deposit or a withdrawal (记账); the locks are held.

    :param source: the id of the decision of one person or machine, or of the order that two approved.
    :returns: balance and amount available afterwards, in fen.
    """
    ledger.internal_side(InternalKind.CASH)
    (after,) = rows("SELECT balance_fen, available_fen FROM accounts_post_cash(%s)", [source])
    return after["balance_fen"], after["available_fen"]


def judge_at_counter(party: PartyFacts, kind: MovementKind, amount_fen: Fen) -> None:
    """Check that an account may receive or pay out an amount at the counter (柜面存取条件).

    :raises Ruled: what `check_deposit` or `check_debit` refuses, an amount above what it may hold, or above what is available.
    """
    if kind is MovementKind.DEPOSIT:
        check_deposit(party, cash_in(party, Channel.COUNTER))
        check_room(party, amount_fen)
    else:
        check_debit(party, cash_out(party, Channel.COUNTER))
        check_funds(party, amount_fen)


def _machine_day(machine: Caller, account_id: UUID, at: datetime) -> MachineDay:
    """Return what machines have paid out on the day of an instant; figures without a limit are not read."""
    today = shanghai_day(at)
    since = start_of_day(today)
    of_account, of_machine = settings.ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY, settings.ATM_WITHDRAWALS_PER_DAY
    return MachineDay(
        account_fen=0 if of_account is None else ask(paid_out_of_account(account_id, since)),
        account_limit_fen=of_account,
        machine_fen=0 if of_machine is None else ask(paid_out_by_machine(machine.id, since)),
        machine_limit_fen=of_machine,
        until=day_end(today),
    )


def find_party(account: AccountNamed) -> parties.PartyRef:
    """Find the account that a caller identifies, without a lock.

    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    """
    if account.card_number is not None:
        found = ask(parties.by_card(account.card_number))
        if found is None:
            raise CardNotFound
    else:
        found = ask(parties.by_id(account.account_id))
        if found is None:
            raise NotFound
    return found
