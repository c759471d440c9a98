"""A payee named by a card number of this bank is the holder of the card's account, in every rule."""

import pytest

from accounts.models import Account, Card
from accounts.queries.parties import NamedSides, sides_query
from config.kernel.database.sql import ask, rows
from config.kernel.models import Decision
from config.kernel.vault.sealed import account_key, card_key
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.http import outcome
from tests.listings import certify_account
from tests.plans import plans_of, vacuum
from tests.transfers.conftest import CARD, money
from tests.transfers.factories import DAY, clearing, held
from transfers.models import Transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

#: Customers, each with an account and a card on it.
MANY = """
WITH who AS (
    INSERT INTO accounts_customer (id, kind, name, name_index, created_at, status)
    SELECT gen_random_uuid(), 'organization', 'x', sha256(n::text::bytea), %(at)s, 'active' FROM generate_series(1, 20000) n
    RETURNING id
), known AS (
    INSERT INTO accounts_identity (id, customer_id, key) SELECT gen_random_uuid(), id, sha256(id::text::bytea) FROM who
), made AS (
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, status, opened_at, balance_fen, held_fen)
    SELECT gen_random_uuid(), id, replace(id::text, '-', ''), 'bank', 'none', 'open', %(at)s, 0, 0 FROM who
    RETURNING id, customer_id
)
INSERT INTO accounts_card (id, account_id, customer_id, product, slot, status, number, number_index, issued_at)
SELECT gen_random_uuid(), id, customer_id, 'debit', 1, 'active', 'x', sha256(id::text::bytea), %(at)s FROM made
"""
NUMBER, MASKED = "6222020000000000134", "6222***********0134"
LIVE = ["issued", "active", "lost"]


@pytest.fixture(params=LIVE)
def card(request, payee):
    """A card on 李四's account, in each status in which it still names the account."""
    return factories.card(payee, number=NUMBER, status=request.param)


@pytest.fixture
def live_card(payee):
    return factories.card(payee, number=NUMBER)


def to(number=NUMBER, name="李四", **more):
    return {"account_number": number, "name": name, **more}


def inquire(client, number=NUMBER, **more):
    return client.post("/payee-inquiries", {"account_number": number, **more}, key=None)


class TestPayeeFound:
    def test_is_held_for_the_cards_account_and_paid_to_it(self, atm, order, card, payee, payer, noon):
        assert atm.post("/transfers/preview", order(payee=to()), key=None).json()["outcome"] == "held"
        made = atm.post("/transfers", order(payee=to()))
        assert outcome(made) == 201
        body = made.json()
        assert (body["status"], body["same_holder"]) == ("held", False)
        assert body["payee"] == {"account_number": MASKED, "name": "李*", "bank_code": None}
        assert Transfer.objects.get().payee_account_id == payee.id
        noon.set(NOON + DAY)
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, posted=1)
        assert (money(payer), money(payee)) == ((90_000, 0), (10_000, 0))

    def test_moves_at_once_elsewhere(self, teller, order, card, payee, payer):
        asked = order(payer={"account_id": str(payer.id)}, payee=to(), arrival="real_time")
        assert teller.post("/transfers", asked).json()["status"] == "posted"
        assert money(payee) == (10_000, 0)

    @pytest.mark.parametrize("bank_code", ["", "demobank"])
    def test_payee_is_shown_by_the_masked_name(self, gateway, card, bank_code):
        more = {"bank_code": bank_code} if bank_code else {}
        assert inquire(gateway, **more).json() == {"name": "李*"}

    def test_the_holders_name_is_asked_for(self, atm, order, card):
        assert outcome(atm.post("/transfers", order(payee=to(name="王五")))) == "PAYEE_NAME_MISMATCH"

    def test_a_card_of_ones_own_is_ones_own_account(self, atm, order, zhang, payer):
        own = factories.account(zhang, "II")
        factories.card(own, number=NUMBER)
        body = atm.post("/transfers", order(payee=to(name="张三"))).json()
        assert (body["status"], body["same_holder"], body["rule"]["code"]) == ("posted", True, "ATM_OWN_ACCOUNT")
        assert money(own) == (10_000, 0)

    @pytest.mark.parametrize("number", [CARD, NUMBER])
    def test_a_card_on_the_paying_account_is_the_same_account(self, atm, order, payer, number):
        if number == NUMBER:
            factories.card(payer, number=NUMBER, status="lost")
        assert outcome(atm.post("/transfers", order(payee=to(number, "张三")))) == "SAME_ACCOUNT"

    def test_an_account_of_that_number_wins(self, atm, gateway, order, live_card, wang):
        other = factories.account(wang, "I", account_number=NUMBER)
        assert inquire(gateway).json() == {"name": "王*"}
        assert outcome(atm.post("/transfers", order(payee=to()))) == "PAYEE_NAME_MISMATCH"
        assert outcome(atm.post("/transfers", order(payee=to(name="王五")))) == 201
        Account.objects.filter(pk=other.pk).update(status="closed", closed_at=NOON)
        assert outcome(inquire(gateway)) == "PAYEE_NOT_FOUND"
        assert outcome(atm.post("/transfers", order(payee=to(name="王五")))) == "ACCOUNT_CLOSED"

    def test_a_cards_closed_account_is_closed(self, gateway, atm, order, live_card, payee):
        Account.objects.filter(pk=payee.pk).update(status="closed", closed_at=NOON)
        assert outcome(inquire(gateway)) == "PAYEE_NOT_FOUND"
        assert outcome(atm.post("/transfers", order(payee=to()))) == "ACCOUNT_CLOSED"


class TestPayeeNotFound:
    @pytest.mark.parametrize("replaced", [False, True], ids=["cancelled", "replaced"])
    def test_cancelled_card_names_no_payee(self, atm, gateway, order, payee, replaced):
        gone = factories.card(payee, number=NUMBER, status="cancelled")
        if replaced:
            factories.card(payee, replaces=gone)
        assert outcome(inquire(gateway)) == "PAYEE_NOT_FOUND"
        assert outcome(atm.post("/transfers", order(payee=to()))) == "PAYEE_NOT_FOUND"

    def test_at_another_bank_the_number_is_that_banks(self, atm, gateway, order, live_card, payee):
        assert outcome(inquire(gateway, bank_code="YZ")) == "PAYEE_NOT_FOUND"
        made = atm.post("/transfers", order(payee=to(bank_code="YZ"))).json()
        kept = Transfer.objects.get(pk=made["id"])
        assert (kept.payee_account_id, kept.payee_internal_id) == (None, clearing("YZ").id)
        assert bytes(kept.payee_key) == account_key(NUMBER, "YZ")

    def test_unknown_card_counts_as_a_miss(self, atm, order, settings, live_card):
        settings.MISSES_OF_PAYER_PER_MINUTE = 2
        for _ in range(3):
            assert atm.post("/transfers/preview", order(payee=to()), key=None).json()["outcome"] == "held"
        for _ in range(2):
            missed = atm.post("/transfers/preview", order(payee=to("6222020000000000142")), key=None)
            assert missed.json()["code"] == "PAYEE_NOT_FOUND"
        assert outcome(atm.post("/transfers/preview", order(payee=to()), key=None)) == "TOO_MANY_REQUESTS"


class TestCaseAccounts:
    """A case account is recognized by any number of the account, on the certificate and in the order."""

    @pytest.mark.parametrize("named_by", ["account", "this card", "a cancelled card", "the card it replaced"])
    def test_is_not_paid(self, atm, gateway, order, payee, named_by):
        old = factories.card(payee, number="6222020000000000167", status="cancelled")
        factories.card(payee, number=NUMBER, replaces=old if "replaced" in named_by else None)
        certify_account({"account": payee.account_number, "this card": NUMBER}.get(named_by, old.number))
        assert atm.post("/transfers/preview", order(payee=to()), key=None).json()["code"] == "CASE_ACCOUNT_STOPPED"
        assert outcome(atm.post("/transfers", order(payee=to()))) == "CASE_ACCOUNT_STOPPED"

    def test_account_certified_meanwhile_is_not_paid(self, atm, order, live_card, payee, noon):
        made = atm.post("/transfers", order(payee=to())).json()["id"]
        certify_account(payee.account_number)
        noon.set(NOON + DAY)
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, returned=1)
        assert Transfer.objects.get(pk=made).outcome_code == "CASE_ACCOUNT_STOPPED"

    def test_card_cancelled_meanwhile_is_paid(self, atm, order, live_card, payee, noon):
        """At the due time the account is judged; the card only identified it."""
        atm.post("/transfers", order(payee=to()))
        Card.objects.filter(pk=live_card.pk).update(status="cancelled", cancelled_at=NOON)
        noon.set(NOON + DAY)
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, posted=1)


class TestStoredNumbers:
    """通告第六条: a typed number may be a card number, and is never stored in plain text."""

    def plain(self):
        (row,) = rows("SELECT to_jsonb(t)::text AS row FROM transfers_transfer t")
        decisions = str(list(Decision.objects.values_list("facts", flat=True)))
        return row["row"] + decisions

    def test_the_number_is_sealed_and_found_by_the_cards_key(self, atm, order, live_card, payee):
        atm.post("/transfers", order(payee=to()))
        kept = Transfer.objects.get()
        assert (kept.payee_account_number, kept.payee_number) == ("", NUMBER)
        assert bytes(kept.payee_key) == card_key(NUMBER) == bytes(live_card.number_index)
        assert NUMBER not in self.plain()

    @pytest.mark.parametrize("by", ["an unknown number", "a cancelled card", "an unknown payer"])
    def test_refused_card_number_is_sealed(self, atm, order, payee, by):
        if by == "a cancelled card":
            factories.card(payee, number=NUMBER, status="cancelled")
        payer = {"payer": {"card_number": "6222020000000000175"}} if by == "an unknown payer" else {}
        assert outcome(atm.post("/transfers", order(payee=to(), **payer))) in {"PAYEE_NOT_FOUND", "CARD_NOT_FOUND"}
        assert Transfer.objects.get().payee_number == NUMBER
        assert NUMBER not in self.plain()

    def test_account_number_is_stored_in_plain(self, atm, order, payee):
        atm.post("/transfers", order())
        kept = Transfer.objects.get()
        assert (kept.payee_account_number, kept.payee_key) == (payee.account_number, None)

    def test_proof_checks_the_owner_of_the_card(self, atm, order, live_card, payee, wang):
        atm.post("/transfers", order(payee=to()))
        asked = [each for each in INVARIANTS if each.name == "I37"]
        assert all(finding.holds for finding in prove(asked))
        other = factories.account(wang, "I")
        with past_the_guards("accounts_card"):
            Card.objects.filter(pk=live_card.pk).update(account_id=other.id, customer_id=wang.id)
        (finding,) = prove(asked)
        assert not finding.holds


class TestDatabase:
    """Database guards, with every check in Python removed."""

    def test_a_card_names_the_account_it_is_on(self, noon, payer, payee, live_card):
        assert held(payer, payee, card_number=NUMBER)

    @pytest.mark.parametrize("number", [CARD, "6222020000000000183"], ids=["another's card", "no card"])
    def test_and_no_other(self, noon, payer, payee, live_card, number):
        with refused_by("transfer_payee_by_its_card"):
            held(payer, payee, card_number=number)

    def test_number_is_either_sealed_or_plain(self, noon, payer, payee, live_card):
        sealed = {"payee_sealed": NUMBER, "payee_key": card_key(NUMBER)}
        with refused_by("transfer_payee_sealed_elsewhere"):
            held(payer, payee, **sealed)

    def test_sealed_number_cannot_change(self, noon, payer, payee, live_card):
        held(payer, payee, card_number=NUMBER)
        for change in (
            "payee_key = sha256('x')",
            "payee_sealed = 'x'::bytea, payee_key = sha256('x')",
            "payee_account_number = '1', payee_sealed = NULL",
        ):
            with refused_by("transfer_accepted_stands"):
                rows(f"UPDATE transfers_transfer SET {change}")


@pytest.mark.django_db(transaction=True)
def test_both_sides_are_found_by_index_among_many(noon, payer, payee):
    factories.card(payee, number=NUMBER)
    rows(MANY, {"at": NOON})
    vacuum("accounts_customer", "accounts_identity", "accounts_account", "accounts_card")
    for number in (NUMBER, payee.account_number):
        asked = sides_query([NamedSides(card_key(CARD), None, number, card_key(number))])
        (plan,) = plans_of(lambda asked=asked: ask(asked), table="accounts_card")
        assert not plan.scanned & {"accounts_card", "accounts_account", "accounts_identity"}
        assert {index for _, index in plan.ways} >= {"card_number_unique", "account_number_unique"}
        (found,) = ask(asked)
        assert (found.payer.account_id, found.payee.account_id) == (payer.id, payee.id)
