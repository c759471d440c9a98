"""Clients that announce a body and do not send it: each costs its own connection, nobody else's, and not for long."""

import json
import select
import socket
from contextlib import ExitStack, contextmanager, suppress
from uuid import uuid4

import httpx
import pytest

from config.stack.process import wait_until
from tests import factories
from tests.http import ApiClient
from tests.processes import answers, free_port, running, web

pytestmark = pytest.mark.django_db(transaction=True)

#: Generous: what does not come while the others are held does not come at all.
LONGEST_SECONDS = 60
AS_ALWAYS = [200, 200, 200, 201]
LENGTH, CHUNKED = "Content-Length: 500000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n7a120\r\n{"


class Bank:
    """A web server of eight threads, and somebody whose requests it should answer meanwhile."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.teller = ApiClient("teller")
        self.account = factories.account(factories.customer(factories.ZHANG))

    def serves(self) -> list[int]:
        """Ask for a probe, a list, a page and a change; return how each was answered."""
        key = {"Authorization": f"Bearer {self.teller.bearer}"}
        body = {"account": {"account_id": str(self.account.id)}, "amount": "1.00"}
        with httpx.Client(base_url=self.url, headers=key, timeout=LONGEST_SECONDS, trust_env=False) as client:
            found = [
                client.get("/healthz"),
                client.get(f"/api/v1/accounts/{self.account.id}"),
                client.get("/desk/sign-in"),
                client.post("/api/v1/cash/deposits", json=body, headers={"Idempotency-Key": uuid4().hex}),
            ]
        return [each.status_code for each in found]

    @contextmanager
    def connections(self, count: int, request: str):
        """Hold connections that sent this and do no more."""
        with ExitStack() as stack:
            held = []
            for _ in range(count):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", self.port)))
                connection.sendall(request.encode())
                held.append(connection)
            yield held


@pytest.fixture
def bank(transactional_db, noon, tmp_path):
    bank = Bank(free_port())
    server = web(tmp_path, bank.port)
    with running(server):
        assert wait_until(lambda: answers(bank.url), seconds=30), server.tail(50)
        yield bank


def head(bank: Bank, line: str, *, key: bool = False) -> str:
    bearer = f"Authorization: Bearer {bank.teller.bearer}\r\n" if key else ""
    return f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{bearer}"


def test_bodies_that_do_not_come_hold_up_nobody(bank):
    api = head(bank, "POST /api/v1/transfers")
    with bank.connections(18, api + LENGTH) as silent:
        assert bank.serves() == AS_ALWAYS
        kinds = [
            (api + CHUNKED),
            head(bank, "POST /api/v1/transfers", key=True) + LENGTH,
            head(bank, "POST /desk/sign-in") + LENGTH,
            head(bank, "GET /static/desk/desk.css") + LENGTH,
            head(bank, "GET /healthz") + CHUNKED,
        ]
        with ExitStack() as stack:
            for kind in kinds:
                stack.enter_context(bank.connections(8, kind))
                assert bank.serves() == AS_ALWAYS
            for _ in range(5):
                assert bank.serves() == AS_ALWAYS
        told = [answer_on(connection) for connection in silent]
    assert {status for status, _ in told} == {408}
    assert {problem["code"] for _, problem in told} == {"REQUEST_TIMEOUT"}


def test_a_body_that_trickles_is_ended_too(bank):
    with bank.connections(1, head(bank, "POST /api/v1/transfers") + LENGTH) as (trickle,):
        trickle.setblocking(False)

        def is_answered():
            # Half a second between two bytes: it is never silent for long.
            with suppress(OSError):
                trickle.sendall(b" ")
            readable, _, _ = select.select([trickle], [], [], 0.5)
            return bool(readable)

        assert wait_until(is_answered, seconds=LONGEST_SECONDS)
        assert bank.serves() == AS_ALWAYS
        status, problem = answer_on(trickle)
    assert (status, problem["code"]) == (408, "REQUEST_TIMEOUT")


def answer_on(connection: socket.socket):
    """Read the answer that a connection was given, its status and its problem."""
    connection.settimeout(LONGEST_SECONDS)
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        length = 0
        while (line := file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(file.read(length))
