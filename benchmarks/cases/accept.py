"""Cost of HTTP: `POST /transfers` and `POST /transfers/batch` against one function in pgbench, in one run.

    python -m benchmarks accept [--rounds 5] [--seconds 4] [--accounts 20000] [--json]

All ways write the same rows on the same server, the function in a copy of the bank. They run one after the other, in
an order that rotates every round. Ratios are taken per round and CPU per acceptance, because absolute rates of a
shared machine are unreliable. The command fails only for wrong results: an unexpected answer, a call without its
rows, reserved money without a transfer.
"""

from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.banks import Web, copy_bank
from benchmarks.cases.common import Meter, Pgbench, in_turns
from benchmarks.cases.load import BATCH, Orders, run
from benchmarks.cases.seeds import UNRESERVED, in_database, key_of, seed
from config.kernel.database.sql import rows
from config.stack.postgres import DATABASE, Postgres

HERE = Path(__file__).parent
CLIENTS = 8
CONNECTIONS = (1, 16, 64)
BATCH_CONNECTIONS = 4
FUNCTION, BATCHES = "function", f"batch of {BATCH}"
#: The function reserves the amount itself, in a copy of the bank whose trigger does not.
YARDSTICK, RESERVES = "yardstick", "transfers_transfer_reserve_or_post"
#: Goals against the function: minimum multiple of its rate, maximum multiple of its CPU. The CPU goals were set in
#: microseconds when the function cost 640.
GOAL_RATES = {"HTTP 64": 0.45, BATCHES: 4.0}
GOAL_CPU = {"HTTP 64": 900 / 640}
TABLES = ("transfers_transfer", "transfers_event", "kernel_decision", "kernel_idempotencykey")


class Slice(NamedTuple):
    """Result of a few seconds of one way to accept; CPU in microseconds per acceptance."""

    calls: int
    rate: float
    cpu: float
    latencies: str = ""
    right: bool = True


def measure(words: Namespace, report: Report, postgres: Postgres) -> None:
    """Run every way in turns."""
    orders = partial(Orders, seed(words.accounts), words.accounts)
    batches = partial(Orders, key_of("gateway"), words.accounts, channel="mobile", arrival="ordinary")
    copy_bank(postgres, YARDSTICK)
    for statement in (f"DROP TRIGGER {RESERVES} ON transfers_transfer", (HERE / "accept_function.sql").read_text()):
        postgres.psql(statement, database=YARDSTICK)
    pgbench, seeds = Pgbench(postgres.sockets, scale=1), count(1)

    def function(seconds: int) -> Slice:
        meter = Meter(postgres.process.pid)
        rate, calls = pgbench.file(
            HERE / "accept_call.sql", seconds, database=YARDSTICK, clients=CLIENTS, accounts=words.accounts
        )
        return Slice(calls, rate, meter.microseconds(calls))

    def http(connections: int, seconds: int, *, batch: bool = False) -> Slice:
        sent = batches(next(seeds)).batches() if batch else orders(next(seeds)).alone()
        meter = Meter(web.process.pid, postgres.process.pid)
        load = run(web.port, sent, connections=connections, seconds=seconds)
        calls = len(load.answers) * (BATCH if batch else 1)
        latencies = f"{load.latency(50):.0f} / {load.latency(99):.0f}"
        right = set(load.statuses) == {200 if batch else 201}
        return Slice(calls, calls / load.seconds, meter.microseconds(calls), latencies, right)

    ways: dict[str, Callable[[int], Slice]] = {FUNCTION: function}
    ways |= {f"HTTP {connections}": partial(http, connections) for connections in CONNECTIONS}
    ways[BATCHES] = partial(http, BATCH_CONNECTIONS, batch=True)
    slices: dict[str, list[Slice]] = defaultdict(list)
    calls: Counter[str] = Counter()
    with Web(postgres) as web:
        for number, name, way in in_turns(ways, words.rounds):
            taken = way(words.seconds if number else 1)
            calls[YARDSTICK if name == FUNCTION else DATABASE] += taken.calls
            report.promise("every answer is what it should be", taken.right)
            if number:
                slices[name].append(taken)
            print(
                f"{number:>3} {name:<12} {taken.rate:>8.0f} a second {taken.latencies:>11} ms (p50 / p99) {taken.cpu:>7.0f} us"
            )
    for name, several in calls.items():
        with in_database(name):
            for table in TABLES:
                made = rows(f"SELECT count(*) AS count FROM {table}")[0]["count"]
                report.promise(f"each call has its row of {table}", made == several)
            report.promise("accounts reserve what held transfers hold", not rows(UNRESERVED)[0]["count"])
    yardstick = slices.pop(FUNCTION)
    for name in [each for each in ways if each != FUNCTION]:
        rates, cpu = [each.rate for each in slices[name]], [each.cpu for each in slices[name]]
        against = "one function in pgbench"
        report.lines += [
            Measurement(f"acceptance, {name}", rates, "a second", [each.rate for each in yardstick], against, cpu, least=GOAL_RATES.get(name)),
            Measurement(f"acceptance, {name}: CPU", cpu, "us", [each.cpu for each in yardstick], against, most=GOAL_CPU.get(name)),
        ]  # fmt: skip
