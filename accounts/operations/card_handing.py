"""The card beyond four that a second person approved is handed out at the counter (发卡): its number is shown once.

The card is issued with the approval, by whoever checks and has no customer before them. Whoever asked for it sees the
number, and hands the card over.
"""

from uuid import UUID

from accounts.models import Card, CardException
from accounts.operations.card_exceptions import KIND
from accounts.queries.cards import as_it_stands
from accounts.refusals.opening import CardNotToHandOut
from accounts.vocabulary import CardStatus, DecisionKind, RequestStatus, Rule
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.models import Approval, ApprovalStatus
from config.kernel.trail.decisions import deciding


@transaction_required
def hand_out_card(*, principal: Caller, exception_id: UUID) -> Card:
    """Return the card whose number its maker sees now, and never again (发卡).

    :param exception_id: of an exception that the caller asked for.
    :raises NotFound: for one that the caller did not ask for, or that is not in force.
    :raises CardNotToHandOut: when it was handed out, or is no longer the card that was issued.
    """
    exception = CardException.objects.select_for_update(no_key=True, of=("self",)).filter(pk=exception_id).first()
    asked = Approval.objects.filter(
        kind=KIND.name, object_id=exception_id, status=ApprovalStatus.APPROVED, made_by_id=principal.id
    )
    if exception is None or exception.status != RequestStatus.IN_FORCE or not asked.exists():
        raise NotFound
    card = exception.cards.select_related("account").order_by("issued_at", "pk").first()
    if card is None:
        raise NotFound
    with deciding(
        DecisionKind.HAND_OUT_CARD,
        principal=principal,
        rule=Rule.CARD_STATE,
        object_id=exception_id,
        customer_id=card.customer_id,
        account_id=card.account_id,
    ) as decision:
        decision.at = bank_now()
        decision.facts = {"card_id": str(card.id), "product": str(card.product)}
        if exception.handed_out_at is not None or as_it_stands(card, decision.at).status != CardStatus.ACTIVE:
            raise CardNotToHandOut
        _handed_out(exception_id, principal)
    return card


@transaction_required
def handed_out_with_answer(exception_id: UUID, *, principal: Caller) -> None:
    """Keep that a card's number stood in the answer that approved it, as the API gives it: no page shows it again."""
    _handed_out(exception_id, principal)


def _handed_out(exception_id: UUID, principal: Caller) -> None:
    found = CardException.objects.filter(pk=exception_id, handed_out_at=None)
    found.update(handed_out_at=bank_now(), handed_out_by_id=principal.id)
