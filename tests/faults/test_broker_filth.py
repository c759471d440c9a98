"""What stands in the broker's list and is no message is dropped; the worker lives on."""

import json

import pytest
from redis import Redis

from tests.processes import beat, running, worker

pytestmark = pytest.mark.django_db(transaction=True)

PROPERTIES = {
    "body_encoding": "base64",
    "delivery_tag": "1",
    "delivery_info": {"exchange": "", "routing_key": "release"},
}
FILTH = {
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "a number": b"42",
    "null": b"null",
    "a list": b"[1, 2]",
    "empty": b"{}",
    "nothing but a body": json.dumps({"body": "e30="}).encode(),
    "no base64": json.dumps({"body": "=%&", "headers": {}, "properties": PROPERTIES}).encode(),
    "no delivery": json.dumps({"body": "e30=", "properties": {**PROPERTIES, "delivery_info": None}}).encode(),
    "no headers": json.dumps({"body": "e30=", "headers": None, "properties": PROPERTIES}).encode(),
    "another encoding": json.dumps({"body": "e30=", "properties": {**PROPERTIES, "body_encoding": "rot13"}}).encode(),
}


def test_entries_that_are_no_message_are_dropped_and_the_worker_lives_on(stream, broker, tmp_path):
    at_work = worker(tmp_path, REDIS_URL=broker.url)
    with running(at_work, beat(tmp_path, REDIS_URL=broker.url)):
        with Redis.from_url(broker.cache_url) as redis:
            for entry in FILTH.values():
                redis.lpush("release", entry)
        stream.hold(50, first=3, last=6)
        assert stream.ended(seconds=60) == {"celery": 50}
        assert "Unrecoverable error" not in at_work.tail(1000)
        with Redis.from_url(broker.cache_url) as redis:
            assert redis.llen("release") == 0
