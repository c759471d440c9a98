"""An account that is passed over is waited for once its transfers are late, for little of a process's time."""

from datetime import timedelta

import pytest

from config.kernel.id_arrays import Ids
from config.kernel.ids import new_id
from tests import factories
from tests.clock import NOON
from tests.races import Beside, row_lock, somebody_holds
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations import passed_over, release, release_all, release_claim
from transfers.operations.passed_over import LATE, REST, Blocked, PassedOver
from transfers.operations.release import Released, release_blocked, release_due
from transfers.vocabulary import ReleasedBy

BRIEF = LATE / 2


class Watch:
    """A monotonic clock that is set by the test."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch) -> Watch:
    found = Watch()
    monkeypatch.setattr(passed_over, "time", found)
    return found


def blocked(late: timedelta, accounts: Ids | None = None) -> Blocked:
    return Blocked(accounts or Ids.of([new_id()]), Ids.of([new_id()]), late)


class TestWhoseTurnItIs:
    def test_nothing_that_is_not_late(self):
        met = PassedOver()
        assert met.next() is None
        met.meet([blocked(LATE - timedelta.resolution)])
        assert met.next() is None
        met.meet([late := blocked(LATE)])
        assert met.next() == late

    def test_the_latest_first(self):
        met = PassedOver()
        met.meet([blocked(LATE), latest := blocked(3 * LATE), blocked(2 * LATE)])
        assert met.next() == latest

    def test_what_was_waited_for_is_forgotten_until_it_is_met_again(self, watch):
        met = PassedOver()
        met.meet([first := blocked(2 * LATE), second := blocked(LATE)])
        met.waited(first, seconds=0, in_vain=False)
        assert met.next() == second
        met.waited(second, seconds=0, in_vain=False)
        assert met.next() is None
        met.meet([first])
        assert met.next() == first

    def test_what_the_last_walk_met_is_forgotten(self):
        met = PassedOver()
        met.meet([blocked(LATE)])
        met.begin_walk()
        assert met.next() is None

    def test_a_process_rests_for_a_multiple_of_its_wait(self, watch):
        met = PassedOver()
        met.meet([first := blocked(2 * LATE), second := blocked(LATE)])
        met.waited(first, seconds=0.5, in_vain=True)
        watch.now += REST * 0.5 - 0.001
        assert met.next() is None
        watch.now += 0.002
        assert met.next() == second

    def test_what_was_waited_for_in_vain_keeps_no_other_from_its_turn(self, watch):
        met = PassedOver()
        stuck, hot = blocked(9 * LATE), blocked(LATE)
        turns = []
        for _ in range(4):
            met.begin_walk()
            met.meet([stuck, hot])
            turns.append(met.next())
            met.waited(turns[-1], seconds=0, in_vain=turns[-1] == stuck)
            watch.now += 1
        assert turns == [stuck, hot, hot, hot]

    def test_what_another_process_waits_for_meanwhile_was_in_vain_all_the_same(self, watch):
        """Its transfers are that process's, so that a walk does not meet them."""
        met = PassedOver()
        stuck, hot = blocked(9 * LATE), blocked(LATE)
        met.meet([stuck])
        met.waited(stuck, seconds=0, in_vain=True)
        for _ in range(2):
            met.begin_walk()
        met.meet([stuck, hot])
        assert met.next() == hot

    def test_that_it_was_in_vain_is_forgotten_after_a_while(self, watch):
        met = PassedOver()
        once_stuck, other = blocked(2 * LATE), blocked(LATE)
        met.begin_walk()
        met.meet([once_stuck])
        met.waited(once_stuck, seconds=0, in_vain=True)
        watch.now += passed_over.REMEMBERED
        met.begin_walk()
        met.meet([once_stuck, other])
        assert met.next() == once_stuck


@pytest.fixture
def merchant(noon, payer):
    """An account to which five transfers have been due for a second, beside five to another that fall due now."""
    payers = [factories.account(factories.customer(), "I") for _ in range(2)]
    merchant, other = (factories.account(factories.customer(), "I") for _ in range(2))
    for account in payers:
        pay_in(account, 100)
    held(payers[0], merchant, count=5, amount_fen=1, due_at=NOON - timedelta(seconds=1))
    held(payers[1], other, count=5, amount_fen=1, due_at=NOON)
    return merchant


@pytest.fixture
def patient(monkeypatch):
    """No wait ends before the test says so."""
    monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "60s")


def everything(**more):
    return release_all.release_all(released_by=ReleasedBy.CELERY, goes_on=lambda: True, **more)


def left():
    return Transfer.objects.filter(status="held").count()


@pytest.mark.django_db(transaction=True)
class TestWaiting:
    def test_a_late_one_is_waited_for_although_others_were_released(self, merchant, patient):
        with somebody_holds(row_lock("accounts_account", merchant.id)) as holder:
            releasing = Beside(everything).wait_until_it_waits()
            assert left() == 5
            holder.execute("ROLLBACK")
            assert releasing.result().posted == 10

    def test_others_are_released_when_it_is_not_obtained(self, merchant, monkeypatch):
        monkeypatch.setattr(release_claim, "LOCK_TIMEOUT", "50ms")
        waits = []

        def release_blocked(*words, **named):
            waits.append(words)
            return plain(*words, **named)

        plain = release.release_blocked
        monkeypatch.setattr(release, "release_blocked", release_blocked)
        monkeypatch.setattr(passed_over, "REST", 1_000)
        with somebody_holds(row_lock("accounts_account", merchant.id)):
            done = everything()
        assert (done.posted, done.passed, left(), len(waits)) == (5, 5, 5, 1)
        assert not Transfer.objects.exclude(attempts=0, parked_until=None).exists()

    def test_one_that_is_not_late_is_not_waited_for_while_others_are_released(self, merchant, monkeypatch):
        def unexpected(*_, **__):
            raise AssertionError

        monkeypatch.setattr(release, "release_blocked", unexpected)
        monkeypatch.setattr(release_all, "LATE", timedelta(seconds=1, microseconds=1))
        monkeypatch.setattr(release_all, "PAUSES", ())
        with somebody_holds(row_lock("accounts_account", merchant.id)):
            assert everything().posted == 5

    def test_where_nothing_else_can_be_done_it_is_waited_for_at_once(self, noon, payer, payee, patient):
        held(payer, payee, count=3, amount_fen=1, due_at=NOON)
        with somebody_holds(row_lock("accounts_account", payee.id)) as holder:
            releasing = Beside(everything).wait_until_it_waits()
            holder.execute("ROLLBACK")
            assert releasing.result().posted == 3

    def test_both_sides_are_waited_for(self, noon, payer, payee, patient):
        held(payer, payee, count=3, amount_fen=1, due_at=NOON)
        lower, higher = sorted([payer.id, payee.id])
        with (
            somebody_holds(row_lock("accounts_account", lower)) as first,
            somebody_holds(row_lock("accounts_account", higher)) as second,
        ):
            (blocked,) = release_due(released_by=ReleasedBy.CELERY).blocked
            assert sorted(blocked.accounts.read()) == [lower, higher]
            releasing = Beside(everything).wait_until_it_waits()
            first.execute("ROLLBACK")
            releasing.wait_until_it_waits()
            second.execute("ROLLBACK")
            assert releasing.result().posted == 3

    def test_one_releaser_waits_and_the_others_go_on(self, merchant, patient):
        with somebody_holds(row_lock("accounts_account", merchant.id)) as holder:
            done = release_due(released_by=ReleasedBy.CELERY, limit=5)
            assert (done.passed, done.ended) == (5, 0)
            waiting = Beside(lambda: release_blocked(done.blocked[0], released_by=ReleasedBy.CELERY))
            waiting.wait_until_it_waits()
            assert release_blocked(done.blocked[0], released_by=ReleasedBy.WATCHER) == Released()
            assert release_due(released_by=ReleasedBy.WATCHER) == Released(claimed=5, posted=5)
            holder.execute("ROLLBACK")
            assert waiting.result() == Released(claimed=5, posted=5)

    def test_what_another_has_released_meanwhile_is_not_waited_for(self, merchant, patient):
        lock = row_lock("accounts_account", merchant.id)
        with somebody_holds(lock):
            (blocked,) = release_due(released_by=ReleasedBy.CELERY).blocked
        assert release_due(released_by=ReleasedBy.WATCHER).posted == 5
        with somebody_holds(lock):
            assert release_blocked(blocked, released_by=ReleasedBy.CELERY) == Released()

    def test_each_account_is_named_with_its_transfers_and_their_lateness(self, merchant, payer):
        held(payer, merchant, count=2, amount_fen=1, due_at=NOON - timedelta(seconds=3))
        with somebody_holds(row_lock("accounts_account", merchant.id), row_lock("accounts_account", payer.id)):
            found = release_due(released_by=ReleasedBy.CELERY).blocked
        assert {(frozenset(each.accounts.read()), each.ids.size, each.late.total_seconds()) for each in found} == {
            (frozenset({merchant.id}), 5, 1),
            (frozenset({merchant.id, payer.id}), 2, 3),
        }
