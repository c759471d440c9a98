"""Let people sign in at the same time, and measure how long a call of the API waits meanwhile.

    python -m benchmarks.cases.sign_in [--people 0 12 24] [--rounds 5] [--seconds 6] [--rate 20] [--json]

In each round every number of people signs in at once; a person who is answered 503 waits as `Retry-After` says and tries again. They
use names that nobody has: the password is hashed as for a known name. Beside them a machine reads an account at a
constant rate, also with nobody who signs in, which is the baseline. Goal: no call waits longer than half a second.
Exits non-zero when a call fails or a sign-in is answered neither 200 nor 503.
"""

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import repeat
from statistics import median
from urllib.parse import urlencode

from benchmarks.cases.bench_bank import BenchBank, Web
from benchmarks.cases.load import Arrivals, Load, request
from benchmarks.cases.report import Line, Report, asks_json

PATH = "/desk/sign-in"
GOAL_MILLISECONDS = 500


@dataclass
class Persons:
    """People who sign in, and what they were answered.

    :ivar waits: seconds until each was answered 200, its waits for another try among them.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    async def all(self, port: int, number: int, until: float) -> None:
        """Have so many people sign in at once; those who are not through at an instant of the clock give up."""
        await asyncio.gather(*(self._one(port, until) for _ in range(number)))

    async def _one(self, port: int, until: float) -> None:
        token = re.search(rb"csrftoken=(\w+)", (await _exchange(port, request("GET", PATH, {}, b"")))[1])
        assert token is not None, "the page of the sign-in sets no token"
        name = f"nobody-{time.perf_counter_ns()}"
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
    """Send a request over a connection of its own; return status and head of the answer, which is read to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent.replace(b"\r\nHost", b"\r\nConnection: close\r\nHost", 1))
    answer = await reader.read()
    writer.close()
    return int(answer[9:12]), answer.partition(b"\r\n\r\n")[0]


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[0, 12, 24])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--rate", type=int, default=20)
    asks_json(parser)
    given = parser.parse_args()
    with Report("sign_in", given.json) as report, BenchBank() as bank:
        bank.seed(1000)
        key = bank.key("teller")
        account = bank.customers()[0]
        web = Web(bank, quiet=True)
        web.environment |= {"BANK_SIGN_INS_PER_MINUTE": "0", "BANK_SIGN_IN_FAILURES_PER_HOUR": "0"}
        read = request("GET", f"/api/v1/customers/{account}", {"Authorization": f"Bearer {key}"}, b"")
        calls: dict[int, list[Load]] = {number: [] for number in given.people}
        persons = {number: Persons() for number in given.people}
        with web:
            asyncio.run(beside(web.port, read, 0, Persons(), given.rate, 2))
            for _ in range(given.rounds):
                for number in given.people:
                    calls[number].append(
                        asyncio.run(beside(web.port, read, number, persons[number], given.rate, given.seconds))
                    )
        told(calls, persons, report)
    return report.status


async def beside(port: int, read: bytes, number: int, persons: Persons, rate: int, seconds: float) -> Load:
    """Have people sign in at once, and read at a constant rate meanwhile; return the reads."""
    until = time.perf_counter() + seconds
    reads = Arrivals(port, rate, repeat(read), 200)
    await asyncio.gather(reads.run(until), persons.all(port, number, until))
    return reads.offered.load


def told(calls: dict[int, list[Load]], persons: dict[int, Persons], report: Report) -> None:
    """Print what came of it, and hand it over."""
    print(
        f"{'signing in':>10} {'calls':>6} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8} {'ratio':>6}   through, last after"
    )
    baseline = median(load.percentile(0.5) for load in calls[min(calls)])
    for number, loads in calls.items():
        every = Load(0.0, latencies=[each for load in loads for each in load.latencies])
        middle, worst = median(load.percentile(0.5) for load in loads), every.percentile(1)
        who = persons[number]
        print(
            f"{number:>10} {len(every.latencies):>6} {middle:>8.0f} {every.percentile(0.99):>8.0f} {worst:>8.0f} "
            f"{middle / baseline:>6.2f}   {len(who.waits)} of {number * len(loads)}, {max(who.waits, default=0):.1f} s"
        )
        failed = sum((load.statuses for load in loads), Counter()) - Counter({200: len(every.latencies)})
        if failed or set(who.statuses) - {200, 503}:
            report.wrong.append(f"beside {number} who sign in: calls {dict(failed)}, sign-ins {dict(who.statuses)}")
        report.figures[f"p50 ms beside {number}"] = [load.percentile(0.5) for load in loads]
        report.lines.append(
            Line(
                f"a call beside {number} who sign in at once: the slowest of {len(every.latencies)}",
                worst, "ms", baseline, "median of a call alone", worst / baseline,
                goal="500 ms", met=worst <= GOAL_MILLISECONDS,
            )
        )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
