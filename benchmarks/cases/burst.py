"""A burst: very many held transfers fall due within one second in a whole bank, while orders arrive.

    python -m benchmarks burst [--due 50000] [--rate 50] [--accounts 20000] [--calm 10] [--lead SECONDS] [--json]

The bank runs as the demo starts it: web, two children of the release worker, beat, watcher, PostgreSQL, Valkey. The
transfers are written by SQL and fall due after all are written. Orders arrive over HTTP at a constant rate from the
same accounts, without waiting for answers. They begin before the burst, for comparison, and end when all transfers
are released. The yardstick of the releases is TPC-B by eight clients on the same server before. For the full size:
`--due 1000000 --accounts 100000`.

The command fails only for a wrong result, never for a slow one: a transfer released early or not exactly once, one
returned although its payer is not frozen, a change of the total money, an order not answered 201 or without its row.
"""

import asyncio
import time
from argparse import Namespace
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import WholeBank
from benchmarks.cases.common import Begin, Meter, Pgbench, progress_bars
from benchmarks.cases.load import Arrivals, Load, Orders
from benchmarks.cases.release import CLIENTS, FROZEN_EACH
from benchmarks.cases.seeds import add_parties, hold, lateness, money, promise_rows, seed
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows

#: Goals: seconds for a million transfers; 99th percentile of a concurrent order, in milliseconds.
GOAL_SECONDS, GOAL_MS, MILLION = 30.0, 300.0, 1_000_000
CHUNK = 50_000
#: Seconds of orders before the measuring, because a new web process is slow.
WARM_SECONDS = 5
#: Minimum of transfers written per second, and then vacuumed, before the first is due.
WRITTEN_A_SECOND, AFTER_SECONDS = 4_000, 20
LONGEST_SECONDS = 900
# The last accounts are frozen: their transfers are returned, and they send no orders.
_FREEZES = """
INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at)
SELECT uuidv7(), id, 'court', '1', now() FROM accounts_account ORDER BY account_number DESC LIMIT %s
"""
_COUNTED = """
SELECT coalesce(sum(le_100ms + le_1s + le_10s + le_1min + le_10min + over), 0)::bigint AS count FROM transfers_latenesscount
"""


@dataclass
class Seen:
    """Observations during the burst: instants of this process's clock, CPU in microseconds per release."""

    due_at: float
    drained_at: float = 0.0
    workers: float = 0.0
    postgres: float = 0.0
    orders: Load = field(default_factory=Load)


def measure(words: Namespace, report: Report, bank: WholeBank) -> None:
    """Write the transfers, wait, and observe the release."""
    print(f"{words.accounts} customers with an account and a card each", flush=True)
    key, frozen = seed(words.accounts), max(1, words.accounts // FROZEN_EACH)
    add_parties()
    rows(_FREEZES, [frozen])
    fen = money()
    pgbench = Pgbench(Path(str(conninfo_to_dict(bank.url)["host"])), scale=words.scale)
    tpcb, _ = pgbench.tpcb(words.seconds, clients=CLIENTS)
    with progress_bars() as begin:
        due_at = write(words, begin)
        orders = Orders(key, words.accounts - frozen, seed=1)
        seen = asyncio.run(watch(bank, words, Arrivals(bank.port, words.rate, orders.alone()), due_at, begin))
    found = lateness()
    report.promise("each of the burst was released once", found["count"] == found["once"] == words.due)
    report.promise("none was early", found["least"] >= 0)
    report.promise("every order was answered 201", set(seen.orders.statuses) == {201})
    promise_rows(report, fen=fen, held=seen.orders.statuses[201])
    calm = seen.orders.within(due_at - words.calm, due_at)
    during = seen.orders.within(due_at, seen.drained_at)
    seconds = (found["last"] - found["first_due"]).total_seconds()
    rate, cpu = words.due / seconds, [seen.workers + seen.postgres]
    what = f"acceptance during it, {words.rate:.0f} a second"
    report.note(
        f"- by Celery {found['celery']}; {seen.workers:.0f} us of CPU each in the workers, "
        f"{seen.postgres:.0f} in PostgreSQL, orders included; {len(during.answers)} orders during it"
    )
    report.lines += [
        Measurement(
            f"{words.due:,} due within a second, drained", [seconds], "s", cpu=cpu, most=GOAL_SECONDS,
            judged=words.due >= MILLION,
        ),
        Measurement("release of that burst, in a whole bank", [rate], "a second", [tpcb], f"TPC-B by {CLIENTS} clients", cpu),
        Measurement(f"{what}: p50", [during.latency(50)], "ms", [calm.latency(50)], "before it"),
        Measurement(f"{what}: p99", [during.latency(99)], "ms", [calm.latency(99)], "before it", most=GOAL_MS, absolute=True),
        Measurement("lateness of that burst: p50", [found["p50"]], "ms"),
        Measurement("lateness of that burst: p99", [found["p99"]], "ms"),
        Measurement("lateness of that burst: the latest", [found["most"]], "ms"),
    ]  # fmt: skip


def write(words: Namespace, begin: Begin) -> float:
    """Write the transfers; return the first due instant by this process's clock."""
    lead = words.lead or words.due / WRITTEN_A_SECOND + AFTER_SECONDS + WARM_SECONDS + words.calm
    first = bank_now() + timedelta(seconds=lead)
    advance = begin("held transfers", words.due)
    for written in range(0, words.due, CHUNK):
        count = min(CHUNK, words.due - written)
        at = f"'{first.isoformat()}'::timestamptz - interval '24 hours' + (i + {written} - 1) * interval '1 second' / {words.due}"
        hold(count, written, words.accounts, at)
        advance(count)
    rows("VACUUM (ANALYZE)")
    left = (first - bank_now()).total_seconds()
    if (short := WARM_SECONDS + words.calm - left) > 0:
        raise SystemExit(f"they were not written in time: --lead {lead + short:.0f} or more")
    return time.perf_counter() + left


async def watch(bank: WholeBank, words: Namespace, arrivals: Arrivals, due_at: float, begin: Begin) -> Seen:
    """Send orders from before the burst until all transfers are released; return the observations."""
    seen, before = Seen(due_at), await asyncio.to_thread(released)
    await asyncio.sleep(max(0.0, due_at - words.calm - WARM_SECONDS - time.perf_counter()))

    async def drain() -> None:
        await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
        workers, postgres = (Meter(bank.processes.pid(name)) for name in ("release", "postgres"))
        advance, shown = begin("released", words.due), 0
        while (done := await asyncio.to_thread(released) - before) < words.due:
            advance(done - shown)
            shown = done
            if time.perf_counter() - due_at > LONGEST_SECONDS:
                raise SystemExit(f"WRONG RESULT: {done} of {words.due} were released")
            await asyncio.sleep(0.2)
        seen.drained_at = time.perf_counter()
        seen.workers, seen.postgres = (each.microseconds(words.due) for each in (workers, postgres))

    seen.orders, _ = await asyncio.gather(arrivals.run(due_at + LONGEST_SECONDS, lambda: not seen.drained_at), drain())
    return seen


def released() -> int:
    """Return the number of all releases ever."""
    found: int = rows(_COUNTED)[0]["count"]
    return found
