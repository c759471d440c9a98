"""Many people sign in at the same time, while the waiting time of an API call is measured.

    python -m benchmarks sign_in [--people 0 12 24] [--rounds 5] [--seconds 6] [--rate 20] [--json]

In each round, each number of people signs in at once. A person who gets 503 waits as `Retry-After` says and tries
again. They use unknown names, for which the password is hashed as for known ones. Meanwhile a machine reads an
account at a constant rate; the baseline is the same without sign-ins. Goal: no call waits longer than half a second.
The command fails when a call fails or a sign-in gets neither 200 nor 503.
"""

import asyncio
import re
import time
from argparse import Namespace
from collections import Counter
from dataclasses import dataclass, field
from itertools import repeat
from statistics import median
from urllib.parse import urlencode

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import Web
from benchmarks.cases.load import Arrivals, Load, request
from benchmarks.cases.seeds import key_of, seed
from config.kernel.database.sql import rows
from config.stack.postgres import Postgres

PATH = "/desk/sign-in"
GOAL_MILLISECONDS = 500
LIMITS = {"BANK_SIGN_INS_PER_MINUTE": "0", "BANK_SIGN_IN_FAILURES_PER_HOUR": "0"}


@dataclass
class Persons:
    """People who sign in, with their answers.

    :ivar waits: seconds until each got 200, including waits for another try.
    :ivar calls: the concurrent API calls, round by round.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    calls: list[Load] = field(default_factory=list)

    async def all(self, port: int, number: int, until: float) -> None:
        """Let a number of people sign in at once; those not done at an instant give up."""
        await asyncio.gather(*(self._one(port, until) for _ in range(number)))

    async def _one(self, port: int, until: float) -> None:
        token = re.search(rb"csrftoken=(\w+)", (await _exchange(port, request("GET", PATH, {})))[1])
        assert token is not None, "the page of the sign-in sets no token"
        name = f"unknown-{time.perf_counter_ns()}"
        typed = {"csrfmiddlewaretoken": token[1].decode(), "username": name, "password": name, "code": "000000"}
        headers = {
            "Cookie": f"csrftoken={token[1].decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        sent, began = request("POST", PATH, headers, urlencode(typed).encode()), time.perf_counter()
        while time.perf_counter() < until:
            status, head = await _exchange(port, sent)
            self.statuses[status] += 1
            if status != 503:
                self.waits.append(time.perf_counter() - began)
                return
            wait = re.search(rb"retry-after: (\d+)", head, re.IGNORECASE)
            await asyncio.sleep(int(wait[1]) if wait else 1)


async def _exchange(port: int, sent: bytes) -> tuple[int, bytes]:
    """Send a request over a new connection; return status and headers after reading the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost", 1))
    answer = await reader.read()
    writer.close()
    return int(answer[9:12]), answer.partition(b"\r\n\r\n")[0]


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Let each number of people sign in, in turns."""
    seed(1000)
    customer = rows("SELECT customer_id AS id FROM accounts_account LIMIT 1")[0]["id"]
    read = request("GET", f"/api/v1/customers/{customer}", {"Authorization": f"Bearer {key_of('teller')}"})
    persons = {number: Persons() for number in words.people}
    with Web(postgres, more=LIMITS) as web:
        asyncio.run(call_during_sign_ins(web.port, read, 0, Persons(), words.rate, 2))
        for _ in range(words.rounds):
            for number, group in persons.items():
                asyncio.run(call_during_sign_ins(web.port, read, number, group, words.rate, words.seconds))
    baseline = [median(load.latency(50, 200) for load in persons[min(persons)].calls)]
    for number, group in persons.items():
        every = Load(answers=[each for load in group.calls for each in load.answers])
        report.promise("every call is answered 200", set(every.statuses) == {200})
        report.promise("every sign-in is answered 200 or 503", set(group.statuses) <= {200, 503})
        what, alone = f"a call while {number} sign in at once", "median of a call alone"
        report.note(
            f"- {number}: {len(group.waits)} of {number * len(group.calls)} through, "
            f"the last after {max(group.waits, default=0):.1f} s"
        )
        report.lines += [
            Measurement(f"{what}: p50", [load.latency(50) for load in group.calls], "ms", baseline, alone),
            Measurement(f"{what}: p99", [every.latency(99)], "ms", baseline, alone),
            Measurement(
                f"{what}: the slowest of {len(every.answers)}", [every.latency(100)], "ms", baseline, alone,
                most=GOAL_MILLISECONDS, absolute=True,
            ),
        ]  # fmt: skip


async def call_during_sign_ins(
    port: int, read: bytes, number: int, persons: Persons, rate: int, seconds: float
) -> None:
    """Let people sign in at once, and send API calls at a constant rate meanwhile."""
    until = time.perf_counter() + seconds
    calls, _ = await asyncio.gather(Arrivals(port, rate, repeat(read)).run(until), persons.all(port, number, until))
    persons.calls.append(calls)
