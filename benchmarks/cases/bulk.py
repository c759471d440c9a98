"""How long do strangers wait, and how late are releases, beside bulk work? A whole bank, in one run with nothing beside.

    python -m benchmarks.cases.bulk [--rows 100000] [--documents 10000] [--rate 40] [--calm 20] [--only stock list undo] [--json]

A bank as the demo starts it: web, workers, beat, watcher, PostgreSQL, Valkey. Customers who have nothing to do with the
bulk work send 40 requests a second over HTTP at a constant rate, whether those before are answered or not: orders at
machines, orders of a gateway that fall due five seconds later, and deposits at machines. Beside them the bank's own worker
does nothing, then puts a stock with 10,000 further documents of known customers in force, then registers a list of
100,000 certificates, then undoes it. Prints how long the requests waited, how many were answered 503, how late what fell
due meanwhile was released, and how long the bulk work took.

Exits with an error for a wrong result only, never for a slow one: a request that was answered neither 201 nor 503, one
without its row, a transfer that was not released once, or early, a document or certificate that is missing, an invariant
that is broken.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console

from benchmarks.cases.accept import Orders
from benchmarks.cases.bulk_work import Parties, ask_undo, done, read_list, read_stock
from benchmarks.cases.common import progress
from benchmarks.cases.load import Arrivals, request
from benchmarks.cases.punctuality import owner
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.cases.whole_bank import demo

#: Milliseconds: the longest wait of a stranger, and lateness at the 99th of a hundred.
GOAL_WAIT_MS, GOAL_LATE_MS = 500.0, 300.0
#: Orders of the gateway fall due so many seconds later; so long goes by before anything is measured.
HOLD_SECONDS, WARM_SECONDS = 5, 10
#: Between two kinds of bulk work: what waited is done.
PAUSE_SECONDS = 5
LONGEST_SECONDS = 1800.0
_LATE = """
SELECT count(*) AS several, coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p50,
       coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p99, coalesce(max(lateness_ms), 0) AS most
FROM transfers_event WHERE released_by <> ''
  AND at - lateness_ms * interval '1 millisecond' >= %(since)s AND at - lateness_ms * interval '1 millisecond' < %(until)s
"""
_FOUND = """
SELECT (SELECT count(*) FROM transfers_transfer) AS orders,
       (SELECT count(*) FROM accounts_entry WHERE amount_fen = 100 AND account_id IS NOT NULL) AS deposits,
       (SELECT count(*) FROM transfers_event WHERE released_by <> '') AS released,
       (SELECT count(DISTINCT transfer_id) FROM transfers_event WHERE released_by <> '') AS once,
       (SELECT coalesce(min(lateness_ms), 0) FROM transfers_event WHERE released_by <> '') AS least,
       (SELECT count(*) FROM transfers_transfer WHERE status = 'held' AND due_at < bank_now()) AS late,
       (SELECT count(*) FROM transfers_transfer WHERE status <> 'posted' AND channel <> 'atm') AS unposted,
       (SELECT count(*) FROM accounts_document WHERE type = 'passport' AND status = 'active') AS documents,
       (SELECT count(*) FROM blacklist_certificate WHERE NOT status IN ('revoked', 'rejected')) AS certificates,
       (SELECT count(*) FROM blacklist_certificate) AS registered
"""


@dataclass
class Phase:
    """A stretch of the run, and what was beside the requests.

    :ivar since: its instants by this process's clock, and by the bank's.
    :ivar pieces: documents or rows of the bulk work.
    """

    name: str
    since: tuple[float, Any]
    until: tuple[float, Any] = (0.0, None)
    pieces: int = 0
    waits: list[float] = field(default_factory=list)
    unavailable: int = 0
    late: dict[str, int] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Return how long it took."""
        return self.until[0] - self.since[0]

    def wait(self, share: float) -> float:
        """Return a wait in milliseconds."""
        ordered = sorted(self.waits) or [0.0]
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def line(self, calm: "Phase") -> str:
        """Return it as a line of the table."""
        bulk = f"{self.pieces:,} in {self.seconds:.1f} s, {self.pieces / self.seconds:,.0f} a second"
        ratio = self.wait(1) / max(calm.wait(1), 0.001)
        return (
            f"{self.name:<28}{len(self.waits):>7}{self.wait(0.5):>7.0f}{self.wait(0.99):>7.0f}{self.wait(1):>8.0f}"
            f"{ratio:>7.1f}{self.unavailable:>5}  {self.late['several']:>7}{self.late['p50']:>7}{self.late['p99']:>7}"
            f"{self.late['most']:>8}  {bulk if self.pieces else ''}"
        )


_HEADER = (
    f"{'beside':<28}{'asked':>7}{'p50':>7}{'p99':>7}{'longest':>8}{'ratio':>7}{'503':>5}  {'due':>7}{'p50':>7}{'p99':>7}"
    f"{'latest':>8}  bulk work (waits and lateness in ms)"
)


class Requests:
    """Orders of both kinds and deposits, between strangers to the bulk work."""

    def __init__(self, parties: Parties, machine: str, gateway: str) -> None:
        self.at_machines = Orders(parties, machine, parties.strangers, seed=1)  # type: ignore[arg-type]
        self.remote = Orders(
            parties,  # type: ignore[arg-type]
            gateway,
            parties.strangers,
            seed=2,
            channel="mobile",
            arrival="ordinary",
        )
        self.parties = parties

    def all(self) -> Iterator[bytes]:
        """Return request after request: of five two orders of each kind and a deposit."""
        machines, remote, deposits = self.at_machines.alone(), self.remote.alone(), self._deposits()
        for number in count():
            yield next((machines, remote, deposits, machines, remote)[number % 5])

    def _deposits(self) -> Iterator[bytes]:
        chance = self.at_machines.chance
        for number in count():
            body = {
                "account": {"card_number": self.parties.card_number(chance.randint(1, self.parties.strangers))},
                "amount": "1.00",
            }
            headers = {**self.at_machines.headers, "Idempotency-Key": f"deposit-{number}"}
            yield request("POST", "/api/v1/cash/deposits", headers, json.dumps(body).encode())


class Run:
    """The requests, and the bulk work beside them."""

    def __init__(self, port: int, words: argparse.Namespace, parties: Parties, folder: Path, console: Console) -> None:
        self.words, self.parties, self.folder, self.console = words, parties, folder, console
        machine, gateway = keys()
        self.arrivals = Arrivals(port, words.rate, Requests(parties, machine, gateway).all(), 201)
        self.phases: list[Phase] = []
        self.ended = False

    async def all(self) -> None:
        """Let requests arrive from the beginning to the end, and do one kind of bulk work after the other."""
        bulk = await asyncio.to_thread(self._prepare)
        until = time.perf_counter() + LONGEST_SECONDS * (1 + len(bulk))
        await asyncio.gather(asyncio.to_thread(self._phases, bulk), self.arrivals.run(until, lambda: not self.ended))

    def _phases(self, bulk: list[tuple[str, int, Any]]) -> None:
        try:
            time.sleep(WARM_SECONDS)
            with self._phase("nothing"):
                time.sleep(self.words.calm)
            for name, pieces, work in bulk:
                time.sleep(PAUSE_SECONDS)
                self._one(name, pieces, work)
            time.sleep(PAUSE_SECONDS)
        finally:
            self.ended = True

    def _prepare(self) -> list[tuple[str, int, Any]]:
        """Read what is to be done, and return each kind with its size and what approves it."""
        bulk: list[tuple[str, int, Any]] = []
        only, documents, several = self.words.only, self.words.documents, self.words.rows
        if "stock" in only:
            files = self.parties.write_documents(self.folder, documents)
            bulk.append(("stock, further documents", documents, read_stock(files, "further documents")))
        if "list" in only or "undo" in only:
            path = self.folder / "list.csv"
            self.parties.write_list(path, several, first=0)
            with progress(self.console) as bars:
                bar = bars.add_task("list read", total=several)
                approve = read_list(path, lambda rows: bars.advance(bar, rows))
            bulk.append(("list registered", several, approve))
        if "undo" in only:
            bulk.append(("list undone", several, None))
        return bulk

    def _one(self, name: str, pieces: int, approve: Callable[[], Any] | None) -> None:
        """Approve, wake the bank's worker, and wait until it has done it."""
        from accounts.stock.tasks import apply_stock
        from blacklist.imports.tasks import apply_lists

        stock = name.startswith("stock")
        # Proposing counts whom it concerns: in this process, which must not be late to read an answer.
        self.last = approve() if approve is not None else ask_undo(self.last)
        with self._phase(name, pieces), progress(self.console) as bars:
            bar = bars.add_task(name, total=100 if stock else pieces)
            (apply_stock if stock else apply_lists).delay()
            done(
                self.last,
                table="accounts_stockimport" if stock else "blacklist_listimport",
                status="undone" if approve is None else "applied",
                seconds=LONGEST_SECONDS,
                on_rows=lambda reached: bars.update(bar, completed=reached),
            )

    @contextmanager
    def _phase(self, name: str, pieces: int = 0) -> Iterator[None]:
        phase = Phase(name, _instants(), pieces=pieces)
        yield
        phase.until = _instants()
        self.phases.append(phase)
        print(f"{name}: {phase.seconds:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="of the list")
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=40, help="requests a second")
    parser.add_argument("--calm", type=float, default=20, help="seconds with nothing beside")
    parser.add_argument("--strangers", type=int, default=10_000)
    parser.add_argument("--only", nargs="+", choices=["stock", "list", "undo"], default=["stock", "list", "undo"])
    asks_json(parser)
    words = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with (
        Report("bulk", words.json) as report,
        tempfile.TemporaryDirectory() as folder,
        demo(BANK_ORDINARY_ARRIVAL_SECONDS=str(HOLD_SECONDS), DEMO_WITHOUT="day") as (place, answer, environment),
    ):
        os.environ.update(environment | {"DATABASE_URL": owner(place), "BANK_STATEMENT_TIMEOUT": "300s"})
        import django

        django.setup()
        import config.celery  # noqa: F401 - by which wake-ups go

        parties = Parties(words.strangers, max(words.documents, 1))
        measure(Run(urlsplit(answer["base_url"]).port or 80, words, parties, Path(folder), console), report)
    return report.status


def measure(run: Run, report: Report) -> None:
    """Take the customers over, let the run go on, look at its results and print them."""
    from accounts.stock import operations as stock

    print(f"{run.parties.strangers} strangers and {run.parties.known} known customers", flush=True)
    stock.apply_import(read_stock(run.parties.write(run.folder), "customers")())
    begun = found()
    asyncio.run(run.all())
    look_over(run, begun, report)
    for phase in run.phases:
        measured(phase, run)
    calm = run.phases[0]
    print("\n".join([_HEADER, *(phase.line(calm) for phase in run.phases)]), flush=True)
    print(f"goals: the longest wait {GOAL_WAIT_MS:.0f} ms, no 503, lateness p99 {GOAL_LATE_MS:.0f} ms")
    for phase in run.phases[1:]:
        longest, p99 = phase.wait(1), phase.late["p99"]
        report.lines += [
            Line(
                f"longest wait of a stranger beside it: {phase.name}, {phase.pieces:,}; 503: {phase.unavailable}",
                longest, "ms", calm.wait(1), "nothing beside", longest / max(calm.wait(1), 0.001),
                goal=f"{GOAL_WAIT_MS:.0f} ms at most, no 503", met=longest <= GOAL_WAIT_MS and not phase.unavailable,
            ),
            Line(
                f"lateness p99 beside it: {phase.name}, {phase.pieces:,}", p99, "ms", calm.late["p99"], "nothing beside",
                p99 / max(calm.late["p99"], 1), goal=f"{GOAL_LATE_MS:.0f} ms at most", met=p99 <= GOAL_LATE_MS,
            ),
            Line(f"duration of it: {phase.name}, {phase.pieces:,}", phase.seconds, "s"),
        ]  # fmt: skip
    if not report.wrong:
        print("all results right", flush=True)


def look_over(run: Run, begun: dict[str, int], report: Report) -> None:
    """Wait until all that is due is released, and look at every result."""
    from config.oversight.queries.proof import prove

    until = time.monotonic() + 60
    while (ended := found())["unposted"] and time.monotonic() < until:
        time.sleep(0.5)
    more = {name: several - begun[name] for name, several in ended.items()}
    words, statuses = run.words, run.arrivals.offered.load.statuses
    answered = statuses[201]
    right = {
        f"every request was answered 201 or 503: {dict(statuses)}": set(statuses) <= {201, 503},
        "each answer of 201 has its row": more["orders"] + more["deposits"] == answered,
        "all that fell due was released": not ended["unposted"] and not ended["late"],
        "each was released once, none early": ended["released"] == ended["once"] and ended["least"] >= 0,
        "every document is there": more["documents"] == ("stock" in words.only) * words.documents,
        "every certificate is registered": more["registered"] == (words.only != ["stock"]) * words.rows,
        "what was undone restricts nobody": "undo" not in words.only or not more["certificates"],
    }
    report.wrong += [f"not so: {name}" for name, is_so in right.items() if not is_so]
    print("every invariant of the bank is looked at", flush=True)
    report.wrong += [each.invariant.name for each in prove() if not each.holds]


def measured(phase: Phase, run: Run) -> None:
    """Find the waits and the lateness of what was asked, or fell due, within a phase."""
    from config.kernel.database.sql import rows

    within = [each for each in run.arrivals.offered.answers if phase.since[0] <= each[0] < phase.until[0]]
    phase.waits = [seconds for _, seconds, _ in within]
    phase.unavailable = sum(status == 503 for _, _, status in within)
    phase.late = rows(_LATE, {"since": phase.since[1], "until": phase.until[1]})[0]


def found() -> dict[str, int]:
    """Count what there is."""
    from config.kernel.database.sql import rows

    counted: dict[str, int] = rows(_FOUND)[0]
    return counted


def keys() -> tuple[str, str]:
    """Return the keys of a machine and of a gateway."""
    from tests import people

    machine, gateway = (people.key(people.ensure(f"bench-{role}", role)) for role in ("atm", "gateway"))
    return machine, gateway


def _instants() -> tuple[float, Any]:
    from config.kernel.database.clock import bank_now

    return time.perf_counter(), bank_now()


if __name__ == "__main__":
    sys.exit(main())
