"""Issue, activate, replace and cancel cards (发卡、激活、补（换）卡、销卡); report a card lost and reinstate it (挂失、解挂)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import Card, CardException, LossReport
from accounts.operations.holders import Agent, lock_account
from accounts.operations.numbers import new_card_number
from accounts.policy.cards import (
    TRANSITIONS,
    CardAct,
    check_activation,
    check_card_state,
    check_loss_report,
    loss_report_end,
    status_when_found,
)
from accounts.policy.closing import check_account_business
from accounts.policy.facts import PartyFacts
from accounts.policy.opening import AGENT_CARDS_MAX, DEBIT_CARDS_MAX, check_issue_card, free_slot
from accounts.queries.cards import card_at
from accounts.queries.opening import Opening
from accounts.vocabulary import (
    AgentRelation,
    CardProduct,
    CardStatus,
    DecisionKind,
    Rule,
)
from accounts.vocabulary.losses import ApplicantIdentification, LossKind
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import Unreadable
from config.kernel.law.dates import rfc3339
from config.kernel.law.refusals import NotFound
from config.kernel.requests import special_measures
from config.kernel.trail.decisions import deciding
from config.kernel.vault.masked import masked


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
    :param proof: the holder's entitlement to a card of this product; kept sealed, it may hold personal data.
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
        decision.facts = opening.record() | {"product": product.value, "class": party.account_class.value}
        holder.confirm_checked()
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
    """Write a card that the rules allow; a debit card takes the smallest free slot of four.

    :param party: the account the card is on, its row locked.
    :param opening: the facts about its holder, under the lock.
    :param at: the instant after the locks.
    :param agent: the agent who takes the card, which is then to be activated; None makes it active at once.
    :param exception: the approval of a card beyond four.
    :param proof: the holder's entitlement to a card of this product.
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
    """Activate a card that an agent took (激活): its holder is at the counter.

    :raises NotFound: for an unknown card.
    :raises CardState: it is not `issued`.
    :raises DebitCardLimit: while more than four count.
    :raises Ruled: what `check_account_business` refuses.
    :source: 银监发〔2015〕48号, from 2016-01-01.
    """
    with deciding(
        DecisionKind.ACTIVATE_CARD, principal=principal, rule=Rule.ACTIVATE_CARD, object_id=card_id
    ) as decision:
        card, party, opening, at = _lock_card(card_id)
        _note_card(decision, party, card, at)
        decision.facts["debit_cards"] = opening.facts.debit_cards
        check_card_state(CardAct.ACTIVATE, CardStatus(card.status))
        check_activation(CardProduct(card.product), opening.facts.debit_cards)
        check_account_business(party)
        return _change_status(card, CardAct.ACTIVATE, activated_at=at)


@transaction_required
def cancel_card(*, principal: Caller, card_id: UUID) -> Card:
    """Cancel a card (销卡): its slot is free from then on.

    :raises NotFound: for an unknown card.
    :raises CardState: it is cancelled already.
    """
    with deciding(DecisionKind.CANCEL_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, _, at = _lock_card(card_id)
        _note_card(decision, party, card, at)
        check_card_state(CardAct.CANCEL, CardStatus(card.status))
        return _change_status(card, CardAct.CANCEL, cancelled_at=at)


@transaction_required
def replace_card(*, principal: Caller, card_id: UUID) -> Card:
    """Replace a card (补（换）卡): the old one is cancelled, the new one takes its slot and is active.

    Nothing is opened, so neither the bar on opening nor the limit of four applies: the new card takes over product,
    proof, slot, exception, import batch, breach and merge. Its holder fetches it in person, so it counts for no agent
    any more. If the old card was never activated, the replacement is also its activation.

    :raises NotFound: for an unknown card.
    :raises CardState: it is cancelled.
    :raises DebitCardLimit: it was never activated, and more than four count.
    :raises Ruled: what `check_account_business` refuses.
    :source: 银监发〔2015〕48号; 通告第五条 forbids new openings only.
    """
    with deciding(DecisionKind.REPLACE_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, opening, at = _lock_card(card_id)
        _note_card(decision, party, card, at)
        special_measures.confirm(party.name_index)
        check_card_state(CardAct.REPLACE, CardStatus(card.status))
        if card.activated_at is None:
            check_activation(CardProduct(card.product), opening.facts.debit_cards)
        check_account_business(party)
        # Cancel the old card first: the index allows one card per slot.
        _change_status(card, CardAct.REPLACE, cancelled_at=at)
        number, index = new_card_number()
        replacement = Card(
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
            replacement.proof = card.proof
        replacement.save(force_insert=True)
        return replacement


@transaction_required
def _lock_card(card_id: UUID, agent: Agent | None = None) -> tuple[Card, PartyFacts, Opening, datetime]:
    """Lock a card's holder and account; return the card as it is at the instant after the locks.

    :param agent: who acts for the holder; None without one.
    :raises NotFound: for an unknown card.
    :raises BadRequest: when the agent is the holder, or a guardian cannot be one.
    """
    account_id = Card.objects.filter(pk=card_id).values_list("account_id", flat=True).first()
    if account_id is None:
        raise NotFound
    holder, party, at = lock_account(account_id, agent)
    holder.check_guardian(at)
    return card_at(Card.objects.get(pk=card_id), at), party, holder.opening(at), at


def _change_status(card: Card, act: CardAct, *, to: CardStatus | None = None, **more: Any) -> Card:
    """Write the effect of an act on a card whose status allows it.

    :param to: the new status, if it differs from the act's usual one.
    """
    allowed, usual = TRANSITIONS[act]
    status = to or usual
    # The stored status may still be `lost` although a report by word has lapsed.
    changed = Card.objects.filter(pk=card.pk, status__in={*allowed, CardStatus.LOST}).update(status=status, **more)
    if changed != 1:
        raise RuntimeError("a card changed under its holder's lock")
    # A trigger clears `lost_until` in the database, too.
    card.status, card.lost_until = status, None
    return card


def _note_card(decision: Any, party: PartyFacts, card: Card, at: datetime) -> None:
    """Record with a decision which card it is about, and the card's status."""
    decision.at, decision.customer_id, decision.account_id = at, party.customer_id, party.account_id
    decision.facts = {"product": card.product, "card_status": card.status}


def _slot(opening: Opening, product: CardProduct) -> int | None:
    return free_slot(opening.card_slots, DEBIT_CARDS_MAX) if product.counts else None


def card_summary(card: Card, *, whole: bool = False) -> dict[str, Any]:
    """Return a card as the contract defines it; `lost_until` only for a report by word.

    :param card: with its present status.
    :param whole: only in the answer that issues it; everywhere else the number is masked.
    """
    return {
        "id": str(card.id),
        "card_number": card.number if whole else masked(card, "number"),
        "product": card.product,
        "status": card.status,
        "account_id": str(card.account_id),
        **({"lost_until": rfc3339(card.lost_until)} if card.status == CardStatus.LOST and card.lost_until else {}),
    }


@transaction_required
def report_card_lost(
    *, principal: Caller, card_id: UUID, identified: ApplicantIdentification | None = None, agent: Agent | None = None
) -> Card:
    """Report a card lost (挂失). It protects the holder, so no restriction prevents it; the card still counts.

    By telephone, or without a document, it holds for some days (口头挂失); otherwise until the card is found, replaced or
    cancelled (正式挂失).

    :param identified: how the applicant was identified; None where it was not stated: the report is formal.
    :param agent: who acts for the holder; given exactly where `identified` is `BY_AGENT`.
    :returns: the card, `lost_until` the end of a report by word.
    :raises NotFound: for an unknown card.
    :raises CardState: it is reported formally already or cancelled, or was stopped without having been lost by word
        before.
    :raises LossReported: a second report by word while the first is in effect.
    :raises BadRequest: when the agent is the holder, or a guardian cannot be one.
    """
    if (identified is ApplicantIdentification.BY_AGENT) != (agent is not None):
        raise ValueError("an agent acts where the applicant is one")
    kind = identified.loss_kind if identified else LossKind.FORMAL
    with deciding(
        DecisionKind.REPORT_CARD_LOST, principal=principal, rule=Rule.CARD_STATE, object_id=card_id
    ) as decision:
        card, party, _, at = _lock_card(card_id, agent)
        _note_card(decision, party, card, at)
        decision.facts["loss_kind"] = kind.value
        check_loss_report(kind, CardStatus(card.status), card.lost_until)
        until = loss_report_end(kind, at, settings.LOSS_BY_WORD_DAYS)
        if identified is not None:
            decision.facts["identified"] = identified.value
        if until is not None:
            decision.facts["until"] = rfc3339(until)
        report = LossReport(
            id=new_id(), card=card, kind=kind, at=at, lapses_at=until, identified=identified, principal_id=principal.id
        )
        if agent is not None:
            report.agent_key, report.agent_name, report.agent_relation = agent.key, agent.name, agent.relation
        # A trigger marks the card as lost. A card that the clean-up stopped stays stopped, and is lost once that is undone.
        report.save(force_insert=True)
        if card.status != CardStatus.STOPPED:
            card.status = CardStatus.LOST
        card.lost_until = until
        return card


@transaction_required
def reinstate_card(*, principal: Caller, card_id: UUID) -> Card:
    """Reinstate a card that was reported lost (解挂): its holder came with it and was identified in person.

    It has the status from before the report. A replaced or cancelled card is never reinstated.

    :raises NotFound: for an unknown card.
    :raises CardState: it is not lost.
    :raises Ruled: what `check_account_business` refuses.
    :source: house rule: the report protects the holder, so only the holder can end it.
    """
    with deciding(DecisionKind.FIND_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, _, at = _lock_card(card_id)
        _note_card(decision, party, card, at)
        check_card_state(CardAct.FOUND, CardStatus(card.status))
        check_account_business(party)
        to = status_when_found(activated=card.activated_at is not None)
        decision.facts |= {"to": to.value, "identified": ApplicantIdentification.IN_PERSON.value}
        return _change_status(card, CardAct.FOUND, to=to)
