"""Cost of an operation in a larger bank: CPU of an acceptance and of a release against the smallest bank.

    python -m benchmarks growth [--accounts 10000,100000] [--held 0,100000] [--rounds 5] [--acceptances 500]
                                [--due 10000]
                                [--json]

A bank grows step by step: first in accounts, each with holder and card, then, at the largest number of accounts, in
held transfers. After each step, this bank and a copy of its first state work in turns, each in a separate process: a
number of orders through the operation that HTTP calls, and a number of releases. The CPU of the process and of its
server process is compared round by round; other work of the server (autovacuum, checkpoints) does not count. Orders
and releases are spread evenly over all accounts.

Full size: `--accounts 10000,100000,1000000,10000000 --held 0,500000,5000000`, 20 GB.
The command fails only for a wrong result, never for a slow one.
"""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import copy_bank, url_of
from benchmarks.cases.common import Child, Meter, in_turns, progress_bars
from benchmarks.cases.growth_stock import ORDERING, RELEASING, GrowingBank, spread_numbers
from benchmarks.cases.peers.ours import Ours
from benchmarks.cases.releasers import drain
from benchmarks.cases.seeds import EACH_FEN, hold, in_database, promise_rows
from config.kernel.database.sql import rows
from config.stack.postgres import DATABASE, Postgres

GOAL = 1.3
ACCEPTANCE, RELEASE = "acceptance", "release"
#: Database names of the copy of the first bank, and of each working copy of it.
SEED, SMALL = "bank_seed", "bank_small"
#: Keys of orders of different steps must differ.
ORDERS_A_STEP = 10_000_000
_COUNTED = """
SELECT (SELECT count(*) FROM transfers_transfer WHERE status = 'posted') AS posted,
       (SELECT count(*) FROM kernel_decision) AS decided
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Size of the bank at one step."""

    accounts: int
    held: int

    def __str__(self) -> str:
        return f"{self.accounts:,} accounts, {self.held:,} held"


class Side:
    """A bank that works in a separate process.

    :ivar done: number of operations in it since it was created.
    """

    def __init__(self, postgres: Postgres, name: str, done: dict[str, int]) -> None:
        self.postgres, self.name, self.done = postgres, name, done

    def start(self, step: Step, number: int) -> None:
        """Start the process for a step."""
        self.step = step
        environment = {"DATABASE_URL": url_of(self.postgres, self.name)}
        self.child = Child(__name__, step.accounts, number, environment=environment)

    def work(self, what: str, count: int) -> float:
        """Work, and return the microseconds of CPU per operation."""
        if what == RELEASE:
            self.child.ask("hold", count)
        meter = Meter(self.child.pid, self.child.ready)
        answer = self.child.ask(what, count)
        if answer:
            raise SystemExit(f"WRONG RESULT: {self.step}: {answer}")
        self.done[what] += count
        return meter.microseconds(count)

    def end(self, report: Report) -> None:
        """End the process, and check the rows."""
        self.child.end()
        with in_database(self.name):
            accepted, posted = self.done[ACCEPTANCE], self.done[RELEASE]
            promise_rows(report, fen=self.step.accounts * EACH_FEN, held=self.step.held + accepted)
            found = rows(_COUNTED)[0]
            report.promise("so many are posted as were released", found["posted"] == posted)
            report.promise("each order has its decision", found["decided"] == accepted)


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Grow the bank step by step, and measure at each step."""
    accounts, held = ([int(each) for each in text.split(",")] for text in (words.accounts, words.held))
    if accounts != sorted(accounts) or held != sorted(held):
        raise SystemExit("a bank grows only")
    steps = [*(Step(each, held[0]) for each in accounts), *(Step(accounts[-1], each) for each in held[1:])]
    growing, large = GrowingBank(postgres), Side(postgres, DATABASE, {ACCEPTANCE: 0, RELEASE: 0})
    for number, step in enumerate(steps):
        with progress_bars() as begin:
            growing.grow(step.accounts, step.held, begin)
        if not number:
            copy_bank(postgres, SEED)
        copy_bank(postgres, SMALL, of=SEED)
        small = Side(postgres, SMALL, {ACCEPTANCE: 0, RELEASE: 0})
        small.start(steps[0], number)
        large.start(step, number)
        counts = {ACCEPTANCE: words.acceptances, RELEASE: words.due}
        cpu: dict[tuple[str, Side], list[float]] = {(what, side): [] for what in counts for side in (small, large)}
        for turn, _, (what, side) in in_turns([("", each) for each in cpu], words.rounds):
            taken = side.work(what, counts[what])
            if turn:
                cpu[what, side].append(taken)
        for what in counts:
            ours, theirs = cpu[what, large], cpu[what, small]
            report.lines.append(
                Measurement(f"{what} among {step}: CPU", ours, "us", theirs, "the smallest bank", most=GOAL)
            )
            print(report.lines[-1].row(), flush=True)
        small.end(report)
        large.end(report)


def begin(accounts: int, number: int) -> tuple[int, Callable[[str, int], Any]]:
    """Return the id of the connection's server process, and the function that works over the connection."""
    ours = Ours(spread_numbers(accounts, ORDERING), first=number * ORDERS_A_STEP)
    accept, _ = ours.ways()["held"]
    backend = _backend()

    def work(what: str, count: int) -> str:
        if what == "hold":
            # Different accounts each time, as long as there are others.
            hold(count, rows(_COUNTED)[0]["posted"], len(spread_numbers(accounts, RELEASING)))
        elif what == RELEASE:
            done = drain()
            if (done.posted, done.returned, done.parked) != (count, 0, 0):
                return f"{count} due were {done}"
        else:
            for _ in range(count):
                accept()
        return "" if _backend() == backend else "another connection than was measured"

    return backend, work


def _backend() -> int:
    pid: int = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
    return pid
