"""Closing an account concurrent with a movement of its money: each sees the other's result."""

import pytest

from accounts.models import Account
from accounts.refusals.money import AccountClosed
from accounts.vocabulary import Channel
from config.kernel.models import Decision
from tests.concurrency.conftest import release, release_all
from tests.http import code
from tests.races import ConcurrentCall, not_yet_committed
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.vocabulary import Arrival

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def close(running, teller):
    """Close an account; return the answer."""
    return lambda account: teller.post(f"/accounts/{account.id}/close")


def closed_at(account):
    account.refresh_from_db()
    return account.closed_at


def test_payment_concurrent_with_a_closing_finds_the_payee_closed(close, payer, payee, client_for):
    caller = client_for("teller", "second").caller
    order = TransferOrder(Channel.COUNTER, 100_00, None, payer.id, payee.account_number, "", "李四", Arrival.REAL_TIME)

    def pay():
        # Only one attempt: a violated constraint is not judged again here, as it is for a caller.
        with not_yet_committed():
            try:
                accept_transfer(order, principal=caller)
            except AccountClosed as refusal:
                return refusal.code
        return "posted"

    with not_yet_committed():
        assert close(payee).status_code == 200
        paying = ConcurrentCall(pay).wait_until_blocked()
    assert paying.result() == "ACCOUNT_CLOSED"
    assert Transfer.objects.get().accepted_at >= closed_at(payee)
    assert (money(payer), money(payee)) == ((100_000, 0), (0, 0))


def test_closing_concurrent_with_a_payment_finds_the_money(close, payer, payee, teller, at_once_order):
    with not_yet_committed():
        assert teller.post("/transfers", at_once_order).status_code == 201
        closing = ConcurrentCall(lambda: close(payee)).wait_until_blocked()
    assert code(closing.result()) == (409, "ACCOUNT_NOT_EMPTY")
    assert (Account.objects.get(pk=payee.pk).status, money(payee)) == ("open", (10_000, 0))


def test_closing_concurrent_with_the_last_withdrawal_finds_no_money(close, payer, client_for):
    body = {"account": {"account_id": str(payer.id)}, "amount": "1000"}
    with not_yet_committed():
        assert client_for("teller", "second").post("/cash/withdrawals", body).status_code == 201
        closing = ConcurrentCall(lambda: close(payer)).wait_until_blocked()
    assert closing.result().status_code == 200, "refused after the instant at which it was emptied"
    assert closed_at(payer) > Decision.objects.get(kind="withdrawal").at


def test_release_concurrent_with_a_closing_returns_the_money(close, payer, payee):
    held(payer, payee)
    with not_yet_committed():
        assert close(payee).status_code == 200
        releasing = ConcurrentCall(release).wait_until_blocked()
    releasing.result()
    release_all()
    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.outcome_code) == ("returned", "ACCOUNT_CLOSED")
    assert transfer.ended_at >= closed_at(payee)
    assert (money(payer), money(payee)) == ((100_000, 0), (0, 0))
