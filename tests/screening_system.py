"""A screening system for tests: a real HTTP server that answers as the bank's own does, or fails as one may."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

TOKEN = "token-of-the-screening-system"
REFERENCE = "SM-2026-0001"


class ScreeningSystem:
    """A screening system on a port of this machine.

    :ivar asked: the bodies of the requests, in their order.
    :ivar headers: of the last request.
    :ivar listed: the names under special measures.
    :ivar reference_of: returns the reference of the answer to a request.
    :ivar answers_with: writes an answer of another kind; None for a valid one.
    :ivar stopped: set at the end of the test, so that slow answers end.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/checks?of=bank"
        self.asked: list[dict[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.listed: set[str] = set()
        self.reference_of: Callable[[dict[str, Any]], str] = lambda _: REFERENCE
        self.answers_with: Callable[[Any, ScreeningSystem], None] | None = None
        self.stopped = Event()

    @property
    def names(self) -> list[list[str]]:
        """Return the names in each request."""
        return [[each["name"] for each in asked["subjects"]] for asked in self.asked]

    def answer(self, asked: dict[str, Any]) -> bytes:
        """Return the valid answer to a request."""
        hits = [place for place, each in enumerate(asked["subjects"]) if each["name"] in self.listed]
        return json.dumps({"reference": self.reference_of(asked), "hits": hits}).encode()


@contextmanager
def running() -> Iterator[ScreeningSystem]:
    """Run a screening system."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            system.asked.append(body)
            system.headers = dict(self.headers)
            with suppress(OSError):
                if system.answers_with is not None:
                    system.answers_with(self, system)
                    return
                send(self, system.answer(body))

        def log_message(self, *_: Any) -> None:
            """Write nothing to the tests' output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    system = ScreeningSystem(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    try:
        yield system
    finally:
        system.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def send(handler: Any, body: bytes, status: int = 200, **headers: str) -> None:
    """Send an answer."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def closed_port() -> int:
    """Return a port of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
