"""A dispatch processes the queue until the next dispatch; lost, repeated and early wake-ups do no harm."""

import time
from datetime import timedelta

import pytest
from celery import Celery
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.stack.process import wait_until
from tests.clock import NOON
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Event, Transfer
from transfers.operations.heartbeats import HeartbeatWriter
from transfers.operations.release_claim import LATE
from transfers.queries.heartbeats import celery_progresses
from transfers.vocabulary import Part

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The published wake-ups."""
    published = []
    monkeypatch.setattr(tasks.release_due, "apply_async", lambda **options: published.append(options))
    monkeypatch.setattr(tasks, "_help", tasks.HelperWakeUp())
    return published


@pytest.fixture
def following(monkeypatch):
    """Return a function that lets a dispatch process the queue for some seconds."""
    return lambda seconds: monkeypatch.setattr(tasks, "FOLLOW_SECONDS", seconds)


@pytest.fixture(autouse=True)
def brief(following):
    following(0.5)


def statuses():
    return list(Transfer.objects.order_by("due_at").values_list("status", flat=True))


def test_the_worker_finds_its_tasks_and_their_queue():
    app.loader.import_default_modules()
    assert {"transfers.tasks.release_due", "transfers.tasks.dispatch_due"} <= set(app.tasks)
    assert app.amqp.router.route({}, "transfers.tasks.release_due")["queue"].name == "release"
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_a_dispatch_follows_for_less_than_the_time_to_the_next_one(monkeypatch):
    """A worker with a single process keeps up, and no two dispatches run at a time."""
    monkeypatch.undo()
    every = app.conf.beat_schedule["dispatch-due-releases"]["schedule"]
    assert tasks.DISPATCH_SECONDS < tasks.FOLLOW_SECONDS < every <= tasks.FOLLOW_SECONDS + 0.1


class TestDispatch:
    def test_transfers_due_during_a_dispatch_are_released_at_their_instants(self, noon, payer, payee, following, sent):
        noon.run()
        now = bank_now()
        following(4.5)
        for seconds in (0.5, 1.7, 2.9, 60):
            held(payer, payee, due_at=now + timedelta(seconds=seconds))
        tasks.dispatch_due()
        assert statuses() == ["posted"] * 3 + ["held"]
        assert Transfer.objects.filter(status="posted").values("settled_at").distinct().count() == 3
        assert not Event.objects.filter(lateness_ms__lt=0).exists()
        assert not sent

    def test_it_ends_when_its_time_is_over(self, noon, payer, payee, following):
        noon.run()
        following(0.3)
        held(payer, payee, due_at=bank_now() + timedelta(seconds=30))
        began = time.monotonic()
        tasks.dispatch_due()
        assert 0.3 <= time.monotonic() - began < 10
        assert statuses() == ["held"]

    def test_it_looks_again_at_its_end(self, following, monkeypatch, noon):
        """A transfer that falls due just before the next dispatch does not wait for it."""
        following(0.3)
        looks = []
        monkeypatch.setattr(tasks, "_look", lambda until: looks.append((time.monotonic(), until)) or 60)
        began = time.monotonic()
        tasks.dispatch_due()
        (first, _), (last, until) = looks
        assert first < began + 0.3 <= last
        assert until > began + 0.3

    def test_it_sleeps_until_something_falls_due(self, noon, payer, payee, following, monkeypatch):
        noon.run()
        following(2)
        held(payer, payee, due_at=bank_now() + timedelta(seconds=30))
        looks, plain = [], tasks.release_all
        monkeypatch.setattr(tasks, "release_all", lambda **options: looks.append(1) or plain(**options))
        tasks.dispatch_due()
        assert 1 <= len(looks) <= 2 / tasks.PAUSE_SECONDS + 1

    def test_transfers_due_within_a_moment_are_one_batch(self, noon, payer, payee, following, monkeypatch):
        noon.run()
        monkeypatch.setattr(tasks, "PACE_SECONDS", 1.5)
        following(2.5)
        held(payer, payee, count=10, due_at=bank_now() + timedelta(milliseconds=300), step=timedelta(milliseconds=10))
        tasks.dispatch_due()
        assert statuses() == ["posted"] * 10
        assert Transfer.objects.values("settled_at").distinct().count() <= 2

    def test_stopped_clock_releases_nothing(self, noon, payer, payee, following):
        following(0.5)
        held(payer, payee, due_at=NOON + timedelta(milliseconds=100))
        tasks.dispatch_due()
        assert statuses() == ["held"]

    def test_a_parked_transfer_is_released_when_its_pause_ends(self, noon, payer, payee, following):
        noon.run()
        now = bank_now()
        following(2)
        held(payer, payee, due_at=now, parked_until=now + timedelta(seconds=0.5))
        tasks.dispatch_due()
        transfer = Transfer.objects.get()
        assert transfer.status == "posted"
        assert transfer.settled_at >= transfer.parked_until

    def test_dispatches_that_piled_up_are_worth_one(self, noon, payer, payee, following, monkeypatch):
        """Dispatches do not expire: beat goes on sending them while no worker runs."""
        monkeypatch.setattr(tasks, "DISPATCH_SECONDS", 600)
        looks = []
        monkeypatch.setattr(tasks, "_look", lambda until: looks.append(until) or 1.0)
        for _ in range(20):
            tasks.dispatch_due()
        assert len(set(looks)) == 1

    @pytest.mark.parametrize("broken", ["take_turn", "release_all", "seconds_to_due"])
    def test_it_outlives_a_database_that_ends_a_statement(self, noon, payer, payee, following, monkeypatch, broken):
        noon.run()
        following(2)
        held(payer, payee, due_at=bank_now() + timedelta(milliseconds=200))
        plain, failed = getattr(tasks, broken), []

        def cancelled(*words, **named):
            if failed:
                return plain(*words, **named)
            failed.append(1)
            with transaction.atomic():
                rows("SET LOCAL statement_timeout = '1ms'")
                return rows("SELECT pg_sleep(1)")

        monkeypatch.setattr(tasks, broken, cancelled)
        monkeypatch.setattr(tasks.connection, "close", lambda: None)  # this test's transaction goes on
        tasks.dispatch_due()
        assert failed
        assert statuses() == ["posted"]


@pytest.mark.django_db(transaction=True)
class TestHelpers:
    """One process is too slow for many due transfers, and the dispatch must not wait for a locked account."""

    def test_a_full_batch_calls_for_help_once(self, noon, payer, payee, following, sent, settings):
        settings.RELEASE_BATCH_SIZE = 7
        following(60)
        held(payer, payee, count=30, amount_fen=1, due_at=NOON)
        tasks._look(time.monotonic() + 60)
        assert statuses() == ["posted"] * 30
        assert sent == [{"retry": False}]

    def test_dispatch_waits_for_no_account_and_calls_a_helper(self, noon, payer, payee, following, sent, monkeypatch):
        monkeypatch.setattr(tasks, "HELP_SECONDS", 600)
        held(payer, payee, count=3, due_at=NOON - LATE)
        following(0.5)
        with other_transaction(row_lock("accounts_account", payee.id)):
            tasks.dispatch_due()
            assert (sent, statuses()) == ([{"retry": False}], ["held"] * 3)
            waiting = ConcurrentCall(tasks.release_due).wait_until_blocked()
        waiting.result()
        assert statuses() == ["posted"] * 3

    def test_punctual_transfer_is_tried_again_without_help(self, noon, payer, payee, sent):
        held(payer, payee, due_at=NOON - LATE + timedelta.resolution)
        with other_transaction(row_lock("accounts_account", payee.id)):
            assert tasks._look(time.monotonic() + 60) == 0
        assert not sent
        tasks._look(time.monotonic() + 60)
        assert statuses() == ["posted"]

    def test_a_broker_that_is_away_raises_nothing(self, noon, payer, payee, monkeypatch, settings):
        settings.RELEASE_BATCH_SIZE = 2
        tries = []

        def away(**_):
            tries.append(1)
            raise OperationalError("away")

        monkeypatch.setattr(tasks.release_due, "apply_async", away)
        monkeypatch.setattr(tasks, "_help", tasks.HelperWakeUp())
        held(payer, payee, count=5, due_at=NOON)
        tasks.dispatch_due()
        assert tries == [1]
        assert tasks.wake_release() is False

    def test_after_a_call_that_the_broker_did_not_take_a_process_does_without(self, monkeypatch):
        """A hanging broker would delay the process by ten seconds at each call."""
        now, calls, taken = 1_000.0, [], False

        def wake():
            nonlocal now
            now += 10
            calls.append(now)
            return taken

        monkeypatch.setattr(tasks.time, "monotonic", lambda: now)
        monkeypatch.setattr(tasks, "wake_release", wake)
        help_ = tasks.HelperWakeUp()
        for _ in range(2):
            help_.call()
        assert calls == [1_010]
        now, taken = now + tasks.WITHOUT_SECONDS, True
        for _ in range(2):
            help_.call()
            help_.call()
            now += tasks.HELP_SECONDS
        assert len(calls) == 3


@pytest.mark.django_db(transaction=True)
def test_transfers_due_during_a_release_are_looked_for_at_once(noon, payer, payee, monkeypatch):
    # The bank's clock stands, so that a slow machine does not let the transfer fall due before the look.
    held(payer, payee, due_at=NOON + timedelta(milliseconds=50))

    def slow(*_, **__):
        time.sleep(0.1)
        return 0

    monkeypatch.setattr(tasks, "_release", slow)
    assert tasks._look(time.monotonic() + 60) <= 0


@pytest.mark.django_db(transaction=True)
def test_moved_clock_is_noticed_by_the_dispatch(noon, payer, payee, following, monkeypatch):
    """No message tells a sleeping dispatch that its next due instant has come closer."""
    held(payer, payee, due_at=NOON + timedelta(hours=1))
    following(30)
    looks, plain = [], tasks.seconds_to_due
    monkeypatch.setattr(tasks, "seconds_to_due", lambda: looks.append(1) or plain())
    dispatch = ConcurrentCall(tasks.dispatch_due)
    assert wait_until(lambda: bool(looks), seconds=30)
    noon.set(NOON + timedelta(hours=1))
    assert wait_until(lambda: statuses() == ["posted"], seconds=20)
    monkeypatch.setattr(tasks, "_look", lambda until: until)
    dispatch.result()


def test_nothing_that_is_sent_expires_or_is_delayed(monkeypatch):
    """Expiry and delay would be measured by a worker's clock, not by the bank's."""
    published = []
    monkeypatch.setattr(tasks.release_due, "apply_async", lambda **options: published.append(options))
    tasks.wake_release()
    assert published == [{"retry": False}]
    assert not any("expires" in entry.get("options", {}) for entry in app.conf.beat_schedule.values())
    assert app.conf.beat_schedule["dispatch-due-releases"]["options"] == {"queue": "release"}


def test_publishing_to_a_broker_that_is_away_does_not_hang():
    nowhere = Celery("nowhere", broker="redis+socket:///nowhere/valkey.sock", set_as_current=False)
    nowhere.conf.broker_transport_options = app.conf.broker_transport_options
    began = time.monotonic()
    with pytest.raises(OperationalError):
        nowhere.send_task("transfers.tasks.release_due", queue="release", retry=False)
    assert time.monotonic() - began < 5


class TestWakeUps:
    def test_one_that_comes_early_releases_nothing_early(self, noon, payer, payee):
        noon.run()
        held(payer, payee, due_at=bank_now() + timedelta(seconds=5))
        tasks.release_due()
        assert statuses() == ["held"]

    def test_repeated_wake_ups_release_once(self, noon, payer, payee):
        held(payer, payee, count=5, due_at=NOON)
        for _ in range(3):
            tasks.release_due()
        assert Event.objects.filter(new_status="posted").count() == 5

    def test_one_goes_on_batch_by_batch_until_nothing_is_due(self, noon, payer, payee, settings, sent):
        settings.RELEASE_BATCH_SIZE = 7
        held(payer, payee, count=30, amount_fen=1, due_at=NOON)
        tasks.release_due()
        assert statuses() == ["posted"] * 30
        assert len(sent) == 1

    def test_one_leaves_the_rest_to_the_next_when_its_time_is_over(
        self, noon, payer, payee, settings, sent, monkeypatch
    ):
        settings.RELEASE_BATCH_SIZE = 7
        monkeypatch.setattr(tasks, "BUSY_SECONDS", 0)
        held(payer, payee, count=30, amount_fen=1, due_at=NOON)
        tasks.release_due()
        assert statuses().count("posted") == 7

    @pytest.mark.parametrize("due_in", [timedelta(), timedelta(seconds=1)])
    def test_wake_up_reports_its_progress(self, noon, payer, payee, due_in, monkeypatch):
        """The watcher leaves a backlog to Celery as long as Celery makes progress."""
        monkeypatch.setattr(tasks, "_teller", HeartbeatWriter(Part.CELERY))
        held(payer, payee, due_at=NOON + due_in)
        tasks.release_due()
        assert celery_progresses(within_ms=60_000) == (not due_in)

    def test_one_that_fails_says_no_row(self, noon, monkeypatch, caplog):
        def broken(**_):
            raise ValueError("6000300000000003")

        monkeypatch.setattr(tasks, "release_all", broken)
        tasks.release_due()
        assert caplog.messages == ["release interrupted: ValueError, None"]


def test_a_dispatch_shows_that_celery_is_there(noon):
    tasks.dispatch_due()
    assert set(rows("SELECT part FROM transfers_heartbeat")[0].values()) <= {Part.CELERY.value, Part.DISPATCH.value}
