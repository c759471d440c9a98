"""The worker of the default queue registers approved lists; its heartbeat is seen, and its absence is reported."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from config.oversight.api.probes import TASKS_SECONDS, queue_lengths
from config.stack.process import wait_until
from tests.processes import beat, running, worker
from transfers.models import Heartbeat
from transfers.queries.heartbeats import parts_seen, seconds_since
from transfers.vocabulary import Part


def said() -> str:
    return Client().get("/readyz").json()["checks"]["tasks"]


def test_worker_is_seen_while_it_runs_and_missed_when_dead(transactional_db, broker, tmp_path, settings):
    settings.REDIS_URL = settings.BROKER_URL = broker.url
    settings.REDIS_CLIENT_URL = broker.cache_url
    at_work = worker(tmp_path, "default", 1, queue="default", REDIS_URL=broker.url)
    with running(at_work, beat(tmp_path, REDIS_URL=broker.url)):
        assert wait_until(lambda: seconds_since(Part.TASKS) is not None, seconds=90)
        assert [row["part"] for row in parts_seen()] == ["tasks"]
        assert said() == "ok"
        at_work.kill()
        # Beat goes on: what the dead worker was to do piles up where it is counted.
        assert wait_until(lambda: queue_lengths()["default"] > 0, seconds=60)
    Heartbeat.objects.update(seen_at=F("seen_at") - timedelta(seconds=TASKS_SECONDS))
    assert said().startswith("warning: the worker of the default queue was last at work ")


@pytest.mark.django_db
def test_queues_are_counted_where_valkey_carries_them_and_nothing_waits_for_one_that_is_away(settings):
    assert set(queue_lengths()) == {"default", "release"}
    settings.REDIS_CLIENT_URL = "unix:///nowhere"
    assert queue_lengths() == {}
    assert Client().get("/metrics").status_code == 200
    settings.BROKER_URL = "amqp://nowhere"
    assert queue_lengths() == {}
