"""What does a transaction that stays open cost releases? Herds and a stream without one and beside one, in turns.

    python -m benchmarks.cases.open_transaction [--open-seconds 40] [--rounds 1] [--accounts 100000] [--transfers 20000]
                                          [--herds 3] [--steady] [--rate 200] [--stream-seconds 10] [--processes 2] [--json]

A report or a dump takes a snapshot (REPEATABLE READ) and keeps it. What is released meanwhile leaves dead rows that nobody
may sweep: the accounts' and, at the head of the queue's index, one for each release, which every look at the queue walks
over. So herds follow one another until the transaction has been open for so long, and the last of them are what is
compared; each is printed. With `--steady` it is streams that follow one another, as in a bank on an ordinary day, and the herds come
after them. At the end of a phase a stream falls due in real time. A phase without it stands before and after
each with it, and is as long as its herds take. Autovacuum works as it always does; between two phases, when nothing is
measured, all is vacuumed, so that each begins alike. By hand:
`--open-seconds 600 --steady --stream-seconds 60 --accounts 1000000`.

Exits with an error for a wrong result only, never for a slow one: a transfer that was not released once, money that came or
went, a snapshot that was not there all the time.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

import psycopg

from benchmarks.cases.common import bank, past_the_guards, spread
from benchmarks.cases.release import CUSTOMERS, TABLES, check, check_bank, check_herd, hold, stock, stream
from benchmarks.cases.releasers import Releasers
from benchmarks.cases.report import Line, Report, asks_json
from config.stack.postgres import Postgres

#: Of the rate without it at least; so many milliseconds later at most, which is what a quiet run differs by from another.
GOAL_RATE, GOAL_MS = 0.9, 10
#: One that was open for less says nothing about the goals: dead rows have to pile up.
LONG_SECONDS = 300
WITHOUT, BESIDE = "without", "beside"
FIRST_SECONDS = 4
#: A process tells the server what it has done once it has been idle for a while.
STATISTICS_SECONDS = 1.1
_HEAD = """
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
SELECT {look_at} FROM transfers_transfer WHERE status = 'held' ORDER BY {look_at}, id LIMIT 1
"""
_LEFT = """
SELECT t.n_dead_tup AS dead, pg_relation_size('transfer_queue') AS queue_bytes, a.n_tup_upd AS updated,
       a.n_tup_hot_upd AS hot
FROM pg_stat_user_tables t, pg_stat_user_tables a
WHERE t.relname = 'transfers_transfer' AND a.relname = 'accounts_account'
"""
_LATENESS = """
SELECT count(*) AS count, count(DISTINCT transfer_id) AS once, coalesce(min(lateness_ms), -1) AS least,
       coalesce(percentile_disc(0.5) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p50,
       coalesce(percentile_disc(0.99) WITHIN GROUP (ORDER BY lateness_ms), 0) AS p99, coalesce(max(lateness_ms), 0) AS most
FROM transfers_event WHERE released_by <> '' AND id > %(after)s
"""


@dataclass
class Phase:
    """What was measured without the transaction, or beside it: herds one after the other, and how late a stream was at worst."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    p50: int = 0
    p99: int = 0


class Reader:
    """Somebody who takes a snapshot and keeps it, in a session of its own."""

    def __init__(self, url: str) -> None:
        self.session = psycopg.connect(url, autocommit=True)
        self.session.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        self.seen = self._look()

    def end(self) -> None:
        """Look again, at what must be the same, and go."""
        check("the snapshot is what it was", self._look() == self.seen)
        self.session.close()

    def _look(self) -> Any:
        # What was held as the snapshot was taken is held in it for ever, and no transfer is beyond.
        return self.session.execute(
            "SELECT count(*), count(*) FILTER (WHERE status = 'held'), max(id::text), pg_backend_pid() FROM transfers_transfer"
        ).fetchone()


class Bench:
    """A bank whose held transfers are released by processes."""

    def __init__(self, postgres: Postgres, words: argparse.Namespace) -> None:
        from config.kernel.database.sql import rows

        self.postgres, self.words, self.paid = postgres, words, 0
        rows(past_the_guards("accounts_account", stock(words.accounts)))
        rows("VACUUM (ANALYZE)")
        self.releasers = Releasers(words.processes)

    def phase(self, name: str) -> Phase:
        """Release herds, then a stream, without the transaction or beside it."""
        from config.kernel.database.sql import rows

        found, began = Phase(), time.monotonic()
        reader = Reader(self.postgres.url) if name == BESIDE else None

        def goes_on() -> bool:
            return reader is not None and time.monotonic() - began < self.words.open_seconds

        while self.words.steady and goes_on():
            self._stream(name, found)
        while len(found.rates) < self.words.herds or goes_on():
            self._herd(name, found, began)
        self._stream(name, found)
        if reader:
            reader.end()
        check_bank()
        rows("VACUUM (ANALYZE)")
        return found

    def _herd(self, name: str, found: Phase, began: float) -> None:
        expected_back = hold(self.words.transfers, self._next(self.words.transfers), accounts=self.words.accounts)
        milliseconds, pages = head()
        before = left()
        herd = self.releasers.herd()
        check_herd(herd, self.words.transfers, expected_back)
        if name:
            found.rates.append(herd.rate)
            found.cpu.append(herd.cpu)
            now = left()
            hot = (now["hot"] - before["hot"]) / max(now["updated"] - before["updated"], 1)
            print(
                f"  {name:<8}{time.monotonic() - began:6.0f} s  {herd.rate:7.0f} a second, {herd.cpu:4.0f} us of CPU;  before it "
                f"the head of the queue: {milliseconds:7.2f} ms, {pages:>8,} pages;  accounts rewritten in their page: "
                f"{hot:4.0%};  now {now['dead']:>9,} dead rows of transfers, queue {now['queue_bytes'] / 2**20:3.0f} MB",
                flush=True,
            )

    def _stream(self, name: str, found: Phase) -> None:
        from config.kernel.database.sql import rows

        number = self.words.rate * self.words.stream_seconds
        (after,) = (row["id"] for row in rows("SELECT coalesce(max(id), 0) AS id FROM transfers_event"))
        given = {"count": number, "first": self._next(number), "accounts": self.words.accounts}
        rows(past_the_guards(TABLES, stream(self.words.rate, FIRST_SECONDS)), given)
        early = rows("SELECT count(*) AS count FROM transfers_transfer WHERE status = 'held' AND due_at <= bank_now()")
        check("all of the stream were written before the first was due", early[0]["count"] == 0)
        self.releasers.follow(FIRST_SECONDS + self.words.stream_seconds)
        self.releasers.herd()
        told = rows(_LATENESS, {"after": after})[0]
        check("each of the stream was released once, none early", told["once"] == told["count"] == number)
        check("none of the stream was early", told["least"] >= 0)
        found.p50, found.p99 = max(found.p50, told["p50"]), max(found.p99, told["p99"])
        print(
            f"  {name:<8} a stream of {self.words.rate} a second: late by {told['p50']} ms at the median, "
            f"{told['p99']} at the 99th of a hundred, {told['most']} at most",
            flush=True,
        )

    def _next(self, number: int) -> int:
        """Return which account pays first of so many transfers: the one after those that have paid."""
        self.paid += number
        return self.paid - number

    def warm_up(self) -> None:
        """Release once before anything is measured."""
        self._herd("", Phase(), 0.0)


def head() -> tuple[float, int]:
    """Return the milliseconds and the pages that it takes to find the first of the queue."""
    from config.kernel.database.sql import rows
    from transfers.queries.due import LOOK_AT

    (told,) = rows(_HEAD.format(look_at=LOOK_AT))[0]["QUERY PLAN"]
    return told["Execution Time"], told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]


def left() -> dict[str, Any]:
    """Return what the server has counted: dead rows of transfers, bytes of the queue's index, updates of accounts."""
    from config.kernel.database.sql import rows

    rows("SELECT pg_stat_force_next_flush()")
    time.sleep(STATISTICS_SECONDS)
    return rows(_LEFT)[0]


def main() -> int:
    """Run, print the figures, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open-seconds", type=float, default=40)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=CUSTOMERS)
    parser.add_argument("--transfers", type=int, default=20_000, help="of a herd")
    parser.add_argument("--herds", type=int, default=3, help="of a phase without it, and the last ones beside it")
    parser.add_argument("--steady", action="store_true", help="streams while the transaction is open, herds at its end")
    parser.add_argument("--rate", type=int, default=200, help="of the stream, a second")
    parser.add_argument("--stream-seconds", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    asks_json(parser)
    words = parser.parse_args()
    with Report("open_transaction", words.json) as report, bank() as postgres:
        bench = Bench(postgres, words)
        bench.warm_up()
        without, beside = [bench.phase(WITHOUT)], []
        for _ in range(words.rounds):
            beside.append(bench.phase(BESIDE))
            without.append(bench.phase(WITHOUT))
        bench.releasers.end()
        tell(without, beside, words, report)
    return report.status


def tell(without: list[Phase], beside: list[Phase], words: argparse.Namespace, report: Report) -> None:
    """Print what the transaction cost, and hand it over."""
    # A phase beside it is held against the ones before and after.
    rates = {WITHOUT: [rate for each in without for rate in each.rates]}
    rates[BESIDE] = [rate for each in beside for rate in each.rates[-words.herds :]]
    cpu = {WITHOUT: [value for each in without for value in each.cpu]}
    cpu[BESIDE] = [value for each in beside for value in each.cpu[-words.herds :]]
    around = [[*before.rates, *after.rates] for before, after in pairwise(without)]
    ratio = median(
        median(each.rates[-words.herds :]) / median(other) for each, other in zip(beside, around, strict=True)
    )
    lateness = {WITHOUT: median(each.p99 for each in without), BESIDE: median(each.p99 for each in beside)}
    for name in (WITHOUT, BESIDE):
        print(
            f"{name:<8} {spread(rates[name])} a second, {spread(cpu[name])} us of CPU; "
            f"a stream late by {lateness[name]:.0f} ms at the 99th of a hundred"
        )
    more = median(cpu[BESIDE]) / median(cpu[WITHOUT])
    print(f"ratio of the rates {ratio:.2f} (goal {GOAL_RATE}), of CPU {more:.2f}; all results right")
    later = lateness[BESIDE] - lateness[WITHOUT]
    report.figures = {f"{name}: rates": rates[name] for name in rates} | {f"{name}: CPU": cpu[name] for name in cpu}
    report.figures["beside: all rates"] = [rate for each in beside for rate in each.rates]
    long = words.open_seconds >= LONG_SECONDS
    what = f"a transaction open for {words.open_seconds:.0f} s in a bank with {words.accounts:,} accounts"
    if words.steady:
        what += f" at {words.rate} a second"
    report.lines += [
        Line(
            f"release beside {what}", median(rates[BESIDE]), "a second", median(rates[WITHOUT]), "without it", ratio,
            median(cpu[BESIDE]), f"{GOAL_RATE} times at least",
            ratio >= GOAL_RATE if long else None,
        ),
        Line(f"CPU of a release beside {what}", median(cpu[BESIDE]), "us", median(cpu[WITHOUT]), "without it", more),
        Line(
            f"lateness p99 beside {what}", lateness[BESIDE], "ms", lateness[WITHOUT], "without it",
            lateness[BESIDE] / max(lateness[WITHOUT], 1), goal=f"{GOAL_MS} ms more at most", met=later <= GOAL_MS if long else None,
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
