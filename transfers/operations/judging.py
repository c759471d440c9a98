"""Judge orders with the rows locked that they change; a set of them in one round trip."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from accounts.policy.facts import PartyFacts
from accounts.queries import parties
from accounts.queries.parties import LockedParties, PartyRef
from accounts.vocabulary import CardStatus
from config.kernel.database.transactions import transaction_required
from config.kernel.vault.sealed import account_key, name_key
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


@transaction_required
def judge(orders: Sequence[Concerned], *, wait: bool) -> list[Judgement | None]:
    """Judge orders one after the other, each after what those before it change; all rows that they change are locked at once.

    Which rows these are is the rule's to say. Where it answers otherwise under the locks than before them, an order is left,
    or the rows of both sides are locked.

    :param wait: wait for whoever holds a row, and leave none. Of two such in opposite directions the server ends one, and
        it is done anew.
    :returns: for each the judgement; None for one that is left, also because somebody else holds a row of it.
    """
    judgements = _judged(orders, {account_id for each in orders for account_id in _changed_by(each)}, wait=wait)
    if wait and None in judgements:
        return _judged(orders, {ref.account_id for each in orders for ref in _refs(each)}, wait=True)
    return judgements


@transaction_required
def payer_is_held(order: TransferOrder) -> bool:
    """Say whether another transaction holds the account of an order's payer, so that none of the payer's orders can go on."""
    (found,) = find_sides([order])
    if not isinstance(found, Concerned):
        return False
    account_id = found.payer.account_id
    return account_id not in parties.lock_parties([found.payer], lock=[account_id], wait=False).locked


@transaction_required
def foresee(about: Concerned) -> Judgement:
    """Judge an order with nothing locked."""
    return _judge(about, _gathered([about], [], wait=False))


def _judged(orders: Sequence[Concerned], lock: Collection[UUID], *, wait: bool) -> list[Judgement | None]:
    if not orders:
        return []
    gathered = _gathered(orders, lock, wait=wait)
    judgements: list[Judgement | None] = []
    for each in orders:
        judgement = _judge(each, gathered)
        sides = [each.payer, each.payee if isinstance(judgement, Posted) else None]
        changed = [gathered.parties[ref.account_id] for ref in sides if ref]
        if not gathered.locked.issuperset(party.account_id for party in changed):
            judgements.append(None)
            continue
        judgements.append(judgement)
        for party in _after(judgement, changed):
            gathered.parties[party.account_id] = party
    return judgements


def _changed_by(about: Concerned) -> Iterator[UUID]:
    """Give the accounts whose rows an order changes, as the rule foresees it: the payee's where money moves now.

    It is asked with what is known before the locks. Of what may change until then, an own account elsewhere has no row here.
    """
    yield about.payer.account_id
    if about.payee and moves_at_once(_arrival_facts(about, own_elsewhere=False, at=about.at)):
        yield about.payee.account_id


def _arrival_facts(about: Concerned, *, own_elsewhere: bool, at: datetime) -> ArrivalFacts:
    """Return what the rule on arrival looks at.

    What a holder is never changes. Who were one customer before the locks are one under them; who became one since
    are taken for two, which holds the money at a machine.
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
    """Give the accounts that a judgement changes, the payer first, as they are after it."""
    match judgement:
        case Held(facts):
            yield replace(changed[0], held_fen=changed[0].held_fen + facts.amount_fen)
        case Posted(facts):
            for sign, party in zip((-1, 1), changed, strict=False):
                yield replace(party, balance_fen=party.balance_fen + sign * facts.amount_fen)


def _refs(about: Concerned) -> list[PartyRef]:
    """Return both sides at this bank, the payer last."""
    return [about.payee, about.payer] if about.payee else [about.payer]


def _gathered(orders: Sequence[Concerned], lock: Collection[UUID], *, wait: bool) -> LockedParties:
    refs = {ref.account_id: ref for each in orders for ref in _refs(each)}
    return parties.lock_parties(
        refs.values(),
        lock=lock,
        outside=list({named for each in orders if (named := _outside(each.order))}),
        cards={card_id for each in orders if (card_id := each.payer.card_id)},
        wait=wait,
    )


def _judge(about: Concerned, gathered: LockedParties) -> Judgement:
    order, payer, payee = about.order, about.payer, about.payee
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
            arrival=_arrival_facts(about, own_elsewhere=own_elsewhere, at=gathered.at),
        )
    )


def _card_of(payer: PartyRef, gathered: LockedParties) -> CardStatus | None:
    return gathered.cards.get(payer.card_id) if payer.card_id else None


def _outside(order: TransferOrder) -> tuple[str, str] | None:
    return (order.payee_account_number, order.payee_bank_code) if order.payee_bank_code else None
