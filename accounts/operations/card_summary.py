"""A card as answers show it."""

from typing import Any

from accounts.models import Card
from accounts.vocabulary import CardStatus
from config.kernel.identity.masking import mask_card
from config.kernel.law.dates import rfc3339


def card_summary(card: Card, *, whole: bool = False) -> dict[str, Any]:
    """Return a card as the contract shows it; until when it is lost only where that was reported by word.

    :param card: as it stands now.
    :param whole: only in the answer that issues it; everywhere else the number is masked.
    """
    return {
        "id": str(card.id),
        "card_number": card.number if whole else mask_card(card.number),
        "product": card.product,
        "status": card.status,
        "account_id": str(card.account_id),
        **({"lost_until": rfc3339(card.lost_until)} if card.status == CardStatus.LOST and card.lost_until else {}),
    }
