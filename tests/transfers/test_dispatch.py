"""Wake-ups name time slots, carry seconds, and may be lost, doubled or early."""

import time
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from config.celery import app
from config.kernel.clock import bank_now
from config.kernel.sql import rows
from config.stack.process import wait_until
from tests.clock import NOON
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Event, Transfer
from transfers.queries.due import due_slots

pytestmark = pytest.mark.django_db

SLOT = timedelta(milliseconds=settings.RELEASE_SLOT_MILLISECONDS)


@pytest.fixture
def sent(monkeypatch):
    """What is published, as its delays in seconds."""
    delays = []

    def apply_async(*, countdown, **more):
        delays.append(countdown or 0)

    monkeypatch.setattr(tasks.release_due, "apply_async", apply_async)
    return delays


def test_the_worker_finds_its_tasks_and_their_queue():
    app.loader.import_default_modules()
    assert {"transfers.tasks.release_due", "transfers.tasks.dispatch_due"} <= set(app.tasks)
    assert app.amqp.router.route({}, "transfers.tasks.release_due")["queue"].name == "release"
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_sends_one_wake_up_per_slot_that_has_due_rows(noon, payer, payee, sent):
    noon.run()
    now = bank_now()
    for seconds in (2, 2, 2.001, 3, 4.5):
        held(payer, payee, due_at=now + timedelta(seconds=seconds))
    tasks.dispatch_due()
    assert 3 <= len(sent) <= 4
    assert sent == sorted(sent)
    for delay, seconds in zip((sent[0], sent[-2], sent[-1]), (2, 3, 4.5), strict=True):
        assert seconds - 1.5 < delay <= seconds + 0.101


def test_a_slot_ends_with_the_last_instant_that_belongs_to_it(noon, payer, payee):
    noon.run()
    now = bank_now()
    start = now.replace(microsecond=0) + timedelta(seconds=4)
    for due_at in (start + timedelta(microseconds=1), start + SLOT, start + SLOT + timedelta(microseconds=1)):
        held(payer, payee, due_at=due_at)
    first, second = due_slots()
    assert round(second - first, 3) == SLOT.total_seconds()


def test_nothing_beyond_the_horizon_is_sent(noon, payer, payee, sent):
    noon.run()
    held(payer, payee, due_at=bank_now() + timedelta(seconds=settings.RELEASE_HORIZON_SECONDS + 1))
    tasks.dispatch_due()
    assert sent == []


def test_a_thousand_in_one_slot_are_one_wake_up(noon, payer, payee, sent):
    noon.run()
    # Far enough ahead that writing them takes less, whatever the machine does meanwhile.
    due_at = bank_now() + timedelta(seconds=settings.RELEASE_HORIZON_SECONDS)
    held(payer, payee, count=1000, amount_fen=1, due_at=due_at)
    tasks.dispatch_due()
    assert len(sent) == 1


def test_a_clock_that_stands_still_brings_nothing(noon, payer, payee, sent):
    held(payer, payee, due_at=NOON + timedelta(seconds=1))
    tasks.dispatch_due()
    assert sent == []


def test_what_is_overdue_is_woken_at_once_unless_parked(noon, payer, payee, sent):
    held(payer, payee, due_at=NOON, parked_until=NOON + timedelta(seconds=1))
    tasks.send_wake_ups()
    assert sent == []
    held(payer, payee, due_at=NOON)
    tasks.send_wake_ups()
    assert sent == [0]


def test_a_parked_transfer_is_dispatched_when_its_pause_ends(noon, payer, payee, sent):
    noon.run()
    now = bank_now()
    held(payer, payee, due_at=now, parked_until=now + timedelta(seconds=4))
    tasks.dispatch_due()
    assert [2.5 < delay < 4.3 for delay in sent] == [True]


def test_wake_ups_that_piled_up_are_worth_one_look(noon, payer, payee, sent, monkeypatch):
    """No wake-up expires: beat goes on sending them while no worker is there."""
    monkeypatch.setattr(tasks, "DISPATCH_SECONDS", 600)
    held(payer, payee, due_at=NOON)
    for _ in range(20):
        tasks.dispatch_due()
    assert sent == [0]


def test_no_wake_up_expires(noon, payer, payee, monkeypatch):
    """Whether one is stale a worker's clock would say, and one that is ahead would throw all of them away."""
    published = []
    monkeypatch.setattr(tasks.release_due, "apply_async", lambda **told: published.append(told))
    noon.run()
    held(payer, payee, due_at=bank_now())
    held(payer, payee, due_at=bank_now() + timedelta(seconds=3))
    tasks.dispatch_due()
    assert published
    assert not any("expires" in told for told in published)
    assert not any("expires" in entry.get("options", {}) for entry in app.conf.beat_schedule.values())
    assert app.conf.beat_schedule["dispatch-due-releases"]["options"] == {"queue": "release"}


@pytest.mark.parametrize("broken", ["anything_due", "due_slots", "take_turn"])
def test_a_look_that_fails_keeps_no_wake_up_back(noon, payer, payee, sent, monkeypatch, broken):
    noon.run()
    held(payer, payee, due_at=bank_now() + timedelta(seconds=3))

    def cancelled(*_, **__):
        with transaction.atomic():
            rows("SET LOCAL statement_timeout = '1ms'")
            rows("SELECT pg_sleep(1)")

    monkeypatch.setattr(tasks, broken, cancelled)
    monkeypatch.setattr(tasks.connection, "close", lambda: None)  # this test's transaction goes on
    tasks.dispatch_due()
    assert len(sent) == {"anything_due": 2, "due_slots": 0, "take_turn": 1}[broken]


def test_what_falls_due_between_the_two_looks_is_not_missed(noon, payer, payee, sent, monkeypatch):
    noon.run()
    due_at = bank_now() + timedelta(seconds=1)
    held(payer, payee, due_at=due_at)

    def slow(look):
        def looks(*words, **named):
            found = look(*words, **named)
            assert wait_until(lambda: bank_now() > due_at + SLOT, seconds=30)
            return found

        return looks

    for name in ("anything_due", "due_slots"):
        monkeypatch.setattr(tasks, name, slow(getattr(tasks, name)))
    tasks.dispatch_due()
    assert sent


def test_a_worker_whose_clock_runs_ahead_waits_for_its_slots(noon, payer, payee, monkeypatch):
    """Every wake-up comes to it that much too early."""
    noon.run()
    monkeypatch.setattr(tasks._teller, "clock_ahead", 172_800.0)
    held(payer, payee, due_at=bank_now() + timedelta(seconds=1.5))
    tasks.release_due()
    assert Transfer.objects.get().status == "posted"


def test_slots_follow_the_banks_clock_not_the_wall(noon, payer, payee, sent):
    noon.run()
    rows("UPDATE kernel_sandboxclock SET shift = interval '40 days'")
    held(payer, payee, due_at=bank_now() + timedelta(seconds=3))
    tasks.dispatch_due()
    assert [2 < delay < 3.3 for delay in sent] == [True]


def test_a_broker_that_is_away_raises_nothing_and_stops_the_dispatch(noon, payer, payee, monkeypatch):
    tries = []

    def away(**_):
        tries.append(1)
        raise OperationalError("away")

    monkeypatch.setattr(tasks.release_due, "apply_async", away)
    noon.run()
    for seconds in (0, 3, 6):
        held(payer, payee, due_at=bank_now() + timedelta(seconds=seconds))
    tasks.dispatch_due()
    assert tries == [1]
    assert tasks.wake_release() is False


def test_publishing_to_a_broker_that_is_away_does_not_hang():
    nowhere = Celery("nowhere", broker="redis+socket:///nowhere/valkey.sock", set_as_current=False)
    nowhere.conf.broker_transport_options = app.conf.broker_transport_options
    began = time.monotonic()
    with pytest.raises(OperationalError):
        nowhere.send_task("transfers.tasks.release_due", queue="release", retry=False)
    assert time.monotonic() - began < 5


def test_a_wake_up_that_comes_early_releases_nothing_early(noon, payer, payee):
    noon.run()
    held(payer, payee, due_at=bank_now() + timedelta(seconds=5))
    tasks.release_due()
    assert Transfer.objects.get().status == "held"


def test_a_wake_up_that_comes_a_little_early_waits_for_the_due_instant(noon, payer, payee):
    noon.run()
    held(payer, payee, due_at=bank_now() + timedelta(milliseconds=300))
    tasks.release_due()
    transfer = Transfer.objects.get()
    assert transfer.status == "posted"
    assert transfer.settled_at >= transfer.due_at


def test_a_wake_up_does_not_wait_for_a_clock_that_stands(noon, payer, payee):
    held(payer, payee, due_at=NOON + timedelta(milliseconds=300))
    began = time.monotonic()
    tasks.release_due()
    assert time.monotonic() - began < 5
    assert Transfer.objects.get().status == "held"


def test_doubled_wake_ups_have_one_effect(noon, payer, payee):
    held(payer, payee, count=5, due_at=NOON)
    for _ in range(3):
        tasks.release_due()
    assert Event.objects.filter(new_status="posted").count() == 5


def test_a_task_goes_on_batch_by_batch_until_nothing_is_due(noon, payer, payee, settings):
    settings.RELEASE_BATCH_SIZE = 7
    held(payer, payee, count=30, amount_fen=1, due_at=NOON)
    tasks.release_due()
    assert Transfer.objects.filter(status="posted").count() == 30


def test_a_task_that_is_out_of_time_wakes_another(noon, payer, payee, sent, monkeypatch):
    monkeypatch.setattr(tasks, "BUSY_SECONDS", 0)
    held(payer, payee, due_at=NOON)
    tasks.release_due()
    assert (sent, Transfer.objects.get().status) == ([0], "held")
