"""A batch ends within its deadline: waits for locks do not add up to one lock timeout per order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest

from config.kernel.database.locks import subject_lock
from config.kernel.database.sql import rows
from config.kernel.models import IdempotencyKey
from config.kernel.vault.sealed import card_key
from tests import factories
from tests.races import other_transaction, row_lock
from tests.transfers.conftest import CARD, money, pay_in
from transfers.api import batches, transfers
from transfers.api.batches import ORDER_SECONDS
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Set a short lock timeout."""
    rows("SET lock_timeout = '50ms'")
    yield
    rows("RESET lock_timeout")


@pytest.fixture
def tried(monkeypatch) -> list[tuple[str, str]]:
    """The orders that were executed alone: amount and lock timeout of each."""
    done: list[tuple[str, str]] = []
    accept = transfers.accept_transfer

    def noted(order, **more):
        done.append((f"{order.amount_fen / 100:.2f}", rows("SHOW lock_timeout")[0]["lock_timeout"]))
        return accept(order, **more)

    monkeypatch.setattr(transfers, "accept_transfer", noted)
    return done


@pytest.fixture
def keyed(order):
    def body(amount: str, **changes: Any) -> dict[str, Any]:
        return {"idempotency_key": uuid4().hex, **order(**{"arrival": "next_day", "amount": amount} | changes)}

    return body


@contextmanager
def held(account) -> Iterator[None]:
    with other_transaction(row_lock("accounts_account", account.pk)):
        yield


def sent(client, orders: list[Any]) -> list[Any]:
    answer = client.post("/transfers/batch", {"orders": orders}, key=None)
    assert answer.status_code == 200, answer.json()
    results = answer.json()["results"]
    return [each["body"].get("code") or each["body"]["status"] for each in results]


def passing(monkeypatch, seconds: float) -> None:
    """Let each reading of the clock be `seconds` later than the one before."""
    now = iter(range(10_000))
    clock: Callable[[], float] = lambda: next(now) * seconds  # noqa: E731
    monkeypatch.setattr(batches, "monotonic", clock)


def test_further_orders_of_a_locked_payer_are_not_tried(teller, keyed, payer, tried, impatient):
    other = factories.account(factories.customer(factories.new_person("钱七")), "I")
    pay_in(other, 1_000)
    orders = [
        keyed("1.00"),
        keyed("2.00"),
        keyed("4.00", payer={"account_id": str(other.id)}),
        keyed("3.00", arrival="real_time"),
    ]
    with held(payer):
        assert sent(teller, orders) == ["UNAVAILABLE", "UNAVAILABLE", "held", "UNAVAILABLE"]
    assert [amount for amount, _ in tried] == ["1.00"]
    assert IdempotencyKey.objects.count() == Transfer.objects.count() == 1
    assert sent(teller, orders) == ["held", "held", "held", "posted"]
    assert (money(payer), money(other)) == ((99_700, 300), (1_000, 400))


def test_finished_order_is_answered_again_although_the_payer_is_locked(teller, keyed, payer, tried, impatient):
    done, waits = keyed("1.00"), keyed("2.00")
    assert sent(teller, [done]) == ["held"]
    with held(payer):
        assert sent(teller, [waits, done, done | {"amount": "3.00"}]) == [
            "UNAVAILABLE",
            "held",
            "IDEMPOTENCY_KEY_REUSED",
        ]
    assert money(payer) == (100_000, 100)


def test_locked_payee_delays_no_other_order_of_the_payer(teller, keyed, payer, payee, tried, impatient, monkeypatch):
    """This holds also when the set was rolled back as a whole and each order is executed alone."""

    def fallen_apart(_, **__):
        raise RuntimeError

    monkeypatch.setattr("transfers.api.order_sets._accept", fallen_apart)
    orders = [keyed("1.00", arrival="real_time"), keyed("2.00", arrival="real_time"), keyed("3.00")]
    with held(payee):
        assert sent(teller, orders) == ["UNAVAILABLE", "UNAVAILABLE", "held"]
    assert [amount for amount, _ in tried] == ["1.00", "2.00", "3.00"]
    assert sent(teller, orders) == ["posted", "posted", "held"]
    assert (money(payer), money(payee)) == ((99_700, 300), (300, 0))


def test_no_order_is_begun_when_the_time_of_the_batch_is_over(
    teller, keyed, payer, payee, tried, impatient, monkeypatch
):
    orders = [keyed(f"{number}.00", arrival="real_time") for number in range(1, 6)]
    # Each order asks the clock twice.
    passing(monkeypatch, ORDER_SECONDS / 4)
    with held(payee):
        assert sent(teller, orders) == ["UNAVAILABLE"] * 5
    assert [amount for amount, _ in tried] == ["1.00", "2.00"]
    assert not IdempotencyKey.objects.exists()
    monkeypatch.undo()
    assert sent(teller, orders) == ["posted"] * 5
    assert money(payer) == (98_500, 0)


def test_an_order_waits_for_a_lock_no_longer_than_the_batch_has_left(teller, keyed, payer, payee, tried, monkeypatch):
    rows("SET lock_timeout = '8s'")
    try:
        orders = [keyed(f"{number}.00") for number in range(1, 4)]
        monkeypatch.setattr(batches, "accept_requests", lambda _: None)
        passing(monkeypatch, 1.5)
        assert sent(teller, orders) == ["held"] * 3
        # Of ten seconds seven are left, then four, then one; never more than anybody waits.
        assert tried == [("1.00", "7s"), ("2.00", "4s"), ("3.00", "1s")]
        tried.clear()
        passing(monkeypatch, 0)
        assert sent(teller, [keyed("4.00")]) == ["held"]
        assert tried == [("4.00", "8s")]
        tried.clear()
        ticks = iter([0, 9.99, 9.99])
        monkeypatch.setattr(batches, "monotonic", lambda: next(ticks))
        assert sent(teller, [keyed("5.00")]) == ["held"]
        assert tried == [("5.00", "100ms")]
    finally:
        rows("RESET lock_timeout")


def test_payer_with_a_certificate_being_approved_counts_as_locked(teller, keyed, payer, tried, impatient):
    orders = [keyed("1.00"), keyed("2.00")]
    with other_transaction(subject_lock([card_key(CARD)], exclusive=True)):
        assert sent(teller, orders) == ["UNAVAILABLE"] * 2
    assert [amount for amount, _ in tried] == ["1.00"]
    assert sent(teller, orders) == ["held"] * 2
