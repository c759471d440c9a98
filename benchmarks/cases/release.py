"""Release of held transfers, with judging, against pgbench's TPC-B on the same server in the same run.

    python -m benchmarks release [--transfers 100000] [--rounds 5] [--seconds 3] [--processes 2] [--scale 50] [--json]

TPC-B runs twice: with eight clients, which keep both cores busy and are the yardstick of the goal (as for
acceptance), and with one client, which mostly waits for its commits. The command fails only for a wrong result, never
for a slow one.
"""

from argparse import Namespace

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.common import Pgbench
from benchmarks.cases.releasers import Releasers
from benchmarks.cases.seeds import add_parties, hold, money, promise_rows, seed_in_sets
from config.kernel.database.sql import rows
from config.stack.postgres import Postgres

#: Goals: ratio to TPC-B by eight clients; microseconds of CPU each.
GOAL, GOAL_CPU = 9.0, 35.0
CLIENTS = 8
CUSTOMERS = 100_000
#: One payer in this number is frozen.
FROZEN_EACH = 200


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Alternate TPC-B and releases; check every result."""
    seed_in_sets(1, CUSTOMERS)
    add_parties(frozen_each=FROZEN_EACH)
    fen, pgbench, releasers = money(), Pgbench(postgres.sockets, scale=words.scale), Releasers(words.processes)
    found: list[tuple[float, ...]] = []
    for number in range(words.rounds + 1):
        hold(words.transfers, number * words.transfers, CUSTOMERS)
        rows("VACUUM (ANALYZE)")
        by_one, _ = pgbench.tpcb(words.seconds, clients=1)
        by_several, cpu_of_it = pgbench.tpcb(words.seconds, clients=CLIENTS)
        burst = releasers.burst(report)
        promise_rows(report, fen=fen, held=0)
        print(
            f"  round {number}: TPC-B {by_one:6.0f}/s by one, {by_several:6.0f}/s by {CLIENTS}, {cpu_of_it:4.0f} us of CPU"
            f"   release {burst.rate:7.0f}/s, {burst.cpu:4.0f} us"
        )
        found.append((by_one, by_several, cpu_of_it, burst.rate, burst.cpu))
    releasers.end()
    alone, tpcb, tpcb_cpu, release, cpu = zip(*found[1:], strict=True)  # the first round is a warm-up
    report.lines += [
        Measurement(
            "release in bursts, judged", release, "a second", tpcb, f"TPC-B by {CLIENTS} clients", cpu, least=GOAL
        ),
        Measurement("the same", release, "a second", alone, "TPC-B by one client"),
        Measurement(
            "release in bursts: CPU", cpu, "us", tpcb_cpu, f"TPC-B by {CLIENTS} clients", most=GOAL_CPU, absolute=True
        ),
    ]
