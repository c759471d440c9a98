"""Stock is imported once, by two persons, with all its parts; its excess permits nothing new."""

from datetime import date

import pytest

from accounts.models import Account, Card, Customer, Document, Entry, Freeze, Identity, ImportBatch, StockBreach
from accounts.policy.opening import check_issue_card, check_open_account
from accounts.queries.opening import opening_facts
from accounts.refusals.opening import ClassIExists, DebitCardLimit
from accounts.stock.models import StockImport
from accounts.stock.operations import reading
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, InternalKind
from config.kernel.database.ids import new_id
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Decision
from tests import factories, stock
from tests.accounts.sheets import ACCOUNTS, CARDS, CUSTOMERS, ONE_CARD, ORGANIZATION, ZHANG, card_number
from tests.clock import NOON
from tests.proof_findings import violated


def test_person_account_balance_and_card_are_loaded(load):
    _, faults = load(accounts=["A,Z,6228000000000001,bank,I,2015-03-24,345.20"], cards=[ONE_CARD])
    assert faults == []
    customer = Customer.objects.get()
    assert (customer.name, str(customer.born_on)) == ("张三", "1949-12-31")
    assert Document.objects.get().number == "11010519491231002X"
    assert bytes(Identity.objects.get().key) == factories.ZHANG.identity_key
    account = Account.objects.get()
    assert (account.balance_fen, account.class_slot, account.opened_at.isoformat()) == (
        34520,
        1,
        "2015-03-23T16:00:00+00:00",
    )
    card = Card.objects.get()
    assert (card.number, card.status, card.slot) == ("6228480000000015", "active", 1)


def test_a_day_of_a_summer_with_another_hour_is_answered_as_it_was_written(load, client_for):
    load(accounts=["A,Z,6228000000000001,bank,I,1988-07-01,0"], cards=["1,A,6228480000000015,debit,1991-09-14"])
    account = Account.objects.get()
    answer = client_for("teller").get(f"/accounts/{account.id}").json()
    assert answer["opened_at"] == "1988-07-01T00:00:00.000000+08:00"
    assert shanghai_day(account.opened_at).isoformat() == "1988-07-01"
    assert shanghai_day(Card.objects.get().issued_at).isoformat() == "1991-09-14"


def test_an_opening_balance_is_a_double_entry_against_the_stock(load):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,345.20", "B,Z,600002,bank,II,2015-03-24,0.00"])
    assert sorted(Entry.objects.values_list("kind", "amount_fen")) == [("opening", -34520), ("opening", 34520)]
    assert Entry.objects.get(internal__kind=InternalKind.STOCK).amount_fen == -34520


def test_the_same_files_again_load_nothing_twice(load):
    files = {"accounts": ["A,Z,600001,bank,I,2015-03-24,345.20"], "cards": [ONE_CARD]}
    load(**files)
    printed, faults = load(**files)
    assert faults == []
    assert (Customer.objects.count(), Account.objects.get().balance_fen, Card.objects.count()) == (1, 34520, 1)
    assert "已导入" in printed
    assert StockImport.objects.count() == ImportBatch.objects.count() == 1


def test_rows_of_earlier_files_are_known(load):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,345.20"], cards=[ONE_CARD])
    load(
        customers=[ZHANG, ORGANIZATION],
        accounts=["X,Z,600001,bank,I,2015-03-24,345.20", "Y,U,600002,bank,none,2015-03-24,1"],
        cards=["9,X,6228480000000015,debit,2018-10-16"],
    )
    assert (Customer.objects.count(), Account.objects.count(), Card.objects.count()) == (2, 2, 1)
    decision = Decision.objects.filter(kind="load_stock").latest("at", "id")
    assert decision.facts["known"] == {"customers": 1, "accounts": 1, "cards": 1}
    assert decision.facts["loaded"] == {"customers": 1, "accounts": 1, "cards": 0}
    assert not violated()


def test_nothing_is_the_banks_before_a_second_person_approves(load):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,345.20"], approved=False)
    assert not Customer.objects.exists()
    assert StockImport.objects.get().status == "staged"


def test_known_customer_gets_imported_accounts(load, zhang):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,1"])
    assert Account.objects.get().customer_id == zhang.id


class TestExcess:
    """Imported excess beyond today's limits is permitted; nothing new becomes possible by it."""

    @pytest.fixture
    def crowded(self, load) -> Customer:
        accounts = [
            "C,Z,600003,bank,I,2017-01-01,1",
            "A,Z,600001,bank,I,2015-01-01,1",
            "B,Z,600002,bank,I,2016-01-01,1",
        ]
        cards = [f"{n},{'ABC'[n % 3]},{card_number(n)},debit,{2024 - n}-05-05" for n in range(6)]
        _, faults = load(accounts=accounts, cards=cards)
        assert faults == []
        return Customer.objects.get()

    def test_the_oldest_account_has_the_place_the_others_have_none(self, crowded):
        found = Account.objects.order_by("account_number").values_list("account_number", "class_slot")
        assert list(found) == [("600001", 1), ("600002", None), ("600003", None)]
        assert not Account.objects.filter(import_batch=None).exists()

    def test_the_four_oldest_cards_have_the_places(self, crowded):
        assert list(Card.objects.order_by("issued_at").values_list("slot", flat=True)) == [1, 2, 3, 4, None, None]

    def test_rows_younger_than_the_rule_are_listed_as_breaches(self, crowded):
        breached = [each.account_number for each in Account.objects.filter(breach__isnull=False)]
        assert breached == ["600003"]
        assert sorted(StockBreach.objects.values_list("limit", "opened_on")) == [
            ("bank_i", date(2017, 1, 1)),
            ("cards", date(2023, 5, 5)),
            ("cards", date(2024, 5, 5)),
        ]
        assert {each.breach_id is None for each in Card.objects.filter(slot=None)} == {False}

    def test_young_row_gets_a_free_place(self, load):
        _, faults = load(
            accounts=["A,Z,600001,bank,I,2019-01-01,1", *(f"{n},Z,60001{n},bank,II,202{n}-01-01,1" for n in range(6))]
        )
        assert faults == []
        assert list(Account.objects.filter(account_class="II").order_by("opened_at").values_list("class_slot", flat=True)) == [
            1, 2, 3, 4, 5, None,
        ]  # fmt: skip
        assert [each.limit for each in StockBreach.objects.all()] == ["bank_ii"]

    def test_free_slot_of_a_customer_with_older_excess_stays_free(self, load, client_for):
        load(accounts=["A,Z,600001,bank,I,2015-01-01,0", "B,Z,600002,bank,I,2016-01-01,1"])
        oldest = Account.objects.get(account_number="600001")
        assert client_for("teller").post(f"/accounts/{oldest.id}/close").status_code == 200
        load(accounts=["C,Z,600003,bank,I,2014-01-01,1", "D,Z,600004,bank,I,2020-01-01,1"])
        found = Account.objects.filter(status="open").order_by("account_number")
        assert [(each.class_slot, each.breach_id is None) for each in found] == [
            (None, True),
            (None, True),
            (None, False),
        ]

    def test_no_further_class_i_account_and_no_further_card_becomes_possible(self, crowded):
        facts = opening_facts(crowded.id, NOON)
        with pytest.raises(ClassIExists):
            check_open_account(facts, AccountKind.BANK, AccountClass.I)
        with pytest.raises(DebitCardLimit):
            check_issue_card(facts, AccountKind.BANK, AccountClass.I, CardProduct.DEBIT)

    def test_a_place_that_is_taken_stays_taken(self, load, zhang):
        factories.account(zhang, "I", account_number="900001")
        load(accounts=["A,Z,600001,bank,I,2015-01-01,1"])
        assert Account.objects.get(account_number="600001").class_slot is None


def test_pieces_know_the_rows_of_earlier_pieces(load, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 2)
    people = [factories.new_person(f"客户{'甲乙丙丁戊'[n]}") for n in range(5)]
    _, faults = load(
        [f"{n},individual,{person.name},resident_id,{person.number}" for n, person in enumerate(people)],
        [f"{n},{n},60000{n},bank,I,2015-03-24,{n}.01" for n in range(5)],
        [f"{n},{4 - n},{card_number(n)},debit,2018-10-16" for n in range(5)],
    )
    assert faults == []
    assert (Customer.objects.count(), Account.objects.count(), Card.objects.filter(slot=1).count()) == (5, 5, 5)


def test_one_decision_is_kept_per_batch(load):
    load([ZHANG, "Y,individual,,resident_id,1"])
    decision = Decision.objects.get(kind="load_stock")
    assert decision.object_id == ImportBatch.objects.get().id
    assert decision.facts["loaded"] == {"customers": 1, "accounts": 0, "cards": 0}
    # Rows, not faults: this one has two.
    assert decision.facts["faults"] == 1


class TestFirstGeneration:
    """A number of 15 digits and the 18-digit number that it became belong to one person."""

    OLD = "Y,individual,张三,resident_id,110105491231002"

    def test_old_number_is_registered_as_its_18_digit_number(self, load):
        load([self.OLD])
        assert Document.objects.get().number == "11010519491231002X"
        assert bytes(Identity.objects.get().key) == factories.ZHANG.identity_key

    def test_two_references_of_one_person_give_one_customer_with_joint_limits(self, load):
        printed, faults = load(
            [ZHANG, self.OLD], ["A,Z,600001,bank,I,2010-01-01,1", "B,Y,600002,bank,I,2005-01-01,2.50"]
        )
        assert faults == []
        customer = Customer.objects.get()
        found = Account.objects.order_by("account_number").values_list("customer_id", "class_slot")
        assert list(found) == [(customer.id, None), (customer.id, 1)]
        assert "SAME_PERSON_IN_FILE" in printed
        assert "存量1" in printed
        assert not violated()

    def test_old_number_with_another_name_is_refused(self, load):
        _, faults = load([ZHANG, "Y,individual,李四,resident_id,110105491231002"])
        assert faults == [("customers.csv", 3, "name", "IDENTITY_CONFLICT")]

    def test_old_number_of_a_customer_of_the_bank_is_known(self, load, zhang):
        load([self.OLD], ["A,Y,600001,bank,I,2010-01-01,1"])
        assert Account.objects.get().customer_id == zhang.id


def test_possible_matches_are_listed_and_loaded(load):
    alone = factories.new_person("王小明")
    passport = "P,individual,赵四,passport,E12345678,CHN,1980-02-03"
    same = "R,individual,赵四,passport,E12345679,CHN,1980-02-03"
    printed, faults = load(
        [passport, same, f"W,individual,{alone.name},resident_id,{alone.number},,"],
        headers=(CUSTOMERS + ",document_country,birth_date", ACCOUNTS, CARDS),
    )
    assert faults == []
    assert Customer.objects.count() == 3
    assert "POSSIBLE_SAME: 2" in printed
    assert not violated()


def test_decision_id_has_the_instant_of_the_decision(tmp_path, noon):
    """The id has the decision's instant, not that of the last row minutes later: the proof compares them."""
    ids = []
    stock.loaded(tmp_path, on_step=lambda _step: ids.append(new_id()), customers=[CUSTOMERS, ZHANG])
    assert Decision.objects.get(kind="load_stock").id < ids[0]


def test_documents_freezes_agents_and_states_of_cards_come_along(load):
    _, faults = load(
        accounts=["A,Z,600001,bank,I,2015-03-24,345.20,0101,2016-01-02,李四,resident_id,360426199101010071"],
        cards=["1,A,6228480000000015,debit,2018-10-16,lost", f"2,A,{card_number(3)},debit,2018-10-16,issued"],
        headers=(
            CUSTOMERS,
            ACCOUNTS + ",branch,last_used_on,agent_name,agent_document_type,agent_document_number",
            CARDS + ",status",
        ),
        more=[
            (
                "documents",
                "customer_ref,document_type,document_number,document_country",
                ["Z,passport,E12345678,CHN", "Z,household_register,11010519491231002X,", "X,passport,E12345679,CHN"],
            ),
            (
                "freezes",
                "account_ref,authority,order_no,placed_on,until",
                ["A,某市公安局,冻1,2025-10-01,2026-12-31", "A,某市公安局,冻2,2019-10-01,2020-12-31"],
            ),
        ],
    )
    assert faults == [
        ("documents.csv", 4, "customer_ref", "CUSTOMER_NOT_LOADED"),
        ("freezes.csv", 3, "until", "FREEZE_EXPIRED"),
    ]
    account = Account.objects.get()
    assert (account.branch, str(account.last_used_on), account.agent_name, account.agent_relation) == (
        "0101",
        "2016-01-02",
        "李四",
        "agent",
    )
    assert sorted(Card.objects.values_list("status", flat=True)) == ["issued", "lost"]
    assert sorted(Document.objects.values_list("type", "is_primary")) == [
        ("household_register", False),
        ("passport", False),
        ("resident_id", True),
    ]
    assert Identity.objects.count() == 2
    freeze = Freeze.objects.get()
    assert freeze.until.isoformat() == "2026-12-31T16:00:00+00:00"
    assert not violated()
