"""Accept transfers (受理), held until they are due or posted at once; single or several together.

It takes two round trips: find the parties, then lock and read the facts; the writes are sent with COMMIT. No message
is published: `due_at` in the row is the schedule.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, cast
from uuid import UUID

from django.conf import settings

from accounts.operations import funds
from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.parties import LockedParties, NamedSides, PartyRef, Sides
from accounts.refusals.money import CardNotFound
from accounts.vocabulary import CardStatus, Channel
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import insert, owe, send
from config.kernel.database.transactions import transaction_required
from config.kernel.law.money import Fen
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.models import Decision
from config.kernel.requests import special_measures
from config.kernel.requests.special_measures import Checked, CheckUnavailable
from config.kernel.trail.decisions import Deciding
from config.kernel.vault.sealed import card_key, name_key
from transfers.models import Event, Transfer, payee_key
from transfers.policy.acceptance import (
    AcceptanceFacts,
    ArrivalFacts,
    Held,
    Judgement,
    Payee,
    Posted,
    Refused,
    judge_acceptance,
    moves_at_once,
)
from transfers.queries.fraud_warnings import warnings_at
from transfers.vocabulary import Arrival, AtmProfile, DecisionKind, Rule, TransferStatus


@dataclass(frozen=True)
class TransferOrder:
    """A transfer as ordered by the caller (转账指令), with the index keys of card, payee and name.

    :param payer_card: the payer's card, or
    :param payer_account_id: the payer's account.
    :param payee_account_number: account number; at this bank, a card number is also possible.
    :param payee_bank_code: empty for this bank.
    :param payee_name: as typed; may be missing for another bank.
    :param arrival: the customer's choice; at a machine the rule decides.
    """

    channel: Channel
    amount_fen: Fen
    payer_card: str | None
    payer_account_id: UUID | None
    payee_account_number: str
    payee_bank_code: str
    payee_name: str | None
    arrival: Arrival | None = None
    memo: str | None = None
    screen_evidence: str | None = None

    @cached_property
    def payer_card_key(self) -> bytes | None:
        """Return the key of the payer's card; None if the order names the account."""
        return None if self.payer_card is None else card_key(self.payer_card)

    @cached_property
    def payee_key(self) -> bytes:
        """Return the key of the payee's number: of an account at another bank, of a card at this bank."""
        return payee_key(self.payee_account_number, self.payee_bank_code)

    @cached_property
    def payee_name_key(self) -> bytes | None:
        """Return the key of the payee's name; None if the order has none.

        :raises NameFault: when the text cannot be a name.
        """
        return name_key(self.payee_name) if self.payee_name else None


@dataclass(frozen=True, slots=True)
class OrderParties:
    """An order and its parties, as found before any lock.

    :ivar payee: the payee's account; None if the number is not this bank's.
    :ivar clearing_id: the clearing account of the payee's bank; None for this bank.
    :ivar at: the bank's instant of the query.
    """

    order: TransferOrder
    payer: PartyRef
    payee: PartyRef | None
    clearing_id: UUID | None
    at: datetime


#: An order with its parties, or the refusal of an unknown card or account id.
type FoundSides = OrderParties | Refused | NotFound


@transaction_required
def find_sides(orders: Sequence[TransferOrder]) -> list[FoundSides]:
    """Find the parties of some orders in one round trip; create missing clearing accounts of banks."""
    by_number = parties.sides_query([named_sides(each) for each in orders])
    codes = sorted({each.payee_bank_code for each in orders} - {""})
    sides, *found = send(by_number, *map(funds.clearing_query, codes))
    known = dict(zip(codes, found, strict=True))
    clearing = {code: known[code] or funds.new_clearing(code) for code in codes if _is_wanted(code, orders, sides)}
    return [_order_parties(order, each, clearing) for order, each in zip(orders, sides, strict=True)]


def named_sides(order: TransferOrder) -> NamedSides:
    """Return the payer and payee at this bank, as an order names them."""
    if order.payee_bank_code:
        return NamedSides(order.payer_card_key, order.payer_account_id, None, None)
    return NamedSides(order.payer_card_key, order.payer_account_id, order.payee_account_number, order.payee_key)


def _is_wanted(code: str, orders: Sequence[TransferOrder], sides: Sequence[Sides]) -> bool:
    """Return whether an order to a bank has a payer of ours; only then is a clearing account created."""
    return any(
        order.payee_bank_code == code and each.payer is not None for order, each in zip(orders, sides, strict=True)
    )


def _order_parties(order: TransferOrder, sides: Sides, clearing: dict[str, UUID]) -> FoundSides:
    if sides.payer is None or sides.at is None:
        return NotFound() if order.payer_card is None else Refused(CardNotFound())
    return OrderParties(order, sides.payer, sides.payee, clearing.get(order.payee_bank_code), sides.at)


@transaction_required
def judge(orders: Sequence[OrderParties], *, wait: bool) -> list[Judgement | None]:
    """Judge orders in sequence, each with the effects of the earlier ones; lock all changed rows at once.

    The rule determines these rows. If its answer under the locks differs from that before them, the order is left
    out, or the rows of both parties are locked.

    :param wait: wait for locked rows, and leave out no order. If two transactions wait for each other, the server
        ends one, and it is repeated.
    :returns: for each order the judgement; None if it is left out, for example because another transaction has locked
        a row.
    """
    judgements = _judge_in_sequence(
        orders, {account_id for each in orders for account_id in _changed_by(each)}, wait=wait
    )
    if wait and None in judgements:
        return _judge_in_sequence(orders, {ref.account_id for each in orders for ref in _refs(each)}, wait=True)
    return judgements


@transaction_required
def is_payer_locked(order: TransferOrder) -> bool:
    """Return whether another transaction has locked the payer's account, which blocks all its orders."""
    (found,) = find_sides([order])
    if not isinstance(found, OrderParties):
        return False
    account_id = found.payer.account_id
    return account_id not in parties.lock_parties([found.payer], lock=[account_id], wait=False).locked


@transaction_required
def judge_without_locks(about: OrderParties) -> Judgement:
    """Judge an order without locks."""
    return _judge(about, _lock_sides([about], [], wait=False))


def _judge_in_sequence(orders: Sequence[OrderParties], lock: Collection[UUID], *, wait: bool) -> list[Judgement | None]:
    if not orders:
        return []
    locked = _lock_sides(orders, lock, wait=wait)
    judgements: list[Judgement | None] = []
    for each in orders:
        judgement = _judge(each, locked)
        sides = [each.payer, each.payee if isinstance(judgement, Posted) else None]
        changed = [locked.parties[ref.account_id] for ref in sides if ref]
        if not locked.locked.issuperset(party.account_id for party in changed):
            judgements.append(None)
            continue
        judgements.append(judgement)
        for party in _after(judgement, changed):
            locked.parties[party.account_id] = party
    return judgements


def _changed_by(about: OrderParties) -> Iterator[UUID]:
    """Yield the accounts that an order would change; the payee's only if the money moves at once.

    It uses facts read before the locks. They may change until the locks are taken; an own account at another bank has
    no row here.
    """
    yield about.payer.account_id
    if about.payee and moves_at_once(_arrival_facts(about, own_elsewhere=False, at=about.at)):
        yield about.payee.account_id


def _arrival_facts(about: OrderParties, *, own_elsewhere: bool, at: datetime) -> ArrivalFacts:
    """Return the facts for the rule on arrival.

    The kind of a holder never changes. Payer and payee who were one customer before the locks still are. If they were
    merged since, they count as two, so that the money is held at a machine.
    """
    return ArrivalFacts(
        channel=about.order.channel,
        holder_kind=about.payer.holder_kind,
        own_here=about.payee is not None and about.payee.customer_id == about.payer.customer_id,
        own_elsewhere=own_elsewhere,
        arrival=about.order.arrival,
        profile=AtmProfile(settings.ATM_RULE_PROFILE),
        ordinary_delay=timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
        accepted_at=at,
    )


def _after(judgement: Judgement, changed: Sequence[PartyFacts]) -> Iterator[PartyFacts]:
    """Yield the accounts that a judgement changes, in their new state, payer first."""
    match judgement:
        case Held(facts):
            yield replace(changed[0], held_fen=changed[0].held_fen + facts.amount_fen)
        case Posted(facts):
            for sign, party in zip((-1, 1), changed, strict=False):
                yield replace(party, balance_fen=party.balance_fen + sign * facts.amount_fen)


def _refs(about: OrderParties) -> list[PartyRef]:
    """Return references to both parties at this bank, the payer last."""
    return [about.payee, about.payer] if about.payee else [about.payer]


def _lock_sides(orders: Sequence[OrderParties], lock: Collection[UUID], *, wait: bool) -> LockedParties:
    refs = {ref.account_id: ref for each in orders for ref in _refs(each)}
    return parties.lock_parties(
        refs.values(),
        lock=lock,
        outside={
            each.order.payee_key: (each.order.payee_account_number, each.order.payee_bank_code)
            for each in orders
            if each.order.payee_bank_code
        },
        cards={card_id for each in orders if (card_id := each.payer.card_id)},
        wait=wait,
    )


def _judge(about: OrderParties, locked: LockedParties) -> Judgement:
    order, payer, payee = about.order, about.payer, about.payee
    outside = bool(order.payee_bank_code)
    own_elsewhere = outside and locked.outside_holders.get(order.payee_key) == payer.customer_id
    return judge_acceptance(
        AcceptanceFacts(
            # The card belongs to the order of its payer; for a payment to the account it has no meaning.
            payer=replace(locked.parties[payer.account_id], card_status=_card_of(payer, locked)),
            payee=Payee(
                party=replace(locked.parties[payee.account_id], card_status=None) if payee else None,
                outside=outside,
                name_index=order.payee_name_key,
                is_case_account=outside and order.payee_key in locked.outside_case_accounts,
            ),
            amount_fen=order.amount_fen,
            arrival=_arrival_facts(about, own_elsewhere=own_elsewhere, at=locked.at),
        )
    )


def _card_of(payer: PartyRef, locked: LockedParties) -> CardStatus | None:
    return locked.cards.get(payer.card_id) if payer.card_id else None


class GivenOrder(NamedTuple):
    """An order, its principal, its parties (or why there are none), and what the screening system answered about them."""

    order: TransferOrder
    principal: Caller
    sides: FoundSides
    checked: Checked | None = None


@transaction_required
def accept_transfer(order: TransferOrder, *, principal: Caller) -> Transfer:
    """Accept a transfer, or keep the record of its refusal (受理转账).

    Invariant: an accepted amount is either reserved or moved, never both and never neither. The record, its event and
    its decision are written together.

    :param order: as given by the caller, the amount in fen.
    :param principal: the caller; a gateway names its channel in the order.
    :returns: the transfer, held or posted.
    :raises NotFound: for an unknown payer account id.
    :raises Ruled: the refusal by a rule; `fields.transfer_id` is the id of the record.
    :source: 通告第五条, 2016-12-01.
    """
    (found,) = find_sides([order])
    (outcome,) = accept_together([GivenOrder(order, principal, found, special_measures.present())], wait=True)
    if isinstance(outcome, Refusal):
        raise outcome
    return cast("Transfer", outcome)


@transaction_required
def accept_together(given: Sequence[GivenOrder], *, wait: bool = False) -> list[Transfer | Refusal | None]:
    """Accept several transfers in sequence, each as if it came alone (批量受理).

    :param given: orders with the results of `find_sides` in this transaction.
    :param wait: wait for locked rows, and leave out no order.
    :returns: for each order the transfer, or the refusal that `accept_transfer` would raise; None for an order that
        must be processed alone because it would have to wait.
    :raises CheckUnavailable: when the bank has a screening system that was not asked about the parties of an order; then
        nothing is accepted.
    """
    judged = iter(judge([each.sides for each in given if isinstance(each.sides, OrderParties)], wait=wait))
    written: list[tuple[Transfer, Event, Decision]] = []
    outcomes: list[Transfer | Refusal | None] = []
    for each in given:
        judgement = next(judged) if isinstance(each.sides, OrderParties) else each.sides
        if judgement is None or isinstance(judgement, NotFound):
            outcomes.append(judgement)
            continue
        _confirm_checked(each, judgement)
        rows = rows_of(each, judgement)
        written.append(rows)
        transfer, *_ = rows
        if isinstance(judgement, Refused):
            judgement.refusal.fields["transfer_id"] = str(transfer.id)
            outcomes.append(judgement.refusal)
        else:
            shown = warnings_at(transfer.channel)
            transfer.warning_version, transfer.warning_kinds = shown.version, ",".join(shown.kinds)
            outcomes.append(transfer)
    # The database reserves and posts the amounts of the rows.
    owe(*(insert(*rows) for rows in zip(*written, strict=True)))
    return outcomes


def _confirm_checked(given: GivenOrder, judgement: Judgement) -> None:
    """Require that the screening system was asked about payer and payee, by their names under the locks."""
    facts = judgement.facts
    if facts is None:
        # Nobody is known who would pay.
        return
    payee = facts.payee.party
    names = facts.payer.name_index, payee.name_index if payee else None, facts.payee.name_index
    if not special_measures.is_confirmed(given.checked, names):
        raise CheckUnavailable


def rows_of(
    given: GivenOrder, judgement: Judgement, *, transfer_id: UUID | None = None
) -> tuple[Transfer, Event, Decision]:
    """Return the unsaved rows of a judged order: the transfer, its first event and its decision.

    :param transfer_id: its id, where another row names it already.
    """
    transfer = _transfer(given, judgement, transfer_id or new_id())
    return transfer, _event(transfer), _decision(given, judgement, transfer)


def _transfer(given: GivenOrder, judgement: Judgement, transfer_id: UUID) -> Transfer:
    order, sides = given.order, given.sides if isinstance(given.sides, OrderParties) else None
    at = judgement.facts.arrival.accepted_at if judgement.facts else bank_now()
    transfer = Transfer(
        id=transfer_id,
        channel=order.channel,
        arrival=order.arrival or "",
        amount_fen=order.amount_fen,
        payer_account_id=sides.payer.account_id if sides else None,
        payer_card_id=sides.payer.card_id if sides else None,
        payee_account_id=sides.payee.account_id if sides and sides.payee else None,
        payee_internal_id=sides.clearing_id if sides else None,
        payee_bank_code=order.payee_bank_code,
        accepted_at=at,
        same_holder=judgement.arrival.same_holder if judgement.arrival else False,
        made_by_id=given.principal.id,
    )
    payee = sides.payee if sides else None
    if payee and payee.account_number == order.payee_account_number:
        transfer.payee_account_number = order.payee_account_number
    else:
        # Not an account number of this bank: it may be a card number, so it is encrypted.
        transfer.payee_sealed = order.payee_account_number
        transfer.payee_key = order.payee_key
    transfer.payee_name = order.payee_name
    transfer.memo = order.memo
    transfer.screen_evidence = order.screen_evidence
    if isinstance(judgement, Refused):
        transfer.status, transfer.ended_at = TransferStatus.REFUSED, at
        transfer.outcome_code = judgement.refusal.code
        return transfer
    transfer.status = TransferStatus.HELD
    if isinstance(judgement, Posted):
        transfer.status, transfer.settled_at, transfer.ended_at = TransferStatus.POSTED, at, at
    arrival = judgement.arrival
    transfer.due_at = arrival.due_at
    transfer.hold_seconds = arrival.hold_seconds
    transfer.rule_code = arrival.rule
    transfer.rule_clause = str(arrival.clause) if arrival.clause else ""
    transfer.rule_profile = arrival.profile or ""
    return transfer


def _event(transfer: Transfer) -> Event:
    return Event(
        transfer=transfer,
        at=transfer.accepted_at,
        actor_id=transfer.made_by_id,
        new_status=transfer.status,
        code=transfer.outcome_code,
    )


def _decision(given: GivenOrder, judgement: Judgement, transfer: Transfer) -> Decision:
    order, facts, arrival = given.order, judgement.facts, judgement.arrival
    asked = facts.record() if facts else {"channel": transfer.channel, "amount_fen": transfer.amount_fen}
    came_with = {"with_memo": order.memo is not None, "with_screen": order.screen_evidence is not None}
    deciding = Deciding(
        DecisionKind.TRANSFER,
        given.principal,
        at=transfer.accepted_at,
        rule=transfer.rule_code or Rule.ACCEPTANCE,
        clause=arrival.clause if arrival else None,
        customer_id=facts.payer.customer_id if facts else None,
        account_id=transfer.payer_account_id,
        object_id=transfer.id,
        facts={**asked, **came_with, **(given.checked.record() if given.checked else {})},
    )
    return deciding.row(judgement.refusal if isinstance(judgement, Refused) else None)
