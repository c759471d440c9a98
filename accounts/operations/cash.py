"""Cash in and out (现金存取): at the counter, and at a machine, where it is non-counter business."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from accounts import ledger
from accounts.ledger import Posting, Side
from accounts.policy.facts import PartyFacts
from accounts.policy.money import check_debit, check_deposit, check_funds, check_room
from accounts.queries import parties
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import (
    Channel,
    DecisionKind,
    EntryKind,
    InternalKind,
    Rule,
)
from config.kernel.decisions import deciding
from config.kernel.ids import new_id
from config.kernel.keys import Caller
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
    :raises Ruled: what `check_deposit` refuses, or more than the account may hold.
    :source: 通告第五条, 2017-01-01: a penalized person's deposit at a machine is non-counter business.
    """

    def check(party: PartyFacts) -> None:
        check_deposit(party, channel)
        check_room(party, amount_fen)

    return _move(EntryKind.DEPOSIT, principal, channel, account, amount_fen, check)


@transaction_required
def withdraw_cash(*, principal: Caller, channel: Channel, account: AccountNamed, amount_fen: Fen) -> CashMoved:
    """Pay cash out (现金支取).

    :param amount_fen: whole fen, above zero.
    :raises NotFound: for an unknown account id.
    :raises CardNotFound: for a card that is not ours.
    :raises Ruled: what `check_debit` refuses, or more than is available.
    :source: 通告第五条, 2017-01-01.
    """

    def check(party: PartyFacts) -> None:
        check_debit(party, channel)
        check_funds(party, amount_fen)

    return _move(EntryKind.WITHDRAWAL, principal, channel, account, amount_fen, check)


def _move(
    kind: EntryKind,
    principal: Caller,
    channel: Channel,
    account: AccountNamed,
    amount_fen: Fen,
    check: Callable[[PartyFacts], None],
) -> CashMoved:
    with deciding(DecisionKind(kind.value), principal=principal) as decision:
        ref = find_party(account)
        gathered = parties.lock_parties([ref], lock=[ref.account_id])
        party = gathered.parties[ref.account_id]
        decision.at = gathered.at
        decision.rule = Rule.MONEY
        decision.account_id, decision.customer_id = party.account_id, party.customer_id
        decision.facts = {"channel": channel.value, "amount_fen": amount_fen, "available_fen": party.available_fen}
        check(party)
        decision.object_id = new_id()
        customer, cash = Side(account_id=party.account_id), ledger.internal_side(InternalKind.CASH)
        paid_in = kind is EntryKind.DEPOSIT
        debit, credit = (cash, customer) if paid_in else (customer, cash)
        posting = Posting(decision.object_id, kind, debit, credit, amount_fen, gathered.at)
        ask(ledger.post_statement([posting]))
        change = amount_fen if paid_in else -amount_fen
        return CashMoved(decision.object_id, party.balance_fen + change, party.available_fen + change)


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
