"""The raw load of the benchmarks: prepared requests over kept connections, as fast as it goes or at a constant rate.

It costs a fraction of what `benchmarks.bank.client` costs a request, and would measure itself otherwise.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Load:
    """What a slice of load came to."""

    seconds: float
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Return a latency in milliseconds."""
        ordered = sorted(self.latencies) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return a request's bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> tuple[int, bytes]:
    """Send a request and return the status and the body of its answer."""
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    return int(head[9:12]), await reader.readexactly(length)


async def _connection(port: int, requests: Iterator[bytes], until: float, load: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            began = time.perf_counter()
            status, _ = await exchange(reader, writer, next(requests))
            load.statuses[status] += 1
            load.latencies.append(time.perf_counter() - began)
    finally:
        writer.close()


def run(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Send for some seconds over some connections, one request at a time on each."""

    async def all_connections() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(_connection(port, requests, began + seconds, load) for _ in range(connections)))
        return time.perf_counter() - began

    load = Load(seconds)
    load.seconds = asyncio.run(all_connections())
    return load


@dataclass
class Offered:
    """What was sent at a constant rate, and what came back; a connection that fails counts as 0.

    :ivar sent_at: for each latency the instant at which its request was to be sent.
    :ivar answers: of each request the instant at which it was to be sent, the seconds until its answer, and its status.
    """

    count: int = 0
    sent_at: list[float] = field(default_factory=list)
    load: Load = field(default_factory=lambda: Load(0.0))
    bodies: list[bytes] = field(default_factory=list)
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    def line(self, seconds: float, done: int) -> str:
        """Return it as a line of the table."""
        statuses = ", ".join(f"{status}: {n}" for status, n in sorted(self.load.statuses.items()))
        return (
            f"{self.count / seconds:>8.0f} {self.load.statuses[done] / seconds:>8.0f} "
            f"{self.load.percentile(0.5):>8.0f} {self.load.percentile(0.99):>8.0f}  {statuses}"
        )


class Arrivals:
    """Requests that arrive at a constant rate, each on a connection that is free, or a new one."""

    def __init__(self, port: int, rate: float, requests: Iterator[bytes], done: int) -> None:
        self.port, self.rate, self.requests, self.done = port, rate, requests, done
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.offered = Offered()

    async def run(self, until: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Send until an instant of the clock, or until it does not go on; wait for the answers."""
        began, tasks = time.perf_counter(), []
        for number in count():
            at = began + number / self.rate
            if at >= until or not goes_on():
                break
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(self._one(at)))
        await asyncio.gather(*tasks)
        for _, writer in self.free:
            writer.close()

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.free:
            reader, writer = self.free.pop()
            # The server closes a connection on which nothing was asked for some time.
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def _one(self, due: float) -> None:
        self.offered.count += 1
        sent = next(self.requests)
        status, body = 0, b""
        try:
            connection = await self._connection()
            status, body = await asyncio.wait_for(exchange(*connection, sent), 30)
            self.free.append(connection)
        except (OSError, EOFError, TimeoutError):
            pass
        self.offered.load.statuses[status] += 1
        self.offered.answers.append((due, time.perf_counter() - due, status))
        if status == self.done:
            # From the instant at which it was to be sent: whoever is late to send does not make the answer faster.
            self.offered.load.latencies.append(time.perf_counter() - due)
            self.offered.sent_at.append(due)
            self.offered.bodies.append(body)
