"""Issue, activate, replace and cancel cards (发卡、激活、补（换）卡、销卡)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Card, CardException
from accounts.operations.holders import Agent, lock_account
from accounts.operations.numbers import new_card_number
from accounts.policy.cards import MOVES, CardAct, check_activation, check_card_state
from accounts.policy.closing import check_account_business
from accounts.policy.facts import PartyFacts
from accounts.policy.opening import AGENT_CARDS_MAX, DEBIT_CARDS_MAX, check_issue_card, free_slot
from accounts.queries.cards import as_it_stands
from accounts.queries.opening import Opening
from accounts.vocabulary import (
    AgentRelation,
    CardProduct,
    CardStatus,
    DecisionKind,
    Rule,
)
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.unreadable import Unreadable
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding


@transaction_required
def issue_card(
    *,
    principal: Caller,
    account_id: UUID,
    product: CardProduct,
    agent: Agent | None = None,
    proof: str | None = None,
) -> Card:
    """Issue a card on an account (发卡): active when the holder is present, issued when an agent takes it.

    :param agent: who takes the card for the holder; None when the holder is present.
    :param proof: by what the holder can have a card of this product; kept sealed, it may hold personal data.
    :returns: the card, its number whole: the only time it is shown.
    :raises NotFound: for an unknown account.
    :raises BadRequest: when the agent is the holder, or a guardian cannot be one.
    :raises Ruled: what `check_issue_card` and `check_account_business` refuse.
    :source: 银监发〔2015〕48号, from 2016-01-01; 通告第五条.
    """
    with deciding(
        DecisionKind.ISSUE_CARD, principal=principal, rule=Rule.ISSUE_CARD, account_id=account_id
    ) as decision:
        holder, party, at = lock_account(account_id, agent, opens=True)
        holder.check_guardian(at)
        opening = holder.opening(at)
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = opening.seen() | {"product": product.value, "class": party.account_class.value}
        check_issue_card(opening.facts, party.kind, party.account_class, product)
        check_account_business(party)
        card = new_card(party, opening, product, at=at, agent=agent, proof=proof)
        decision.object_id = card.id
        return card


def new_card(
    party: PartyFacts,
    opening: Opening,
    product: CardProduct,
    *,
    at: datetime,
    agent: Agent | None = None,
    exception: CardException | None = None,
    proof: str | None = None,
) -> Card:
    """Write a card that the rules allow; a debit card takes the smallest free place of four.

    :param party: the account the card is on, its row locked.
    :param opening: the facts about its holder, under the lock.
    :param at: the instant after the locks.
    :param agent: who takes the card; it is issued then, else active.
    :param exception: the approval of a card beyond four; it takes no place.
    :param proof: by what the holder can have a card of this product.
    :returns: the card, written.
    """
    number, index = new_card_number()
    card = Card(
        id=new_id(),
        account_id=party.account_id,
        customer_id=party.customer_id,
        product=product,
        status=CardStatus.ISSUED if agent else CardStatus.ACTIVE,
        number=number,
        number_index=index,
        slot=_slot(opening, product),
        exception=exception,
        issued_at=at,
        activated_at=None if agent else at,
    )
    card.proof = proof
    if agent is not None:
        card.agent_key, card.agent_name, card.agent_relation = agent.key, agent.name, agent.relation
        if agent.relation is AgentRelation.AGENT:
            card.agent_slot = free_slot(opening.agent_slots, AGENT_CARDS_MAX)
    card.save(force_insert=True)
    return card


@transaction_required
def activate_card(*, principal: Caller, card_id: UUID) -> Card:
    """Activate a card an agent took (激活): its holder stands at the counter.

    :raises NotFound: for an unknown card.
    :raises CardState: it is not `issued`.
    :raises DebitCardLimit: while more than four count.
    :raises Ruled: what `check_account_business` refuses.
    :source: 银监发〔2015〕48号, from 2016-01-01.
    """
    with deciding(
        DecisionKind.ACTIVATE_CARD, principal=principal, rule=Rule.ACTIVATE_CARD, object_id=card_id
    ) as decision:
        card, party, opening, at = lock_card(card_id)
        note_card(decision, party, card, at)
        decision.facts["debit_cards"] = opening.facts.debit_cards
        check_card_state(CardAct.ACTIVATE, CardStatus(card.status))
        check_activation(CardProduct(card.product), opening.facts.debit_cards)
        check_account_business(party)
        return move_card(card, CardAct.ACTIVATE, activated_at=at)


@transaction_required
def cancel_card(*, principal: Caller, card_id: UUID) -> Card:
    """Cancel a card (销卡): its place among the four is free from then on.

    :raises NotFound: for an unknown card.
    :raises CardState: it is cancelled already.
    """
    with deciding(DecisionKind.CANCEL_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, _, at = lock_card(card_id)
        note_card(decision, party, card, at)
        check_card_state(CardAct.CANCEL, CardStatus(card.status))
        return move_card(card, CardAct.CANCEL, cancelled_at=at)


@transaction_required
def replace_card(*, principal: Caller, card_id: UUID) -> Card:
    """Replace a card (补（换）卡): the old one is cancelled, the new one takes its place, active.

    Nothing is opened, so neither the bar on opening nor the limit of four applies: product, proof, place,
    exception, stock batch, breach and merge go over to the new card. Its holder fetches it in person, so it is no
    agent's card any more. In the place of a card that was never activated the new one is its activation.

    :raises NotFound: for an unknown card.
    :raises CardState: it is cancelled.
    :raises DebitCardLimit: it was never activated, and more than four count.
    :raises Ruled: what `check_account_business` refuses.
    :source: 银监发〔2015〕48号; 通告第五条 forbids new openings only.
    """
    with deciding(DecisionKind.REPLACE_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, opening, at = lock_card(card_id)
        note_card(decision, party, card, at)
        check_card_state(CardAct.REPLACE, CardStatus(card.status))
        if card.activated_at is None:
            check_activation(CardProduct(card.product), opening.facts.debit_cards)
        check_account_business(party)
        # The old card leaves its place before the new one takes it: the index allows one at a time.
        move_card(card, CardAct.REPLACE, cancelled_at=at)
        number, index = new_card_number()
        fresh = Card(
            id=new_id(),
            account_id=card.account_id,
            customer_id=card.customer_id,
            product=card.product,
            status=CardStatus.ACTIVE,
            number=number,
            number_index=index,
            slot=card.slot,
            exception_id=card.exception_id,
            import_batch_id=card.import_batch_id,
            breach_id=card.breach_id,
            merge_id=card.merge_id,
            replaces=card,
            issued_at=at,
            activated_at=at,
        )
        if not isinstance(card.proof, Unreadable):
            fresh.proof = card.proof
        fresh.save(force_insert=True)
        return fresh


@transaction_required
def lock_card(card_id: UUID, agent: Agent | None = None) -> tuple[Card, PartyFacts, Opening, datetime]:
    """Lock a card's holder and account, and return it as it stands at the instant after the locks.

    :param agent: who acts for the holder; None when nobody does.
    :raises NotFound: for an unknown card.
    :raises BadRequest: when the agent is the holder, or a guardian cannot be one.
    """
    account_id = Card.objects.filter(pk=card_id).values_list("account_id", flat=True).first()
    if account_id is None:
        raise NotFound
    holder, party, at = lock_account(account_id, agent)
    holder.check_guardian(at)
    return as_it_stands(Card.objects.get(pk=card_id), at), party, holder.opening(at), at


def move_card(card: Card, act: CardAct, *, to: CardStatus | None = None, **more: Any) -> Card:
    """Write what an act makes of a card whose status allows it.

    :param to: where that is not what the act leads to by itself.
    """
    leads_to = to or MOVES[act][1]
    # What was written may be older: a report by word that is over has left the card lost.
    starts = {*MOVES[act][0], CardStatus.LOST}
    changed = Card.objects.filter(pk=card.pk, status__in=starts).update(status=leads_to, **more)
    if changed != 1:
        raise RuntimeError("a card changed under its holder's lock")
    # None of what an act leads to is lost until an instant; in the database a trigger says so.
    card.status, card.lost_until = leads_to, None
    return card


def note_card(decision: Any, party: PartyFacts, card: Card, at: datetime) -> None:
    """Keep with a decision which card it is about, and how that stands."""
    decision.at, decision.customer_id, decision.account_id = at, party.customer_id, party.account_id
    decision.facts = {"product": card.product, "card_status": card.status}


def _slot(opening: Opening, product: CardProduct) -> int | None:
    return free_slot(opening.card_slots, DEBIT_CARDS_MAX) if product.counts else None
