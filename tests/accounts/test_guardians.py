"""Children under sixteen over the API: with a guardian, who does not count as an agent."""

from datetime import timedelta

import pytest

from accounts.models import Account, Card, Customer
from config.kernel.models import Decision
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories, listings
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.factories import LI, Person, citizen_number
from tests.http import code

#: The bank's day is 2026-01-05.
CHILD = Person("小明", citizen_number(birth="20150105"), "household_register")
GUARDIAN = {"name": LI.name, "document": LI.document, "relation": "guardian"}
AGENT = {"name": LI.name, "document": LI.document, "relation": "agent"}


@pytest.fixture
def child(teller, noon) -> str:
    answer = teller.post("/customers", CHILD.body)
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def born(birth: str, sequence: int = 7) -> Person:
    return Person("小红", citizen_number(birth=birth, sequence=sequence), "household_register")


def opening(teller, customer_id, **more):
    return teller.post("/accounts", {"customer_id": customer_id, "kind": "bank", "account_class": "I"} | more)


def issuing(teller, account_id, product="debit", **more):
    return teller.post(f"/accounts/{account_id}/cards", {"product": product} | more)


def opened(teller, customer_id) -> str:
    answer = opening(teller, customer_id, agent=GUARDIAN)
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


@pytest.mark.parametrize("more", [{}, {"agent": AGENT}, {"agent": {"name": LI.name, "document": LI.document}}])
def test_a_child_opens_nothing_without_a_guardian(teller, child, more):
    answer = opening(teller, child, **more)
    assert (code(answer), answer.json()["clause"]) == ((422, "GUARDIAN_REQUIRED"), None)
    assert "监护人" in answer.json()["detail"]
    account_id = opened(teller, child)
    for product in ("debit", "social_security"):
        assert code(issuing(teller, account_id, product, **more)) == (422, "GUARDIAN_REQUIRED")
    asked = teller.post(f"/accounts/{account_id}/card-exceptions", {"product": "debit", "reason": "x"})
    assert code(asked) == (422, "GUARDIAN_REQUIRED")


def test_a_guardian_opens_and_the_card_waits_for_its_holder(teller, child):
    account_id = opened(teller, child)
    card = issuing(teller, account_id, agent=GUARDIAN).json()
    assert card["status"] == "issued"
    account, kept = Account.objects.get(), Card.objects.get()
    assert (account.agent_relation, account.agent_name, bytes(account.agent_key)) == (
        "guardian", LI.name, LI.identity_key,
    )  # fmt: skip
    assert (kept.agent_relation, kept.agent_slot, bytes(kept.agent_key)) == ("guardian", None, LI.identity_key)
    assert teller.post(f"/cards/{card['id']}/activate").status_code == 200
    assert teller.post(f"/cards/{card['id']}/replace").status_code == 201, "a replacement needs no guardian"


def test_the_decision_keeps_age_class_and_relation_and_no_birth_date(teller, child):
    account_id = opened(teller, child)
    issuing(teller, account_id, agent=GUARDIAN)
    issuing(teller, account_id, agent=AGENT)
    kept = Decision.objects.filter(kind__in=["open_account", "issue_card"]).order_by("id")
    assert [(each.facts["age_class"], each.facts["agent_relation"], each.facts["agent_cards"]) for each in kept] == [
        ("under_16", "guardian", None), ("under_16", "guardian", None), ("under_16", "agent", 0),
    ]  # fmt: skip
    assert not [each for each in Decision.objects.all() if "2015" in str(each.facts)]


def test_a_guardians_cards_count_for_no_agent(teller, child, zhang, wang, noon):
    """A parent of five takes a card for each child, and three more for others."""
    for number in range(5):
        person = born("20160601", sequence=number + 20)
        account_id = opened(teller, teller.post("/customers", person.body).json()["id"])
        assert issuing(teller, account_id, agent=GUARDIAN).status_code == 201
    others = [factories.account(each) for each in (zhang, wang, factories.customer(), factories.customer())]
    answers = [issuing(teller, account.id, agent=AGENT) for account in others]
    assert [answer.status_code for answer in answers] == [201] * 3 + [422]
    assert answers[3].json()["fields"] == {"count": 3, "limit": 3}


@pytest.mark.parametrize(
    ("birth", "with_guardian", "alone"),
    [("20100105", 400, 201), ("20100106", 201, 422)],
    ids=["sixteen-today", "sixteen-tomorrow"],
)
def test_the_birthday_is_that_of_the_banks_day(teller, noon, birth, with_guardian, alone):
    customer_id = teller.post("/customers", born(birth).body).json()["id"]
    assert opening(teller, customer_id).status_code == alone
    answer = opening(teller, customer_id, agent=GUARDIAN, account_class="II")
    assert answer.status_code == with_guardian
    if with_guardian == 400:
        assert list(answer.json()["fields"]) == ["agent.relation"]
        return
    noon.advance(days=1)
    assert opening(teller, customer_id).status_code == 201
    assert opening(teller, customer_id, agent=GUARDIAN, account_class="III").status_code == 400


@pytest.mark.parametrize("who", ["zhang", "organization", "passport"])
def test_guardian_of_an_adult_or_an_organization_is_refused(teller, request, who):
    """An adult, an organization, and a customer without a recorded birth date are refused."""
    if who == "passport":
        holder = factories.customer(Person("SMITH", "X7654321", "military_id"))
    else:
        holder = request.getfixturevalue(who)
    account_class = "none" if who == "organization" else "I"
    account = factories.account(holder)
    for answer in (
        opening(teller, str(holder.id), account_class=account_class, agent=GUARDIAN),
        issuing(teller, account.id, agent=GUARDIAN),
    ):
        assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["agent.relation"])
    assert opening(teller, str(holder.id), account_class=account_class).status_code == 201


def test_stated_birth_date_counts_like_that_of_a_citizen_number(teller):
    body = {
        "kind": "individual", "name": "SMITH", "birth_date": "2014-05-06",
        "document": {"type": "passport", "number": "X7654321", "country": "GBR"},
    }  # fmt: skip
    customer_id = teller.post("/customers", body).json()["id"]
    assert code(opening(teller, customer_id)) == (422, "GUARDIAN_REQUIRED")
    assert opening(teller, customer_id, agent=GUARDIAN).status_code == 201


def test_document_linked_later_gives_the_birth_date(teller, supervisor):
    military = factories.customer(Person("小明", "X1234567", "military_id"))
    factories.document(military, CHILD.type, CHILD.number)
    assert code(opening(teller, str(military.id))) == (422, "GUARDIAN_REQUIRED")
    answers = teller.get(f"/customers/{military.id}/eligibility").json()
    assert {verdict["code"] for verdict in answers.values()} == {"GUARDIAN_REQUIRED"}


@pytest.mark.parametrize(
    ("birth", "status"), [("20080106", 400), ("20080105", 201)], ids=["eighteen-tomorrow", "eighteen-today"]
)
def test_a_guardian_known_to_be_under_eighteen_is_none(teller, child, birth, status):
    young = {"type": "resident_id", "number": citizen_number(birth=birth, sequence=33)}
    answer = opening(teller, child, agent=GUARDIAN | {"document": young})
    assert answer.status_code == status
    if status == 400:
        assert list(answer.json()["fields"]) == ["agent.document"]


def test_a_guardians_age_is_that_of_the_customer_too(teller, child):
    passport = {"type": "passport", "number": "X7654321", "country": "GBR"}
    body = {"kind": "individual", "name": "SMITH", "birth_date": "2009-05-06", "document": passport}
    assert teller.post("/customers", body).status_code == 201
    answer = opening(teller, child, agent={"name": "SMITH", "document": passport, "relation": "guardian"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["agent.document"])


def test_the_child_is_no_guardian_of_its_own(teller, child):
    answer = opening(teller, child, agent={"name": CHILD.name, "document": CHILD.document, "relation": "guardian"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["agent"])


@pytest.mark.parametrize("relation", ["parent", "", None, 1])
def test_an_unknown_relation_is_malformed(teller, child, relation):
    answer = opening(teller, child, agent=AGENT | {"relation": relation})
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["agent.relation"])


def test_a_listed_child_is_refused_for_the_bar_once_the_guardian_is_there(teller, child):
    listings.certify(CHILD)
    assert code(opening(teller, child)) == (422, "GUARDIAN_REQUIRED")
    assert code(opening(teller, child, agent=GUARDIAN)) == (422, "OPENING_BARRED")


def test_earlier_account_of_a_child_is_unchanged(teller, child):
    customer = Customer.objects.get(pk=child)
    account = factories.account(customer, "I", balance_fen=500)
    card = factories.card(account)
    paid = {"account": {"account_id": str(account.id)}, "amount": "1.00"}
    assert teller.post("/cash/withdrawals", paid).status_code == 201
    assert teller.post(f"/accounts/{account.id}/downgrade", {"to": "II"}).status_code == 200
    assert teller.post(f"/cards/{card.id}/replace").status_code == 201


class TestDatabaseGuards:
    def test_guardians_card_has_no_agent_place(self, child):
        account = factories.account(Customer.objects.get(pk=child))
        agent = {"agent_key": LI.identity_key}
        factories.card(account, agent_relation="guardian", **agent)
        for wrong in (
            {"agent_relation": "guardian", "agent_slot": 1},
            {"agent_relation": "agent"},
            {"agent_relation": "parent"},
            {"agent_relation": "parent", "agent_slot": 1},
            {},
        ):
            with refused_by("card_agent_has_slot"):
                factories.card(account, **agent | wrong)
        with refused_by("card_agent_has_slot"):
            factories.card(account, agent_relation="guardian")

    @pytest.mark.parametrize("wrong", [{"agent_relation": "agent"}, {"agent_relation": "x", "agent_key": b"1"}])
    def test_account_records_the_capacity_of_the_accompanying_person(self, zhang, wrong):
        with refused_by("account_agent_relation_known"):
            factories.account(zhang, **wrong)

    def test_guardian_of_an_organization_is_refused(self, organization):
        guardian = {"agent_relation": "guardian", "agent_key": LI.identity_key}
        with refused_by("account_guardian_of_individual"):
            factories.account(organization, **guardian)
        account = factories.account(organization)
        with refused_by("card_guardian_of_individual"):
            factories.card(account, **guardian)

    def test_capacity_of_the_accompanying_person_cannot_change(self, teller, child):
        issuing(teller, opened(teller, child), agent=GUARDIAN)
        with refused_by("accounts_account_stands"):
            Account.objects.update(agent_relation="agent")
        with refused_by("accounts_card_stands"):
            Card.objects.update(agent_relation="agent", agent_slot=1)


# --- the proof ----------------------------------------------------------------------------------

(I51,) = (each for each in INVARIANTS if each.name == "I51")
PASSPORT = ("passport", "X1234567", "GBR")


def seen() -> list[str]:
    return [each for finding in prove((I51,)) for each in finding.ids]


def taken(key: bytes, slot: int | None, *, hours: int = 1, relation: str | None = "agent") -> Card:
    """Write a card that an agent took, with all guards bypassed."""
    account = factories.account(factories.customer())
    at = NOON + hours * (timedelta(hours=1))
    with past_the_guards("accounts_card"):
        card = factories.card(account, agent_key=key, agent_slot=slot, agent_relation=relation)
        Card.objects.filter(pk=card.pk).update(issued_at=at)
    return card


class TestProof:
    def test_counts_over_all_documents(self, li, noon):
        factories.document(li, *PASSPORT)
        key = factories.key_of(*PASSPORT)
        for slot in (1, 2):
            taken(LI.identity_key, slot)
        taken(key, 1, hours=2)
        assert seen() == []
        fourth = taken(key, 2, hours=3)
        assert seen() == [str(fourth.id)]

    def test_excess_joined_by_a_link_is_accepted_and_later_cards_are_found(self, li, noon):
        key = factories.key_of(*PASSPORT)
        for slot in (1, 2, 3):
            taken(LI.identity_key, slot, hours=-2)
            taken(key, slot, hours=-1)
        factories.document(li, *PASSPORT)
        assert seen() == []
        with past_the_guards("accounts_card"):
            Card.objects.filter(agent_key=key, agent_slot=3).update(status="cancelled", cancelled_at=NOON)
        after = taken(key, 3, hours=1)
        assert seen() == [str(after.id)]

    def test_guardian_without_a_decision_is_found(self, teller, child):
        account_id = opened(teller, child)
        issuing(teller, account_id, agent=GUARDIAN)
        assert seen() == []
        card = taken(LI.identity_key, None, relation="guardian")
        assert seen() == [str(card.id)]
