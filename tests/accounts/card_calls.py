"""API calls of a teller about cards, used by tests of accounts."""

from typing import Any

from django.http import HttpResponse

from accounts.models import Account, Card
from tests.factories import LI
from tests.http import ApiClient

AGENT = {"name": LI.name, "document": LI.document}


def issue(teller: ApiClient, account: Account, product: str = "debit", **more: Any) -> HttpResponse:
    """Issue a card."""
    return teller.post(f"/accounts/{account.id}/cards", {"product": product} | more)


def ask(
    teller: ApiClient, account: Account, product: str = "debit", reason: str = "工资卡和两张贷款还款卡分属不同合同"
) -> HttpResponse:
    """Request a card beyond the limit of four."""
    return teller.post(f"/accounts/{account.id}/card-exceptions", {"product": product, "reason": reason})


def act(teller: ApiClient, card: Card | dict[str, Any], name: str) -> HttpResponse:
    """Call an act of a card by its API name: `report-lost`, `cancel`."""
    card_id = card["id"] if isinstance(card, dict) else card.id
    return teller.post(f"/cards/{card_id}/{name}")
