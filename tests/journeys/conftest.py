"""A running bank for a journey: web server and release worker as processes on the test database."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command

from config.stack.process import wait_until
from tests.processes import answers, free_port, running, web, worker
from tests.roles import as_owner


@dataclass(frozen=True)
class RunningBank:
    """The address of the bank and its API keys."""

    url: str
    keys: Path


@pytest.fixture
def running_bank(transactional_db, tmp_path):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    keys = tmp_path / "keys.json"
    with as_owner():
        call_command("seed_principals", keys_file=keys)
    # Files of orders name no payee.
    server = web(tmp_path, port, BANK_PAYEE_NAME_ELSEWHERE="optional")
    with running(server, worker(tmp_path)):
        assert wait_until(lambda: answers(url), seconds=30), server.tail(50)
        yield RunningBank(url, keys)


def key(bank: RunningBank, name: str) -> str:
    return json.loads(bank.keys.read_text())[name]
