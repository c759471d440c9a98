"""The proxy of `compose.yaml`, run by the real nginx: limits per network address, headers, forwarding."""

import re
import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config.stack.process import Process, wait_until
from tests.processes import free_port
from tests.stack.test_compose import NGINX, SERVICES

NAME = "bank.example.com"
MISSING = "There is no nginx here. On Debian: apt-get install nginx"
MIB = 1024 * 1024
GATEWAY = "127.0.0.2"
LISTS, SCANS = "/api/v1/blacklist/imports", "/desk/inbox/0190a0b0-0000-7000-8000-000000000000/attachments"
KEY = {"Authorization": "Bearer bk_some-key"}
#: Headers of each answer, whether the bank or the proxy makes it.
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TRANSPORT = "max-age=31622400"


class Upstream(BaseHTTPRequestHandler):
    """A stub of the bank that answers with method, address, body size and client address of each request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = len(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        answer = f"{self.command} {self.path} {length} {self.headers['X-Real-IP']}".encode()
        self.send_response_only(200)
        sent = {"Server": "bank", "X-Request-Id": "1", "Content-Length": str(len(answer)), "Retry-After": "7"}
        for name, value in (sent | SECURITY | {"Cache-Control": "max-age=60"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Write no log."""


class Proxy:
    """A running proxy and its address."""

    def __init__(self, http: int, https: int, trusted: ssl.SSLContext) -> None:
        self.http, self.https, self.trusted = http, https, trusted

    @contextmanager
    def client(self, address: str = "127.0.0.1") -> Iterator[httpx.Client]:
        transport = httpx.HTTPTransport(local_address=address, verify=self.trusted)
        base = f"https://localhost:{self.https}"
        with httpx.Client(transport=transport, base_url=base, timeout=60, trust_env=False) as client:
            yield client

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.get(path, headers=headers)

    def post(self, path: str, size: int, **headers: str) -> httpx.Response:
        with self.client() as client:
            return client.post(path, content=b" " * size, headers=headers)

    def send(self, request: str, address: str = "127.0.0.1", *, plain: bool = False) -> socket.socket:
        """Send bytes; return the connection."""
        port = self.http if plain else self.https
        connection = socket.create_connection(("127.0.0.1", port), timeout=60, source_address=(address, 0))
        if not plain:
            connection = self.trusted.wrap_socket(connection, server_hostname="localhost")
        connection.sendall(request.encode())
        return connection


@pytest.fixture(scope="module")
def program() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not found:
        pytest.fail(MISSING, pytrace=False)
    return found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a self-signed certificate for localhost."""
    place = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (place / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (place / "privkey.pem").write_bytes(private)
    return place


@pytest.fixture
def upstream() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def defaults() -> dict[str, str]:
    """Return the default settings of `compose.yaml`."""
    return {
        name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        for name, value in SERVICES["proxy"]["environment"].items()
        if name.startswith("BANK_")
    }


@pytest.fixture
def proxy_with(
    program: str, certificate: Path, upstream: ThreadingHTTPServer, tmp_path: Path
) -> Iterator[Callable[..., Proxy]]:
    """Return a function that starts the proxy with given settings before the upstream."""
    with ExitStack() as stack:

        def start(**settings: str) -> Proxy:
            ports = free_port(), free_port()
            given = defaults() | {
                "BANK_WEB": f"127.0.0.1:{upstream.server_address[1]}",
                "BANK_HTTP_PORT": str(ports[0]),
                "BANK_HTTPS_PORT": str(ports[1]),
                "BANK_TLS": str(certificate),
                "BANK_PUBLIC_HOST": NAME,
                "BANK_GATEWAYS": f"{GATEWAY}/32",
            }
            place = tmp_path / "nginx"
            place.mkdir()
            text = NGINX.replace("/tmp/", f"{place}/").replace("client_body_timeout 10s", "client_body_timeout 600s")
            text = re.sub(r"\$\{(BANK_\w+)\}", lambda found: (given | settings)[found[1]], text)
            (place / "nginx.conf").write_text(text)
            words = ["-e", "stderr", "-p", str(place), "-c", str(place / "nginx.conf"), "-g", "daemon off; user root;"]
            process = Process("nginx", [program, *words], log=tmp_path / "nginx.log")
            process.start()
            stack.callback(process.stop)
            trusted = ssl.create_default_context(cafile=str(certificate / "fullchain.pem"))
            proxy = Proxy(*ports, trusted)

            def listens() -> bool:
                try:
                    return proxy.get().status_code == 200
                except httpx.TransportError:
                    return False

            assert wait_until(lambda: listens() or not process.alive(), seconds=60), process.tail(50)
            assert process.alive(), process.tail(50)
            return proxy

        yield start


def answer_on(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """Return status and headers of the answer on a connection."""
    with connection, connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        lines = iter(lambda: file.readline().strip().decode(), "")
        return status, dict(line.split(": ", 1) for line in lines)


def test_answers_of_the_bank_are_forwarded_unchanged_with_the_client_address(proxy_with):
    answer = proxy_with().get("/desk/?a=1", **{"X-Real-IP": "192.0.2.1"})
    assert answer.text == "GET /desk/?a=1 0 127.0.0.1"
    assert answer.headers["Server"] == "bank"
    assert answer.headers["Cache-Control"] == "max-age=60"
    assert answer.headers["Retry-After"] == "7"
    for name in {*SECURITY, "Server"}:
        assert len(answer.headers.get_list(name)) == 1, name


def test_answers_of_the_proxy_itself_have_the_banks_headers(proxy_with, upstream):
    proxy = proxy_with()
    crowded = "A: " + "a" * 9000
    asked = {
        413: f"POST / HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {2 * MIB}\r\n\r\n",
        404: f"GET /metrics HTTP/1.1\r\nHost: {NAME}\r\n\r\n",
        405: f"TRACE / HTTP/1.1\r\nHost: {NAME}\r\n\r\n",
        400: "GET / HTTP/1.1\r\n\r\n",
        431: f"GET / HTTP/1.1\r\nHost: {NAME}\r\n{crowded}\r\n\r\n",
        414: f"GET /{'a' * 9000} HTTP/1.1\r\nHost: {NAME}\r\n\r\n",
    }
    answers = {status: answer_on(proxy.send(request, "127.0.0.3")) for status, request in asked.items()}
    upstream.shutdown()
    upstream.server_close()
    answers[503] = answer_on(proxy.send(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n"))
    for expected, (status, headers) in answers.items():
        assert status == expected
        assert headers["Content-Type"] == "application/problem+json"
        assert headers.items() >= (SECURITY | {"Strict-Transport-Security": TRANSPORT}).items(), status
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Server"] == "nginx", "no version"
        assert headers.get("Retry-After") == ("1" if status == 503 else None)


def test_plain_http_leads_to_the_banks_own_name_whatever_name_was_asked_for(proxy_with):
    proxy = proxy_with()
    for host in ("elsewhere.example", NAME, "127.0.0.1"):
        status, headers = answer_on(proxy.send(f"GET /desk/?a=%20 HTTP/1.1\r\nHost: {host}\r\n\r\n", plain=True))
        assert (status, headers["Location"]) == (301, f"https://{NAME}/desk/?a=%20")
        assert headers.items() >= SECURITY.items()
        assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("ciphers", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"])
def test_a_weak_cipher_of_tls_1_2_is_refused_and_a_strong_one_is_taken(proxy_with, ciphers):
    proxy = proxy_with()
    for wanted, taken in ((ciphers, False), ("ECDHE-ECDSA-AES128-GCM-SHA256", True)):
        trusted = proxy.trusted
        trusted.maximum_version = ssl.TLSVersion.TLSv1_2
        trusted.set_ciphers(f"{wanted}:@SECLEVEL=0")
        if taken:
            proxy.send("").close()
        else:
            with pytest.raises(ssl.SSLError):
                proxy.send("")


def test_a_large_body_is_taken_with_a_credential_alone_and_as_large_as_its_address_takes(proxy_with):
    proxy = proxy_with()
    cookie = {"Cookie": "__Host-language=en; __Host-sessionid=abc"}
    for path, credential, size, status in (
        (LISTS, {}, MIB, 200),
        (LISTS, {}, MIB + 1, 413),
        (LISTS, {"Cookie": "__Host-sessionid=; other__Host-sessionid=1"}, MIB + 1, 413),
        (LISTS, {"Authorization": "Basic YTpi"}, MIB + 1, 413),
        (LISTS, KEY, 33 * MIB, 200),
        ("/desk/lists/new", cookie, 33 * MIB, 200),
        ("/desk/lists/new", {}, MIB + 1, 413),
        (SCANS, cookie, 5 * MIB, 200),
        (SCANS, {}, 5 * MIB, 413),
        (SCANS, cookie, 7 * MIB, 413),
        ("/api/v1/transfers", KEY, MIB + 1, 413),
    ):
        answer = proxy.post(f"{path}?a=%20b", size, **credential)
        assert answer.status_code == status, (path, credential, size)
        if status == 200:
            assert answer.text == f"POST {path}?a=%20b {size} 127.0.0.1"
    assert proxy.get("/-/stranger").status_code == 404


def drip(proxy: Proxy, path: str, size: int, *, address: str = "127.0.0.1") -> socket.socket:
    """Start sending a body without finishing it."""
    head = f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nAuthorization: Bearer x\r\nContent-Length: {size}\r\n\r\n"
    return proxy.send(head + " " * 1000, address)


@pytest.mark.parametrize(("path", "size", "most"), [(LISTS, 60 * MIB, 2), (SCANS, 5 * MIB, 8)])
def test_one_address_has_few_buffered_large_bodies_and_others_have_theirs(proxy_with, path, size, most):
    proxy = proxy_with()
    with ExitStack() as stack:
        held = [stack.enter_context(drip(proxy, path, size)) for _ in range(most)]

        def full() -> bool:
            return proxy.post(path, 2 * MIB, **KEY).status_code == 429

        assert wait_until(full, seconds=60)
        refused = proxy.post(path, 2 * MIB, **KEY)
        assert refused.json()["code"] == "TOO_MANY_REQUESTS"
        assert refused.headers["Retry-After"] == "1"
        assert refused.headers.items() >= {key.lower(): value for key, value in SECURITY.items()}.items()
        assert proxy.get("/desk/").status_code == 200
        assert proxy.get(path).status_code == 200, "a page at the same address has no body"
        with proxy.client("127.0.0.3") as other:
            assert other.post(path, content=b" " * 2 * MIB, headers=KEY).status_code == 200
        for connection in held:
            connection.close()
        assert wait_until(lambda: not full(), seconds=60)


def test_an_address_has_so_many_requests_under_way_at_a_time_and_a_gateway_more(proxy_with):
    proxy = proxy_with(BANK_CONNECTIONS_PER_ADDRESS="4")
    with ExitStack() as stack:
        for address in ("127.0.0.1", GATEWAY):
            for _ in range(4):
                stack.enter_context(drip(proxy, "/api/v1/transfers", 1000_000, address=address))
        assert wait_until(lambda: proxy.get().status_code == 429, seconds=60)
        assert answer_on(proxy.send(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n", "127.0.0.3"))[0] == 200
        for _ in range(4):
            stack.enter_context(drip(proxy, "/api/v1/transfers", 1000_000, address=GATEWAY))
        with proxy.client(GATEWAY) as gateway:
            assert gateway.get("/").status_code == 200


def test_an_address_asks_so_often_a_second_and_a_gateway_oftener(proxy_with):
    proxy = proxy_with(BANK_REQUESTS_PER_SECOND="1", BANK_REQUESTS_AT_ONCE="20")
    with proxy.client("127.0.0.3") as client, proxy.client(GATEWAY) as gateway:
        first = [client.get("/").status_code for _ in range(20)]
        assert set(first) == {200}
        assert any(client.get("/").status_code == 429 for _ in range(100))
        assert {gateway.get("/").status_code for _ in range(100)} == {200}


def test_branch_behind_one_address_meets_no_limit_by_default(proxy_with):
    """A hundred people open a page with ten files at the same time."""
    proxy = proxy_with()
    with proxy.client() as client:
        assert {client.get("/desk/").status_code for _ in range(1100)} == {200}
