"""Who releases, how its clock stands, and the alarms that nobody else would raise."""

import logging
import time
from datetime import timedelta

import pytest
from django.db.models import F

from config.kernel.sql import rows
from config.kernel.transactions import perform
from tests.races import times
from transfers.models import Heartbeat
from transfers.operations import heartbeats, shares
from transfers.operations.heartbeats import Teller, fold_heartbeats, take_turn, tell
from transfers.operations.release import Released
from transfers.operations.shares import Shares
from transfers.queries.heartbeats import celery_progresses, parts_seen, released_so_far
from transfers.vocabulary import Part

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_alarm_yet(monkeypatch):
    monkeypatch.setattr(heartbeats, "_last_alarm", {})


def ahead(monkeypatch, seconds):
    plain = time.time
    monkeypatch.setattr(heartbeats.time, "time", lambda: plain() + seconds)


def test_counts_what_is_released_by_host_and_part(monkeypatch):
    for host, released in (("one", 3), ("two", 4), ("one", 0)):
        monkeypatch.setattr(heartbeats.socket, "gethostname", lambda host=host: host)
        tell(Part.CELERY, released=released)
    tell(Part.WATCHER, released=5)
    assert released_so_far() == {"celery": 7, "watcher": 5}
    assert Heartbeat.objects.count() == 3


def told_by(monkeypatch, host, part, released):
    monkeypatch.setattr(heartbeats.socket, "gethostname", lambda: host)
    tell(part, released=released)


@pytest.mark.django_db(transaction=True)
def test_hosts_that_are_gone_are_one_row_and_the_sums_stay(monkeypatch):
    """A container has a new host name at each start: a row of each would stay for ever."""
    for host, part, released in (("a", Part.CELERY, 3), ("b", Part.CELERY, 4), ("b", Part.WATCHER, 5)):
        told_by(monkeypatch, host, part, released)
    Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(hours=25))
    told_by(monkeypatch, "c", Part.CELERY, 2)
    times(4, lambda: perform(fold_heartbeats))
    assert set(Heartbeat.objects.values_list("part", "host", "released")) == {
        ("celery", "", 7), ("celery", "c", 2), ("watcher", "", 5)
    }  # fmt: skip
    assert [(row["part"], row["host"]) for row in parts_seen()] == [("celery", "c")]
    # One that comes back begins anew, and is folded again once it is gone.
    told_by(monkeypatch, "a", Part.CELERY, 1)
    assert released_so_far() == {"celery": 10, "watcher": 5}
    Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(hours=25))
    perform(fold_heartbeats)
    assert Heartbeat.objects.count() == 2
    assert released_so_far() == {"celery": 10, "watcher": 5}


def test_progress_is_what_was_released_not_what_was_looked_at():
    tell(Part.CELERY)
    assert not celery_progresses(within_ms=60_000)
    tell(Part.CELERY, released=1)
    tell(Part.CELERY)
    assert celery_progresses(within_ms=60_000)
    assert not celery_progresses(within_ms=0)


@pytest.mark.parametrize(("seconds", "alarms"), [(0, 0), (20, 0), (-120, 1), (120, 1), (172_800, 1)])
def test_a_clock_that_differs_from_the_databases_is_kept_and_alarmed(monkeypatch, caplog, settings, seconds, alarms):
    # Between the reading of one clock and of the other a busy machine may let seconds pass.
    settings.CLOCK_TOLERANCE_MILLISECONDS = 60_000
    ahead(monkeypatch, seconds)
    for _ in range(3):
        tell(Part.CELERY)
    assert Heartbeat.objects.get().clock_ahead_ms == pytest.approx(seconds * 1000, abs=20_000)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * alarms


def test_progress_from_the_future_is_none():
    """A clock that was set back, a failover to a host that is behind: the watcher must not wait for them."""
    tell(Part.CELERY, released=1)
    Heartbeat.objects.update(progressed_at=F("progressed_at") + timedelta(hours=1))
    assert not celery_progresses(within_ms=60_000)


@pytest.mark.django_db(transaction=True)
@pytest.mark.owner
def test_a_heartbeat_that_cannot_be_written_keeps_no_release_back(caplog):
    teller = Teller(Part.CELERY)
    rows("ALTER TABLE transfers_heartbeat RENAME TO transfers_heartbeat_away")
    try:
        for _ in range(3):
            teller(Released(claimed=1, posted=1))
    finally:
        rows("ALTER TABLE transfers_heartbeat_away RENAME TO transfers_heartbeat")
    assert set(caplog.messages) == {"no heartbeat: ProgrammingError, 42P01"}
    teller.BUSY_SECONDS = 0
    teller(Released())
    assert released_so_far()["celery"] == 3


def test_an_alarm_is_raised_beyond_what_the_documents_say(settings):
    assert settings.CLOCK_TOLERANCE_MILLISECONDS == 1000


def test_a_teller_tells_of_many_batches_at_once(django_assert_num_queries):
    teller = Teller(Part.CELERY)
    teller.flush()
    teller.BUSY_SECONDS = teller.IDLE_SECONDS = 600
    with django_assert_num_queries(1):
        for _ in range(50):
            teller(Released(claimed=3, posted=2, parked=1))
        teller.flush()
        teller.flush()
    assert released_so_far()["celery"] == 100


@pytest.mark.django_db(transaction=True)
def test_one_of_many_has_the_turn():
    assert sorted(times(8, lambda: take_turn(Part.DISPATCH, every_seconds=600))) == [False] * 7 + [True]
    assert take_turn(Part.DISPATCH, every_seconds=0)


@pytest.mark.parametrize(
    ("watcher", "celery", "alarms"), [(19, 0, 0), (20, 0, 1), (20, 181, 0), (20, 180, 1), (0, 1000, 0)]
)
def test_an_alarm_when_much_is_left_to_the_watcher(caplog, watcher, celery, alarms):
    tell(Part.WATCHER, released=1000)
    tell(Part.CELERY, released=5)
    share = Shares()
    share.look()
    tell(Part.WATCHER, released=watcher)
    tell(Part.CELERY, released=celery)
    share.look()
    assert len(caplog.records) == alarms


def test_what_was_long_ago_is_no_alarm_any_more(caplog):
    share = Shares()
    share.look()
    tell(Part.WATCHER, released=100)
    for _ in range(shares.LOOKS):
        share.look()
    assert len(caplog.records) == shares.LOOKS
    share.look()
    assert len(caplog.records) == shares.LOOKS
