"""Load generator: prepared requests over open connections, as fast as possible or at a constant rate.

It costs a fraction of `benchmarks.bank.client` per request, whose own cost would distort the figures.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from benchmarks.bank.tally import percentile
from benchmarks.cases.seeds import NAME, account_number, card_number

BATCH = 100


@dataclass
class Load:
    """Result of a load; a failed connection counts as an answer with status 0.

    :ivar answers: for each request the scheduled instant, the seconds until its answer, and its status.
    """

    seconds: float = 0.0
    answers: list[tuple[float, float, int]] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """Count the answers by status."""
        return Counter(status for _, _, status in self.answers)

    def latency(self, percent: int, status: int | None = None) -> float:
        """Return a percentile of the latency in milliseconds, of answers with a status."""
        return 1000 * percentile(sorted(took for _, took, each in self.answers if status in {None, each}), percent)

    def within(self, since: float, until: float) -> "Load":
        """Return the part of the load scheduled within a time."""
        return Load(until - since, [each for each in self.answers if since <= each[0] < until])


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def post(path: str, key: str, body: Any, once: str = "") -> bytes:
    """Return the bytes of a POST to the API.

    :param key: API key of the caller.
    :param once: idempotency key of the request.
    """
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    return request(
        "POST", f"/api/v1{path}", headers | ({"Idempotency-Key": once} if once else {}), json.dumps(body).encode()
    )


class Orders:
    """Generator of transfers of one fen between random accounts, each with its own key.

    :param accounts: number of accounts, numbered from 1.
    :param more: further fields of each order.
    """

    def __init__(self, key: str, accounts: int, seed: int, **more: str) -> None:
        self.key, self.accounts, self.seed, self.more = key, accounts, seed, more
        self.chance, self.numbers = Random(seed), count()

    def order(self, payer: int = 0) -> dict[str, Any]:
        """Return an order, of a certain account if one is given."""
        payee, other = self.chance.sample(range(1, self.accounts + 1), 2)
        return {
            "payer": {"card_number": card_number(payer or other)},
            "payee": {"account_number": account_number(other if payee == payer else payee), "name": NAME},
            "amount": "0.01",
            **self.more,
        }

    def once(self) -> str:
        """Return an idempotency key that no other request has."""
        return f"{self.seed}-{next(self.numbers)}"

    def alone(self) -> Iterator[bytes]:
        """Yield each order as a separate request."""
        while True:
            yield post("/transfers", self.key, self.order(), self.once())

    def batches(self) -> Iterator[bytes]:
        """Yield requests with a hundred orders each."""
        while True:
            orders = [self.order() | {"idempotency_key": self.once()} for _ in range(BATCH)]
            yield post("/transfers/batch", self.key, {"orders": orders})


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> tuple[int, bytes]:
    """Send a request and return the status and the body of its answer."""
    writer.write(sent)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    return int(head[9:12]), await reader.readexactly(length)


def run(port: int, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Send for some seconds over some connections, one request at a time on each."""
    load, began = Load(), time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (at := time.perf_counter()) < began + seconds:
            status, _ = await exchange(reader, writer, next(requests))
            load.answers.append((at, time.perf_counter() - at, status))
        writer.close()

    async def every() -> None:
        await asyncio.gather(*(one() for _ in range(connections)))

    asyncio.run(every())
    load.seconds = time.perf_counter() - began
    return load


class Arrivals:
    """Requests at a constant rate, each on a free or a new connection."""

    def __init__(self, port: int, rate: float, requests: Iterator[bytes]) -> None:
        self.port, self.rate, self.requests = port, rate, requests
        self.free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.load = Load()

    async def run(self, until: float, goes_on: Callable[[], bool] = lambda: True) -> Load:
        """Send until an instant, or until `goes_on` returns False; then wait for the answers."""
        began, tasks = time.perf_counter(), []
        for number in count():
            at = began + number / self.rate
            if at >= until or not goes_on():
                break
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            tasks.append(asyncio.create_task(self._one(at)))
        self.load.seconds = time.perf_counter() - began
        await asyncio.gather(*tasks)
        for _, writer in self.free:
            writer.close()
        return self.load

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.free:
            reader, writer = self.free.pop()
            # The server closes a connection that was idle for some time.
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def _one(self, due: float) -> None:
        sent, status = next(self.requests), 0
        try:
            connection = await self._connection()
            status, _ = await asyncio.wait_for(exchange(*connection, sent), 30)
            self.free.append(connection)
        except (OSError, EOFError, TimeoutError):
            pass
        # Counted from the scheduled instant: a late sender must not make the answer look faster.
        self.load.answers.append((due, time.perf_counter() - due, status))
