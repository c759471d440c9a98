"""One HTTP request to another system of the bank, with one deadline for the whole exchange.

Time limits of sockets apply to each read, and the look-up of an address has none: an answer that drips would take any
time. So a thread makes the request, and its caller waits until the deadline and then ends the connection. Redirects are
not followed, and the proxies and passwords of the environment are not used.
"""

import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from socket import SHUT_RDWR, create_connection, socket
from threading import BoundedSemaphore, Event, Thread
from time import monotonic
from urllib.parse import urlsplit

#: Exchanges of a process at the same time; a further one waits for a place, within its own deadline.
AT_ONCE = 64
_PLACES = BoundedSemaphore(AT_ONCE)


class ExchangeFailed(Exception):
    """There was no whole answer with status 200 before the deadline; the text names the cause and no content."""


def post(url: str, content: bytes, headers: Mapping[str, str], *, seconds: float, most_bytes: int) -> bytes:
    """Send content to an address and return the content of the answer.

    :param seconds: for everything: the address, the connection, the request and the answer.
    :param most_bytes: of the answer.
    :raises ExchangeFailed: without a complete answer with status 200 in that time.
    """
    ends = monotonic() + seconds
    if not _PLACES.acquire(timeout=seconds):
        raise ExchangeFailed("too many at once")
    exchange = _Exchange(url, content, headers, ends=ends, most_bytes=most_bytes)
    try:
        Thread(target=exchange.run, daemon=True, name="exchange").start()
    except RuntimeError:
        _PLACES.release()
        raise ExchangeFailed("no thread") from None
    if not exchange.ended.wait(max(0.0, ends - monotonic())):
        exchange.give_up()
        raise ExchangeFailed("deadline")
    if exchange.answer is None:
        raise ExchangeFailed(exchange.fault)
    return exchange.answer


class _Exchange:
    """A request and its answer, in a thread of its own."""

    def __init__(self, url: str, content: bytes, headers: Mapping[str, str], *, ends: float, most_bytes: int) -> None:
        self.url, self.content, self.headers, self.ends, self.most_bytes = url, content, headers, ends, most_bytes
        self.connected: socket | None = None
        self.given_up = False
        self.ended = Event()
        self.answer: bytes | None = None
        self.fault = ""

    def run(self) -> None:
        """Make the request; without an answer `fault` says why."""
        try:
            self.answer = self._exchanged()
        except ExchangeFailed as error:
            self.fault = str(error)
        except Exception as error:  # noqa: BLE001 - whatever fails, there is no answer
            self.fault = type(error).__name__
        finally:
            if self.connected is not None:
                self.connected.close()
            _PLACES.release()
            self.ended.set()

    def give_up(self) -> None:
        """End the connection, so that a thread that waits for it ends, too."""
        self.given_up = True
        if self.connected is not None:
            try:
                # Of the plain socket: an encrypted one would first wait for the other side.
                socket.shutdown(self.connected, SHUT_RDWR)
            except OSError:
                return

    def _exchanged(self) -> bytes:
        parts = urlsplit(self.url)
        encrypted, host = parts.scheme == "https", parts.hostname or ""
        kind = HTTPSConnection if encrypted else HTTPConnection
        connection = kind(host, parts.port)
        plain = create_connection((host, connection.port), timeout=self._seconds_left())
        if encrypted:
            self.connected = _trust().wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        else:
            self.connected = plain
        self._seconds_left()
        if isinstance(self.connected, ssl.SSLSocket):
            self.connected.do_handshake()
        connection.sock = self.connected
        address = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", address, self.content, dict(self.headers))
        response = connection.getresponse()
        if response.status != 200:
            raise ExchangeFailed(f"status {response.status}")
        answer = bytearray()
        while part := response.read1(self.most_bytes + 1):
            answer += part
            if len(answer) > self.most_bytes:
                raise ExchangeFailed("too long")
            self._seconds_left()
        return bytes(answer)

    def _seconds_left(self) -> float:
        """Return the time until the deadline; after it, end the exchange.

        :raises ExchangeFailed: when its caller does not wait any more.
        """
        left = self.ends - monotonic()
        if self.given_up or left <= 0:
            raise ExchangeFailed("deadline")
        return left


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
