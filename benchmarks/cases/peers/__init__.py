"""Cost of a checked transfer here and in comparable packages, on one server in one run.

    python -m benchmarks peers [--rounds 5] [--seconds 4] [--accounts 20000] [--due 2000] [--json]

Each bank is one process with one connection to a separate database on the same PostgreSQL; they work in turns. The
work differs: only this bank finds accounts by card and number, checks name, freezes, blacklist and case accounts,
recognizes a repeated key, encrypts, and writes an event and a decision. The packages get ids and write a transaction
with two legs. The command fails only for wrong results.
"""

import os
import shutil
import tempfile
from argparse import Namespace
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import ENVIRONMENT, url_of
from benchmarks.cases.common import Child, Meter, in_turns
from config.stack.postgres import ROLE, Postgres
from config.stack.valkey import Valkey

#: Which of our ways is compared with which other, and the minimum ratio of the rates.
GOALS = {
    ("held", "hordak get_balance()"): 3.0,
    ("held, sets of 100", "hordak get_balance()"): 6.0,
    ("held", "ledger commit_txs()"): 9.0,
    ("held, sets of 100", "ledger commit_txs()"): 15.0,
    ("release", "Celery's ETA"): 1.0,
}
OURS = "ours"
PEERS = (OURS, "hordak", "ledger", "eta")
RELEASE = {OURS: "release", "eta": "Celery's ETA"}


class Slice(NamedTuple):
    """Result of some seconds of one way; CPU in microseconds per transfer, of Python and PostgreSQL."""

    rate: float
    cpu: float


class Bank:
    """A bank in a separate process."""

    def __init__(self, name: str, postgres: Postgres, accounts: int) -> None:
        print(f"seeding {name} ...", flush=True)
        postgres.psql(f"CREATE DATABASE peer_{name} OWNER {ROLE}")
        self.name, self.postgres = name, postgres
        environment = {"DATABASE_URL": url_of(postgres, f"peer_{name}")}
        ours = name == OURS
        self.child = Child(
            "benchmarks.cases.peers.worker", name, accounts,
            environment=ENVIRONMENT | environment if ours else environment, sets_up=not ours,
        )  # fmt: skip
        self.ways: list[str] = self.child.ready

    def work(self, way: str, amount: float) -> Slice:
        """Work in one way for some seconds, or release a number of transfers that fall due at once."""
        meter = Meter(self.postgres.process.pid)
        done = self.child.ask(way, amount)
        calls = done["calls"]
        return Slice(calls / done["seconds"], done["cpu"] / calls * 1e6 + meter.microseconds(calls))


def measure(words: Namespace, report: Report, _: object) -> None:
    """Run the banks in turns."""
    state, slices = Path(tempfile.mkdtemp(prefix="bank-peers-")), defaultdict(list)
    try:
        with Postgres(state) as postgres, Valkey(state) as broker:
            os.environ["REDIS_URL"] = broker.url
            banks = [Bank(name, postgres, words.accounts) for name in PEERS]
            ways = [
                (way if bank.name == OURS else f"{bank.name} {way}", (bank, way)) for bank in banks for way in bank.ways
            ]
            for number, name, (bank, way) in in_turns(ways, words.rounds):
                taken = bank.work(way, words.seconds if number else 0.7)
                if number:
                    slices[name].append(taken)
                    print(
                        f"round {number}: {name:<24} {taken.rate:>7.0f} a second, {taken.cpu:>6.0f} us of CPU",
                        flush=True,
                    )
                else:
                    postgres.psql("CHECKPOINT")
            for bank in banks:
                if bank.name in RELEASE:
                    slices[RELEASE[bank.name]].append(bank.work("release", words.due))
                report.promise(f"all rows of {bank.name} are right", not bank.child.ask("check"))
                bank.child.end()
    finally:
        shutil.rmtree(state, ignore_errors=True)
    rates = {name: [each.rate for each in taken] for name, taken in slices.items()}
    cpu = {name: [each.cpu for each in taken] for name, taken in slices.items()}
    for (ours, peer), goal in GOALS.items():
        report.lines.append(Measurement(ours, rates[ours], "a second", rates[peer], peer, cpu[ours], least=goal))
    compared = {name for pair in GOALS for name in pair}
    report.lines += [
        *(Measurement(name, rates[name], "a second", cpu=cpu[name]) for name in rates if name not in compared),
        *(Measurement(f"{peer}: CPU", cpu[peer], "us") for peer in dict.fromkeys(peer for _, peer in GOALS)),
    ]
