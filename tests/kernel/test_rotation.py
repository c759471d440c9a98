"""A field key is changed during operation, with two web processes, and the only 5xx status is 503."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command

from config.stack.process import wait_until
from tests import keys
from tests.http import ApiClient
from tests.keys import OWN, SECOND
from tests.processes import answers, free_port, running, web

CUSTOMER = {"kind": "individual", "name": "赵敏", "document": {"type": "resident_id", "number": "110105198807150026"}}


@pytest.fixture(autouse=True)
def own_keys(transactional_db):
    with keys.changed():
        yield


@pytest.fixture
def teller(transactional_db) -> str:
    return ApiClient("teller").bearer


@contextmanager
def serving(place: Path, bearer: str, **fields: str) -> Iterator[httpx.Client]:
    """Run a web process with field keys; yield an HTTP client."""
    place.mkdir()
    port = free_port()
    server = web(place, port, BANK_FIELD_KEYS=keys.fields(**fields))
    with running(server):
        url = f"http://127.0.0.1:{port}"
        assert wait_until(lambda: answers(url), seconds=60), server.tail(50)
        with httpx.Client(
            base_url=url, trust_env=False, timeout=60, headers={"Authorization": f"Bearer {bearer}"}
        ) as client:
            yield client


def register(client: httpx.Client, key: str, name: str = "赵敏") -> httpx.Response:
    return client.post("/api/v1/customers", json=CUSTOMER | {"name": name}, headers={"Idempotency-Key": key})


def mark(**fields: str) -> None:
    keys.use(**fields)
    call_command("mark_keys", verbosity=0)


def test_processes_open_each_others_values_during_the_documented_rotation(teller, tmp_path):
    """The key is appended on all nodes, marked, and then moved to the first place node by node."""
    with serving(tmp_path / "old", teller, k1=OWN, k2=SECOND) as old:
        mark(k1=OWN, k2=SECOND)
        with serving(tmp_path / "new", teller, k2=SECOND, k1=OWN) as new:
            assert (old.get("/readyz").status_code, new.get("/readyz").status_code) == (200, 200)
            by_new = register(new, "by-new")
            assert by_new.status_code == 201
            for client in (old, new):
                again = register(client, "by-new")
                assert (again.status_code, again.json()) == (201, by_new.json())
                found = client.get(f"/api/v1/customers/{by_new.json()['id']}")
                assert (found.status_code, found.json()["name"]) == (200, by_new.json()["name"])


def test_a_process_that_was_left_behind_is_not_ready_and_says_try_again(teller, tmp_path):
    """Without the middle step it cannot open what others have sealed; it answers 503, never 500."""
    with serving(tmp_path / "old", teller, k1=OWN) as old:
        assert register(old, "by-old").status_code == 201
        mark(k1=OWN, k2=SECOND)
        ready = old.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["keys"]) == (
            503,
            "Key 2 is missing in BANK_FIELD_KEYS, and others seal with it or will.",
        )
        with serving(tmp_path / "new", teller, k2=SECOND, k1=OWN) as new:
            other = CUSTOMER | {
                "document": {"type": "passport", "number": "X1234567", "country": "FRA"},
                "name": "钱程",
            }
            made = new.post("/api/v1/customers", json=other, headers={"Idempotency-Key": "by-new"})
            assert made.status_code == 201
            for answer in (
                old.get(f"/api/v1/customers/{made.json()['id']}"),
                old.post("/api/v1/customers", json=other, headers={"Idempotency-Key": "by-new"}),
            ):
                assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert "钱" not in answer.text
                assert "X1234567" not in answer.text
            # What the old one has pinned opens everywhere.
            assert register(new, "by-old").status_code == 201
