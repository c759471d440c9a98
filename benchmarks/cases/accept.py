"""What does HTTP cost? `POST /transfers` and `POST /transfers/batch` against one function in pgbench, in one run.

    python -m benchmarks.cases.accept [--rounds 5] [--seconds 4] [--accounts 20000] [--json]

All write the same rows on the same server, the function in a copy of the bank, one after the other, in an order that turns every round. Ratios
are taken per round and CPU per acceptance, because a shared machine's absolute rates are worth little.
Exits non-zero for wrong results only: an answer that is not what it should be, a call without its rows, money
reserved that no transfer accounts for.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.cases.bench_bank import BenchBank, Web
from benchmarks.cases.common import Meter, Pgbench, spread
from benchmarks.cases.load import request, run
from benchmarks.cases.report import Line, Report, asks_json

HERE = Path(__file__).parent
CLIENTS = 8
CONNECTIONS = (1, 16, 64)
BATCH = 100
BATCH_CONNECTIONS = 4
FUNCTION = "function"
#: The function reserves the amount itself, in a copy of the bank whose trigger does not.
YARDSTICK, RESERVES = "yardstick", "transfers_transfer_reserve_or_post"
#: Against the function: so many times its rate at least, so many times its CPU at most. The goals of CPU were set in
#: microseconds where the function cost 640.
GOAL_RATES = {"HTTP 64": 0.45, f"batch of {BATCH}": 4.0}
GOAL_CPU = {"HTTP 64": 900 / 640}


@dataclass(frozen=True, slots=True)
class Slice:
    """What a few seconds of one way to accept came to; CPU in microseconds per acceptance."""

    calls: int
    rate: float
    web: float
    postgres: float
    latencies: str = ""
    wrong: str = ""

    @property
    def both(self) -> float:
        return self.web + self.postgres


class Orders:
    """Transfers of one fen between random accounts, each under a key of its own."""

    def __init__(self, bank: BenchBank, key: str, accounts: int, seed: int, **more: str) -> None:
        self.bank, self.accounts, self.seed, self.more = bank, accounts, seed, more
        self.chance, self.numbers = Random(seed), count()
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def order(self) -> dict[str, Any]:
        payer, payee = self.chance.sample(range(1, self.accounts + 1), 2)
        return {
            "payer": {"card_number": self.bank.card_number(payer)},
            "payee": {"account_number": self.bank.account_number(payee), "name": self.bank.name},
            "amount": "0.01",
            **self.more,
        }

    def key(self) -> str:
        return f"{self.seed}-{next(self.numbers)}"

    def alone(self) -> Iterator[bytes]:
        """Return each as a request of its own."""
        while True:
            headers = {**self.headers, "Idempotency-Key": self.key()}
            yield request("POST", "/api/v1/transfers", headers, json.dumps(self.order()).encode())

    def batches(self) -> Iterator[bytes]:
        """Return a hundred as one request."""
        while True:
            orders = [self.order() | {"idempotency_key": self.key()} for _ in range(BATCH)]
            yield request("POST", "/api/v1/transfers/batch", self.headers, json.dumps({"orders": orders}).encode())


class Ways:
    """The ways to accept a transfer, each for some seconds at a time."""

    def __init__(self, bank: BenchBank, web: Web, *, key: str, accounts: int) -> None:
        self.bank, self.web, self.accounts = bank, web, accounts
        self.pgbench = Pgbench(bank.postgres.sockets, scale=1)
        self.orders = partial(Orders, bank, key, accounts)
        self.batches = partial(Orders, bank, bank.key("gateway"), accounts, channel="mobile", arrival="ordinary")
        self.seeds = count(1)

    def function(self, seconds: int) -> Slice:
        """Call one function for each acceptance."""
        _, postgres = self._meters()
        found, calls = self.pgbench.file(
            HERE / "accept_call.sql",
            seconds,
            database=YARDSTICK,
            clients=CLIENTS,
            protocol="prepared",
            accounts=self.accounts,
        )
        return Slice(calls, found, 0.0, postgres.microseconds(calls))

    def http(self, connections: int, seconds: int) -> Slice:
        """Send orders to the web server, each by itself."""
        return self._sent(self.orders(next(self.seeds)).alone(), connections, seconds, status=201)

    def batch(self, seconds: int) -> Slice:
        """Send a hundred orders with each request."""
        return self._sent(
            self.batches(next(self.seeds)).batches(), BATCH_CONNECTIONS, seconds, status=200, orders=BATCH
        )

    def all(self) -> dict[str, Callable[[int], Slice]]:
        """Return every way by its name."""
        over_http = {f"HTTP {connections}": partial(self.http, connections) for connections in CONNECTIONS}
        return {FUNCTION: self.function, **over_http, f"batch of {BATCH}": self.batch}

    def _sent(self, sent: Iterator[bytes], connections: int, seconds: int, *, status: int, orders: int = 1) -> Slice:
        web, postgres = self._meters()
        load = run(self.web.port, sent, connections=connections, seconds=seconds)
        calls = orders * sum(load.statuses.values())
        return Slice(
            calls=calls,
            rate=orders * load.rate,
            web=web.microseconds(calls),
            postgres=postgres.microseconds(calls),
            latencies=f"{load.percentile(0.5):.0f} / {load.percentile(0.99):.0f}",
            wrong="" if set(load.statuses) == {status} else f"answers {dict(load.statuses)}",
        )

    def _meters(self) -> tuple[Meter, Meter]:
        return Meter(self.web.process.pid), Meter(self.bank.postgres.process.pid)


def compared(slices: dict[str, list[Slice]]) -> list[str]:
    """Return the table: medians and ranges, ratios per round, goals."""
    lines = ["", f"{'work':<12} {'per second':>18} {'of function':>18} {'CPU us':>18} {'of function':>15}  goal"]
    for name, taken in slices.items():
        pairs = list(zip(taken, slices[FUNCTION], strict=True))
        rates, cpu = [a.rate / b.rate for a, b in pairs], [a.both / b.both for a, b in pairs]
        goals = []
        if least := GOAL_RATES.get(name):
            goals.append(f"rate {least} {'reached' if median(rates) >= least else 'MISSED'}")
        if most := GOAL_CPU.get(name):
            goals.append(f"CPU {most:.1f} {'reached' if median(cpu) <= most else 'MISSED'}")
        lines.append(
            f"{name:<12} {spread([s.rate for s in taken]):>18} {spread(rates, '.2f'):>18} "
            f"{spread([s.both for s in taken]):>18} {spread(cpu, '.1f'):>15}  {', '.join(goals)}"
        )
    return lines


def handed(slices: dict[str, list[Slice]]) -> Iterator[Line]:
    """Return each way over HTTP as lines of the one table: its rate, and its CPU where that has a goal."""
    for name, taken in slices.items():
        if name == FUNCTION:
            continue
        pairs = list(zip(taken, slices[FUNCTION], strict=True))
        rate, cpu = median(a.rate / b.rate for a, b in pairs), median(a.both / b.both for a, b in pairs)
        each, function = median(s.both for s in taken), median(s.both for s in slices[FUNCTION])
        least, most = GOAL_RATES.get(name), GOAL_CPU.get(name)
        yield Line(
            f"acceptance, {name}", median(s.rate for s in taken), "a second",
            median(s.rate for s in slices[FUNCTION]), "one function in pgbench", rate, each,
            f"{least} times at least" if least else "", rate >= least if least else None,
        )  # fmt: skip
        if most:
            yield Line(
                f"acceptance, {name}: CPU", each, "us", function, "one function in pgbench", cpu, each,
                f"{most:.1f} times at most", cpu <= most,
            )  # fmt: skip


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--accounts", type=int, default=20_000)
    asks_json(parser)
    given = parser.parse_args()
    with Report("accept", given.json) as report:
        measure(given, report)
    return report.status


def measure(given: argparse.Namespace, report: Report) -> None:
    """Let every way have its turns."""
    slices: dict[str, list[Slice]] = defaultdict(list)
    with BenchBank() as bank:
        key = bank.seed(given.accounts)
        bank.copy(YARDSTICK)
        for statement in (f"DROP TRIGGER {RESERVES} ON transfers_transfer", (HERE / "accept_function.sql").read_text()):
            bank.postgres.psql(statement, database=YARDSTICK)
        with Web(bank) as web:
            every = Ways(bank, web, key=key, accounts=given.accounts)
            ways = list(every.all().items())
            warming = [way(1) for _, way in ways]
            print(f"{'round':>5} {'':<12} {'per second':>10} {'p50 / p99 ms':>13} {'web us':>7} {'PostgreSQL us':>13}")
            for number in range(given.rounds):
                for at in range(len(ways)):
                    name, way = ways[(number + at) % len(ways)]
                    taken = way(given.seconds)
                    slices[name].append(taken)
                    print(
                        f"{number + 1:>5} {name:<12} {taken.rate:>10.0f} {taken.latencies:>13} {taken.web:>7.0f} "
                        f"{taken.postgres:>13.0f}",
                        flush=True,
                    )
        taken_by = {name: [first, *slices[name]] for (name, _), first in zip(ways, warming, strict=True)}
        report.wrong += [each.wrong for taken in taken_by.values() for each in taken if each.wrong]
        of_function = sum(each.calls for each in taken_by.pop(FUNCTION))
        report.wrong += bank.wrong_results(of_function, YARDSTICK)
        report.wrong += bank.wrong_results(sum(each.calls for taken in taken_by.values() for each in taken))
    in_order = {name: slices[name] for name, _ in ways}
    print("\n".join(compared(in_order)))
    report.lines += handed(in_order)
    report.figures = {name: [each.rate for each in taken] for name, taken in in_order.items()}


if __name__ == "__main__":
    sys.exit(main())
