"""Clients that announce a body and do not send it occupy their own connection only, for a limited time."""

import json
import re
import select
import socket
from contextlib import ExitStack, contextmanager, suppress
from uuid import uuid4

import httpx
import pytest

from config.stack.process import wait_until
from tests import factories, people, signed_in_browser
from tests.http import ApiClient
from tests.processes import answers, free_port, running, web

pytestmark = pytest.mark.django_db(transaction=True)

#: Generous: what does not come while the others are held does not come at all.
LONGEST_SECONDS = 60
AS_ALWAYS = [200, 200, 200, 201]
LENGTH, CHUNKED = "Content-Length: 500000\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n7a120\r\n{"


class Bank:
    """A web server of eight threads, and a client whose requests must be answered meanwhile."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.teller = ApiClient("teller")
        self.account = factories.account(factories.customer(factories.ZHANG))

    def serves(self) -> list[int]:
        """Request a probe, a list, a page and a change; return the statuses."""
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
    def connections(self, count: int, request: str, address: str = "127.0.0.1"):
        """Open connections from an address that send a partial request and then nothing."""
        with ExitStack() as stack:
            held = []
            for _ in range(count):
                at = {"source_address": (address, 0)}
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", self.port), **at))
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


def test_incomplete_bodies_block_no_other_client(bank):
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
        answers = [answer_on(connection) for connection in silent]
    assert {status for status, _ in answers} == {408}
    assert {problem["code"] for _, problem in answers} == {"REQUEST_TIMEOUT"}


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
    """Read status and problem of the answer on a connection."""
    connection.settimeout(LONGEST_SECONDS)
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        length = 0
        while (line := file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(file.read(length))


LARGE = "Content-Length: 30000000\r\n\r\n" + 10 * " "
UPLOADS = ["/api/v1/blacklist/imports", "/api/v1/stock/imports", "/desk/lists/new", "/desk/stock/imports/new"]


def upload(bank: Bank, key: str, address: str = "127.0.0.1") -> httpx.Response:
    """Upload a file over 1 MiB that is no list."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": uuid4().hex}
    from_there = httpx.HTTPTransport(local_address=address)
    with httpx.Client(transport=from_there, timeout=LONGEST_SECONDS, trust_env=False) as client:
        files = {"file": ("list.csv", b"no list\n" * 200_000)}
        return client.post(f"{bank.url}{UPLOADS[0]}", headers=headers, files=files)


def drip(connections: list[socket.socket]) -> None:
    """Send a few more bytes on each connection."""
    for connection in connections:
        with suppress(OSError):
            connection.sendall(b" " * 10)


def test_dripping_bodies_without_a_credential_that_allows_uploads_block_no_upload(bank):
    """No credential, an invalid one, one of another role, and an unknown session cookie."""
    officer = ApiClient("compliance").bearer
    wrong, other = ("Authorization: Bearer bk_nothing\r\n", f"Authorization: Bearer {bank.teller.bearer}\r\n")
    cookie = "Cookie: sessionid=0123456789abcdefghijklmnopqrstuv\r\n"
    with ExitStack() as stack:
        held = []
        for path in UPLOADS:
            for credential in ("", wrong, other, cookie):
                request = head(bank, f"POST {path}") + credential + LARGE
                held += stack.enter_context(bank.connections(3, request))
        for _ in range(3):
            drip(held)
            answer = upload(bank, officer)
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")
        assert bank.serves() == AS_ALWAYS


def test_a_large_body_without_a_credential_is_refused_as_such_and_not_as_late(bank):
    with bank.connections(1, head(bank, "POST /api/v1/blacklist/imports") + LARGE) as (stranger,):
        status, problem = answer_on(stranger)
    assert (status, problem["code"]) == (401, "UNAUTHENTICATED")


def test_slow_upload_of_a_permitted_caller_delays_its_own_address_only(bank):
    officer = ApiClient("compliance").bearer
    request = head(bank, "POST /api/v1/blacklist/imports") + f"Authorization: Bearer {officer}\r\n" + LARGE
    with bank.connections(3, request, "127.0.0.2") as dripping:
        answers = []

        def is_refused():
            drip(dripping)
            answers.append(upload(bank, officer, "127.0.0.2"))
            return answers[-1].status_code == 503

        assert wait_until(is_refused, seconds=LONGEST_SECONDS)
        assert answers[-1].json()["code"] == "UPLOADS_BUSY"
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert upload(bank, officer).status_code == 400
        assert {answer_on(each)[0] for each in dripping} == {408, 503}
    assert upload(bank, officer, "127.0.0.2").status_code == 400


def test_the_desk_takes_a_large_file_from_a_role_that_may_upload_and_from_no_other(bank):
    outcomes = {}
    for role in ("compliance", "teller", ""):
        cookies = signed_in_browser.browser_of(people.signs_in(factories.caller(role))).cookies if role else {}
        jar = {name: morsel.value for name, morsel in cookies.items()}
        with httpx.Client(base_url=bank.url, cookies=jar, timeout=LONGEST_SECONDS, trust_env=False) as client:
            page = client.get(UPLOADS[2])
            token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            form = {"csrfmiddlewaretoken": token[1] if token else "", "once": uuid4().hex}
            answer = client.post(UPLOADS[2], data=form, files={"file": ("list.csv", b"no list\n" * 200_000)})
            outcomes[role] = answer.status_code, answer.headers.get("Location", "").partition("?")[0]
    assert outcomes == {"compliance": (400, ""), "teller": (403, ""), "": (302, "/desk/sign-in")}
