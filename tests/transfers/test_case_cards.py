"""A case account named by a card number: the card's account stops, in any status of the card (通告第五条)."""

import pytest

from accounts.models import Card
from accounts.queries import parties
from accounts.queries.party_sets import lock_party_sets
from blacklist.queries import listings
from config.kernel.database.id_arrays import Ids
from config.kernel.database.sql import ask, rows
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.desk.pages import text_of
from tests.http import outcome
from tests.listings import certify_account
from tests.plans import plans_of
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

NUMBER, MASKED = "6222020000000000126", "622202*********0126"
STATES = ["issued", "active", "lost", "cancelled", "replaced"]


@pytest.fixture
def case(zhang):
    """An account of 张三 named by a card number; `payer` is another account of his."""
    account = factories.account(zhang, "II", account_number="6000100000000022")
    pay_in(account, 50_000)
    return account


@pytest.fixture(params=STATES)
def card(request, case):
    """The card of the case account, in each status."""
    replaced = request.param == "replaced"
    made = factories.card(case, number=NUMBER, status="cancelled" if replaced else request.param)
    if replaced:
        factories.card(case, replaces=made)
    return made


@pytest.fixture
def live_card(case):
    return factories.card(case, number=NUMBER)


def named(number=NUMBER, bank_code="", **more):
    """Certify the card's account by the card's number; return the certificate's id."""
    return certify_account(number, bank_code, **more).id


def restricted(client, account):
    return {each["code"] for each in client.get(f"/accounts/{account.id}").json()["restrictions"]}


def cash(account):
    return {"account": {"account_id": str(account.id)}, "amount": "1.00"}


@pytest.mark.parametrize("bank_code", ["", "demobank"])
def test_certificate_stops_the_cards_account_and_suspends_its_holders_other_accounts(
    card, case, payer, order, atm, teller, bank_code
):
    assert outcome(teller.post("/cash/deposits", cash(case))) == 201
    named(bank_code=bank_code)
    assert restricted(teller, case) == {"CASE_ACCOUNT_STOPPED"}
    assert restricted(teller, payer) == {"NON_COUNTER_SUSPENDED"}
    for path in ("/cash/deposits", "/cash/withdrawals"):
        assert outcome(teller.post(path, cash(case))) == "CASE_ACCOUNT_STOPPED"
        assert outcome(teller.post(path, cash(payer))) == 201
    inbound = order(
        payer={"account_id": str(payer.id)},
        payee={"account_number": case.account_number, "name": "张三"},
        arrival="real_time",
    )
    outbound = order(payer={"account_id": str(case.id)}, arrival="real_time")
    for body in (inbound, outbound):
        assert teller.post("/transfers/preview", body).json()["code"] == "CASE_ACCOUNT_STOPPED"
        assert outcome(teller.post("/transfers", body)) == "CASE_ACCOUNT_STOPPED"
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"


def test_certificate_stops_the_account_and_suspends_later_accounts_and_cards(live_card, case, zhang, teller):
    named()
    later = factories.account(zhang, "II")
    assert restricted(teller, later) == {"NON_COUNTER_SUSPENDED"}
    assert outcome(teller.post(f"/accounts/{case.id}/cards", {"product": "debit"})) == "CASE_ACCOUNT_STOPPED"
    assert outcome(teller.post(f"/cards/{live_card.id}/replace")) == "CASE_ACCOUNT_STOPPED"


def test_a_card_replaced_after_it_was_named_changes_nothing(live_card, case, teller):
    named()
    Card.objects.filter(pk=live_card.id).update(status="cancelled", cancelled_at=NOON)
    factories.card(case, replaces=live_card)
    assert restricted(teller, case) == {"CASE_ACCOUNT_STOPPED"}


def test_the_holder_is_found_by_screening_and_among_customers(card, payer, zhang, teller):
    named()
    found = teller.post("/blacklist/screenings", {"document": factories.ZHANG.document}, key=None).json()
    assert {each["kind"] for each in found["restrictions"]} == {"case_holder"}
    answer = teller.get(f"/customers/{zhang.id}").json()
    assert {each["code"] for each in answer["restrictions"]} >= {"NON_COUNTER_SUSPENDED"}


def test_revocation_lifts_the_restriction_of_the_card(card, case, payer, order, atm, teller, client_for):
    certificate = named()
    body = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "错误认定"}
    asked = client_for("compliance").post(f"/blacklist/certificates/{certificate}/revocations", body).json()
    assert outcome(atm.post("/transfers", order())) == "NON_COUNTER_SUSPENDED"
    assert client_for("compliance", "second").approve(asked["approval_id"]).status_code == 200
    assert restricted(teller, case) == restricted(teller, payer) == set()
    assert outcome(atm.post("/transfers", order())) == 201


def test_verified_again_the_others_are_served_and_the_cards_account_stays_stopped(
    card, case, payer, zhang, noon, teller, client_for
):
    named()
    noon.advance(minutes=1)
    check = {"identity_check": {"method": "联网核查", "result": "match"}}
    asked = teller.post(f"/customers/{zhang.id}/reverifications", check).json()
    assert client_for("supervisor").approve(asked["approval_id"]).status_code == 200
    assert (restricted(teller, case), restricted(teller, payer)) == ({"CASE_ACCOUNT_STOPPED"}, set())


class TestAtTheDueTime:
    @pytest.mark.parametrize("side", ["payer", "payee"])
    def test_transfer_from_or_to_the_account_is_returned(self, card, case, payee, noon, side):
        sides = (case, payee) if side == "payer" else (payee, case)
        if side == "payee":
            pay_in(payee, 50_000)
        before = money(sides[0])
        (transfer,) = held(*sides, amount_fen=30_00, due_at=NOON)
        named()
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, returned=1)
        transfer.refresh_from_db()
        assert (transfer.status, transfer.outcome_code) == ("returned", "CASE_ACCOUNT_STOPPED")
        assert money(sides[0]) == before
        assert Decision.objects.get(object_id=transfer.id, kind="release").code == "CASE_ACCOUNT_STOPPED"

    def test_the_holders_others_pay_nothing_by_machine_and_receive(self, card, payer, payee, noon):
        pay_in(payee, 50_000)
        (out,) = held(payer, payee, due_at=NOON)
        (back,) = held(payee, payer, due_at=NOON)
        named()
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=2, posted=1, returned=1)
        found = dict(Transfer.objects.values_list("id", "outcome_code"))
        assert found == {out.id: "NON_COUNTER_SUSPENDED", back.id: ""}

    def test_card_of_another_customer_marks_no_account(self, live_card, case, payer, payee):
        ids = Ids.of([payer.id, payee.id])
        assert lock_party_sets(ids).marked == frozenset()
        named()
        # The holder of the card, with all accounts.
        assert lock_party_sets(ids).marked == {payer.id, case.id}

    def test_cards_are_read_only_while_a_case_account_is_known_by_one(self, live_card, payer):
        certify_account(payer.account_number)
        assert self.readings_of_cards(payer) == 0
        named()
        assert self.readings_of_cards(payer) > 0

    @staticmethod
    def readings_of_cards(account):
        """Return the number of reads of cards in a survey of an account; assert that they use an index."""
        rows("SET LOCAL enable_seqscan = off")
        rows("SET LOCAL enable_bitmapscan = off")
        plans = plans_of(lambda: lock_party_sets(Ids.of([account.id])), table="accounts_card")
        read = [node for plan in plans for node in plan.reading("accounts_card")]
        assert all("Index" in node["Node Type"] for node in read)
        return sum(node["Actual Loops"] for node in read)


class TestNumbersInDoubt:
    def test_unknown_number_needs_manual_review(self, client_for, noon):
        body = {
            "doc_no": "1",
            "authority": {"name": "广州市公安局", "region_code": "440100", "level": "prefecture"},
            "certified_on": "2026-01-01",
            "category": "CASE_ACCOUNT",
            "case_accounts": [{"account_number": NUMBER, "bank_code": "DemoBank"}],
        }
        made = client_for("compliance").post("/blacklist/certificates", body).json()
        assert (made["status"], made["review_reasons"]) == ("manual_review", ["CASE_ACCOUNT_UNKNOWN"])

    def test_a_card_or_an_account_that_bears_it_later_is_stopped(self, case, payer, zhang, teller):
        named()
        named("6000100000000033", doc_no="2")
        assert restricted(teller, case) == restricted(teller, payer) == set()
        factories.card(case, number=NUMBER)
        late = factories.account(zhang, "II", account_number="6000100000000033")
        assert restricted(teller, case) >= {"CASE_ACCOUNT_STOPPED"}
        assert restricted(teller, late) >= {"CASE_ACCOUNT_STOPPED"}
        assert restricted(teller, payer) == {"NON_COUNTER_SUSPENDED"}
        assert lock_party_sets(Ids.of([payer.id])).marked >= {payer.id}

    def test_at_another_bank_the_number_counts_as_recorded(self, live_card, case, order, atm, teller):
        named(bank_code="YZ")
        assert restricted(teller, case) == set()
        outside = {"account_number": NUMBER, "bank_code": "yz", "name": "王二"}
        assert outcome(atm.post("/transfers", order(payee=outside))) == "CASE_ACCOUNT_STOPPED"


class TestDisplay:
    """通告第六条: a card number is masked wherever it is shown."""

    def test_masked_in_every_answer(self, card, client_for):
        certificate = named()
        officer = client_for("compliance")
        pages = [
            officer.get(f"/blacklist/certificates/{certificate}"),
            officer.get("/blacklist/certificates"),
            officer.get("/approvals"),
        ]
        for page in pages:
            assert MASKED in text_of(page)
            assert NUMBER not in text_of(page)
        assert NUMBER not in str(list(Decision.objects.values_list("facts", flat=True)))


def test_a_card_issued_right_before_the_locks_is_asked_about(case, monkeypatch):
    named()
    plain = listings.subject_lock
    locked = []

    def issuing(keys, **more):
        if not locked:
            factories.card(case, number=NUMBER)
        locked.append(set(keys))
        return plain(keys, **more)

    refs = ask(parties.by_ids([case.id]))
    monkeypatch.setattr(listings, "subject_lock", issuing)
    gathered = parties.lock_parties(refs, lock=[case.id])
    assert [each.code for each in gathered.parties[case.id].restrictions] == ["CASE_ACCOUNT_STOPPED"]
    assert len(locked) == 2
    assert locked[1] - locked[0] == {bytes(Card.objects.get(account=case).number_index)}
