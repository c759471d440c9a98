"""What does a checked transfer cost here, and what in packages that one would otherwise take? One server, one run.

    python -m benchmarks.cases.peers [--rounds 5] [--seconds 4] [--accounts 20000] [--due 2000] [--json]

Each bank is one process with one connection to a database of its own on the same PostgreSQL, in turns. Nowhere is the
same work done: only this bank finds accounts by card and number, looks at name, freezes, blacklist and case accounts, knows
a key again, seals, writes an event and a decision. The packages are given ids and write a transaction with two legs.
Exits non-zero for wrong results only.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.cases.common import Meter, spread
from benchmarks.cases.report import Line, Report, asks_json
from config.stack.postgres import Postgres
from config.stack.valkey import Valkey

#: Which of our ways is held against which, and how many times its rate at least.
GOALS = {
    ("held", "hordak get_balance()"): 3.0,
    ("held, sets of 100", "hordak get_balance()"): 6.0,
    ("held", "ledger commit_txs()"): 9.0,
    ("held, sets of 100", "ledger commit_txs()"): 15.0,
    ("release", "Celery's ETA"): 1.0,
}
OURS, ETA = "ours", "eta"
PEERS = (OURS, "hordak", "ledger", ETA)
RELEASE = {OURS: "release", ETA: "Celery's ETA"}


class Slice(NamedTuple):
    """What some seconds of one way came to; CPU in microseconds a transfer."""

    rate: float
    python: float
    postgres: float


class Bank:
    """A bank in a process of its own."""

    def __init__(self, name: str, postgres: Postgres, accounts: int) -> None:
        postgres.psql(f"CREATE DATABASE peer_{name} OWNER bank")
        self.name, self.postgres = name, postgres
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.cases.peers.worker", name, str(accounts)],
            env=os.environ | {"DATABASE_URL": postgres.url.replace("/bank?", f"/peer_{name}?")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ways: list[str] = self._told()["ways"]

    def work(self, way: str, seconds: float) -> Slice:
        """Work in one way for some seconds."""
        return self._taken(f"{way} {seconds}")

    def release(self, number: int) -> Slice:
        """Release what falls due at once: so many, or all that it holds."""
        return self._taken(f"release {number}")

    def _taken(self, line: str) -> Slice:
        meter = Meter(self.postgres.process.pid)
        told = self._ask(line)
        calls = told["calls"]
        return Slice(calls / told["seconds"], told["cpu"] / calls * 1e6, meter.microseconds(calls))

    def wrong(self) -> list[str]:
        """Return what is wrong with its rows; it has done its work then."""
        return [f"{self.name}: {each}" for each in self._ask("check")["wrong"]]

    def _ask(self, line: str) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self._told()

    def _told(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} has ended")
        told: dict[str, Any] = json.loads(line)
        return told


def main() -> int:
    """Run, print the tables, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--due", type=int, default=2_000, help="transfers that fall due at once, by ETA")
    asks_json(parser)
    words = parser.parse_args()
    with Report("peers", words.json) as report:
        measure(words, report)
    return report.status


def measure(words: argparse.Namespace, report: Report) -> None:
    """Let the banks work in turns."""
    state, banks = Path(tempfile.mkdtemp(prefix="bank-peers-")), []
    try:
        with Postgres(state) as postgres, Valkey(state) as broker:
            os.environ["REDIS_URL"] = broker.url
            for name in PEERS:
                print(f"seeding {name} ...", flush=True)
                banks.append(Bank(name, postgres, words.accounts))
            slices = run(banks, words)
            for bank in banks:
                if bank.name in RELEASE:
                    slices[RELEASE[bank.name]].append(bank.release(words.due))
            report.wrong += [each for bank in banks for each in bank.wrong()]
    finally:
        for bank in banks:
            bank.process.kill()
        shutil.rmtree(state, ignore_errors=True)
    print("\n".join(table(slices)))
    for (ours, peer), goal in GOALS.items():
        ratio = median(a.rate / b.rate for a, b in zip(slices[ours], slices[peer], strict=True))
        rate, theirs = (median(each.rate for each in slices[name]) for name in (ours, peer))
        cpu = median(each.python + each.postgres for each in slices[ours])
        verdict = f"{goal:.0f} times at least"
        report.lines.append(Line(ours, rate, "a second", theirs, peer, ratio, cpu, verdict, ratio >= goal))


def run(banks: list[Bank], words: argparse.Namespace) -> dict[str, list[Slice]]:
    """Let all work in turns, each round in another order; return what they did."""
    ways = [(bank, way) for bank in banks for way in bank.ways]
    for bank, way in ways:
        bank.work(way, 0.7)
        bank.postgres.psql("CHECKPOINT")
    slices: dict[str, list[Slice]] = defaultdict(list)
    for number in range(words.rounds):
        for at in range(len(ways)):
            bank, way = ways[(number + at) % len(ways)]
            taken = bank.work(way, words.seconds)
            name = way if bank.name == OURS else f"{bank.name} {way}"
            slices[name].append(taken)
            print(
                f"round {number + 1}: {name:<24} {taken.rate:>7.0f} a second, {taken.python:>6.0f} us Python, "
                f"{taken.postgres:>6.0f} us PostgreSQL",
                flush=True,
            )
    return slices


def table(slices: dict[str, list[Slice]]) -> list[str]:
    """Return medians with ranges, and the ratios of each round."""
    lines = ["", f"{'work':<24} {'a second':>20} {'CPU us':>22}"]
    for name, taken in slices.items():
        cpu = [each.python + each.postgres for each in taken]
        lines.append(f"{name:<24} {spread([each.rate for each in taken]):>20} {spread(cpu):>22}")
    lines += ["", f"{'ours':<24} {'peer':<24} {'times its rate':>20}  goal"]
    for (ours, peer), goal in GOALS.items():
        ratios = [a.rate / b.rate for a, b in zip(slices[ours], slices[peer], strict=True)]
        lines.append(
            f"{ours:<24} {peer:<24} {spread(ratios, '.2f'):>20}  {goal:.0f} {'reached' if median(ratios) >= goal else 'MISSED'}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
