"""Releases of an account locked by one payment after another wait shortly, and others are not delayed."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.models import Max, QuerySet

from accounts.models import Account
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.stack.process import wait_until
from config.stack.valkey import Valkey
from tests import factories
from tests.faults.conftest import Stream
from tests.processes import beat, running, watcher, worker
from tests.races import row_lock
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

#: A second is meant, beyond what a busy machine does to all others.
BEYOND_OTHERS_MS = 1_000


@contextmanager
def held_in_turn(account: Account, *, sessions: int, seconds: float) -> Iterator[None]:
    """Let sessions lock an account's row one after the other, as payments to a merchant do."""
    stop = threading.Event()
    lock = row_lock("accounts_account", account.id)

    def hold() -> None:
        while not stop.is_set():
            with transaction.atomic():
                rows(lock.text, lock.params)
                time.sleep(seconds)
        connection.close()

    threads = [threading.Thread(target=hold) for _ in range(sessions)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(("sessions", "seconds"), [(4, 0.005), (8, 0.004)])
def test_an_account_that_is_hardly_ever_free_gets_its_turn_while_others_fall_due(
    stream: Stream, broker: Valkey, tmp_path: Path, sessions: int, seconds: float
) -> None:
    customer, merchant = (factories.account(factories.customer(), "I") for _ in range(2))
    pay_in(customer, 100)
    parts = [part(tmp_path, REDIS_URL=broker.url) for part in (worker, beat, watcher)]
    with running(*parts):
        # Far enough ahead that writing them takes less, whatever the machine does meanwhile.
        held(customer, merchant, count=10, amount_fen=1, due_at=bank_now() + timedelta(seconds=15))
        stream.hold(1500, first=14, last=29)
        with held_in_turn(merchant, sessions=sessions, seconds=seconds):
            assert wait_until(lambda: stream.left() == 0, seconds=60)
    released = Event.objects.exclude(released_by="")
    of_merchant = released.filter(transfer__payee_account=merchant)
    assert of_merchant.count() == 10
    others = released.exclude(transfer__payee_account=merchant)
    assert worst(of_merchant) < worst(others) + BEYOND_OTHERS_MS


def worst(events: QuerySet[Event]) -> int:
    return events.aggregate(worst=Max("lateness_ms"))["worst"]
