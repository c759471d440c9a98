"""How long does taking over a stock take, beside a bare COPY of the same files? In one run, on one server.

    python -m benchmarks.cases.stock [--lines 1000000] [--processes 2] [--json]

A third of the lines each are customers, accounts and cards. The yardstick copies the three files into three tables of
text without an index, three times; the median counts. What is measured reads, checks, seals, stages, submits, approves and applies them; memory is that
of this process and those that read beside it. Two ratios are told, each of the import to the bare COPY: of the time on
the clock, in which what runs beside it counts, and of the CPU of all processes and the server, which a busy machine does
not distort. A step is printed as soon as it is over. At the end the rows that were written are copied into the same tables
once more, with their indexes and constraints and without their triggers: what no import can be quicker than. Exits non-zero for wrong results only: a row that is missing, a fen that
is not there, an invariant that is broken.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.cases.common import Meter, bank
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.made_up.numbers import citizen_number
from config.kernel.identity.cards import luhn_check_digit

GOAL, MOONSHOT = 25.0, 12.0
#: A smaller stock says nothing about the goal: what is the same for any weighs too much.
MANY = 900_000
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国红玉"
_SHEETS = {
    "customers": "customer_ref,kind,name,document_type,document_number",
    "accounts": "account_ref,customer_ref,account_number,kind,account_class,opened_on,balance",
    "cards": "card_ref,account_ref,card_number,product,issued_on",
}
#: What an import of the three files writes, in the order in which each refers to those before it.
_WRITTEN = [
    f"accounts_{name}"
    for name in ("importbatch", "customer", "identity", "document", "stockbreach", "account", "entry", "card")
]


def citizen(number: int) -> str:
    """Return a citizen number, another one for each number."""
    district, born = 110101 + number // 24000 // 900, date(1940, 1, 1) + timedelta(days=number % 24000)
    return citizen_number(f"{district:06d}", born, number // 24000 % 900 + 1)


def luhn(body: str) -> str:
    """Return a card number of a body."""
    return body + luhn_check_digit(body)


def stock(count: int) -> Iterator[tuple[str, str, str]]:
    """Yield a line of each file for each of so many customers, a twentieth of whom have what exceeds a limit."""
    chance = Random(1)
    for number in range(count):
        name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=2))
        opened = date(1998, 1, 1) + timedelta(days=chance.randrange(9000))
        # Every twentieth account is a second one of the customer before.
        holder = number - 1 if number % 20 == 19 else number
        fen = chance.randrange(10_000_000)
        yield (
            f"C{number},individual,{name},resident_id,{citizen(number)}",
            f"A{number},C{holder},{6200_0000_0000 + number},bank,I,{opened},{fen // 100}.{fen % 100:02d}",
            f"K{number},A{number},{luhn(f'62284{number:010d}')},debit,{opened}",
        )


def write(folder: Path, count: int) -> dict[str, Path]:
    """Write the three files."""
    files = {name: folder / f"{name}.csv" for name in _SHEETS}
    opened = [path.open("w") for path in files.values()]
    for file, header in zip(opened, _SHEETS.values(), strict=True):
        file.write(header + "\n")
    for lines in stock(count):
        for file, line in zip(opened, lines, strict=True):
            file.write(line + "\n")
    for file in opened:
        file.close()
    return files


def bare(files: dict[str, Path], server: int) -> tuple[float, float]:
    """Copy the files as they are; return the seconds, and the CPU's."""
    from django.db import connection

    work, begun = Work(server), time.perf_counter()
    with connection.cursor() as cursor:
        for name, path in files.items():
            columns = ", ".join(f"{column} text" for column in _SHEETS[name].split(","))
            cursor.execute(f"CREATE TABLE bare_{name} ({columns})")
            with cursor.copy(f"COPY bare_{name} FROM STDIN (FORMAT CSV, HEADER)") as copy, path.open("rb") as file:
                while block := file.read(1 << 20):
                    copy.write(block)
    found = time.perf_counter() - begun, work.seconds
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bare_customers, bare_accounts, bare_cards")
    return found


def into_its_place(folder: Path, server: int) -> tuple[float, float]:
    """Copy what was written into the bank's own tables, emptied, without their triggers; return the seconds and the CPU's."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        for table in _WRITTEN:
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as copy, (folder / table).open("wb") as file:
                for block in copy:
                    file.write(block)
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {', '.join(_WRITTEN)} CASCADE")
        work, begun = Work(server), time.perf_counter()
        with transaction.atomic():
            for table in _WRITTEN:
                with (
                    cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy,
                    (folder / table).open("rb") as file,
                ):
                    while block := file.read(1 << 20):
                        copy.write(block)
        return time.perf_counter() - begun, work.seconds


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=None)
    asks_json(parser)
    options = parser.parse_args(arguments)
    count = options.lines // 3
    with (
        Report("stock", options.json) as report,
        tempfile.TemporaryDirectory() as folder,
        bank() as postgres,
    ):
        files = write(Path(folder), count)
        measure(files, count, options.processes, postgres.process.pid, report)
    return report.status


class Work:
    """CPU time of this process, of those that read beside it, and of the server: what a busy machine does not distort."""

    def __init__(self, server: int) -> None:
        self.meters = (Meter(), Meter(server))

    @property
    def seconds(self) -> float:
        """Return the CPU seconds since the start."""
        # The server may have been begun by this process, and is then counted with it.
        return sum(meter.microseconds(1) for meter in self.meters[: 1 if _is_ours(self.meters[1].pid) else 2]) / 1e6


def _is_ours(pid: int) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def measure(files: dict[str, Path], count: int, processes: int | None, server: int, report: Report) -> None:
    """Load the files both ways.

    :param server: the process of PostgreSQL.
    """
    from accounts.stock import operations as imports
    from accounts.stock.queries.dry_run import dry_run_of
    from config.kernel import approvals
    from config.kernel.database.clock import install_sandbox
    from config.kernel.database.sql import rows
    from config.kernel.database.transactions import perform
    from config.oversight.queries.proof import prove
    from tests import people

    copied, copied_cpu = (median(each) for each in zip(*(bare(files, server) for _ in range(3)), strict=True))
    print(f"bare COPY     {copied:8.2f} s, {copied_cpu:.2f} s of CPU", flush=True)
    # Principals for a trial may be there in a sandbox alone.
    install_sandbox()
    maker, checker = (
        people.caller_for(people.principal(name, "supervisor")) for name in ("supervisor", "supervisor_2")
    )
    work, begun = Work(server), time.perf_counter()
    under_way: list[tuple[str, float, float]] = []

    def step(name: str) -> None:
        now, cpu = time.perf_counter(), work.seconds
        while under_way:
            was, since, before = under_way.pop()
            print(f"  {was:<22}{now - since:8.2f} s, {cpu - before:7.2f} s of CPU", flush=True)
        if name:
            under_way.append((name, now, cpu))

    def read(sheet: str, done: int) -> None:
        lines[sheet] += done
        if done and lines[sheet] % 100_000 == 0:
            print(f"    {lines[sheet]:,} lines of {sheet}, {time.perf_counter() - begun:.0f} s", flush=True)

    lines: Counter[str] = Counter()

    step("reading")
    row = imports.stage_files(
        files, source="benchmark", on_rows=read, on_step=lambda name: step(f"check {name}"), processes=processes
    )
    _, approval = perform(lambda: imports.propose_import(principal=maker, import_id=row.id))
    step("approval")
    perform(lambda: approvals.approve(approval.id, principal=checker))
    step("check again")
    row = imports.apply_import(row.id, on_step=lambda name: step(f"write {name}" if name else "commit"))
    seconds, cpu = time.perf_counter() - begun, work.seconds
    step("")
    print(f"import        {seconds:8.2f} s, {cpu:.2f} s of CPU, {3 * count / seconds:,.0f} lines/s")
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = f"ratio         {seconds / copied:8.1f} by the clock, {cpu / copied_cpu:.1f} of CPU (goal {GOAL:.0f}, moonshot {MOONSHOT:.0f})"
    print(f"{told}; peak memory of a process {peak / 1024:.0f} MB")
    found = rows(
        "SELECT (SELECT count(*) FROM accounts_customer) AS customers, count(*) AS accounts, "
        "sum(balance_fen)::bigint AS fen, (SELECT count(*) FROM accounts_card) AS cards FROM accounts_account"
    )[0]
    report.wrong += [name for name in ("customers", "accounts", "cards") if found[name] != count]
    report.wrong += ["fen"] if found["fen"] != dry_run_of(row).balance_fen else []
    report.wrong += [each.invariant.name for each in prove() if not each.holds]
    if not report.wrong:
        print("every row and every fen is there, all invariants hold", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        placed, placed_cpu = into_its_place(Path(folder), server)
    print(
        f"own tables    {placed:8.2f} s, {placed_cpu:.2f} s of CPU: "
        f"{placed / copied:.1f} by the clock, {placed_cpu / copied_cpu:.1f} of CPU"
    )
    report.lines.append(
        Line(
            f"a stock of {3 * count:,} lines taken over", seconds, "s", copied, "a bare COPY", seconds / copied,
            cpu / (3 * count) * 1e6, f"{GOAL:.0f} times at most",
            seconds / copied <= GOAL if 3 * count >= MANY else None,
        )
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
