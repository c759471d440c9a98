"""An agent is a person: cards taken for others are counted over all documents of that person."""

import pytest

from accounts.models import Card
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.factories import LI
from tests.http import code

PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}
PASSPORT_KEY = ("passport", "X1234567", "GBR")
BY_CARD = {"name": LI.name, "document": LI.document}
BY_PASSPORT = {"name": LI.name, "document": PASSPORT}


def take(teller, agent):
    """Let an agent take a card for a new customer."""
    account = factories.account(factories.customer())
    return teller.post(f"/accounts/{account.id}/cards", {"product": "debit", "agent": agent})


def link(teller, supervisor, customer):
    asked = teller.post(f"/customers/{customer.id}/documents", {"document": PASSPORT}).json()
    assert supervisor.approve(asked["approval_id"]).status_code == 200


def taken(key: bytes, slot: int, **more) -> Card:
    """Write a card that an agent took, without the operations."""
    return factories.card(factories.account(factories.customer()), agent_key=key, agent_slot=slot, **more)


@pytest.fixture
def passport() -> bytes:
    return factories.key_of(*PASSPORT_KEY)


@pytest.fixture
def both(li, passport) -> bytes:
    """李四 as a customer with a resident ID and a linked passport; return the passport's key."""
    factories.document(li, *PASSPORT_KEY)
    return passport


@pytest.mark.parametrize("first", [BY_CARD, BY_PASSPORT], ids=["resident-id", "passport"])
def test_three_cards_are_the_limit_for_any_document_of_the_agent(teller, both, first):
    second = BY_PASSPORT if first is BY_CARD else BY_CARD
    assert [take(teller, each).status_code for each in (first, second, first)] == [201] * 3
    for each in (first, second):
        answer = take(teller, each)
        assert code(answer) == (422, "AGENT_CARD_LIMIT")
        assert answer.json()["fields"] == {"count": 3, "limit": 3}
    assert sorted(Card.objects.values_list("agent_slot", flat=True)) == [1, 2, 3]
    assert Decision.objects.filter(kind="issue_card", outcome="refused").count() == 2


def test_two_unlinked_documents_count_as_two_agents(teller, li):
    assert [take(teller, each).status_code for each in [BY_CARD] * 3 + [BY_PASSPORT] * 3] == [201] * 6


def test_linking_two_documents_joins_their_counts_and_keeps_the_excess(teller, supervisor, li):
    cards = [take(teller, each).json() for each in [BY_CARD] * 3 + [BY_PASSPORT] * 2]
    link(teller, supervisor, li)
    assert Card.objects.exclude(status="cancelled").count() == 5
    for each in (BY_CARD, BY_PASSPORT):
        answer = take(teller, each)
        assert (code(answer), answer.json()["fields"]["count"]) == ((422, "AGENT_CARD_LIMIT"), 5)
    assert teller.post(f"/cards/{cards[0]['id']}/activate").status_code == 200, "what is there works on"
    for card in cards[:2]:
        teller.post(f"/cards/{card['id']}/cancel")
    assert code(take(teller, BY_PASSPORT)) == (422, "AGENT_CARD_LIMIT")
    teller.post(f"/cards/{cards[3]['id']}/cancel")
    assert take(teller, BY_PASSPORT).status_code == 201


@pytest.mark.parametrize("path", ["cards", "open"])
def test_holder_with_another_document_is_no_agent(teller, li, both, path):
    account = factories.account(li)
    if path == "cards":
        answer = teller.post(f"/accounts/{account.id}/cards", {"product": "debit", "agent": BY_PASSPORT})
    else:
        body = {"customer_id": str(li.id), "kind": "bank", "account_class": "I", "agent": BY_PASSPORT}
        answer = teller.post("/accounts", body)
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["agent"])


class TestDatabaseGuards:
    def test_refuses_a_fourth_card_under_either_document(self, both):
        for key, slot in ((LI.identity_key, 1), (LI.identity_key, 2), (both, 1)):
            taken(key, slot)
        for key, slot in ((LI.identity_key, 3), (both, 2), (both, 3)):
            with refused_by("card_agent_three_per_person"):
                taken(key, slot)

    def test_cards_count_unless_cancelled(self, both):
        for key, slot in ((LI.identity_key, 1), (LI.identity_key, 2), (both, 1)):
            taken(key, slot)
        Card.objects.filter(agent_key=both).update(status="cancelled", cancelled_at=NOON)
        taken(both, 1)
        with refused_by("card_agent_three_per_person"):
            taken(both, 2)

    def test_excess_joined_by_a_link_is_permitted(self, li, passport):
        for slot in (1, 2, 3):
            taken(LI.identity_key, slot)
            taken(passport, slot)
        factories.document(li, *PASSPORT_KEY)
        Card.objects.filter(agent_slot=3).update(status="cancelled", cancelled_at=NOON)
        with refused_by("card_agent_three_per_person"):
            taken(passport, 3)
