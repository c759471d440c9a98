"""Duration of loading a stock against a bare COPY of the same files, in one run on one server.

    python -m benchmarks stock [--lines 1000000] [--processes 2] [--json]

Customers, accounts and cards are a third of the lines each. The yardstick copies the three files into three text
tables without an index, three times; the median counts. The import reads, checks, encrypts, stages, submits, approves
and applies them; the memory is that of this process and its reading processes. Two ratios of the import to the bare
COPY are given: of elapsed time, which other load distorts, and of the CPU of all processes and the server, which it
does not. Each step is printed when it ends. At the end the written rows are copied once more into the same tables
with indexes and constraints but without triggers, as a lower bound for any import. The command fails only for wrong
results: a missing row, missing money, a broken invariant.
"""

import resource
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from django.db import connection, transaction

from accounts.stock import operations as imports
from accounts.stock.queries.dry_run import dry_run_of
from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.bulk_work import approved_stock
from benchmarks.cases.common import Meter
from benchmarks.cases.seeds import account_number, card_number, citizen
from benchmarks.generators.people import chinese_name
from config.kernel.database.clock import install_sandbox
from config.kernel.database.sql import rows
from config.oversight.queries.proof import prove
from config.stack.postgres import Postgres

GOAL = 25.0
#: A smaller stock says nothing about the goal, because fixed costs weigh too much.
MANY = 900_000
_SHEETS = {
    "customers": "customer_ref,kind,name,document_type,document_number",
    "accounts": "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
    "cards": "card_ref,account_ref,card_number,product,issued_on",
}
#: Tables that an import of the three files writes, each after those it refers to.
_WRITTEN = [
    f"accounts_{name}"
    for name in ("importbatch", "customer", "identity", "document", "stockbreach", "account", "entry", "card")
]
_FOUND = """
SELECT (SELECT count(*) FROM accounts_customer) AS customers, count(*) AS accounts, sum(balance_fen)::bigint AS fen,
       (SELECT count(*) FROM accounts_card) AS cards FROM accounts_account
"""


def stock(count: int) -> Iterator[tuple[str, str, str]]:
    """Yield a line of each file for each customer; a twentieth of them exceeds a limit."""
    chance, born = Random(1), date(1980, 1, 1)
    for number in range(count):
        name = chinese_name(chance, is_man=bool(number % 2), born=born)
        opened = date(1998, 1, 1) + timedelta(days=chance.randrange(9000))
        # Every twentieth account is the second one of the previous customer.
        holder = number - 1 if number % 20 == 19 else number
        fen = chance.randrange(10_000_000)
        yield (
            f"C{number},individual,{name},resident_id,{citizen(number)}",
            f"A{number},C{holder},{account_number(number)},bank,I,{opened},{fen // 100}.{fen % 100:02d}",
            f"K{number},A{number},{card_number(number)},debit,{opened}",
        )


def write(folder: Path, count: int) -> dict[str, Path]:
    """Write the three files."""
    files = {name: folder / f"{name}.csv" for name in _SHEETS}
    opened = [path.open("w") for path in files.values()]
    for lines in ([*_SHEETS.values()], *stock(count)):
        for file, line in zip(opened, lines, strict=True):
            file.write(line + "\n")
    for file in opened:
        file.close()
    return files


def copy_in(table: str, path: Path, form: str) -> None:
    """Copy a file into a table."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} FROM STDIN ({form})") as copy,
        path.open("rb") as file,
    ):
        while block := file.read(1 << 20):
            copy.write(block)


def copy_bare(files: dict[str, Path]) -> tuple[float, float]:
    """Copy the files unchanged; return elapsed seconds and CPU seconds."""
    meter = Meter()
    for name, path in files.items():
        rows(f"CREATE TABLE bare_{name} ({', '.join(f'{column} text' for column in _SHEETS[name].split(','))})")
        copy_in(f"bare_{name}", path, "FORMAT CSV, HEADER")
    found = meter.seconds(), meter.spent()
    rows("DROP TABLE bare_customers, bare_accounts, bare_cards")
    return found


def copy_into_place(folder: Path) -> tuple[float, float]:
    """Copy the written rows into the bank's emptied tables without triggers; return both kinds of seconds."""
    for table in _WRITTEN:
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy,
            (folder / table).open("wb") as file,
        ):
            for block in copy:
                file.write(block)
    rows("SET session_replication_role = replica")
    rows(f"TRUNCATE {', '.join(_WRITTEN)} CASCADE")
    meter = Meter()
    with transaction.atomic():
        for table in _WRITTEN:
            copy_in(table, folder / table, "FORMAT BINARY")
    return meter.seconds(), meter.spent()


class Steps:
    """Printer of the duration of each step."""

    def __init__(self) -> None:
        self.meter, self.name, self.since, self.cpu = Meter(), "", 0.0, 0.0
        self.lines: Counter[str] = Counter()

    def step(self, name: str) -> None:
        """Begin a step; without a name, only end the last one."""
        seconds, cpu = self.meter.seconds(), self.meter.spent()
        if self.name:
            print(f"  {self.name:<22}{seconds - self.since:8.2f} s, {cpu - self.cpu:7.2f} s of CPU", flush=True)
        self.name, self.since, self.cpu = name, seconds, cpu

    def read(self, sheet: str, done: int) -> None:
        """Display the number of lines read of a sheet."""
        self.lines[sheet] += done
        if done and self.lines[sheet] % 100_000 == 0:
            print(f"    {self.lines[sheet]:,} lines of {sheet}, {self.meter.seconds():.0f} s", flush=True)


def measure(words: Namespace, report: Report, _: Postgres) -> None:
    """Load the files both ways."""
    count = words.lines // 3
    # Principals for a trial may exist in a sandbox only.
    install_sandbox()
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), count)
        copied = [copy_bare(files) for _ in range(3)]
        steps = Steps()
        steps.step("reading")
        row = imports.stage_files(
            files,
            source="benchmark",
            on_rows=steps.read,
            on_step=lambda name: steps.step(f"check {name}"),
            processes=words.processes or None,
        )
        steps.step("approval")
        approved_stock(row)
        steps.step("check again")
        row = imports.apply_import(row.id, on_step=lambda name: steps.step(f"write {name}" if name else "commit"))
        steps.step("")
        seconds, cpu = steps.meter.seconds(), steps.meter.spent()
        found = rows(_FOUND)[0]
        for name in ("customers", "accounts", "cards"):
            report.promise(f"all {name} are there", found[name] == count)
        report.promise("every fen is there", found["fen"] == dry_run_of(row).balance_fen)
        report.invariants = {each.invariant.name: each.holds for each in prove()}
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        placed, placed_cpu = copy_into_place(Path(folder))
    by_clock, by_cpu = zip(*copied, strict=True)
    what, against = f"a stock of {3 * count:,} lines", "a bare COPY"
    report.lines += [
        Measurement(f"{what} taken over", [seconds], "s", by_clock, against, [cpu / (3 * count) * 1e6], most=GOAL, judged=3 * count >= MANY),
        Measurement(f"{what} taken over: CPU", [cpu], "s", by_cpu, against),
        Measurement("the same rows into their own tables, nothing checked", [placed], "s", by_clock, against),
        Measurement("the same rows into their own tables: CPU", [placed_cpu], "s", by_cpu, against),
        Measurement("memory of a process at its peak", [peak / 1024], "MB"),
    ]  # fmt: skip
