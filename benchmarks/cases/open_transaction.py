"""Cost of a long open transaction for releases: bursts and a stream without it and with it, in turns.

    python -m benchmarks open_transaction [--open-seconds 40] [--rounds 1] [--accounts 100000] [--transfers 20000]
                                      [--bursts 3] [--steady] [--rate 200] [--stream-seconds 10] [--processes 2]
                                      [--json]

A report or a dump takes a snapshot (REPEATABLE READ) and keeps it. Meanwhile releases leave dead rows that vacuum may
not remove: rows of accounts and, at the head of the queue's index, one entry per release, which every read of the
queue passes. So bursts follow one another until the transaction has been open long enough, and the last bursts are
compared; each is printed. With `--steady`, streams follow one another, as on an ordinary day, and the bursts come
after them. At the end of a phase a stream falls due in real time. Before and after each phase with the transaction
there is one without it. Autovacuum works as usual. Between two phases all tables are vacuumed, so that each phase
begins alike. Full size: `--open-seconds 600 --steady --stream-seconds 60 --accounts 1000000`.

The command fails only for a wrong result, never for a slow one: a transfer not released exactly once, a change of the
total money, a snapshot that ended too early.
"""

import time
from argparse import Namespace
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import psycopg

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.release import FROZEN_EACH
from benchmarks.cases.releasers import Releasers
from benchmarks.cases.seeds import (
    add_parties,
    held_now,
    hold,
    hold_stream,
    last_event,
    lateness,
    money,
    promise_rows,
    seed_in_sets,
)
from config.kernel.database.sql import rows
from config.stack.postgres import Postgres
from transfers.queries.due_queue import LOOK_AT

#: Goals: minimum ratio of the rates; maximum additional lateness in milliseconds, the difference between two quiet
#: runs.
GOAL_RATE, GOAL_MS = 0.9, 10
#: A shorter transaction says nothing about the goals, because dead rows must accumulate.
LONG_SECONDS = 300
WITHOUT, WITH = "without", "with"
FIRST_SECONDS = 4
#: A process reports its statistics to the server once it has been idle for a while.
STATISTICS_SECONDS = 1.1
_HEAD = f"""
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
SELECT {LOOK_AT} FROM transfers_transfer WHERE status = 'held' ORDER BY {LOOK_AT}, id LIMIT 1
"""
_LEFT = """
SELECT t.n_dead_tup AS dead, pg_relation_size('transfer_queue') AS queue_bytes, a.n_tup_upd AS updated,
       a.n_tup_hot_upd AS hot
FROM pg_stat_user_tables t, pg_stat_user_tables a
WHERE t.relname = 'transfers_transfer' AND a.relname = 'accounts_account'
"""
#: In a snapshot, transfers held when it was taken stay held, and none is missing.
_SEEN = (
    "SELECT count(*), count(*) FILTER (WHERE status = 'held'), max(id::text), pg_backend_pid() FROM transfers_transfer"
)


@dataclass
class Phase:
    """Measurements of one phase, with or without the transaction: bursts, and the worst lateness of a stream."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: int = 0
    p99: int = 0


class Bench:
    """A bank whose held transfers are released by separate processes."""

    def __init__(self, postgres: Postgres, words: Namespace, report: Report) -> None:
        self.postgres, self.words, self.report, self.paid = postgres, words, report, 0
        seed_in_sets(1, words.accounts)
        add_parties(frozen_each=FROZEN_EACH)
        rows("VACUUM (ANALYZE)")
        self.fen, self.releasers = money(), Releasers(words.processes)

    def phase(self, name: str) -> Phase:
        """Release bursts, then a stream, with or without the transaction."""
        found, began = Phase(), time.monotonic()
        reader = seen = None
        if name == WITH:
            reader = psycopg.connect(self.postgres.url, autocommit=True)
            reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            seen = reader.execute(_SEEN).fetchone()

        def goes_on() -> bool:
            return reader is not None and time.monotonic() - began < self.words.open_seconds

        while self.words.steady and goes_on():
            self.stream(name, found)
        while len(found.rates) < self.words.bursts or goes_on():
            self.burst(name, found, began)
        self.stream(name, found)
        if reader:
            self.report.promise("the snapshot is unchanged", reader.execute(_SEEN).fetchone() == seen)
            reader.close()
        promise_rows(self.report, fen=self.fen, held=0)
        rows("VACUUM (ANALYZE)")
        return found

    def burst(self, name: str, found: Phase, began: float) -> None:
        """Release a burst."""
        hold(self.words.transfers, self._next(self.words.transfers), self.words.accounts)
        (plan,) = rows(_HEAD)[0]["QUERY PLAN"]
        pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        before = server_counts()
        burst, now = self.releasers.burst(self.report), server_counts()
        found.rates.append(burst.rate)
        found.cpu.append(burst.cpu)
        hot = (now["hot"] - before["hot"]) / max(now["updated"] - before["updated"], 1)
        print(
            f"  {name:<8}{time.monotonic() - began:6.0f} s  {burst.rate:7.0f} a second, {burst.cpu:4.0f} us of CPU;  before it "
            f"the head of the queue: {plan['Execution Time']:7.2f} ms, {pages:>8,} pages;  accounts rewritten in their page: "
            f"{hot:4.0%};  now {now['dead']:>9,} dead rows of transfers, queue {now['queue_bytes'] / 2**20:3.0f} MB",
            flush=True,
        )

    def stream(self, name: str, found: Phase) -> None:
        """Let a stream fall due in real time, and release it."""
        words, after = self.words, last_event()
        number = words.rate * words.stream_seconds
        hold_stream(words.rate, words.stream_seconds, FIRST_SECONDS, self._next(number), words.accounts)
        early = rows("SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held' AND due_at <= bank_now()")
        self.report.promise("all of a stream were written before the first was due", not early[0]["count"])
        self.releasers.follow(FIRST_SECONDS + words.stream_seconds)
        late = lateness(after)
        self.report.promise("each of a stream was released once", late["once"] == late["count"] == number)
        self.report.promise("none of a stream was early", late["least"] >= 0 and not held_now())
        found.p50, found.p99 = max(found.p50, late["p50"]), max(found.p99, late["p99"])
        print(
            f"  {name:<8} a stream of {words.rate} a second: late by {late['p50']} ms at the median, "
            f"{late['p99']} at the 99th of a hundred, {late['most']} at most",
            flush=True,
        )

    def _next(self, number: int) -> int:
        """Return the number of the first payer of the next transfers, after those who have paid."""
        self.paid += number
        return self.paid - number


def server_counts() -> dict[str, Any]:
    """Return the server's counts: dead rows of transfers, bytes of the queue's index, updates of accounts."""
    rows("SELECT pg_stat_force_next_flush()")
    time.sleep(STATISTICS_SECONDS)
    return rows(_LEFT)[0]


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Release without the transaction, with it, and without it again."""
    bench = Bench(postgres, words, report)
    bench.burst("warms up", Phase(), time.monotonic())
    without, during = [bench.phase(WITHOUT)], []
    for _ in range(words.rounds):
        during.append(bench.phase(WITH))
        without.append(bench.phase(WITHOUT))
    bench.releasers.end()
    judged, last = words.open_seconds >= LONG_SECONDS, slice(-words.bursts, None)
    what = f"a transaction open for {words.open_seconds:.0f} s in a bank with {words.accounts:,} accounts"
    if words.steady:
        what += f" at {words.rate} a second"
    # A phase with the transaction is compared with the phases before and after.
    around = [([*one.rates, *other.rates], [*one.cpu, *other.cpu]) for one, other in pairwise(without)]
    rates, cpu = [median(each.rates[last]) for each in during], [median(each.cpu[last]) for each in during]
    late = median(each.p99 for each in without)
    report.lines += [
        Measurement(
            f"release during {what}", rates, "a second", [median(each) for each, _ in around], "without it", cpu,
            least=GOAL_RATE, judged=judged,
        ),
        Measurement(f"CPU of a release during {what}", cpu, "us", [median(each) for _, each in around], "without it"),
        Measurement(
            f"lateness p99 during {what}", [each.p99 for each in during], "ms", [each.p99 for each in without],
            "without it", most=late + GOAL_MS, absolute=True, judged=judged,
        ),
        Measurement("all bursts during it", [rate for each in during for rate in each.rates], "a second"),
        Measurement("all bursts without it", [rate for each in without for rate in each.rates], "a second"),
    ]  # fmt: skip
