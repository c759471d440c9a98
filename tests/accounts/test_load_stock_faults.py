"""Faults of stock rows are named by row and column, never by value; the other rows are imported."""

import pytest
from django.core.management import CommandError

from accounts.models import (
    Account,
    Card,
    Customer,
)
from accounts.vocabulary import CardProduct
from tests import factories
from tests.accounts.sheets import ACCOUNTS, CARDS, CUSTOMERS, ONE_CARD, ORGANIZATION, ZHANG, card_number


def test_the_document_of_a_customer_of_another_name_is_refused(load, zhang):
    _, faults = load(
        ["Z,individual,张山,resident_id,11010519491231002X", ORGANIZATION],
        ["A,Z,600001,bank,I,2015-03-24,1"],
        strict=False,
    )
    assert faults == [
        ("customers.csv", 2, "name", "IDENTITY_CONFLICT"),
        ("accounts.csv", 2, "customer_ref", "CUSTOMER_NOT_LOADED"),
    ]


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
    printed, faults = load([ORGANIZATION, row])
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
    _, faults = load([ZHANG, ORGANIZATION], [row, "N,U,600009,bank,none,2026-01-05,9999999999999.99"])
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


def test_imported_organization_has_no_card_of_a_product_for_individuals(load):
    cards = [f"{number},U,{card_number(number)},{product},2018-10-16" for number, product in enumerate(CardProduct, 1)]
    _, faults = load(
        customers=["U,organization,示范有限公司,uscc,91350100M000100Y43"],
        accounts=["U,U,600001,bank,none,2015-03-24,1"],
        cards=cards,
    )
    personal = [each.is_personal for each in CardProduct]
    assert faults == [
        ("cards.csv", line, "product", "CARD_NOT_OFFERED") for line, is_so in enumerate(personal, 2) if is_so
    ]
    assert [card.product for card in Card.objects.all()] == [each for each in CardProduct if not each.is_personal]


def test_every_fault_of_a_row_is_named_at_once(load):
    _, faults = load([ORGANIZATION, ",person,,resident_id,1"])
    assert {column for _, _, column, _ in faults} == {"customer_ref", "kind", "name", "document_number"}


def test_first_of_duplicate_rows_in_a_file_is_kept(load):
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
