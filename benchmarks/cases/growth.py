"""Does an operation cost more in a larger bank? CPU of an acceptance and of a release, beside the smallest bank, in one run.

    python -m benchmarks.cases.growth [--accounts 10000,100000] [--held 0,100000] [--rounds 5] [--acceptances 500] [--due 10000]
                                [--json]

A bank grows, step by step: first in accounts, each with holder and card, then, with the most of them, in transfers that are
held until later. After each step both it and a copy of what it was at first work in turns, each in a process of its own:
so many orders through the operation that HTTP calls, and so many due transfers released. What is compared is the CPU of
the process and of its connection's server process, round by round; what else the server does (autovacuum, checkpoints) is
not in it. Orders and releases are of accounts evenly among all.

By hand: `--accounts 10000,100000,1000000,10000000 --held 0,500000,5000000`, 20 GB.
Exits with an error for a wrong result only, never for a slow one.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks.cases.common import Meter, bank, past_the_guards, progress, spread
from benchmarks.cases.growth_stock import EACH_FEN, ORDERING, RELEASING, Growing, who
from benchmarks.cases.report import Line, Report, asks_json
from config.stack.postgres import Postgres

GOAL = 1.3
WORKS = ("acceptance", "release")
#: The copy of what the bank was at first, and what each copy of that is called that works.
SEED, SMALL = "bank_seed", "bank_small"
#: Orders of one step bear other keys than those of another.
ORDERS_A_STEP = 10_000_000
_RIGHT = """
SELECT (SELECT sum(balance_fen) FROM accounts_account) + (SELECT coalesce(sum(amount_fen), 0) FROM accounts_entry
        WHERE internal_id IS NOT NULL) = %(money)s AS "money is what it was",
       (SELECT count(*) FROM transfers_transfer WHERE status = 'held') = %(held)s AS "so many are held as were left so",
       (SELECT count(*) FROM transfers_transfer WHERE status = 'posted') = %(posted)s AS "so many are posted as were released",
       (SELECT count(*) FROM accounts_entry) = 2 * %(posted)s AS "each posted one has two entries, no other has one",
       (SELECT count(*) FROM transfers_event WHERE released_by <> '' AND lateness_ms >= 0) = %(posted)s
       AS "each was released once, none early",
       (SELECT count(*) FROM kernel_decision) = %(accepted)s AS "each order has its decision"
"""


@dataclass(frozen=True, slots=True)
class Step:
    """How large the bank is."""

    accounts: int
    held: int

    def __str__(self) -> str:
        return f"{self.accounts:,} accounts, {self.held:,} held"


@dataclass
class Count:
    """What was done in a bank since it was made."""

    accepted: int = 0
    posted: int = 0


class Side:
    """A bank that works in a process of its own.

    :param done: what was done there before.
    :param numbers: which accounts order, and from which number on.
    """

    def __init__(self, postgres: Postgres, database: str, step: Step, done: Count, number: int) -> None:
        self.step, self.done = step, done
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        url = postgres.url.replace("/bank?", f"/{database}?")
        self.process = context.Process(target=_work, args=(theirs, url, step, number), daemon=True)
        self.process.start()
        self.backend: int = self.pipe.recv()

    def measure(self, work: str, count: int) -> float:
        """Work, and return the microseconds of CPU each."""
        if work == "release":
            self._ask("hold", count)
        meters = [Meter(pid) for pid in (self.process.pid, self.backend)]
        self._ask(work, count)
        if work == "release":
            self.done.posted += count
        else:
            self.done.accepted += count
        return sum(meter.microseconds(count) for meter in meters)

    def end(self) -> list[str]:
        """Return what is wrong with the rows; the process ends."""
        wrong = self._ask("check", self.done)
        self.pipe.send(None)
        self.process.join()
        return [f"{self.step}: not so: {each}" for each in wrong]

    def _ask(self, work: str, given: Any) -> Any:
        self.pipe.send((work, given))
        answer = self.pipe.recv()
        if isinstance(answer, str):
            raise SystemExit(f"WRONG RESULT: {self.step}: {answer}")
        return answer


def main() -> int:
    """Grow, measure, print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=_numbers, default=[10_000, 100_000])
    parser.add_argument("--held", type=_numbers, default=[0, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--acceptances", type=int, default=500, help="of a round")
    parser.add_argument("--due", type=int, default=10_000, help="transfers that are released in a round")
    asks_json(parser)
    words = parser.parse_args()
    steps = [Step(accounts, words.held[0]) for accounts in words.accounts]
    steps += [Step(words.accounts[-1], held) for held in words.held[1:]]
    console = Console(width=None if sys.stdout.isatty() else 120)
    with Report("growth", words.json) as report, bank() as postgres:
        with progress(console) as bars:
            growing = Growing(postgres, _told_by(bars))
            growing.grow(steps[0].accounts, steps[0].held)
        postgres.psql(f"CREATE DATABASE {SEED} TEMPLATE bank OWNER bank")
        done = Count()
        print(f"{'':<36} {'work':<12} {'CPU us':>16} {'smallest':>16} {'ratio':>18}")
        for number, step in enumerate(steps):
            if number:
                with progress(console) as bars:
                    growing.begin = _told_by(bars)
                    growing.grow(step.accounts, step.held)
            small = Side(postgres, _fresh(postgres), steps[0], Count(), number)
            large = Side(postgres, "bank", step, done, number)
            for work, (ours, theirs) in taken(small, large, words).items():
                tell(step, work, ours, theirs, report)
            report.wrong += [*small.end(), *large.end()]
    return report.status


def _numbers(text: str) -> list[int]:
    found = [int(each) for each in text.split(",")]
    if found != sorted(found):
        raise argparse.ArgumentTypeError("a bank grows only")
    return found


def _told_by(bars: Any) -> Callable[[str, int], Callable[[int], None]]:
    def begin(name: str, total: int) -> Callable[[int], None]:
        bar = bars.add_task(name, total=total)
        return lambda done: bars.advance(bar, done)

    return begin


def _fresh(postgres: Postgres) -> str:
    """Make the small bank anew, as it was at first."""
    postgres.psql(f"DROP DATABASE IF EXISTS {SMALL}")
    postgres.psql(f"CREATE DATABASE {SMALL} TEMPLATE {SEED} OWNER bank")
    return SMALL


def taken(small: Side, large: Side, words: argparse.Namespace) -> dict[str, tuple[list[float], list[float]]]:
    """Let both work in turns; return the CPU of the large and of the small one, round by round."""
    counts = {"acceptance": words.acceptances, "release": words.due}
    found: dict[str, tuple[list[float], list[float]]] = {work: ([], []) for work in WORKS}
    for number in range(words.rounds + 1):
        for work in WORKS:
            for side in (small, large) if number % 2 else (large, small):
                cpu = side.measure(work, counts[work])
                if number:  # the first round warms both
                    found[work][side is small].append(cpu)
    return found


def tell(step: Step, work: str, ours: list[float], theirs: list[float], report: Report) -> None:
    """Print what a step came to, and hand it over."""
    ratios = [large / small for large, small in zip(ours, theirs, strict=True)]
    met = median(ratios) <= GOAL
    print(
        f"{step!s:<36} {work:<12} {spread(ours):>16} {spread(theirs):>16} {spread(ratios, '.2f'):>18}  "
        f"goal {GOAL} {'reached' if met else 'MISSED'}",
        flush=True,
    )
    report.figures[f"{work}, {step}"] = ratios
    report.lines.append(
        Line(
            f"{work} among {step}: CPU", median(ours), "us", median(theirs), "the smallest bank", median(ratios),
            median(ours), f"{GOAL} times at most", met,
        )
    )  # fmt: skip


def _work(pipe: Connection, url: str, step: Step, number: int) -> None:
    """Work in a bank whenever told."""
    os.environ["DATABASE_URL"] = url
    import django

    django.setup()
    from benchmarks.cases.peers.ours import Ours
    from config.kernel.database.sql import rows

    ours = Ours(who(step.accounts, ORDERING), first=number * ORDERS_A_STEP)
    accept, _ = ours.ways()["held"]
    rows("SELECT 1")

    def work(what: str, given: Any) -> object:
        if what == "acceptance":
            for _ in range(given):
                accept()
            return given
        if what == "release":
            return _release(given)
        return _hold(given, step) if what == "hold" else _check(given, step)

    backend = _backend()
    pipe.send(backend)
    while asked := pipe.recv():
        answer = work(*asked)
        pipe.send(answer if _backend() == backend else "another connection than was measured")


def _backend() -> int:
    from config.kernel.database.sql import rows

    pid: int = rows("SELECT pg_backend_pid() AS pid")[0]["pid"]
    return pid


def _hold(count: int, step: Step) -> int:
    """Make transfers that are due, each time of other accounts, as far as there are others."""
    from benchmarks.cases.release import TABLES, held
    from config.kernel.database.sql import rows

    (last,) = rows("SELECT count(*) AS n FROM transfers_transfer WHERE status = 'posted'")
    given = {"count": count, "first": last["n"], "accounts": len(who(step.accounts, RELEASING))}
    rows(past_the_guards(TABLES, held()), given)
    return count


def _release(count: int) -> int | str:
    """Release what is due."""
    from benchmarks.cases.releasers import drain

    posted, returned, parked = drain()
    if (posted, returned, parked) != (count, 0, 0):
        return f"{count} due were {posted} posted, {returned} returned, {parked} set aside"
    return count


def _check(done: Count, step: Step) -> list[str]:
    """Return what is wrong with the rows."""
    from benchmarks.cases.bench_bank import BenchBank
    from config.kernel.database.sql import rows

    given = {
        "money": step.accounts * EACH_FEN,
        "held": step.held + done.accepted,
        "posted": done.posted,
        "accepted": done.accepted,
    }
    (found,) = rows(_RIGHT, given)
    return [*(name for name, right in found.items() if not right), *BenchBank.unreserved()]


if __name__ == "__main__":
    sys.exit(main())
