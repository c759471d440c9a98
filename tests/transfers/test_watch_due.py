"""The watcher releases what Celery leaves, pauses for a move of the clock, survives errors and stops."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from config.kernel.database.clock import CLOCK_MOVE_LOCK, bank_now
from config.kernel.database.sql import rows
from config.kernel.law.refusals import Refusal
from config.stack.process import wait_until
from tests.clock import NOON
from tests.processes import environment
from tests.races import at_once
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers.management.commands import watch_due
from transfers.models import Event, Heartbeat, Transfer
from transfers.operations.heartbeats import HeartbeatWriter, write_heartbeat
from transfers.vocabulary import Part

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = timedelta(milliseconds=500)


@pytest.fixture
def never():
    """A stop event that is never set, while Celery shows a heartbeat."""
    write_heartbeat(Part.DISPATCH)
    return threading.Event()


def look(stop):
    return watch_due.look(stop, HeartbeatWriter(Part.WATCHER))


def test_transfer_overdue_by_the_grace_period_is_released(noon, payer, payee, never):
    old, young = held(payer, payee, due_at=NOON - GRACE)[0], held(payer, payee, due_at=NOON)[0]
    look(never)
    assert Transfer.objects.get(status="posted") == old
    assert Transfer.objects.get(status="held") == young
    assert Event.objects.get(new_status="posted").released_by == "watcher"


def test_watcher_leaves_nothing_to_a_silent_celery(noon, payer, payee, never, settings):
    settings.WATCHER_GRACE_MILLISECONDS = 60_000
    (due,) = held(payer, payee, due_at=NOON)
    (young,) = held(payer, payee, due_at=NOON + timedelta(microseconds=1))
    for seconds, status in ((settings.WATCHER_SILENCE_SECONDS - 1, "held"), (2, "posted")):
        Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(seconds=seconds))
        look(never)
        due.refresh_from_db()
        assert due.status == status
    young.refresh_from_db()
    assert young.status == "held"


class TestNextLook:
    SHORTEST, LONGEST = watch_due.PAUSE_SECONDS

    def test_after_a_while_when_nothing_is_held(self, noon, never):
        assert look(never) == self.LONGEST

    @pytest.mark.parametrize(("ago_ms", "pause"), [(-200, 0.5), (200, 0.3), (450, 0.1), (500, 0.1)])
    def test_when_the_first_will_have_been_due_for_the_grace(self, noon, payer, payee, never, ago_ms, pause):
        """By then Celery has usually released it, and most looks need no other query."""
        held(payer, payee, due_at=NOON - timedelta(milliseconds=ago_ms))
        assert look(never) == pytest.approx(pause)

    def test_when_the_first_falls_due_where_celery_is_silent(self, noon, payer, payee, never):
        Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(minutes=1))
        held(payer, payee, due_at=NOON + timedelta(milliseconds=300))
        assert look(never) == pytest.approx(0.3)

    def test_soon_while_celery_gets_on_with_a_backlog(self, noon, payer, payee, never):
        held(payer, payee, due_at=NOON - timedelta(hours=1))
        write_heartbeat(Part.CELERY, progressed=True)
        assert look(never) == self.SHORTEST


def test_look_without_due_transfers_is_one_statement(noon, never, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("transfers.operations.release_all.HEAD_SECONDS", 600)
    teller = HeartbeatWriter(Part.WATCHER)
    watch_due.look(never, teller)
    teller.IDLE_SECONDS = 600  # what tells once a second that the watcher is there is not meant
    with django_assert_num_queries(1):
        watch_due.look(never, teller)


def test_watcher_leaves_a_backlog_to_a_progressing_celery(noon, payer, payee, never, settings):
    settings.WATCHER_GRACE_MILLISECONDS = 60_000
    held(payer, payee, count=3, due_at=NOON - timedelta(hours=1))
    write_heartbeat(Part.CELERY, progressed=True)
    look(never)
    assert Transfer.objects.filter(status="held").count() == 3
    Heartbeat.objects.update(progressed_at=F("progressed_at") - timedelta(seconds=61))
    look(never)
    assert Transfer.objects.filter(status="posted").count() == 3


class TestStopRequest:
    """Between two batches the watcher checks whether to go on."""

    @pytest.fixture
    def after_a_batch(self, noon, payer, payee, monkeypatch, settings):
        """Release six overdue transfers in batches of two, with a call after the first batch."""
        settings.RELEASE_BATCH_SIZE = 2
        held(payer, payee, count=6, amount_fen=1, due_at=NOON - timedelta(hours=1))
        plain = watch_due.release_all

        def call(done):
            def batches(**words):
                for number, each in enumerate(plain(**words)):
                    if number == 0:
                        done()
                    yield each

            monkeypatch.setattr(watch_due, "release_all", batches)

        return call

    def released(self, stop):
        look(stop)
        return Transfer.objects.filter(status="posted").count()

    def test_release_continues_without_a_stop_request(self, after_a_batch, never):
        after_a_batch(lambda: None)
        assert self.released(never) == 6

    def test_once_celery_gets_on(self, after_a_batch, never):
        after_a_batch(lambda: write_heartbeat(Part.CELERY, progressed=True))
        assert self.released(never) == 2

    def test_watcher_stops_on_request(self, after_a_batch, never):
        after_a_batch(never.set)
        assert self.released(never) == 2

    def test_once_it_has_been_busy_for_long(self, after_a_batch, never, monkeypatch):
        plain, ahead = time.monotonic, []
        monkeypatch.setattr(watch_due.time, "monotonic", lambda: plain() + sum(ahead))
        after_a_batch(lambda: ahead.append(watch_due.BUSY_SECONDS))
        assert self.released(never) == 2


def test_celery_that_looks_without_progress_counts_as_stuck(noon, payer, payee, never):
    held(payer, payee, due_at=NOON - timedelta(hours=1))
    write_heartbeat(Part.CELERY)
    look(never)
    assert Transfer.objects.filter(status="posted").count() == 1


def test_watcher_pauses_while_the_clock_is_moved(noon, payer, payee, never):
    held(payer, payee, due_at=NOON - GRACE)
    mover = connection.copy()
    with mover.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [CLOCK_MOVE_LOCK])
        look(never)
        assert Transfer.objects.filter(status="held").count() == 1
        cursor.execute("SELECT pg_advisory_unlock(%s)", [CLOCK_MOVE_LOCK])
    mover.close()
    look(never)
    assert Transfer.objects.filter(status="posted").count() == 1


def test_two_at_once_release_each_transfer_once(noon, payer, payee, settings):
    settings.RELEASE_BATCH_SIZE = 20
    held(payer, payee, count=300, amount_fen=1, due_at=NOON - GRACE)
    at_once(*[lambda: look(threading.Event())] * 2)
    while Transfer.objects.filter(status="held").exists():
        look(threading.Event())
    assert Event.objects.filter(released_by="watcher").count() == 300
    assert (money(payer), money(payee)) == ((99_700, 0), (300, 0))


@pytest.mark.parametrize("error", [None, ValueError, KeyError, Refusal, RecursionError], ids=str)
def test_outlives_whatever_a_look_ends_in(noon, payer, payee, monkeypatch, error):
    """The parameter None simulates an unreachable database."""
    held(payer, payee, due_at=NOON - GRACE)
    stop, plain, looks = threading.Event(), watch_due.look, []

    def look(event, teller):
        looks.append(1)
        if len(looks) < 3:
            if error is None:
                rows("SELECT pg_terminate_backend(pg_backend_pid())")
            else:
                raise type("Unforeseen", (error,), {"code": "UNFORESEEN"})
        found = plain(event, teller)
        stop.set()
        return found

    monkeypatch.setattr(watch_due, "look", look)
    watch_due.watch(stop)
    assert len(looks) == 3
    assert Transfer.objects.filter(status="posted").count() == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_watcher_runs_without_a_broker_and_stops_on_request(noon, payer, payee, number):
    noon.run()
    env = environment() | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    with subprocess.Popen([sys.executable, "manage.py", "watch_due"], env=env, stderr=subprocess.PIPE) as watcher:
        held(payer, payee, due_at=bank_now() - GRACE)
        assert wait_until(lambda: not Transfer.objects.filter(status="held").exists(), seconds=20)
        os.kill(watcher.pid, number)
        assert watcher.wait(30) == 0
        assert b"Traceback" not in watcher.stderr.read()
    event = Event.objects.get(new_status="posted")
    assert event.released_by == "watcher"
    assert event.lateness_ms >= 500
