"""Two sessions compete for the last place beside excess; a batch ends while a row refers to it."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError

from accounts.models import Account, Card, Customer, ImportBatch
from config.kernel.database.sql import rows
from tests import factories, stock
from tests.races import ConcurrentCall, not_yet_committed
from tests.roles import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(write: Callable[[], object]) -> str:
    """Return the name of the constraint that refuses a write, or "done"."""
    try:
        write()
    except IntegrityError as error:
        return error.__cause__.diag.constraint_name  # type: ignore[union-attr]
    return "done"


@pytest.fixture
def beyond(noon) -> Customer:
    """Three Class II accounts with a place and one beyond the limit."""
    holder, batch = factories.customer(factories.ZHANG), stock.batch()
    stock.account_beyond(holder, batch, "II")
    for slot in (1, 2, 3):
        factories.account(holder, "II", class_slot=slot)
    stock.finished(batch)
    return holder


def test_second_of_two_accounts_waits_and_finds_no_place(beyond):
    def second() -> str:
        return outcome(lambda: factories.account(beyond, "II", class_slot=5))

    with not_yet_committed():
        factories.account(beyond, "II", class_slot=4)
        late = ConcurrentCall(second).wait_until_blocked()
    assert late.result() == "account_no_place_beside_excess"
    assert Account.objects.filter(customer=beyond).count() == 5


def test_second_of_two_changes_of_class_waits_and_finds_no_place(beyond):
    first, second = factories.account(beyond, "III"), factories.account(beyond, "III")

    def change(account: Account, slot: int) -> str:
        found = Account.objects.filter(pk=account.pk)
        return outcome(lambda: found.update(account_class="II", class_slot=slot))

    with not_yet_committed():
        assert change(first, 4) == "done"
        late = ConcurrentCall(lambda: change(second, 5)).wait_until_blocked()
    assert late.result() == "account_no_place_beside_excess"


@pytest.fixture
def no_other_lock(noon):
    """Disable the trigger about possible matches of a card, so that only the tested lock remains."""
    switch = "ALTER TABLE accounts_card {} TRIGGER card_not_beside_possible_same"
    with as_owner():
        rows(switch.format("DISABLE"))
    yield
    with as_owner():
        rows(switch.format("ENABLE"))


def test_second_of_two_cards_waits_and_finds_no_place(no_other_lock):
    batch = stock.batch()
    account = factories.account(factories.customer(factories.ZHANG))
    stock.card_beyond(account, batch)
    for slot in (1, 2):
        factories.card(account, slot=slot)
    stock.finished(batch)
    with not_yet_committed():
        factories.card(account, slot=3)
        late = ConcurrentCall(lambda: outcome(lambda: factories.card(account, slot=4))).wait_until_blocked()
    assert late.result() == "card_no_place_beside_excess"
    assert Card.objects.filter(customer=account.customer).count() == 4


def finish(batch: ImportBatch) -> None:
    rows("UPDATE accounts_importbatch SET finished_at = now() WHERE id = %s", [batch.pk])


def test_batch_ends_after_a_concurrent_row_of_it(noon):
    holder, batch = factories.customer(factories.ZHANG), stock.batch()
    with not_yet_committed():
        stock.account_beyond(holder, batch)
        late = ConcurrentCall(lambda: finish(batch)).wait_until_blocked()
        assert rows("SELECT finished_at FROM accounts_importbatch") == [{"finished_at": None}]
    late.result()


@pytest.mark.parametrize("table", ["customer", "account", "card", "breach"])
def test_row_of_a_batch_waits_for_its_end(noon, table):
    holder, batch = factories.customer(factories.ZHANG), stock.batch()
    account = factories.account(holder)
    write, rule = {
        "customer": (lambda: factories.customer(factories.LI, import_batch=batch), "customer_batch_unfinished"),
        "account": (lambda: stock.account_beyond(holder, batch), "account_batch_unfinished"),
        "card": (lambda: stock.card_beyond(account, batch), "card_batch_unfinished"),
        "breach": (lambda: stock.breach(batch), "stock_breach_batch_unfinished"),
    }[table]
    with not_yet_committed():
        finish(batch)
        late = ConcurrentCall(lambda: outcome(write)).wait_until_blocked()
    assert late.result() == rule
