"""A customer's cards that are not cancelled, masked: what whoever decides about the customer is shown (在用银行卡)."""

from dataclasses import dataclass
from uuid import UUID

from accounts.models import Card
from accounts.queries.losses import as_they_stand
from accounts.vocabulary import CardProduct, CardStatus
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_card

#: So many are told at most; a customer has four that count, and few besides.
MOST = 12


@dataclass(frozen=True, slots=True)
class LiveCard:
    """One card.

    :ivar counts: whether it holds one of the four places.
    """

    account_id: UUID
    number: str
    product: str
    status: str
    counts: bool


def live_cards(customer_id: UUID) -> list[LiveCard]:
    """Return them, the oldest first, in two queries."""
    found = Card.objects.filter(customer_id=customer_id).exclude(status=CardStatus.CANCELLED)
    return [
        LiveCard(
            each.account_id,
            mask_card(each.number),
            CardProduct.word(each.product),
            CardStatus.word(each.status),
            each.slot is not None,
        )
        for each in as_they_stand(found.order_by("issued_at", "pk")[:MOST], bank_now())
    ]
