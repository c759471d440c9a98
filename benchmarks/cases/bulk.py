"""Waiting times of other customers, and lateness of releases, during bulk work in a whole bank.

    python -m benchmarks bulk [--rows 100000] [--documents 10000] [--rate 40] [--calm 20] [--only stock list undo]
    [--json]

The bank runs as the demo starts it: web, workers, beat, watcher, PostgreSQL, Valkey. Customers not concerned by the
bulk work send 40 requests a second over HTTP at a constant rate, without waiting for answers: orders at machines,
orders of a gateway that fall due five seconds later, and deposits at machines. Meanwhile the bank's own worker first
does nothing, then applies a stock with 10,000 further documents of known customers, then registers a list of 100,000
certificates, then undoes it. The report shows the waiting times, the number of answers 503, the lateness of releases,
and the duration of the bulk work.

The command fails only for a wrong result, never for a slow one: a request answered neither 201 nor 503 or without its
row, a transfer released early or not exactly once, a missing document or certificate, a broken invariant.
"""

import asyncio
import os
import tempfile
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import config.celery  # noqa: F401 - the Celery app that sends wake-ups
from accounts.stock import operations as stock
from accounts.stock.tasks import apply_stock
from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import WholeBank
from benchmarks.cases.bulk_work import (
    Parties,
    approved_list,
    approved_stock,
    approved_undo,
    read_list,
    wait_until_done,
    write_list,
)
from benchmarks.cases.common import Begin, progress_bars
from benchmarks.cases.load import Arrivals, Load, Orders, post
from benchmarks.cases.seeds import card_number, citizen, key_of, lateness
from blacklist.imports.tasks import apply_lists
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.oversight.queries.proof import prove
from config.stack.process import wait_until

#: Goals in milliseconds: longest wait of another customer, and 99th percentile of the lateness.
GOAL_WAIT_MS, GOAL_LATE_MS = 500.0, 300.0
#: Seconds before the measuring begins.
WARM_SECONDS = 10
#: Seconds between two kinds of bulk work, in which waiting requests are finished.
PAUSE_SECONDS = 5
LONGEST_SECONDS = 1800.0
#: One certificate in this number of the list needs review.
REVIEWED_EACH = 100
STOCK, LIST, UNDO = "stock", "list", "undo"
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
    """A phase of the run, with its bulk work.

    :ivar since: start and end by this process's clock and by the bank's.
    :ivar pieces: number of documents or rows of the bulk work.
    """

    name: str
    pieces: int
    since: tuple[float, Any]
    until: tuple[float, Any] = (0.0, None)
    load: Load = field(default_factory=Load)
    late: dict[str, Any] = field(default_factory=dict)

    def lines(self, calm: "Phase") -> list[Measurement]:
        """Return waiting times, lateness of releases and duration of the bulk work, compared with the calm phase."""
        during, against = f"during {self.name}, {self.pieces:,}", "no bulk work"

        def line(what: str, ours: float, other: float, goal: float | None = None) -> Measurement:
            return Measurement(f"{what} {during}", [ours], "ms", [other], against, most=goal, absolute=True)

        return [
            line("wait p50", self.load.latency(50), calm.load.latency(50)),
            line("wait p99", self.load.latency(99), calm.load.latency(99)),
            line("longest wait", self.load.latency(100), calm.load.latency(100), GOAL_WAIT_MS),
            Measurement(f"answers of 503 {during}", [self.load.statuses[503]], f"of {len(self.load.answers)}", most=0),
            line(f"lateness p50 of {self.late['count']}", self.late["p50"], calm.late["p50"]),
            line(f"lateness p99 of {self.late['count']}", self.late["p99"], calm.late["p99"], GOAL_LATE_MS),
            line(f"the latest of {self.late['count']}", self.late["most"], calm.late["most"]),
            Measurement(f"duration: {self.name}, {self.pieces:,}", [self.until[0] - self.since[0]], "s"),
        ]


def requests(strangers: int) -> Iterator[bytes]:
    """Yield requests between other customers: of five, two orders of each kind and one deposit."""
    machine = key_of("atm")
    at_machines = Orders(machine, strangers, seed=1)
    remote = Orders(key_of("gateway"), strangers, seed=2, channel="mobile", arrival="ordinary")

    def deposits() -> Iterator[bytes]:
        for number in count():
            account = {"card_number": card_number(at_machines.chance.randint(1, strangers))}
            yield post("/cash/deposits", machine, {"account": account, "amount": "1.00"}, f"deposit-{number}")

    ways = (at_machines.alone(), remote.alone(), deposits())
    return (next(ways[(0, 1, 2, 0, 1)[number % 5]]) for number in count())


class Run:
    """The requests, and the bulk work at the same time."""

    def __init__(self, port: int, words: Namespace, folder: Path, begin: Begin) -> None:
        self.words, self.folder, self.begin = words, folder, begin
        self.parties = Parties(words.strangers, max(words.documents, 1))
        stock.apply_import(approved_stock(self._read_stock(self.parties.write(folder), "customers")))
        self.arrivals = Arrivals(port, words.rate, requests(words.strangers))
        self.phases: list[Phase] = []
        self.ended = False

    @staticmethod
    def _read_stock(files: dict[str, Path], source: str) -> Any:
        return stock.stage_files(files, source=source, processes=1)

    async def all(self) -> None:
        """Send requests from beginning to end, and do one kind of bulk work after the other."""
        read = await asyncio.to_thread(self._read)
        until = time.perf_counter() + LONGEST_SECONDS * (1 + len(read))
        await asyncio.gather(asyncio.to_thread(self._phases, read), self.arrivals.run(until, lambda: not self.ended))

    def _read(self) -> dict[str, Any]:
        """Read the files of the bulk work."""
        only, read = self.words.only, {}
        if STOCK in only:
            files = self.parties.write_documents(self.folder, self.words.documents)
            read[STOCK] = self._read_stock(files, "further documents")
        if only != [STOCK]:
            path = self.folder / "list.csv"
            write_list(
                path,
                (citizen(self.words.strangers + 1 + n) for n in range(self.words.rows)),
                reviewed_each=REVIEWED_EACH,
            )
            read[LIST] = read_list(path, self.begin("list read", self.words.rows))
        return read | ({UNDO: None} if UNDO in only else {})

    def _phases(self, read: dict[str, Any]) -> None:
        try:
            time.sleep(WARM_SECONDS)
            with self._phase("nothing", 0):
                time.sleep(self.words.calm)
            last = None
            for what, row in read.items():
                time.sleep(PAUSE_SECONDS)
                last = self._one(what, row, last)
            time.sleep(PAUSE_SECONDS)
        finally:
            self.ended = True

    def _one(self, what: str, row: Any, last: Any) -> Any:
        """Approve one work, wake the bank's worker, and wait until it is done; return the id."""
        # A proposal counts the affected customers in this process, which must not be late in reading answers.
        approved = approved_undo(last) if what == UNDO else (approved_stock if what == STOCK else approved_list)(row)
        pieces = self.words.documents if what == STOCK else self.words.rows
        with self._phase(what, pieces):
            (apply_stock if what == STOCK else apply_lists).delay()
            wait_until_done(
                approved,
                table="accounts_stockimport" if what == STOCK else "blacklist_listimport",
                status="undone" if what == UNDO else "applied",
                seconds=LONGEST_SECONDS,
                on_rows=self.begin(what, 100 if what == STOCK else pieces),
            )
        return approved

    @contextmanager
    def _phase(self, name: str, pieces: int) -> Iterator[None]:
        phase = Phase(name, pieces, (time.perf_counter(), bank_now()))
        yield
        phase.until = time.perf_counter(), bank_now()
        self.phases.append(phase)
        print(f"{name}: {phase.until[0] - phase.since[0]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)


def measure(words: Namespace, report: Report, bank: WholeBank) -> None:
    """Load the customers, run all phases, and check the results."""
    with tempfile.TemporaryDirectory() as folder, progress_bars() as begin:
        run = Run(bank.port, words, Path(folder), begin)
        begun = count_rows()
        asyncio.run(run.all())
    look_over(run, begun, report)
    for phase in run.phases:
        phase.load = run.arrivals.load.within(phase.since[0], phase.until[0])
        phase.late = lateness(since=phase.since[1], until=phase.until[1])
    calm, *others = run.phases
    report.lines += [line for phase in others for line in phase.lines(calm)]


def look_over(run: Run, begun: dict[str, int], report: Report) -> None:
    """Wait until all due transfers are released, and check every result."""
    wait_until(lambda: not count_rows()["unposted"], seconds=60)
    ended, words, statuses = count_rows(), run.words, run.arrivals.load.statuses
    more = {name: several - begun[name] for name, several in ended.items()}
    right = {
        "every request was answered 201 or 503": set(statuses) <= {201, 503},
        "each answer of 201 has its row": more["orders"] + more["deposits"] == statuses[201],
        "all that fell due was released": not ended["unposted"] and not ended["late"],
        "each was released once, none early": ended["released"] == ended["once"] and ended["least"] >= 0,
        "every document is there": more["documents"] == (STOCK in words.only) * words.documents,
        "every certificate is registered": more["registered"] == (words.only != [STOCK]) * words.rows,
        "an undone list restricts no one": UNDO not in words.only or not more["certificates"],
    }
    for name, kept in right.items():
        report.promise(name, kept)
    report.note(f"- all answers: {dict(statuses)}")
    report.invariants = {each.invariant.name: each.holds for each in prove()}


def count_rows() -> dict[str, int]:
    """Count the rows that the bulk work changes."""
    found: dict[str, int] = rows(_FOUND)[0]
    return found
