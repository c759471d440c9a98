"""A downgrade concurrent with an opening, an order and a release."""

import pytest

from accounts.models import Account
from tests import factories
from tests.concurrency.conftest import release, release_all
from tests.races import ConcurrentCall, not_yet_committed
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(noon, zhang):
    """A Class I account without cards, so that it may change to any class."""
    return factories.account(zhang, "I")


@pytest.fixture
def second(client_for):
    return client_for("teller", "second")


def opening(client, customer, account_class):
    """Open an account; return the answer's code, empty on success."""
    body = {"customer_id": str(customer.id), "kind": "bank", "account_class": account_class}
    return client.post("/accounts", body).json().get("code", "")


def downgrade(client, account, to="II"):
    answer = client.post(f"/accounts/{account.id}/downgrade", {"to": to})
    assert answer.status_code == 200, answer.json()


def count(customer, account_class):
    return Account.objects.filter(customer=customer, account_class=account_class, status="open").count()


def test_opening_concurrent_with_a_downgrade_finds_the_freed_place(teller, second, zhang, account):
    with not_yet_committed():
        downgrade(teller, account)
        call = ConcurrentCall(lambda: opening(second, zhang, "I")).wait_until_blocked()
    assert call.result() == ""
    assert (count(zhang, "I"), count(zhang, "II")) == (1, 1)


def test_opening_concurrent_with_a_downgrade_does_not_find_the_last_place(teller, second, zhang, account):
    for _ in range(4):
        factories.account(zhang, "II")
    with not_yet_committed():
        downgrade(teller, account)
        call = ConcurrentCall(lambda: opening(second, zhang, "II")).wait_until_blocked()
    assert call.result() == "CLASS_II_LIMIT"
    assert (count(zhang, "I"), count(zhang, "II")) == (0, 5)


def test_downgrade_concurrent_with_an_opening_does_not_find_the_last_place(teller, second, zhang, account):
    for _ in range(4):
        factories.account(zhang, "II")

    def asked():
        return second.post(f"/accounts/{account.id}/downgrade", {"to": "II"}).json().get("code", "")

    with not_yet_committed():
        assert opening(teller, zhang, "II") == ""
        call = ConcurrentCall(asked).wait_until_blocked()
    assert call.result() == "CLASS_II_LIMIT"
    assert (count(zhang, "I"), count(zhang, "II")) == (1, 5)


def test_concurrent_order_and_downgrade_both_take_effect(teller, second, payer, at_once_order):
    with not_yet_committed():
        downgrade(teller, payer)
        paying = ConcurrentCall(lambda: second.post("/transfers", at_once_order)).wait_until_blocked()
    assert paying.result().status_code == 201
    assert (Account.objects.get(pk=payer.pk).account_class, money(payer)) == ("II", (90_000, 0))


def test_concurrent_release_and_downgrade_both_take_effect(running, teller, payer, payee):
    held(payer, payee)
    with not_yet_committed():
        downgrade(teller, payer)
        releasing = ConcurrentCall(release).wait_until_blocked()
    releasing.result()
    release_all()
    assert Transfer.objects.get().status == "posted"
    assert (Account.objects.get(pk=payer.pk).account_class, money(payer)) == ("II", (99_900, 0))
