"""Cash in and out (现金存取): at the counter, and at a machine, where it is non-counter business."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings

from accounts import ledger
from accounts.ledger import Posting, Side
from accounts.policy.acts import cash_in, cash_out
from accounts.policy.facts import MachineDay, PartyFacts
from accounts.policy.money import (
    check_debit,
    check_deposit,
    check_deposit_alone,
    check_funds,
    check_machine_day,
    check_room,
)
from accounts.queries import parties
from accounts.queries.machine_day import paid_out_by_machine, paid_out_of_account
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import (
    Channel,
    DecisionKind,
    EntryKind,
    InternalKind,
    Rule,
)
from config.kernel.dates import day_end, shanghai_day, start_of_day
from config.kernel.decisions import deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
from config.kernel.locks import machine_lock
from config.kernel.money import Fen
from config.kernel.refusals import NotFound
from config.kernel.sql import ask
from config.kernel.transactions import transaction_required


class AccountNamed(Protocol):
    """An account as a caller names it: by its id, or by one of its cards."""

    @property
    def account_id(self) -> UUID | None: ...
    @property
    def card_number(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class CashMoved:
    """A posting of cash and what it left."""

    id: UUID
    balance_fen: Fen
    available_fen: Fen


@transaction_required
def deposit_cash(*, principal: Caller, channel: Channel, account: AccountNamed, amount_fen: Fen) -> CashMoved:
    """Pay cash in (现金存入).

    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    :raises Ruled: what `check_deposit` refuses, more than one person takes at the counter, or than the account may hold.
    :source: 通告第五条, 2017-01-01: a penalized person's deposit at a machine is non-counter business.
    """

    def check(party: PartyFacts, _at: datetime, _facts: dict[str, Any]) -> None:
        check_deposit(party, cash_in(party, channel))
        if channel.is_counter:
            check_deposit_alone(amount_fen, settings.COUNTER_DEPOSIT_ALONE)
        check_room(party, amount_fen)

    return _move(EntryKind.DEPOSIT, principal, channel, account, amount_fen, check)


@transaction_required
def withdraw_cash(*, principal: Caller, channel: Channel, account: AccountNamed, amount_fen: Fen) -> CashMoved:
    """Pay cash out (现金支取).

    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    :raises Ruled: what `check_debit` refuses, more than machines pay out in a day, or more than is available.
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
        gathered = parties.lock_parties([ref], lock=[ref.account_id])
        party = gathered.parties[ref.account_id]
        decision.at = gathered.at
        decision.rule = Rule.MONEY
        decision.account_id, decision.customer_id = party.account_id, party.customer_id
        decision.facts = {"channel": channel.value, "amount_fen": amount_fen, "available_fen": party.available_fen}
        check(party, gathered.at, decision.facts)
        decision.object_id = new_id()
        customer, cash = Side(account_id=party.account_id), ledger.internal_side(InternalKind.CASH)
        paid_in = kind is EntryKind.DEPOSIT
        debit, credit = (cash, customer) if paid_in else (customer, cash)
        posting = Posting(decision.object_id, kind, debit, credit, amount_fen, gathered.at)
        ask(ledger.post_statement([posting]))
        change = amount_fen if paid_in else -amount_fen
        return CashMoved(decision.object_id, party.balance_fen + change, party.available_fen + change)


def _machine_day(machine: Caller, account_id: UUID, at: datetime) -> MachineDay:
    """Return what machines have paid out on the day of an instant; what no limit asks about is not looked at."""
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
    """Find the account a caller names; nothing is locked yet.

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
