"""Invalid messages in the broker are dropped, and the worker continues."""

import json
from base64 import b64encode
from typing import Any

import pytest
from redis import Redis

from config.stack.process import wait_until
from tests.processes import beat, running, worker

pytestmark = pytest.mark.django_db(transaction=True)


def encoded(body: object) -> str:
    return b64encode(json.dumps(body).encode()).decode()


WAKE_UP: dict[str, Any] = {
    "body": encoded([[], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}]),
    "content-type": "application/json",
    "content-encoding": "utf-8",
    "headers": {"task": "transfers.tasks.release_due", "id": "1"},
    "properties": {
        "body_encoding": "base64",
        "delivery_tag": "1",
        "delivery_info": {"exchange": "", "routing_key": "release"},
    },
}


def with_headers(**headers: object) -> dict[str, Any]:
    return WAKE_UP | {"headers": WAKE_UP["headers"] | headers}


def with_properties(**properties: object) -> dict[str, Any]:
    return WAKE_UP | {"properties": WAKE_UP["properties"] | properties}


#: What cannot be read, or not as a message.
UNREADABLE = {
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "too deep": b"[" * 200_000,
    "too long a number": b"1" * 5000,
}
#: What can be read, and is no wake-up.
FILTH: dict[str, Any] = {
    "a number": 42,
    "null": None,
    "a list": [1, 2],
    "empty": {},
    "nothing but a body": {"body": "e30="},
    "no base64": WAKE_UP | {"body": "=%&"},
    "body that is no JSON": WAKE_UP | {"body": "e30"},
    "body that is null": WAKE_UP | {"body": None},
    "body that is a number": WAKE_UP | {"body": 0},
    "body that is an empty text": WAKE_UP | {"body": ""},
    "body that is an object": WAKE_UP | {"body": "e30="},
    "body that is no triple": WAKE_UP | {"body": encoded([[], {}])},
    "body too deep": WAKE_UP | {"body": b64encode(b"[" * 200_000).decode()},
    "an argument": WAKE_UP | {"body": encoded([[1], {}, {}])},
    "arguments that are no list": WAKE_UP | {"body": encoded([0, {}, {}])},
    "a named argument": WAKE_UP | {"body": encoded([[], {"at": 1}, {}])},
    "another task to follow": WAKE_UP | {"body": encoded([[], {}, {"callbacks": [1]}])},
    "another type": WAKE_UP | {"content-type": "application/x-python-serialize"},
    "type that is a list": WAKE_UP | {"content-type": ["x"]},
    "character set that is a list": WAKE_UP | {"content-encoding": ["x"]},
    "headers that are null": WAKE_UP | {"headers": None},
    "headers that are a list": WAKE_UP | {"headers": ["task"]},
    "the first protocol": WAKE_UP | {"headers": {}, "body": encoded({"task": ["x"], "id": "1"})},
    "no id": WAKE_UP | {"headers": {"task": "transfers.tasks.release_due"}},
    "no task": WAKE_UP | {"headers": {"id": "1"}},
    "id that is a list": with_headers(id=["x"]),
    "task that is a list": with_headers(task=["x"]),
    "another encoding": with_properties(body_encoding="rot13"),
    "tag that is a list": with_properties(delivery_tag=["x"]),
    "tag that is no character": with_properties(delivery_tag="\ud800"),
    "no delivery": with_properties(delivery_info=None),
    "exchange that is a list": with_properties(delivery_info={"exchange": ["x"], "routing_key": "release"}),
    "routing key that is a number": with_properties(delivery_info={"exchange": "", "routing_key": 1}),
}
#: Wake-ups with more than the bank's own say: what is more is not looked at.
ODD = {
    "an instant that is a number": with_headers(eta=1),
    "text as the instant": with_headers(eta="x"),
    "an instant after all": with_headers(eta="9999-12-31T23:59:59-14:00"),
    "no such task": with_headers(task="x"),
    "a built-in task": with_headers(task="celery.chord_unlock"),
    "a task that is no character": with_headers(task="\ud800"),
    "an id that is no character": with_headers(id="\ud800"),
    "one limit": with_headers(timelimit=[1]),
    "limits that are text": with_headers(timelimit=["x", "y"]),
    "limits that are a number": with_headers(timelimit=1),
    "an expiry that is text": with_headers(expires="x"),
    "an expiry that is a number": with_headers(expires=1),
    "stamps": with_headers(stamped_headers=5, stamps=5),
    "packed": with_headers(compression=["x"]),
    "retries": with_headers(retries="x"),
    "names": with_headers(shadow=["x"], argsrepr=["x"], kwargsrepr={}, lang=1, origin=[], root_id=["x"], parent_id=[]),
    "groups": with_headers(group=["x"], group_index="x", replaced_task_nesting="x", ignore_result=["x"]),
    "properties": with_properties(priority=["x"], reply_to=["x"], correlation_id=["x"]),
    "no such character set": WAKE_UP | {"content-encoding": "x"},
    "a consumer": with_properties(delivery_info={"exchange": "", "routing_key": "release", "consumer_tag": ["x"]}),
}
#: Invalid values among the entries that a worker has taken.
LOST = {
    "no JSON": b"{",
    "too deep": b"[" * 200_000,
    "a number": b"42",
    "no routing key": json.dumps([WAKE_UP, "", {"x": 1}]).encode(),
}


def test_invalid_message_is_dropped_and_the_worker_continues(stream, broker, tmp_path):
    at_work = worker(tmp_path, REDIS_URL=broker.url)
    lost = {f"lost: {kind}": entry for kind, entry in LOST.items()}
    good = with_properties(delivery_info={"exchange": "", "routing_key": "elsewhere"})
    with running(at_work, beat(tmp_path, REDIS_URL=broker.url)), Redis.from_url(broker.cache_url) as redis:
        for word in (b"{", b"42", json.dumps(WAKE_UP).encode()):
            redis.publish("/0.celery.pidbox", word)
        for entry in UNREADABLE.values():
            redis.lpush("release", entry)
        for entry in [*FILTH.values(), *ODD.values()]:
            redis.lpush("release", json.dumps(entry))
        redis.hset("unacked", mapping=lost | {"good": json.dumps([good, "", "elsewhere"])})
        # The sweep begins with the newest: what can be put back is behind all that cannot.
        redis.zadd("unacked_index", dict.fromkeys(lost, 2) | {"good": 1})

        stream.hold(50, first=3, last=6)
        assert stream.ended(seconds=60) == {"celery": 50}
        assert wait_until(lambda: redis.llen("elsewhere") == 1, seconds=60)
        assert redis.hmget("unacked", [*lost]) == [None] * len(lost)
        assert redis.zmscore("unacked_index", [*lost]) == [None] * len(lost)
        assert wait_until(lambda: redis.llen("release") == 0, seconds=60)
        log = at_work.tail(10_000)
    assert log.count("dropped an entry") == len(UNREADABLE) + len(FILTH) + len(LOST)
    for trouble in ("Unrecoverable error", "Connection to broker lost", "Error in timer"):
        assert trouble not in log


def test_no_worker_listens_for_commands(broker, tmp_path):
    with running(worker(tmp_path, REDIS_URL=broker.url)), Redis.from_url(broker.cache_url) as redis:
        assert redis.pubsub_numpat() == 0
        assert redis.pubsub_channels() == []


@pytest.mark.parametrize("key", ["release", "unacked", "unacked_index"])
def test_a_key_of_another_type_stops_a_worker_only_while_it_is_there(stream, broker, tmp_path, key):
    at_work = worker(tmp_path, REDIS_URL=broker.url)
    with running(at_work, beat(tmp_path, REDIS_URL=broker.url)), Redis.from_url(broker.cache_url) as redis:
        redis.set(key, "x")
        assert wait_until(lambda: "Connection to broker lost" in at_work.tail(1000), seconds=60), at_work.tail(50)
        redis.delete(key)
        stream.hold(5, first=3, last=4)
        assert stream.ended(seconds=60) == {"celery": 5}
        assert at_work.alive()
