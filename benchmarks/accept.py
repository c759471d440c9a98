"""What does HTTP cost? `POST /transfers` against one function and plain statements in pgbench, in one run.

    python -m benchmarks.accept [--rounds 5] [--seconds 4] [--accounts 20000]

All write the same rows to the same server, one after the other, in an order that turns every round. Ratios
are taken per round and CPU per acceptance, because a shared machine's absolute rates are worth little.
Exits non-zero for wrong results only: an answer that is not 201, a call without its rows, money
reserved that no transfer accounts for.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.bench_bank import BenchBank, Web
from benchmarks.common import Meter, Pgbench, spread
from benchmarks.http_load import request, run

HERE = Path(__file__).parent
CLIENTS = 8
CONNECTIONS = (16, 64)
#: Of HTTP with 16 connections: rate against each yardstick at least, microseconds of web and PostgreSQL at most. These
#: were set where the function cost 640 microseconds: on another machine they are as many times the function as there.
GOAL_OF_FUNCTION, GOAL_OF_PLAIN, GOAL_MICROSECONDS = 0.25, 0.35, 2500
FUNCTION_MICROSECONDS = 640


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


def requests(bank: BenchBank, key: str, accounts: int, seed: int) -> Iterator[bytes]:
    """Return transfers of one fen between random accounts, each under a key of its own."""
    chance = Random(seed)
    for number in count():
        payer, payee = chance.sample(range(1, accounts + 1), 2)
        body = json.dumps(
            {
                "payer": {"card_number": bank.card_number(payer)},
                "payee": {"account_number": bank.account_number(payee), "name": bank.name},
                "amount": "0.01",
            }
        ).encode()
        headers = {
            "Authorization": f"Bearer {key}",
            "Idempotency-Key": f"{seed}-{number}",
            "Content-Type": "application/json",
        }
        yield request("POST", "/api/v1/transfers", headers, body)


class Ways:
    """The ways to accept a transfer, each for some seconds at a time."""

    def __init__(self, bank: BenchBank, web: Web, *, key: str, accounts: int) -> None:
        self.bank, self.web, self.key, self.accounts = bank, web, key, accounts
        self.pgbench = Pgbench(bank.postgres, scale=1)
        self.seeds = count(1)

    def function(self, seconds: int) -> Slice:
        """Call one function for each acceptance."""
        return self._pgbench("accept_call.sql", seconds, protocol="prepared")

    def plain(self, seconds: int) -> Slice:
        """Send plain statements, one transaction for each acceptance."""
        return self._pgbench("accept.sql", seconds, protocol="simple")

    def http(self, seconds: int, connections: int) -> Slice:
        """Send requests to the web server."""
        sent = requests(self.bank, self.key, self.accounts, next(self.seeds))
        web, postgres = self._meters()
        load = run(self.web.port, sent, connections=connections, seconds=seconds)
        calls = sum(load.statuses.values())
        return Slice(
            calls=calls,
            rate=load.rate,
            web=web.microseconds(calls),
            postgres=postgres.microseconds(calls),
            latencies=f"{load.percentile(0.5):.0f} / {load.percentile(0.99):.0f}",
            wrong="" if set(load.statuses) == {201} else f"answers {dict(load.statuses)}",
        )

    def all(self) -> dict[str, Callable[[int], Slice]]:
        """Return every way by its name."""
        over_http = {f"HTTP {n}": lambda seconds, n=n: self.http(seconds, n) for n in CONNECTIONS}
        return {"function": self.function, "plain": self.plain, **over_http}

    def _pgbench(self, script: str, seconds: int, *, protocol: str) -> Slice:
        _, postgres = self._meters()
        found, calls = self.pgbench.file(
            HERE / script,
            seconds,
            database="bank",
            clients=CLIENTS,
            protocol=protocol,
            accounts=self.accounts,
        )
        return Slice(calls, found, 0.0, postgres.microseconds(calls))

    def _meters(self) -> tuple[Meter, Meter]:
        return Meter(self.web.process.pid), Meter(self.bank.postgres.process.pid)


def compared(slices: dict[str, list[Slice]]) -> list[str]:
    """Return the summary: medians and ranges, ratios per round, goals."""
    lines = [""]
    for name, taken in slices.items():
        parts = {"web": "web", "postgres": "PostgreSQL", "both": "both"} if taken[0].web else {"postgres": "PostgreSQL"}
        cpu = ", ".join(f"{word} {spread([getattr(s, part) for s in taken])}" for part, word in parts.items())
        lines.append(f"{name:<9} {spread([s.rate for s in taken])}/s; CPU us: {cpu}")
    for connections in CONNECTIONS:
        name = f"HTTP {connections}"
        for yardstick in ("function", "plain"):
            pairs = list(zip(slices[name], slices[yardstick], strict=True))
            rates = spread([http.rate / other.rate for http, other in pairs], ".3f")
            cpu = spread([http.both / other.both for http, other in pairs], ".1f")
            lines.append(f"{name} / {yardstick}: rate {rates}, CPU {cpu}")
    http = slices[f"HTTP {CONNECTIONS[0]}"]
    for yardstick, goal in (("function", GOAL_OF_FUNCTION), ("plain", GOAL_OF_PLAIN)):
        found = median(a.rate / b.rate for a, b in zip(http, slices[yardstick], strict=True))
        lines.append(f"rate / {yardstick} {found:.3f} (goal {goal}: {'reached' if found >= goal else 'MISSED'})")
    found = median(each.both for each in http)
    times = median(a.both / b.both for a, b in zip(http, slices["function"], strict=True))
    most = GOAL_MICROSECONDS / FUNCTION_MICROSECONDS
    lines.append(f"CPU / function {times:.1f} (goal {most:.1f}: {'reached' if times <= most else 'MISSED'})")
    verdict = "reached" if found <= GOAL_MICROSECONDS else "MISSED"
    return [*lines, f"CPU of web and PostgreSQL as it is here {found:.0f} us (goal {GOAL_MICROSECONDS}: {verdict})"]


def main() -> int:
    """Run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--accounts", type=int, default=20_000)
    given = parser.parse_args()
    slices: dict[str, list[Slice]] = defaultdict(list)
    with BenchBank() as bank:
        key = bank.seed(given.accounts)
        bank.install((HERE / "accept_function.sql").read_text())
        with Web(bank) as web:
            every = Ways(bank, web, key=key, accounts=given.accounts)
            ways = list(every.all().items())
            warming = [way(1) for _, way in ways]
            print(f"{'round':>5} {'':<9} {'per second':>10} {'p50 / p99 ms':>13} {'web us':>7} {'PostgreSQL us':>13}")
            for number in range(given.rounds):
                for at in range(len(ways)):
                    name, way = ways[(number + at) % len(ways)]
                    taken = way(given.seconds)
                    slices[name].append(taken)
                    print(
                        f"{number + 1:>5} {name:<9} {taken.rate:>10.0f} {taken.latencies:>13} {taken.web:>7.0f} "
                        f"{taken.postgres:>13.0f}",
                        flush=True,
                    )
        every_slice = [*warming, *(each for taken in slices.values() for each in taken)]
        wrong = [each.wrong for each in every_slice if each.wrong]
        wrong += bank.wrong_results(sum(each.calls for each in every_slice))
    print("\n".join(compared({name: slices[name] for name, _ in ways})))
    for each in wrong:
        print(f"WRONG: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
