"""Heartbeats show which release processes run, and how their clocks differ."""

import time
from datetime import timedelta

import pytest
from django.db.models import F

from config.kernel.database.sql import rows
from tests.races import times
from transfers.models import Heartbeat
from transfers.operations import heartbeats
from transfers.operations.heartbeats import HeartbeatWriter, take_turn, write_heartbeat
from transfers.queries.heartbeats import celery_progresses, parts_seen, seconds_since
from transfers.tasks import fold_counts
from transfers.vocabulary import Part

pytestmark = pytest.mark.django_db


def ahead(monkeypatch, seconds):
    plain = time.time
    monkeypatch.setattr(heartbeats.time, "time", lambda: plain() + seconds)


def write_heartbeat_of(monkeypatch, host, part):
    monkeypatch.setattr(heartbeats.socket, "gethostname", lambda: host)
    write_heartbeat(part)


def test_each_host_and_part_is_one_row(monkeypatch):
    for host, part in (("one", Part.CELERY), ("two", Part.CELERY), ("one", Part.CELERY), ("one", Part.WATCHER)):
        write_heartbeat_of(monkeypatch, host, part)
    seen = [(row["part"], row["host"]) for row in parts_seen()]
    assert seen == [("celery", "one"), ("celery", "two"), ("watcher", "one")]
    assert Heartbeat.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_hosts_that_are_gone_are_forgotten(monkeypatch):
    """A container has a new host name at each start; without a clean-up its rows would stay for ever."""
    write_heartbeat_of(monkeypatch, "gone", Part.CELERY)
    Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(hours=25))
    write_heartbeat_of(monkeypatch, "there", Part.WATCHER)
    assert [row["host"] for row in parts_seen()] == ["there"]
    fold_counts()
    assert list(Heartbeat.objects.values_list("host", flat=True)) == ["there"]
    assert seconds_since(Part.CELERY) is None
    assert seconds_since(Part.WATCHER) >= 0


def test_progress_counts_released_transfers_only():
    write_heartbeat(Part.CELERY)
    assert not celery_progresses(within_ms=60_000)
    write_heartbeat(Part.CELERY, progressed=True)
    write_heartbeat(Part.CELERY)
    assert celery_progresses(within_ms=60_000)
    assert not celery_progresses(within_ms=0)


@pytest.mark.parametrize("seconds", [0, -120, 172_800])
def test_a_clock_that_differs_from_the_databases_is_kept(monkeypatch, seconds):
    ahead(monkeypatch, seconds)
    write_heartbeat(Part.CELERY)
    # Between the reading of one clock and of the other a busy machine may let seconds pass.
    assert Heartbeat.objects.get().clock_ahead_ms == pytest.approx(seconds * 1000, abs=20_000)


def test_progress_from_the_future_is_none():
    """After a clock was set back, or a failover to a slower clock, the watcher must not wait for such progress."""
    write_heartbeat(Part.CELERY, progressed=True)
    Heartbeat.objects.update(progressed_at=F("progressed_at") + timedelta(hours=1))
    assert not celery_progresses(within_ms=60_000)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_heartbeat_that_cannot_be_written_keeps_no_release_back(caplog):
    teller = HeartbeatWriter(Part.CELERY)
    teller.BUSY_SECONDS = 0
    rows("ALTER TABLE transfers_heartbeat RENAME TO transfers_heartbeat_away")
    try:
        teller(progressed=True)
    finally:
        rows("ALTER TABLE transfers_heartbeat_away RENAME TO transfers_heartbeat")
    assert caplog.messages == ["no heartbeat: ProgrammingError, 42P01"]
    teller(progressed=True)
    assert celery_progresses(within_ms=60_000)


def test_alarm_is_raised_beyond_the_documented_limit(settings):
    assert settings.CLOCK_TOLERANCE_MILLISECONDS == 1000


def test_many_batches_are_one_heartbeat(django_assert_num_queries):
    teller = HeartbeatWriter(Part.CELERY)
    teller.BUSY_SECONDS, teller.IDLE_SECONDS = 600, 1200
    with django_assert_num_queries(1):
        for _ in range(50):
            teller(progressed=True)
            teller()
    assert celery_progresses(within_ms=60_000)


def test_release_after_a_heartbeat_is_in_the_next_one(monkeypatch):
    now, teller = 1_000.0, HeartbeatWriter(Part.CELERY)
    monkeypatch.setattr(heartbeats.time, "monotonic", lambda: now)
    teller()
    teller(progressed=True)
    assert not celery_progresses(within_ms=60_000)
    now += HeartbeatWriter.BUSY_SECONDS
    teller()
    assert celery_progresses(within_ms=60_000)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_has_the_turn():
    assert sorted(times(8, lambda: take_turn(Part.DISPATCH, every_seconds=600))) == [False] * 7 + [True]
    assert take_turn(Part.DISPATCH, every_seconds=0)
