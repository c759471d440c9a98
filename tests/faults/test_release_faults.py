"""Faults during due transfers: each is released once, none early, all within seconds."""

import os
import signal
import time
from pathlib import Path

import pytest
from django.db.models import Max
from redis import Redis

from config.kernel.database.sql import Statement, rows
from config.stack.process import wait_until
from tests.processes import beat, running, watcher, worker
from tests.races import other_transaction, wait_for_blocked_session
from transfers.models import Event

pytestmark = pytest.mark.django_db(transaction=True)

#: A transaction whose client has been silent for a while.
IDLE_IN_TRANSACTION = """
SELECT FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()
AND clock_timestamp() - state_change > interval '500 milliseconds'
"""
#: Generous: the machine may be busy with other tests. What is meant is seconds, not the 24 hours again.
WITHIN = 60


class TestReleaser:
    """Celery releases; the watcher is the fallback."""

    def test_celery_alone_releases_a_stream_as_it_falls_due(self, stream, broker, tmp_path):
        with running(worker(tmp_path, REDIS_URL=broker.url), beat(tmp_path, REDIS_URL=broker.url)):
            stream.hold(300, first=5, last=11)
            assert stream.ended(seconds=WITHIN) == {"celery": 300}

    def test_the_watcher_alone_does_when_celery_is_off(self, stream, tmp_path):
        with running(watcher(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")):
            stream.hold(300, first=1, last=5)
            assert stream.ended(seconds=WITHIN) == {"watcher": 300}

    def test_watcher_has_nothing_to_do_while_celery_runs(self, stream, broker, tmp_path):
        # A longer grace than in a real installation: the machine may be busy with other tests.
        patient = watcher(
            tmp_path, REDIS_URL=broker.url, BANK_WATCHER_GRACE_MILLISECONDS="6000", BANK_WATCHER_SILENCE_SECONDS="60"
        )
        with running(worker(tmp_path, REDIS_URL=broker.url), beat(tmp_path, REDIS_URL=broker.url), patient):
            stream.hold(300, first=5, last=11)
            assert stream.ended(seconds=WITHIN) == {"celery": 300}


class TestFaults:
    def test_killed_workers_lose_nothing(self, stream, broker, tmp_path):
        stream.hold(500, first=6, last=12)
        first, second = (worker(tmp_path, name, REDIS_URL=broker.url) for name in ("first", "second"))
        with running(first, beat(tmp_path, REDIS_URL=broker.url)):
            time.sleep(3)
            # The children in the midst of it, again and again; then the worker with all of them.
            for _ in range(3):
                kill_children(first.pid)
                time.sleep(1)
            first.kill()
            with running(second):
                assert stream.ended(seconds=WITHIN) == {"celery": 500}

    def test_a_flushed_broker_loses_nothing(self, stream, broker, tmp_path):
        with running(worker(tmp_path, REDIS_URL=broker.url), beat(tmp_path, REDIS_URL=broker.url)):
            stream.hold(500, first=5, last=11)
            time.sleep(4)
            with Redis.from_url(broker.cache_url) as redis:
                for _ in range(3):
                    redis.flushall()
                    time.sleep(2)
            assert stream.ended(seconds=WITHIN) == {"celery": 500}

    def test_a_broker_that_is_away_for_ten_seconds_while_a_thousand_fall_due(self, stream, broker, tmp_path):
        parts = [part(tmp_path, REDIS_URL=broker.url) for part in (worker, beat, watcher)]
        with running(*parts):
            broker.process.kill()
            began = time.monotonic()
            stream.hold(500, first=2, last=2)
            stream.hold(500, first=2, last=8)
            time.sleep(max(0, 10 - (time.monotonic() - began)))
            broker.start()
            stream.ended(seconds=WITHIN)
            # And then Celery is at work again, by itself.
            parts[2].stop()
            stream.hold(50, first=6, last=7)
            assert stream.ended(seconds=WITHIN)["celery"] >= 50
        assert Event.objects.aggregate(worst=Max("lateness_ms"))["worst"] < WITHIN * 1000

    def test_cut_connections_to_the_database_lose_nothing(self, stream, broker, tmp_path):
        parts = [part(tmp_path, REDIS_URL=broker.url) for part in (worker, beat, watcher)]
        with running(*parts):
            stream.hold(500, first=3, last=8)
            for _ in range(8):
                rows(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    # A vacuum that the database has begun by itself is not ours to end.
                    "AND backend_type = 'client backend'"
                )
                time.sleep(0.7)
            stream.ended(seconds=WITHIN)
            assert [part.alive() for part in parts] == [True] * 3

    def test_stopped_worker_delays_no_release(self, stream, broker, tmp_path):
        """A hung host or paused machine keeps its connections open and its rows locked."""
        frozen = worker(tmp_path, REDIS_URL=broker.url, BANK_RELEASE_BATCH_SIZE="100")
        net = watcher(tmp_path, REDIS_URL=broker.url)
        with running(frozen, beat(tmp_path, REDIS_URL=broker.url)):
            stream.hold(3000, first=4, last=4)
            pids = [frozen.pid, *children(frozen.pid)]
            try:
                stop_in_mid_batch(pids)
                assert stream.left() > 0
                with running(net):
                    assert stream.ended(seconds=WITHIN)["watcher"] > 0
                assert not rows(
                    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    "AND clock_timestamp() - xact_start > interval '10 seconds'"
                )
            finally:
                signal_all(pids, signal.SIGCONT)
            # Awake again it does not repeat what was done meanwhile, and goes on with what falls due next.
            stream.hold(50, first=6, last=7)
            assert stream.ended(seconds=WITHIN)["celery"] >= 50


def stop_in_mid_batch(pids):
    """Stop processes while a batch has its accounts locked, so that the locks stay."""
    for _ in range(20):
        with other_transaction(Statement("LOCK TABLE transfers_event IN SHARE MODE")):
            wait_for_blocked_session("relation")
            signal_all(pids, signal.SIGSTOP)
        if wait_until(lambda: rows(IDLE_IN_TRANSACTION), seconds=2):
            return
        # It had given up a moment before.
        signal_all(pids, signal.SIGCONT)
    raise AssertionError("no batch was met")


def children(pid):
    """Return the child processes of a worker."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def signal_all(pids, number):
    for pid in pids:
        os.kill(pid, number)


def kill_children(pid):
    """Kill the child processes of a worker."""
    signal_all(children(pid), signal.SIGKILL)
