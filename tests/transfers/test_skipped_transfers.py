"""Transfers of a locked account are skipped: only they are delayed, and late ones are waited for."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from config.kernel.database.id_arrays import Ids
from config.kernel.database.ids import new_id
from config.kernel.database.locks import everybody_lock
from config.kernel.database.sql import rows
from tests import factories
from tests.clock import NOON
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations import release as release_one
from transfers.operations import release_all, release_claim
from transfers.operations.release import Released, release_due
from transfers.operations.release_all import REMEMBERED, REST, AccountWaits
from transfers.operations.release_claim import LATE, Blocked
from transfers.vocabulary import ReleasedBy

SECOND = timedelta(seconds=1)


class Watch:
    """A monotonic clock that the test sets."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch) -> Watch:
    found = Watch()
    monkeypatch.setattr(release_all, "time", found)
    return found


@pytest.fixture(autouse=True)
def nothing_waited_for(monkeypatch) -> None:
    """Reset the process's memory of waits for accounts."""
    monkeypatch.setattr(release_all, "_waits", AccountWaits())


def blocked(late: timedelta) -> Blocked:
    return Blocked(Ids.of([new_id()]), Ids.of([new_id()]), NOON - late, late)


class TestOrderOfWaits:
    def test_only_late_transfers_are_waited_for(self):
        early, late = blocked(LATE - timedelta.resolution), blocked(LATE)
        assert AccountWaits().next([]) is None
        assert AccountWaits().next([early]) is None
        assert AccountWaits().next([early, late]) == late

    def test_the_latest_first(self):
        found = [blocked(LATE), latest := blocked(3 * LATE), blocked(2 * LATE)]
        assert AccountWaits().next(found) == latest

    def test_account_waited_for_in_vain_is_skipped_for_a_multiple_of_the_wait(self, watch):
        waits, stuck, hot = AccountWaits(), blocked(9 * LATE), blocked(LATE)
        waits.waited(stuck, seconds=0.5, in_vain=True)
        watch.now += REST * 0.5 - 0.001
        assert waits.next([stuck]) is None
        assert waits.next([stuck, hot]) == hot, "another account is waited for meanwhile"
        watch.now += 0.002
        assert waits.next([stuck]) == stuck

    def test_a_wait_that_was_not_in_vain_delays_no_other(self, watch):
        waits, hot = AccountWaits(), blocked(LATE)
        waits.waited(hot, seconds=0.5, in_vain=False)
        assert waits.next([hot]) == hot

    def test_account_waited_for_in_vain_delays_no_other(self, watch):
        waits, stuck, hot = AccountWaits(), blocked(9 * LATE), blocked(LATE)
        turns = []
        for _ in range(4):
            turns.append(waits.next([stuck, hot]))
            waits.waited(turns[-1], seconds=0.5, in_vain=turns[-1] == stuck)
            watch.now += 10
        assert turns == [stuck, hot, hot, hot]

    def test_among_accounts_that_are_all_stuck_each_has_its_turn(self, watch):
        waits, found = AccountWaits(), [blocked(9 * LATE), blocked(5 * LATE), blocked(LATE)]
        turns = []
        for _ in range(6):
            turns.append(waits.next(found))
            waits.waited(turns[-1], seconds=0.5, in_vain=True)
            watch.now += 10
        assert turns == found * 2

    def test_served_account_is_treated_as_any_other(self, watch):
        waits, once_stuck, other = AccountWaits(), blocked(2 * LATE), blocked(LATE)
        waits.waited(once_stuck, seconds=0.5, in_vain=True)
        waits.waited(once_stuck, seconds=0, in_vain=False)
        watch.now += 10
        assert waits.next([once_stuck, other]) == once_stuck

    def test_no_more_than_so_many_are_remembered(self, watch):
        waits, first, other = AccountWaits(), blocked(2 * LATE), blocked(LATE)
        for each in [first, *(blocked(LATE) for _ in range(REMEMBERED - 1))]:
            waits.waited(each, seconds=0.5, in_vain=True)
        watch.now += 10
        assert waits.next([first, other]) == other
        waits.waited(blocked(LATE), seconds=0, in_vain=True)
        assert waits.next([first, other]) == first


@contextmanager
def locked(*accounts):
    """Let another session lock the rows of accounts."""
    with other_transaction(*(row_lock("accounts_account", account.id) for account in accounts)) as holder:
        yield holder


@pytest.fixture
def crowd(noon, payee):
    """Ten payers with five due transfers each; the first payers' transfers are due first."""
    payers = [factories.account(factories.customer(), "I") for _ in range(10)]
    for number, account in enumerate(payers):
        pay_in(account, 1000)
        held(account, payee, count=5, amount_fen=1, due_at=NOON - 20 * SECOND + number * SECOND)
    return payers


@pytest.fixture
def merchant(noon, payer):
    """A payee with five transfers overdue for a second; another payee has five that fall due now."""
    payers = [factories.account(factories.customer(), "I") for _ in range(2)]
    merchant, other = (factories.account(factories.customer(), "I") for _ in range(2))
    for account in payers:
        pay_in(account, 100)
    held(payers[0], merchant, count=5, amount_fen=1, due_at=NOON - SECOND)
    held(payers[1], other, count=5, amount_fen=1, due_at=NOON)
    return merchant


@pytest.fixture
def patient(monkeypatch):
    """Waits end only when the test ends them."""
    monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "60s")


def everything(**more):
    return sum(release_all.release_all(released_by=ReleasedBy.CELERY, **more), Released())


def wait_for(blocked, by=ReleasedBy.CELERY):
    return release_due(released_by=by, ids=blocked.ids, wait_for=blocked.accounts)


def left():
    return Transfer.objects.filter(status="held").count()


def unharmed():
    return not Transfer.objects.exclude(attempts=0, parked_until=None).exists()


@pytest.mark.django_db(transaction=True)
class TestSkipping:
    def test_a_locked_account_delays_only_its_own_transfers(self, crowd):
        with locked(crowd[0], crowd[1]):
            assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=50, posted=40, passed=10)
        assert unharmed()
        assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=10, posted=10)

    @pytest.mark.parametrize("size", [1, 3, 10, 50, 1000])
    def test_locked_accounts_at_the_head_of_the_queue_stop_nothing_behind_them(self, crowd, settings, size):
        settings.RELEASE_BATCH_SIZE = size
        with locked(*crowd[:4]):
            done = everything(waits=False)
            assert (done.posted, left()) == (30, 20)
            assert done.passed
        assert unharmed()
        assert everything().posted == 20

    def test_a_lock_on_the_payee_is_passed_over_too(self, crowd, payer, payee):
        other = factories.account(factories.customer(), "I")
        held(payer, other, count=3, amount_fen=1, due_at=NOON)
        with locked(payee):
            assert everything(waits=False).posted == 3
        assert unharmed()

    def test_the_earliest_due_come_again_with_the_next_batch(self, crowd, settings):
        settings.RELEASE_BATCH_SIZE = 15
        batches = []
        with locked(crowd[0]) as holder:
            for done in release_all.release_all(released_by=ReleasedBy.CELERY, waits=False):
                batches.append(done.posted)
                holder.execute("ROLLBACK")
        assert batches == [10, 15, 15, 10]

    def test_an_account_that_stays_locked_is_walked_to_once(self, crowd, settings):
        """Other transfers go on falling due: each call ends and leaves the rest to the next one."""
        settings.RELEASE_BATCH_SIZE = 50
        batches = 0
        with locked(*crowd[:8]):
            for _ in release_all.release_all(released_by=ReleasedBy.CELERY, waits=False):
                batches += 1
                if batches < 100:
                    held(crowd[9], crowd[8], amount_fen=1, due_at=NOON)
        assert batches <= 2

    def test_an_approval_that_takes_long_is_no_fault_of_any_row(self, crowd):
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
        assert everything().posted == 50

    def test_a_batch_that_waited_in_vain_keeps_nothing_back_behind_it(self, crowd, settings, monkeypatch):
        settings.RELEASE_BATCH_SIZE = 10
        judge, batches = release_one.judge, []

        def judge_all_but_the_first(*words):
            batches.append(1)
            if len(batches) == 1:
                rows("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$")
            return judge(*words)

        monkeypatch.setattr(release_one, "judge", judge_all_but_the_first)
        assert everything(waits=False) == Released(claimed=50, posted=40, passed=10)
        assert unharmed()


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    def test_a_late_one_is_waited_for_although_others_were_released(self, merchant, patient):
        with locked(merchant) as holder:
            releasing = ConcurrentCall(everything).wait_until_blocked()
            assert left() == 5
            holder.execute("ROLLBACK")
            assert releasing.result().posted == 10

    def test_others_are_released_when_it_is_not_obtained(self, merchant, monkeypatch):
        monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "50ms")
        waits, plain = [], release_all._wait_for
        monkeypatch.setattr(release_all, "_wait_for", lambda *words: waits.append(words) or plain(*words))
        with locked(merchant):
            done = everything()
        assert (done.posted, done.passed, left(), len(waits)) == (5, 5, 5, 1)
        assert unharmed()

    def test_account_waited_for_in_vain_is_skipped_by_the_following_batches(self, crowd, settings, monkeypatch):
        settings.RELEASE_BATCH_SIZE = 15
        monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "50ms")
        monkeypatch.setattr(release_all, "REST", 10_000)
        waits, plain = [], release_all._wait_for
        monkeypatch.setattr(release_all, "_wait_for", lambda *words: waits.append(words) or plain(*words))
        with locked(crowd[0]):
            assert everything().posted == 45
        assert len(waits) == 1

    @pytest.mark.parametrize("options", [{"waits": False}, {}])
    def test_punctual_transfer_is_not_waited_for(self, merchant, monkeypatch, options):
        def unexpected(*_, **__):
            raise AssertionError

        monkeypatch.setattr(release_all, "_wait_for", unexpected)
        monkeypatch.setattr(release_claim, "LATE", LATE if options else SECOND + timedelta.resolution)
        with locked(merchant):
            assert everything(**options).posted == 5

    def test_both_sides_are_waited_for(self, noon, payer, payee, patient):
        held(payer, payee, count=3, amount_fen=1, due_at=NOON - LATE)
        lower, higher = sorted([payer.id, payee.id])
        with (
            other_transaction(row_lock("accounts_account", lower)) as first,
            other_transaction(row_lock("accounts_account", higher)) as second,
        ):
            (found,) = release_due(released_by=ReleasedBy.CELERY).blocked
            assert sorted(found.accounts.read()) == [lower, higher]
            releasing = ConcurrentCall(everything).wait_until_blocked()
            first.execute("ROLLBACK")
            releasing.wait_until_blocked()
            second.execute("ROLLBACK")
            assert releasing.result().posted == 3

    def test_a_wait_in_vain_is_no_fault_of_the_row(self, crowd):
        with locked(crowd[0]):
            (found,) = release_due(released_by=ReleasedBy.CELERY).blocked
            assert wait_for(found) == Released(claimed=5, passed=5)
        assert unharmed()

    def test_one_releaser_waits_and_the_others_go_on(self, merchant, patient, settings):
        settings.RELEASE_BATCH_SIZE = 5
        with locked(merchant) as holder:
            done = release_due(released_by=ReleasedBy.CELERY)
            assert (done.passed, done.ended) == (5, 0)
            waiting = ConcurrentCall(lambda: wait_for(done.blocked[0]))
            waiting.wait_until_blocked()
            assert wait_for(done.blocked[0], by=ReleasedBy.WATCHER) == Released()
            assert release_due(released_by=ReleasedBy.WATCHER) == Released(claimed=5, posted=5)
            holder.execute("ROLLBACK")
            assert waiting.result() == Released(claimed=5, posted=5)

    def test_transfer_released_by_another_is_not_waited_for(self, merchant, patient):
        with locked(merchant):
            (found,) = release_due(released_by=ReleasedBy.CELERY).blocked
        assert release_due(released_by=ReleasedBy.WATCHER).posted == 5
        with locked(merchant):
            assert wait_for(found) == Released()

    def test_each_account_is_named_with_its_transfers_and_their_lateness(self, merchant, payer):
        held(payer, merchant, count=2, amount_fen=1, due_at=NOON - 3 * SECOND)
        with locked(merchant, payer):
            found = release_due(released_by=ReleasedBy.CELERY).blocked
        assert {(frozenset(each.accounts.read()), each.ids.size, each.late.total_seconds()) for each in found} == {
            (frozenset({merchant.id}), 5, 1),
            (frozenset({merchant.id, payer.id}), 2, 3),
        }
