"""Stock is loaded once, by two persons, its faults are named without their values, and its excess opens no door."""

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    Entry,
    Freeze,
    Identity,
    ImportBatch,
    StockImport,
)
from accounts.operations.stock import reading
from accounts.policy.opening import check_issue_card, check_open_account
from accounts.queries.opening import opening_facts
from accounts.refusals.opening import ClassIExists, DebitCardLimit
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, InternalKind
from config.kernel import approvals
from config.kernel.dates import shanghai_day
from config.kernel.identity.cards import luhn_check_digit
from config.kernel.ids import new_id
from config.kernel.models import Approval, Decision
from config.kernel.transactions import perform
from config.oversight.queries.proof import prove
from tests import factories, stock
from tests.clock import NOON

CUSTOMERS = "customer_ref,kind,name,document_type,document_number"
ACCOUNTS = "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance"
CARDS = "card_ref,account_ref,card_number,product,issued_on"
ZHANG = "Z,individual,张三,resident_id,11010519491231002X"
UNIT = "U,organization,示范有限公司,uscc,91350100M000100Y43"
ONE_CARD = "1,A,6228480000000015,debit,2018-10-16"


def card_number(count: int) -> str:
    body = f"62284800000{count:04d}"
    return body + luhn_check_digit(body)


def failures() -> list[str]:
    return [each.invariant.name for each in prove() if not each.holds]


PRODUCTS = ("debit", "social_security", "medical", "military_security")


SHEETS = ("customers", "accounts", "cards")


@pytest.fixture
def load(tmp_path, noon):
    """Load rows written as a person reads them; return what was printed and the row errors."""

    def run(
        customers=(ZHANG,),
        accounts=(),
        cards=(),
        *,
        encoding="utf-8",
        headers=(CUSTOMERS, ACCOUNTS, CARDS),
        more=(),
        approved=True,
        **options,
    ):
        maker, checker = (factories.caller("supervisor", name) for name in ("who-loads", "who-decides"))
        out, files = StringIO(), {}
        sheets = [*zip(SHEETS, headers, (customers, accounts, cards), strict=True), *more]
        for name, header, lines in sheets:
            path = files[name] = tmp_path / f"{name}.csv"
            path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
        errors = tmp_path / "errors.csv"
        call_command("load_stock", **files, errors=errors, by=maker.name, stdout=out, **options)
        waiting = Approval.objects.filter(kind="stock_import", status="pending").first()
        if approved and waiting:
            perform(lambda: approvals.approve(waiting.id, principal=checker))
            call_command("load_stock", apply="all", stdout=out)
        with errors.open(encoding="utf-8-sig", newline="") as file:
            found = [(row["file"], int(row["line"]), row["column"], row["code"]) for row in csv.DictReader(file)]
        # As the rows were read: the file is in the order of its sheets' names.
        order = {f"{name}.csv": number for number, (name, *_) in enumerate(sheets)}
        found.sort(key=lambda each: (order[each[0]], each[1]))
        return out.getvalue() + errors.read_text(encoding="utf-8-sig"), found

    return run


def test_loads_a_person_an_account_with_its_balance_and_a_card(load):
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


def test_what_the_bank_has_of_other_files_is_known(load):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,345.20"], cards=[ONE_CARD])
    load(
        customers=[ZHANG, UNIT],
        accounts=["X,Z,600001,bank,I,2015-03-24,345.20", "Y,U,600002,bank,none,2015-03-24,1"],
        cards=["9,X,6228480000000015,debit,2018-10-16"],
    )
    assert (Customer.objects.count(), Account.objects.count(), Card.objects.count()) == (2, 2, 1)
    decision = Decision.objects.filter(kind="load_stock").latest("at", "id")
    assert decision.facts["known"] == {"customers": 1, "accounts": 1, "cards": 1}
    assert decision.facts["loaded"] == {"customers": 1, "accounts": 1, "cards": 0}
    assert not failures()


def test_nothing_is_the_banks_before_a_second_person_approves(load):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,345.20"], approved=False)
    assert not Customer.objects.exists()
    assert StockImport.objects.get().status == "staged"


def test_a_customer_who_is_known_already_gets_his_stock(load, zhang):
    load(accounts=["A,Z,600001,bank,I,2015-03-24,1"])
    assert Account.objects.get().customer_id == zhang.id


def test_the_document_of_a_customer_of_another_name_is_refused(load, zhang):
    _, faults = load(
        ["Z,individual,张山,resident_id,11010519491231002X", UNIT], ["A,Z,600001,bank,I,2015-03-24,1"], strict=False
    )
    assert faults == [
        ("customers.csv", 2, "name", "IDENTITY_CONFLICT"),
        ("accounts.csv", 2, "customer_ref", "CUSTOMER_NOT_LOADED"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_reads_the_encodings_banks_write(load, encoding):
    load(["Z,individual,欧阳𠮷,resident_id,11010519491231002X"], encoding=encoding)
    assert Customer.objects.get().name == "欧阳𠮷"


class TestExcess:
    """More than today's limits allow may exist; nothing new becomes possible by it."""

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


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (",individual,张三,resident_id,11010519491231002X", "customer_ref", "INVALID_REF"),
        ("Z,person,张三,resident_id,11010519491231002X", "kind", "UNKNOWN_VALUE"),
        ("Z,individual,,resident_id,11010519491231002X", "name", "INVALID_NAME"),
        ("Z,individual,张\u200b三,resident_id,11010519491231002X", "name", "INVALID_NAME"),
        ("Z,individual,张三,id_card,11010519491231002X", "document_type", "INVALID_DOCUMENT_TYPE"),
        ("Z,individual,张三,resident_id,110105194912310021", "document_number", "INVALID_DOCUMENT_NUMBER"),
        ("Z,individual,张三,resident_id,110105491331002", "document_number", "INVALID_DOCUMENT_NUMBER"),
        ("Z,individual,张三,uscc,91350100M000100Y43", "document_type", "DOCUMENT_OF_ANOTHER_KIND"),
        ("Z,organization,张三,resident_id,11010519491231002X", "document_type", "DOCUMENT_OF_ANOTHER_KIND"),
        ("Z,individual,张三,passport,E12345678", "document_country", "INVALID_DOCUMENT_COUNTRY"),
        ("Z,individual,张三,resident_id", "", "COLUMN_COUNT"),
        ('Z,individual,"张"三,resident_id,11010519491231002X', "", "UNREADABLE_ROW"),
    ],
)
def test_a_customer_with_a_fault_is_left_out_and_the_fault_named(load, row, column, code):
    printed, faults = load([UNIT, row])
    assert faults == [("customers.csv", 3, column, code)]
    assert Customer.objects.count() == 1
    assert "110105" not in printed
    assert "张" not in printed


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("A,Y,600001,bank,I,2015-03-24,1", "customer_ref", "CUSTOMER_NOT_LOADED"),
        ("A,Z,6000-01,bank,I,2015-03-24,1", "account_number", "INVALID_ACCOUNT_NUMBER"),
        ("A,Z,600001,cash,I,2015-03-24,1", "kind", "UNKNOWN_VALUE"),
        ("A,Z,600001,bank,IV,2015-03-24,1", "account_class", "UNKNOWN_VALUE"),
        ("A,Z,600001,bank,none,2015-03-24,1", "account_class", "CLASS_OF_ANOTHER_HOLDER"),
        ("A,U,600001,bank,I,2015-03-24,1", "account_class", "CLASS_OF_ANOTHER_HOLDER"),
        ("A,Z,600001,bank,I,2015-02-29,1", "opened_on", "INVALID_DAY"),
        ("A,Z,600001,bank,I,20150324,1", "opened_on", "INVALID_DAY"),
        ("A,Z,600001,bank,I,2026-01-06,1", "opened_on", "INVALID_DAY"),
        ("A,Z,600001,bank,I,2015-03-24,-1", "balance", "INVALID_BALANCE"),
        ("A,Z,600001,bank,I,2015-03-24,1.001", "balance", "INVALID_BALANCE"),
        ("A,Z,600001,bank,I,2015-03-24,1e3", "balance", "INVALID_BALANCE"),
        ("A,Z,600001,bank,I,2015-03-24,１", "balance", "INVALID_BALANCE"),
    ],
)
def test_an_account_with_a_fault_is_left_out_and_the_fault_named(load, row, column, code):
    _, faults = load([ZHANG, UNIT], [row, "N,U,600009,bank,none,2026-01-05,9999999999999.99"])
    assert faults == [("accounts.csv", 2, column, code)]
    assert Account.objects.get().balance_fen == 999_999_999_999_999


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("1,X,6228480000000015,debit,2018-10-16", "account_ref", "ACCOUNT_NOT_LOADED"),
        ("1,T,6228480000000015,debit,2018-10-16", "account_ref", "CARD_NOT_OFFERED"),
        ("1,A,6228480000000016,debit,2018-10-16", "card_number", "INVALID_CARD_NUMBER"),
        ("1,A,６228480000000015,debit,2018-10-16", "card_number", "INVALID_CARD_NUMBER"),
        ("1,A,6228480000000015,credit,2018-10-16", "product", "UNKNOWN_VALUE"),
        ("1,A,6228480000000015,debit,2015-03-23", "issued_on", "ISSUED_BEFORE_OPENING"),
    ],
)
def test_a_card_with_a_fault_is_left_out_and_the_fault_named(load, row, column, code):
    accounts = ["A,Z,600001,bank,I,2015-03-24,1", "T,Z,600003,bank,III,2015-03-24,1"]
    printed, faults = load(accounts=accounts, cards=[row, f"2,A,{card_number(7)},debit,2015-03-24"])
    assert faults == [("cards.csv", 2, column, code)]
    assert Card.objects.count() == 1
    assert "622848" not in printed


def test_an_organization_brings_no_card_of_a_product_for_individuals(load):
    cards = [f"{number},U,{card_number(number)},{product},2018-10-16" for number, product in enumerate(PRODUCTS, 1)]
    _, faults = load(
        customers=["U,organization,示范有限公司,uscc,91350100M000100Y43"],
        accounts=["U,U,600001,bank,none,2015-03-24,1"],
        cards=cards,
    )
    assert faults == [("cards.csv", line, "product", "CARD_NOT_OFFERED") for line in (3, 4, 5)]
    assert [card.product for card in Card.objects.all()] == ["debit"]


def test_every_fault_of_a_row_is_named_at_once(load):
    _, faults = load([UNIT, ",person,,resident_id,1"])
    assert {column for _, _, column, _ in faults} == {"customer_ref", "kind", "name", "document_number"}


def test_of_duplicates_in_a_file_the_first_stands(load):
    _, faults = load(
        [
            ZHANG,
            "Z,individual,李四,resident_id,360426199101010071",
            "Y,individual,张三,household_register,11010519491231002x",
        ],
        ["A,Z,600001,bank,I,2015-03-24,1", "A,Z,600002,bank,I,2015-03-24,1", "B,Z,600001,bank,I,2015-03-24,1"],
        [ONE_CARD, "2,A,6228480000000015,debit,2018-10-16"],
    )
    assert faults == [
        ("customers.csv", 3, "customer_ref", "DUPLICATE_IN_FILE"),
        ("customers.csv", 4, "document_number", "DUPLICATE_IN_FILE"),
        ("accounts.csv", 3, "account_ref", "DUPLICATE_IN_FILE"),
        ("accounts.csv", 4, "account_number", "DUPLICATE_IN_FILE"),
        ("cards.csv", 3, "card_number", "DUPLICATE_IN_FILE"),
    ]


def test_the_number_of_another_account_or_card_is_refused(load, li):
    taken = factories.account(li, "I", account_number="600001")
    factories.card(taken, number="6228480000000015")
    _, faults = load(
        accounts=["A,Z,600001,bank,I,2015-03-24,5", "B,Z,600002,bank,II,2015-03-24,5"],
        cards=["1,B,6228480000000015,debit,2018-10-16"],
    )
    assert faults == [
        ("accounts.csv", 2, "account_number", "ACCOUNT_NUMBER_TAKEN"),
        ("cards.csv", 2, "card_number", "CARD_NUMBER_TAKEN"),
    ]
    taken.refresh_from_db()
    assert taken.balance_fen == 0


def test_portions_know_what_earlier_portions_brought(load, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 2)
    people = [factories.somebody(f"客户{'甲乙丙丁戊'[n]}") for n in range(5)]
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


def test_nothing_that_could_be_loaded_is_a_failure(load):
    with pytest.raises(CommandError, match="row errors"):
        load(["Z,person,张三,resident_id,11010519491231002X"])


def test_strict_makes_every_row_error_a_failure(load):
    with pytest.raises(CommandError, match="row errors"):
        load([ZHANG, "Y,individual,,resident_id,1"], strict=True)


def test_a_file_with_another_header_is_refused_whole(load):
    with pytest.raises(CommandError, match="header"):
        load(headers=(CUSTOMERS + ",email", ACCOUNTS, CARDS))
    assert not Customer.objects.exists()


class TestFirstGeneration:
    """A number of 15 digits is the person whose 18-digit number it became."""

    OLD = "Y,individual,张三,resident_id,110105491231002"

    def test_it_is_registered_as_what_it_became(self, load):
        load([self.OLD])
        assert Document.objects.get().number == "11010519491231002X"
        assert bytes(Identity.objects.get().key) == factories.ZHANG.identity_key

    def test_two_references_of_one_person_are_one_customer_whose_accounts_count_together(self, load):
        printed, faults = load(
            [ZHANG, self.OLD], ["A,Z,600001,bank,I,2010-01-01,1", "B,Y,600002,bank,I,2005-01-01,2.50"]
        )
        assert faults == []
        customer = Customer.objects.get()
        found = Account.objects.order_by("account_number").values_list("customer_id", "class_slot")
        assert list(found) == [(customer.id, None), (customer.id, 1)]
        assert "SAME_PERSON_IN_FILE" in printed
        assert "存量1" in printed
        assert not failures()

    def test_of_another_name_it_is_refused(self, load):
        _, faults = load([ZHANG, "Y,individual,李四,resident_id,110105491231002"])
        assert faults == [("customers.csv", 3, "name", "IDENTITY_CONFLICT")]

    def test_of_a_customer_of_the_bank_it_is_known(self, load, zhang):
        load([self.OLD], ["A,Y,600001,bank,I,2010-01-01,1"])
        assert Account.objects.get().customer_id == zhang.id


def test_who_may_be_one_person_is_listed_and_loaded(load):
    alone = factories.somebody("王小明")
    passport = "P,individual,赵四,passport,E12345678,CHN,1980-02-03"
    same = "R,individual,赵四,passport,E12345679,CHN,1980-02-03"
    printed, faults = load(
        [passport, same, f"W,individual,{alone.name},resident_id,{alone.number},,"],
        headers=(CUSTOMERS + ",document_country,birth_date", ACCOUNTS, CARDS),
    )
    assert faults == []
    assert Customer.objects.count() == 3
    assert "POSSIBLE_SAME: 2" in printed
    assert not failures()


def test_the_id_of_the_decision_tells_when_it_was_made(tmp_path, noon):
    """Not when the last row was written, minutes later: what is proved compares the id with the instant."""
    told = []
    stock.loaded(tmp_path, on_step=lambda _step: told.append(new_id()), customers=[CUSTOMERS, ZHANG])
    assert Decision.objects.get(kind="load_stock").id < told[0]


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
    assert not failures()
