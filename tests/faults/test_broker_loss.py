"""The broker is lost while messages are processed: workers notice it and reconnect."""

import json
import subprocess
import sys

import pytest
from kombu import Connection
from redis import Redis
from redis.exceptions import RedisError

from config.broker import install
from tests.faults.test_broker_invalid_messages import WAKE_UP
from tests.processes import ROOT, environment

GONE = (OSError, RedisError)


@pytest.mark.parametrize("act", ["ack", "reject"])
def test_unconfirmed_message_to_a_lost_broker_frees_its_slot(broker, act):
    """An unconfirmed message that blocked a slot would stop the worker from reading for ever."""
    install()
    with Redis.from_url(broker.cache_url) as redis:
        redis.lpush("release", json.dumps(WAKE_UP))
    with Connection(broker.url) as connection:
        channel = connection.channel()
        channel.basic_qos(0, 1, False)
        message = channel.basic_get("release")
        assert not channel.qos.can_consume()
        broker.process.kill()
        with pytest.raises(GONE):
            getattr(channel.qos, act)(message.delivery_tag)
        assert channel.qos.can_consume()
        channel.qos._delivered.clear()  # nothing to be given back as the connection closes


def test_command_that_wakes_parked_transfers_reaches_the_broker(transactional_db, broker):
    """The command runs in its own process and publishes through the bank's Celery application, as web does."""
    done = subprocess.run(
        [sys.executable, "manage.py", "parked_transfers", "--wake"],
        cwd=ROOT, env=environment() | {"REDIS_URL": broker.url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "Woken: 0.\n"), done.stderr
    with Redis.from_url(broker.cache_url) as redis:
        assert redis.llen("release") == 1, done.stderr
