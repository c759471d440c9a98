"""Two counters open for one person under two customers at once: the second waits and counts over both."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from django.db import connection

from accounts.models import Account, Card, Customer
from accounts.operations.accounts import open_account
from accounts.operations.cards import issue_card
from accounts.vocabulary import AccountClass, AccountKind, CardProduct
from config.kernel.access.keys import Caller
from config.kernel.vault.sealed import person_key
from tests import factories
from tests.concurrency.conftest import ended
from tests.factories import ZHANG, Person
from tests.races import ConcurrentCall, at_once, not_yet_committed
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)

BORN = date(1949, 12, 31)
TRIGGERS = {
    "accounts_account": "account_not_beside_possible_same",
    "accounts_card": "card_not_beside_possible_same",
}


@pytest.fixture
def teller(noon) -> Caller:
    return factories.caller("teller")


@pytest.fixture
def two(noon) -> tuple[Customer, Customer]:
    """Two customers of one name and birth date, with a resident ID and a military ID."""
    identity = {"sealed_birth_date": BORN.isoformat(), "match_key": person_key("张三", BORN)}
    return (
        factories.customer(ZHANG, **identity),
        factories.customer(Person("张三", "军字第12号", "military_id"), **identity),
    )


@contextmanager
def without_the_triggers() -> Iterator[None]:
    """Disable the database's triggers, so that only the code's checks apply."""
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE")


def _switch(to: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        for table, trigger in TRIGGERS.items():
            cursor.execute(f"ALTER TABLE {table} {to} TRIGGER {trigger}")


def open_class_i(teller: Caller, customer: Customer) -> str:
    asked = {"customer_id": customer.id, "kind": AccountKind.BANK, "account_class": AccountClass.I}
    return ended(lambda: open_account(principal=teller, **asked))()


def issue(teller: Caller, account: Account) -> str:
    return ended(lambda: issue_card(principal=teller, account_id=account.id, product=CardProduct.DEBIT))()


def test_the_second_counter_waits_for_the_first_and_is_refused(teller, two):
    with without_the_triggers():
        with not_yet_committed():
            assert open_class_i(teller, two[0]) == "done"
            call = ConcurrentCall(partial(open_class_i, teller, two[1])).wait_until_blocked()
        assert call.result() == "POSSIBLE_SAME_UNDECIDED"


def test_second_card_waits_without_the_triggers_too(teller, two):
    accounts = [factories.account(each) for each in two]
    for _ in range(3):
        factories.card(accounts[0])
    with without_the_triggers():
        with not_yet_committed():
            assert issue(teller, accounts[0]) == "done"
            call = ConcurrentCall(partial(issue, teller, accounts[1])).wait_until_blocked()
        assert call.result() == "POSSIBLE_SAME_UNDECIDED"


def test_opening_without_the_lock_is_serialized_by_the_database(teller, two, monkeypatch):
    monkeypatch.setattr("accounts.operations.holders.lock_matches", lambda _: None)
    with not_yet_committed():
        assert open_class_i(teller, two[0]) == "done"
        call = ConcurrentCall(partial(open_class_i, teller, two[1])).wait_until_blocked()
    assert call.result() == "POSSIBLE_SAME_UNDECIDED"


def test_sixteen_counters_for_the_two_leave_one_account_and_four_cards(teller, two):
    ends = Counter(at_once(*[partial(open_class_i, teller, each) for each in two * 8]))
    assert ends["done"] == 1
    assert set(ends) == {"done", "CLASS_I_EXISTS", "POSSIBLE_SAME_UNDECIDED"}
    accounts = [factories.account(each) for each in two]
    ends = Counter(at_once(*[partial(issue, teller, each) for each in accounts * 8]))
    assert ends["done"] == Card.objects.count() == 4
