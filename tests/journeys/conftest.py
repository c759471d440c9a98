"""A whole bank for a journey: web server and release worker as processes of their own, on the test database."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.core.management import call_command

from config.stack.process import wait_until
from tests.processes import python, running, worker


@dataclass(frozen=True)
class RunningBank:
    """Where it answers and where its keys are."""

    url: str
    keys: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def running_bank(transactional_db, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = tmp_path / "keys.json"
    call_command("seed_demo", keys_file=keys)
    web = python(
        "web",
        *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "8", "--no-ws", "--http", "1", "--no-access-log", "config.wsgi:application"),
        log=tmp_path,
    )
    with running(web, worker(tmp_path)):
        assert wait_until(lambda: answers(url), seconds=30), web.tail(50)
        yield RunningBank(url, keys)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def key(bank: RunningBank, name: str) -> str:
    return json.loads(bank.keys.read_text())[name]
