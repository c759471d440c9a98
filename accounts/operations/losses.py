"""Report a card lost, by word or formally, and bring it back once it was found (挂失、解挂)."""

from uuid import UUID

from django.conf import settings

from accounts.models import Card, LossReport
from accounts.operations.cards import lock_card, move_card, note_card
from accounts.operations.holders import Agent
from accounts.policy.cards import CardAct, check_card_state, check_loss_report, found_again, lapse_of
from accounts.policy.closing import check_account_business
from accounts.vocabulary import CardStatus, DecisionKind, Rule
from accounts.vocabulary.losses import Identified, LossKind
from config.kernel.access.keys import Caller
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.trail.decisions import deciding


@transaction_required
def report_card_lost(
    *, principal: Caller, card_id: UUID, identified: Identified | None = None, agent: Agent | None = None
) -> Card:
    """Report a card lost (挂失): it protects the holder, so no restriction hinders it; it still counts.

    By telephone, or without a document, it holds for some days (口头挂失); otherwise until the card is found, replaced or
    cancelled (正式挂失).

    :param identified: how the applicant was identified; None where that was not told, which is a formal report.
    :param agent: who acts for the holder; there is one where, and only where, the applicant is an agent.
    :returns: the card, `lost_until` the end of a report by word.
    :raises NotFound: for an unknown card.
    :raises CardState: it is reported formally already or cancelled, or was stopped without having been lost by word before.
    :raises LossReported: by word once more while such a report holds.
    :raises BadRequest: when the agent is the holder, or a guardian cannot be one.
    """
    if (identified is Identified.BY_AGENT) != (agent is not None):
        raise ValueError("an agent acts where the applicant is one")
    kind = identified.loss_kind if identified else LossKind.FORMAL
    with deciding(
        DecisionKind.REPORT_CARD_LOST, principal=principal, rule=Rule.CARD_STATE, object_id=card_id
    ) as decision:
        card, party, _, at = lock_card(card_id, agent)
        note_card(decision, party, card, at)
        decision.facts["loss_kind"] = kind.value
        check_loss_report(kind, CardStatus(card.status), card.lost_until)
        until = lapse_of(kind, at, settings.LOSS_BY_WORD_DAYS)
        if identified is not None:
            decision.facts["identified"] = identified.value
        if until is not None:
            decision.facts["until"] = rfc3339(until)
        report = LossReport(
            id=new_id(), card=card, kind=kind, at=at, lapses_at=until, identified=identified, principal_id=principal.id
        )
        if agent is not None:
            report.agent_key, report.agent_name, report.agent_relation = agent.key, agent.name, agent.relation
        # The report stops its card, by a trigger; one that the clean-up stopped stays so, and is lost where it comes back.
        report.save(force_insert=True)
        if card.status != CardStatus.STOPPED:
            card.status = CardStatus.LOST
        card.lost_until = until
        return card


@transaction_required
def find_card_again(*, principal: Caller, card_id: UUID) -> Card:
    """Let a card that was reported lost be used again (解挂): its holder came with it and was identified in person.

    It is what it was before; a replaced or cancelled one never comes back.

    :raises NotFound: for an unknown card.
    :raises CardState: it is not lost.
    :raises Ruled: what `check_account_business` refuses.
    :source: house rule: the report protected the holder, and only the holder takes the protection away.
    """
    with deciding(DecisionKind.FIND_CARD, principal=principal, rule=Rule.CARD_STATE, object_id=card_id) as decision:
        card, party, _, at = lock_card(card_id)
        note_card(decision, party, card, at)
        check_card_state(CardAct.FOUND, CardStatus(card.status))
        check_account_business(party)
        to = found_again(activated=card.activated_at is not None)
        decision.facts |= {"to": to.value, "identified": Identified.IN_PERSON.value}
        return move_card(card, CardAct.FOUND, to=to)
