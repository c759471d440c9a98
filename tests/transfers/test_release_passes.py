"""What somebody else holds is passed over: it delays its own transfers, nobody else's, and is no fault of theirs."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from config.kernel.locks import everybody_lock
from config.kernel.sql import rows
from config.stack.process import wait_until
from tests import factories
from tests.clock import NOON
from tests.races import at_once
from tests.roles import as_owner
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Transfer
from transfers.operations import release, release_all, release_batch, release_claim
from transfers.operations.release import Released, release_blocked, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


@contextmanager
def locked(*accounts):
    """Let another session hold accounts' rows."""
    with connection.copy().cursor() as holder:
        holder.execute("BEGIN")
        ids = [account.id for account in accounts]
        holder.execute("SELECT id FROM accounts_account WHERE id = ANY(%s) FOR NO KEY UPDATE", [ids])
        try:
            yield
        finally:
            holder.execute("ROLLBACK")
            holder.connection.close()


@pytest.fixture
def crowd(noon, payee):
    """Ten payers, the first of whom have the earliest due transfers, five of each."""
    payers = [factories.account(factories.customer(), "I") for _ in range(10)]
    for number, account in enumerate(payers):
        pay_in(account, 1000)
        held(account, payee, count=5, amount_fen=1, due_at=NOON - 20 * SECOND + number * SECOND)
    return payers


def release_what_can_be(**more):
    return release_all.release_all(released_by=ReleasedBy.CELERY, goes_on=lambda: True, **more)


def left():
    return Transfer.objects.filter(status="held").count()


def unharmed():
    return not Transfer.objects.exclude(attempts=0, parked_until=None).exists()


def test_a_locked_account_delays_only_its_own_transfers(crowd):
    with locked(crowd[0], crowd[1]):
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=50, posted=40, passed=10)
    assert unharmed()
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=10, posted=10)


@pytest.mark.parametrize("size", [1, 3, 10, 50, 1000])
def test_locked_accounts_at_the_head_of_the_queue_stop_nothing_behind_them(crowd, settings, size):
    settings.RELEASE_BATCH_SIZE = size
    with locked(*crowd[:4]):
        done = release_what_can_be()
        assert (done.posted, left()) == (30, 20)
        assert done.passed
    assert unharmed()
    assert release_what_can_be().posted == 20


def test_a_lock_on_the_payee_is_passed_over_too(crowd, payer, payee):
    other = factories.account(factories.customer(), "I")
    held(payer, other, count=3, amount_fen=1, due_at=NOON)
    with locked(payee):
        assert release_what_can_be().posted == 3
    assert unharmed()


def test_the_earliest_due_goes_first_once_it_can(crowd, settings):
    settings.RELEASE_BATCH_SIZE = 10
    with locked(crowd[0]):
        release_due(released_by=ReleasedBy.CELERY)
    release_due(released_by=ReleasedBy.CELERY)
    posted = Transfer.objects.filter(status="posted")
    assert posted.filter(payer_account=crowd[0]).count() == 5


def test_waits_its_turn_for_an_account_that_is_always_held_by_somebody(crowd, monkeypatch):
    """Where nothing else can be done one account is waited for: it is given up, and the release is next."""
    monkeypatch.setattr(release_all, "PAUSES", (0, 0))
    monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "30s")
    held_up, given_up = threading.Event(), threading.Event()

    def hold():
        with locked(crowd[0]):
            held_up.set()
            assert wait_until(somebody_waits, seconds=30)
        given_up.set()

    def release_meanwhile():
        held_up.wait(30)
        return release_what_can_be()

    _, done = at_once(hold, release_meanwhile)
    assert given_up.is_set()
    assert done.posted == 50
    assert unharmed()


def somebody_waits():
    with as_owner():
        return rows(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%accounts_account%%' "
            "AND datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_wait_in_vain_is_no_fault_of_the_row(crowd):
    with locked(crowd[0]):
        (blocked,) = release_due(released_by=ReleasedBy.CELERY).blocked
        assert release_blocked(blocked, released_by=ReleasedBy.CELERY) == Released(claimed=5, passed=5)
    assert unharmed()


def test_an_approval_that_takes_long_is_no_fault_of_any_row(crowd, settings):
    with connection.copy().cursor() as approver:
        approver.execute("BEGIN")
        lock = everybody_lock(exclusive=True)
        approver.execute(lock.text, lock.params)
        rows("SET lock_timeout = '50ms'")
        assert release_due(released_by=ReleasedBy.CELERY) == Released(passed=1)
        rows("RESET lock_timeout")
        approver.execute("ROLLBACK")
        approver.connection.close()
    assert unharmed()
    assert release_what_can_be().posted == 50


def test_what_was_passed_over_is_woken_again_by_one_of_many(crowd, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks, "RETRY_SECONDS", 100)
    monkeypatch.setattr(tasks.release_due, "apply_async", lambda *, countdown, **_: sent.append(countdown))
    with locked(crowd[0]):
        for _ in range(3):
            tasks.release_due()
    assert sent == [100]
    assert left() == 5


def test_a_batch_that_stands_still_is_ended_within_ten_seconds():
    assert 0 < release_claim.TRANSACTION_SECONDS <= 10


def test_the_server_ends_a_batch_whose_process_stands_still(crowd, monkeypatch):
    """What it had locked is free again."""
    monkeypatch.setattr(release_claim, "TRANSACTION_SECONDS", 1)
    monkeypatch.setattr(release_batch, "judge", lambda *_: time.sleep(4) or {})
    with pytest.raises(release.TookTooLong):
        release_due(released_by=ReleasedBy.CELERY)
    assert not rows(
        "SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND datname = current_database()"
    )
    assert unharmed()
    monkeypatch.undo()
    assert release_what_can_be().posted == 50


def test_a_batch_that_takes_too_long_is_tried_again_by_halves(crowd, monkeypatch, settings):
    settings.RELEASE_BATCH_SIZE = 40
    monkeypatch.setattr(release_all, "_size", release_all.Size())
    sizes, plain = [], release_batch.judge

    def slow(ids, *told):
        sizes.append(ids.size)
        if ids.size > 10:
            rows("SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)")
        return plain(ids, *told)

    monkeypatch.setattr(release_batch, "judge", slow)
    assert release_what_can_be().posted == 50
    assert sizes[:3] == [40, 20, 10]
    assert unharmed()


def test_it_stays_at_the_size_that_works_and_grows_again_slowly(settings):
    settings.RELEASE_BATCH_SIZE = 40
    size = release_all.Size()
    assert [size.took_too_long() for _ in range(7)] == [True] * 5 + [False] * 2
    assert size.now == 1
    for _ in range(size.ENOUGH - 1):
        size.went_well()
    assert size.now == 1
    size.went_well()
    assert size.now == 2


def test_an_account_that_stays_locked_is_not_walked_to_again_and_again(crowd, settings):
    """Others go on falling due meanwhile: each call comes to its end, and leaves the rest to the next."""
    settings.RELEASE_BATCH_SIZE = 50
    batches = []

    def one_more(done):
        batches.append(done)
        if len(batches) < 100:
            held(crowd[9], crowd[8], amount_fen=1, due_at=NOON)

    with locked(*crowd[:8]):
        release_what_can_be(tell=one_more)
    assert len(batches) <= 2 * (len(release_all.PAUSES) + 1)
