"""A herd: very many held transfers fall due within one second in a whole bank, while orders go on arriving.

    python -m benchmarks.cases.herd [--due 50000] [--rate 50] [--accounts 20000] [--calm 10] [--lead SECONDS] [--json]

A bank as the demo starts it: web, two release workers' children, beat, watcher, PostgreSQL, Valkey. The transfers are
written by SQL, to fall due once all are there; orders come over HTTP at a constant rate, whether those before are answered
or not, from the same accounts, for a while before, which is what the herd is held against, and until all are released.
The yardstick of the releases is TPC-B by eight clients on the same server before. By hand: `--due 1000000 --accounts 100000`.

Exits with an error for a wrong result only, never for a slow one: a transfer that was not released once, or early, or came
back although its payer is not frozen, money that came or went, an order that was not answered 201 and kept.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console

from benchmarks.cases.accept import Orders
from benchmarks.cases.bench_bank import BenchBank
from benchmarks.cases.common import Meter, Pgbench, past_the_guards, progress
from benchmarks.cases.load import Arrivals, Load
from benchmarks.cases.punctuality import owner
from benchmarks.cases.release import CLEARING, MAKER, PARTIES, TABLES, check, held
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.cases.whole_bank import demo
from benchmarks.drills.processes import Processes
from config.stack.state import PIDS

#: Of a million transfers, in seconds; of an order beside them at the 99th of a hundred, in milliseconds.
GOAL_SECONDS, GOAL_MS, MILLION = 30.0, 300.0, 1_000_000
CLIENTS = 8
CHUNK = 50_000
#: Orders arrive for so long before any is measured: a web process that has served none is slow.
WARM_SECONDS = 5
#: So many of them are written a second at least, and then vacuumed, before the first is due.
WRITTEN_A_SECOND, AFTER_SECONDS = 4_000, 20
LONGEST_SECONDS = 900
# The last of the accounts are frozen: what they pay comes back, and they order nothing.
_FROZEN_EACH = 200
_FREEZES = """
INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at)
SELECT uuidv7(), id, 'court', '1', now() FROM bench_account WHERE account_number > '{last}';
"""
_MONEY = """
SELECT (SELECT sum(balance_fen) FROM accounts_account) + (SELECT coalesce(sum(amount_fen), 0) FROM accounts_entry
        WHERE internal_id IS NOT NULL) AS money, (SELECT coalesce(sum(amount_fen), 0) FROM accounts_entry) AS entries
"""
_COUNTED = "SELECT coalesce(sum(le_100ms + le_1s + le_10s + le_1min + le_10min + over), 0)::bigint FROM transfers_latenesscount"
_MINE = "made_by_id = (SELECT id FROM kernel_principal WHERE name = 'atm-bench')"
_FOUND = f"""
SELECT count(*) AS released, count(DISTINCT e.transfer_id) AS once, min(e.lateness_ms) AS least,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY e.lateness_ms) AS p50,
       percentile_disc(0.99) WITHIN GROUP (ORDER BY e.lateness_ms) AS p99, max(e.lateness_ms) AS most,
       count(*) FILTER (WHERE e.released_by = 'celery') AS celery,
       count(*) FILTER (WHERE e.new_status = 'returned') AS returned,
       extract(epoch FROM max(e.at) - min(t.due_at))::float AS seconds
FROM transfers_event e JOIN transfers_transfer t ON t.id = e.transfer_id WHERE e.released_by <> '' AND t.{_MINE}
"""
_COLUMNS = ("released", "once", "least", "p50", "p99", "most", "celery", "returned", "seconds")
_RIGHT = {
    "every transfer of the herd has ended": f"SELECT count(*) = 0 FROM transfers_transfer WHERE status = 'held' AND {_MINE}",
    "each posted one has two entries, no other has one": f"""
        SELECT NOT EXISTS (SELECT FROM transfers_transfer t LEFT JOIN accounts_entry e ON e.posting_id = t.id
        WHERE t.{_MINE} GROUP BY t.id HAVING count(e.id) <> CASE t.status WHEN 'posted' THEN 2 ELSE 0 END)""",
    "who came back is frozen, who was posted is not": f"""
        SELECT NOT EXISTS (SELECT FROM transfers_transfer t WHERE t.{_MINE} AND (t.status = 'returned') <>
        EXISTS (SELECT FROM accounts_freeze z WHERE z.account_id = t.payer_account_id))""",
}


@dataclass
class Running:
    """A whole bank, and what is asked of it.

    :ivar last: the last account that is not frozen.
    """

    place: Path
    port: int
    key: str
    session: psycopg.Connection[Any]
    accounts: int

    @property
    def last(self) -> int:
        return self.accounts - max(1, self.accounts // _FROZEN_EACH)

    def ask(self, statement: str, params: Any = None) -> Any:
        """Return the one value that a statement finds."""
        (found,) = self.session.execute(statement.encode(), params).fetchone()
        return found

    def released(self) -> int:
        """Return how many releases there ever were."""
        found: int = self.ask(_COUNTED)
        return found


@dataclass
class Seen:
    """What was seen while the herd was released: instants of this process's clock, CPU in microseconds a release."""

    due_at: float
    drained_at: float = 0.0
    workers: float = 0.0
    postgres: float = 0.0
    orders: Load = field(default_factory=lambda: Load(0.0))
    sent_at: list[float] = field(default_factory=list)

    def between(self, since: float, until: float) -> Load:
        """Return the latencies of the orders that were to be sent within a time."""
        kept = [latency for at, latency in zip(self.sent_at, self.orders.latencies, strict=True) if since <= at < until]
        return Load(until - since, latencies=kept)


def main() -> int:
    """Hold, wait, watch, print; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=50_000)
    parser.add_argument("--rate", type=float, default=50, help="orders a second")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--calm", type=float, default=10, help="seconds of orders before the first is due")
    parser.add_argument("--seconds", type=int, default=3, help="of the yardstick")
    parser.add_argument("--scale", type=int, default=50, help="of pgbench")
    parser.add_argument("--lead", type=float, help="seconds in which all are written")
    asks_json(parser)
    words = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    with (
        Report("herd", words.json) as report,
        demo(DEMO_WITHOUT="day") as (place, answer, environment),
        psycopg.connect(owner(place), autocommit=True) as session,
    ):
        url = owner(place)
        key = people(environment | {"DATABASE_URL": url}, words.accounts)
        bank = Running(place, urlsplit(answer["base_url"]).port or 80, key, session, words.accounts)
        last = BenchBank.account_number(bank.last)
        which = (
            f"account_number BETWEEN '{BenchBank.account_number(1)}' AND '{BenchBank.account_number(words.accounts)}'"
        )
        parties = MAKER + CLEARING + PARTIES.format(which=which) + _FREEZES.format(last=last)
        session.execute(parties.replace("%%", "%").encode())
        yardstick = Pgbench(Path(str(conninfo_to_dict(url)["host"])), scale=words.scale)
        tpcb, _ = yardstick.tpcb(words.seconds, clients=CLIENTS)
        print(f"TPC-B by {CLIENTS} clients {tpcb:.0f} a second", flush=True)
        money = session.execute(_MONEY.encode()).fetchone()
        due_at = hold(bank, words, console)
        seen = asyncio.run(watch(bank, words, due_at, console))
        found = dict(zip(_COLUMNS, session.execute(_FOUND.encode()).fetchone() or (), strict=True))
        look_over(bank, words, seen, found, money)
        tell(words, seen, found, tpcb, report)
    return report.status


def people(environment: dict[str, str], accounts: int) -> str:
    """Make customers, accounts and cards in the bank of an environment; return a terminal's key."""
    os.environ.update(environment)
    import django

    django.setup()
    print(f"{accounts} customers with an account and a card each", flush=True)
    try:
        return BenchBank().seed(accounts)
    finally:
        from django.db import connections

        connections.close_all()


def hold(bank: Running, words: argparse.Namespace, console: Console) -> float:
    """Write the transfers; return the instant of this process's clock at which the first falls due."""
    lead = words.lead or words.due / WRITTEN_A_SECOND + AFTER_SECONDS + WARM_SECONDS + words.calm
    first: datetime = bank.ask("SELECT bank_now()") + timedelta(seconds=lead)
    with progress(console) as bars:
        bar = bars.add_task("held transfers", total=words.due)
        for written in range(0, words.due, CHUNK):
            chunk = min(CHUNK, words.due - written)
            script = held(
                f"'{first.isoformat()}'::timestamptz - interval '24 hours' "
                f"+ (i + {written} - 1) * interval '1 second' / {words.due}"
            )
            given = {"count": chunk, "first": written, "accounts": bank.accounts}
            bank.session.execute(past_the_guards(TABLES, script % given).encode())
            bars.advance(bar, chunk)
    bank.session.execute("VACUUM (ANALYZE)")
    left = bank.ask("SELECT extract(epoch FROM %(first)s - bank_now())::float", {"first": first})
    if (short := WARM_SECONDS + words.calm - left) > 0:
        raise SystemExit(f"they were not written in time: --lead {lead + short:.0f} or more")
    print(f"the first of {words.due:,} falls due in {left:.0f} s, the last a second later", flush=True)
    due_at: float = time.perf_counter() + left
    return due_at


def look_over(bank: Running, words: argparse.Namespace, seen: Seen, found: dict[str, Any], money: Any) -> None:
    """Look at every result; end the run where one is wrong."""
    check("every one was released", found["released"] == words.due)
    check("each was released once", found["once"] == words.due)
    check("none was released early", found["least"] >= 0)
    check("money is what it was, entries add up to nothing", bank.session.execute(_MONEY.encode()).fetchone() == money)
    for name, statement in _RIGHT.items():
        check(name, bank.ask(statement))
    check(f"every order was answered 201: {dict(seen.orders.statuses)}", set(seen.orders.statuses) == {201})
    kept = bank.ask(
        "SELECT count(*) FROM transfers_transfer WHERE status = 'held' "
        "AND made_by_id = (SELECT id FROM kernel_principal WHERE name = 'bench')"
    )
    check("every order is held", kept == seen.orders.statuses[201])
    wrong = bank.ask(
        "SELECT count(*) FROM accounts_account a LEFT JOIN (SELECT payer_account_id, sum(amount_fen) AS fen "
        "FROM transfers_transfer WHERE status = 'held' GROUP BY 1) t ON t.payer_account_id = a.id "
        "WHERE a.held_fen <> coalesce(t.fen, 0)"
    )
    check("accounts hold what transfers hold", wrong == 0)


async def watch(bank: Running, words: argparse.Namespace, due_at: float, console: Console) -> Seen:
    """Let orders arrive from before the herd is due until all is released."""
    seen, before = Seen(due_at), bank.released()
    await asyncio.sleep(max(0.0, due_at - words.calm - WARM_SECONDS - time.perf_counter()))
    orders = Orders(BenchBank(), bank.key, bank.last, seed=1)
    arrivals = Arrivals(bank.port, words.rate, orders.alone(), 201)
    processes = Processes(bank.place / PIDS)

    async def drain() -> None:
        await asyncio.sleep(max(0.0, due_at - time.perf_counter()))
        workers, postgres = (Meter(processes.pid(name)) for name in ("release", "postgres"))
        with progress(console) as bars:
            bar = bars.add_task("released", total=words.due)
            while (done := await asyncio.to_thread(bank.released) - before) < words.due:
                bars.update(bar, completed=done)
                if time.perf_counter() - due_at > LONGEST_SECONDS:
                    raise SystemExit(f"WRONG RESULT: {done} of {words.due} were released")
                await asyncio.sleep(0.2)
            bars.update(bar, completed=done)
        seen.drained_at = time.perf_counter()
        seen.workers, seen.postgres = (each.microseconds(words.due) for each in (workers, postgres))

    await asyncio.gather(drain(), arrivals.run(due_at + LONGEST_SECONDS, lambda: not seen.drained_at))
    seen.orders, seen.sent_at = arrivals.offered.load, arrivals.offered.sent_at
    return seen


def tell(words: argparse.Namespace, seen: Seen, found: dict[str, Any], tpcb: float, report: Report) -> None:
    """Print how long it took, how late all were and how long orders waited, and hand it over."""
    calm, beside = seen.between(seen.due_at - words.calm, seen.due_at), seen.between(seen.due_at, seen.drained_at)
    rate, (before, during) = words.due / found["seconds"], (load.percentile(0.99) for load in (calm, beside))
    print(
        f"{words.due:,} due within a second were released in {found['seconds']:.1f} s (goal {GOAL_SECONDS:.0f} for a million), "
        f"{rate:.0f} a second, {rate / tpcb:.1f} times TPC-B; by Celery {found['celery']}; "
        f"{seen.workers:.0f} us of CPU each in the workers, {seen.postgres:.0f} in PostgreSQL, orders included\n"
        f"late by {found['p50']} ms at the median, {found['p99']} at the 99th of a hundred, {found['most']} at most\n"
        f"orders, {words.rate:.0f} a second: {calm.percentile(0.5):.0f} / {before:.0f} ms (p50 / p99) before, "
        f"{beside.percentile(0.5):.0f} / {during:.0f} ms beside it (goal {GOAL_MS:.0f}), {len(beside.latencies)} of them",
        flush=True,
    )
    cpu = seen.workers + seen.postgres
    large = words.due >= MILLION
    report.lines += [
        Line(
            f"{words.due:,} due within a second, drained", found["seconds"], "s", cpu=cpu,
            goal=f"{GOAL_SECONDS:.0f} s for a million", met=found["seconds"] <= GOAL_SECONDS if large else None,
        ),
        Line(
            "release of that herd, in a whole bank", rate, "a second", tpcb, "TPC-B by eight clients", rate / tpcb, cpu,
        ),
        Line(
            f"acceptance p99 beside it, {words.rate:.0f} a second", during, "ms", before, "before it",
            during / max(before, 0.001), goal=f"{GOAL_MS:.0f} ms at most", met=during <= GOAL_MS,
        ),
        Line("lateness p99 of that herd", found["p99"], "ms"),
    ]  # fmt: skip
    print("all results right")


if __name__ == "__main__":
    sys.exit(main())
