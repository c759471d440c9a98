"""Judge orders with the rows locked that they change; a set of them in one round trip."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.parties import LockedParties, PartyRef
from accounts.vocabulary import CardStatus
from config.kernel.sealed import account_key, name_key
from config.kernel.transactions import transaction_required
from transfers.operations.orders import Concerned, TransferOrder, find_sides
from transfers.policy.acceptance import (
    AcceptanceFacts,
    Held,
    Judgement,
    Payee,
    Posted,
    judge_acceptance,
    moves_at_once,
)
from transfers.policy.arrival import ArrivalFacts
from transfers.vocabulary import AtmProfile


class Placed(NamedTuple):
    """An order and whom it is about."""

    order: TransferOrder
    about: Concerned

    @property
    def refs(self) -> Iterator[PartyRef]:
        """Give both sides at this bank, the payer last."""
        if self.about.payee:
            yield self.about.payee
        yield self.about.payer

    @property
    def changes(self) -> set[UUID]:
        """Return the accounts whose rows the order changes, as the rule foresees it: the payee's where money moves now.

        It is asked with what is known before the locks. Of what may change until then, an own account elsewhere has no
        row here.
        """
        payer, payee = self.about.payer, self.about.payee
        foreseen = self.arrival_facts(own_elsewhere=False, at=self.about.at)
        both = payee is not None and moves_at_once(foreseen)
        return {payer.account_id, payee.account_id} if both and payee else {payer.account_id}

    def arrival_facts(self, *, own_elsewhere: bool, at: datetime) -> ArrivalFacts:
        """Return what the rule on arrival looks at.

        What a holder is never changes. Who were one customer before the locks are one under them; who became one since
        are taken for two, which holds the money at a machine.
        """
        payer, payee = self.about.payer, self.about.payee
        return ArrivalFacts(
            channel=self.order.channel,
            holder_kind=payer.holder_kind,
            own_here=payee is not None and payee.customer_id == payer.customer_id,
            own_elsewhere=own_elsewhere,
            arrival=self.order.arrival,
            profile=AtmProfile(settings.ATM_RULE_PROFILE),
            ordinary_delay=timedelta(seconds=settings.ORDINARY_ARRIVAL_SECONDS),
            accepted_at=at,
        )


@transaction_required
def judge_locked(placed: Placed) -> Judgement:
    """Judge an order with the rows locked that it changes; wait for whoever holds them.

    Which these are is the rule's to say. Where it answers otherwise after the locks, both rows are locked. Of two such
    in opposite directions the server ends one, and it is done anew.
    """
    lock, payee = placed.changes, placed.about.payee
    judgement = _judge(placed, _gathered([placed], lock))
    if payee and isinstance(judgement, Posted) and payee.account_id not in lock:
        return _judge(placed, _gathered([placed], lock | {payee.account_id}))
    return judgement


@transaction_required
def judge_together(orders: Sequence[Placed]) -> list[Judgement | None]:
    """Judge orders one after the other, each after what those before it change; all their rows are locked at once.

    :returns: for each the judgement; None for one that is left: somebody else holds a row of it, or the rule answers
        otherwise under the locks than before them.
    """
    if not orders:
        return []
    gathered = _gathered(orders, set[UUID]().union(*(each.changes for each in orders)), wait=False)
    judgements: list[Judgement | None] = []
    for each in orders:
        judgement = _judge(each, gathered)
        sides = [each.about.payer, each.about.payee if isinstance(judgement, Posted) else None]
        changed = [gathered.parties[ref.account_id] for ref in sides if ref]
        if not gathered.locked.issuperset(party.account_id for party in changed):
            judgements.append(None)
            continue
        judgements.append(judgement)
        for party in _after(judgement, changed):
            gathered.parties[party.account_id] = party
    return judgements


@transaction_required
def payer_is_held(order: TransferOrder) -> bool:
    """Say whether another transaction holds the account of an order's payer, so that none of the payer's orders can go on."""
    (found,) = find_sides([order])
    if not isinstance(found, Concerned):
        return False
    account_id = found.payer.account_id
    return account_id not in parties.lock_parties([found.payer], lock=[account_id], wait=False).locked


def _after(judgement: Judgement, changed: Sequence[PartyFacts]) -> Iterator[PartyFacts]:
    """Give the accounts that a judgement changes, the payer first, as they stand after it."""
    match judgement:
        case Held(facts):
            yield replace(changed[0], held_fen=changed[0].held_fen + facts.amount_fen)
        case Posted(facts):
            for sign, party in zip((-1, 1), changed, strict=False):
                yield replace(party, balance_fen=party.balance_fen + sign * facts.amount_fen)


@transaction_required
def foresee(placed: Placed) -> Judgement:
    """Judge an order with nothing locked."""
    return _judge(placed, _gathered([placed], []))


def _gathered(orders: Sequence[Placed], lock: Collection[UUID], *, wait: bool = True) -> LockedParties:
    refs = {ref.account_id: ref for each in orders for ref in each.refs}
    return parties.lock_parties(
        refs.values(),
        lock=lock,
        outside=list({named for each in orders if (named := _outside(each.order))}),
        cards={card_id for each in orders if (card_id := each.about.payer.card_id)},
        wait=wait,
    )


def _judge(placed: Placed, gathered: LockedParties) -> Judgement:
    order, payer, payee = placed.order, placed.about.payer, placed.about.payee
    outside = _outside(order)
    outside_key = account_key(*outside) if outside else None
    own_elsewhere = outside_key is not None and gathered.outside_holders.get(outside_key) == payer.customer_id
    return judge_acceptance(
        AcceptanceFacts(
            # By which card an account pays is of the order; to whoever pays to it it is nothing.
            payer=replace(gathered.parties[payer.account_id], card_status=_card_of(payer, gathered)),
            payee=Payee(
                party=replace(gathered.parties[payee.account_id], card_status=None) if payee else None,
                outside=outside is not None,
                name_index=name_key(order.payee_name) if order.payee_name else None,
                is_case_account=outside_key in gathered.outside_case_accounts,
            ),
            amount_fen=order.amount_fen,
            arrival=placed.arrival_facts(own_elsewhere=own_elsewhere, at=gathered.at),
        )
    )


def _card_of(payer: PartyRef, gathered: LockedParties) -> CardStatus | None:
    return gathered.cards.get(payer.card_id) if payer.card_id else None


def _outside(order: TransferOrder) -> tuple[str, str] | None:
    return (order.payee_account_number, order.payee_bank_code) if order.payee_bank_code else None
