"""How long does a list of certificates take, and how soon is it known what certificates touch? In one run, on one server.

    python -m benchmarks.cases.register_import [--rows 100000] [--held 1000000] [--sample 300] [--json]

First a million transfers are held among as many accounts' holders as that takes. A list of so many rows, one subject
each, is read, judged, submitted, approved and registered; memory is that of this process at its largest. Then one new
certificate is asked for the held transfers it touches, and the whole list at once, beside a loop over a sample of its
rows. Exits non-zero for wrong results only: a certificate that is not in force, a touched transfer that the loop finds
and the set does not, or the other way round.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from benchmarks.cases.common import Meter, bank, past_the_guards
from benchmarks.cases.report import Line, Report, asks_json
from benchmarks.cases.stock import citizen

GOAL_SECONDS, GOAL_MB, GOAL_RATIO = 120.0, 250.0, 50.0
#: So many transfers are held by one holder, and every so many-th row of the list names one of them.
HELD_EACH, EVERY = 10, 10
_HOLDERS = """
CREATE TEMPORARY TABLE bench_holder AS
SELECT n, uuidv7() AS id, uuidv7() AS account_id, sha256(('holder ' || n)::bytea) AS key, '\\x'::bytea AS name
FROM generate_series(0, %(holders)s - 1) AS n
"""
_NAMED = "UPDATE bench_holder SET key = %(key)s, name = %(name)s WHERE n = %(n)s"
_ACCOUNTS = (
    """
    INSERT INTO accounts_customer (id, kind, status, name, name_index, created_at)
    SELECT id, 'individual', 'active', name, sha256(n::text::bytea), bank_now() FROM bench_holder ORDER BY id
    """,
    """
    INSERT INTO accounts_identity (id, customer_id, key) SELECT uuidv7(), id, key FROM bench_holder ORDER BY id
    """,
    """
    INSERT INTO accounts_account (id, customer_id, account_number, kind, account_class, class_slot, status, opened_at,
        balance_fen, held_fen)
    SELECT account_id, id, (6300000000000000 + n)::text, 'bank', 'I', 1, 'open', bank_now() - interval '1 day',
        1000000, 1000 FROM bench_holder ORDER BY account_id
    """,
)
_HELD = """
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
    payee_account_number, payee_bank_code, accepted_at, due_at, same_holder, rule_code, rule_clause, rule_profile,
    outcome_code, made_by_id, attempts, hold_seconds)
SELECT uuidv7(), 'held', 'atm', 'real_time', 100, p.account_id, q.account_id, (6300000000000000 + q.n)::text, '',
    now(), now() + interval '24 hours', false, 'ATM_24_HOURS', 'clause', 'NOTICE_2016', '',
    (SELECT id FROM kernel_principal LIMIT 1), 0, 86400
FROM bench_holder p CROSS JOIN generate_series(1, %(each)s) AS k
JOIN bench_holder q ON q.n = (p.n + k * 7919) %% %(holders)s
WHERE p.id <> q.id
"""


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--held", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=300)
    asks_json(parser)
    options = parser.parse_args(arguments)
    with Report("register_import", options.json) as report, tempfile.TemporaryDirectory() as folder, bank():
        measure(Path(folder), options, report)
    return report.status


def write(path: Path, count: int) -> None:
    """Write a list of so many papers, each of one person."""
    with path.open("w") as file:
        file.write(
            "doc_no,authority_name,region_code,level,certified_on,category,legal_basis,kind,name,document_type,"
            "document_number,account_number,bank_code\n"
        )
        for n in range(count):
            number = citizen(n)
            file.write(
                f"公认〔2026〕{n}号,某省公安厅,350000,province,2026-01-02,SELL,NOTICE_2016,individual,钱七,resident_id,{number},,\n"
            )


def fill(held: int, rows_of_list: int) -> None:
    """Let transfers be held between holders, of whom the list names some."""
    from django.db import connection, transaction

    from config.kernel.identity.documents import identity_of
    from config.kernel.vault.sealed import identity_key, seal

    holders = max(held // HELD_EACH, 2)
    named = min(rows_of_list // EVERY, holders)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLDERS, {"holders": holders})
        cursor.execute("SELECT n, id FROM bench_holder WHERE n < %s", [named])
        keys = [
            {
                "n": n,
                "key": identity_key(identity_of("resident_id", citizen(n * EVERY), "")),
                "name": seal("钱七", where=f"accounts_customer.name.{holder_id}"),
            }
            for n, holder_id in cursor.fetchall()
        ]
        cursor.executemany(_NAMED, keys)
        cursor.execute(past_the_guards("accounts_customer accounts_identity accounts_account", *_ACCOUNTS))
        values = {"each": HELD_EACH, "holders": holders}
        cursor.execute("ALTER TABLE transfers_transfer DISABLE TRIGGER USER")
        cursor.execute(_HELD, values)
        cursor.execute("ALTER TABLE transfers_transfer ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_identity, accounts_account, transfers_transfer")


class Steps:
    """What each step took: wall time, and CPU of this process and the server."""

    def __init__(self) -> None:
        # The server was begun by this process, and is counted with it.
        self.meter = Meter()
        self.since, self.cpu = time.perf_counter(), 0.0

    def done(self, name: str) -> float:
        """Print a step; return its seconds."""
        now, cpu = time.perf_counter(), self.meter.microseconds(1) / 1e6
        seconds = now - self.since
        print(f"  {name:<24}{seconds:8.2f} s, {cpu - self.cpu:6.2f} s of CPU", flush=True)
        self.since, self.cpu = now, cpu
        return seconds


def measure(folder: Path, options: argparse.Namespace, report: Report) -> None:
    """Register the list."""
    from rich.console import Console

    from blacklist.imports import operations as imports
    from blacklist.models import Certificate
    from config.kernel import approvals
    from config.kernel.database.transactions import perform
    from config.kernel.progress import progress_bar
    from tests import people

    maker, checker = (
        people.caller_for(people.principal(name, "compliance")) for name in ("compliance", "compliance_2")
    )
    print(f"{options.held:,} held transfers, a list of {options.rows:,} rows", flush=True)
    steps = Steps()
    fill(options.held, options.rows)
    steps.done("transfers held")
    path = folder / "list.csv"
    write(path, options.rows)
    steps.done("list written")
    base = _megabytes()
    with progress_bar(Console(stderr=True)) as progress:
        bar = progress.add_task("rows", total=3 * options.rows)
        row = imports.stage_list(
            path,
            principal=maker,
            on_rows=lambda count: progress.advance(bar, count),
            on_step=lambda several: progress.advance(bar, several),
        )
        taken = steps.done("read and judged")
        _, approval = perform(lambda: imports.propose_list(principal=maker, import_id=row.id))
        perform(lambda: approvals.approve(approval.id, principal=checker))
        row = imports.apply_list(row.id, on_rows=lambda count: progress.advance(bar, count))
    taken += steps.done("registered, in force")
    print(f"import        {taken:8.2f} s, {options.rows / taken:,.0f} rows/s (goal {GOAL_SECONDS:.0f} s for 100,000)")
    print(f"peak memory   {_megabytes():8.0f} MB, {base:.0f} MB before the list was read (goal {GOAL_MB:.0f} MB)")
    if Certificate.objects.filter(status="in_force").count() != options.rows:
        report.wrong.append("certificates in force")
    # Goals are of a list of a hundred thousand rows.
    large = options.rows >= 100_000
    report.lines += [
        Line(
            f"a list of {options.rows:,} rows registered", taken, "s", goal=f"{GOAL_SECONDS:.0f} s at most",
            met=taken <= GOAL_SECONDS if large else None,
        ),
        Line(
            "its memory", _megabytes(), "MB", goal=f"{GOAL_MB:.0f} MB at most",
            met=_megabytes() <= GOAL_MB if large else None,
        ),
    ]  # fmt: skip
    _touched(row, options.sample, report)
    if not report.wrong:
        print("every certificate is in force, the set finds what the loop finds")


def _touched(row: Any, sample: int, report: Report) -> None:
    from blacklist.imports.operations.checking import OF_LIST
    from blacklist.operations.touched import Whom, touch_query, touched_by
    from blacklist.vocabulary import TouchKind
    from config.kernel.database.sets import in_sets
    from config.kernel.database.sql import rows
    from config.kernel.database.transactions import owned

    asked = rows(
        "SELECT line, identity_key FROM blacklist_stagedrow WHERE import_id = %s AND (line - 2) %% %s = 0 "
        "ORDER BY line LIMIT %s",
        [row.id, EVERY // 2, sample],
    )
    one_by_one: dict[int, set[UUID]] = {}
    took = []
    for each in asked:
        begun = time.perf_counter()
        found = touched_by(Whom(people=[bytes(each["identity_key"])]))
        took.append(time.perf_counter() - begun)
        one_by_one[each["line"]] = set(found.get(TouchKind.HELD_TRANSFER, ()))
    print(f"one paper     {median(took) * 1000:8.2f} ms for what it touches, the slowest {max(took) * 1000:.2f} ms")
    begun = time.perf_counter()
    with owned():
        in_sets(row.read)
        told = rows(touch_query(OF_LIST), {"import": row.id})
    as_a_set = time.perf_counter() - begun
    together: dict[int, set[UUID]] = defaultdict(set)
    for each in told:
        if each["kind"] == TouchKind.HELD_TRANSFER:
            together[each["line"]].add(each["object_id"])
    loop = sum(took) / len(took) * row.read
    print(
        f"the list      {as_a_set:8.2f} s as one statement, {loop:.1f} s one by one (of {len(took)} measured): "
        f"ratio {loop / as_a_set:.0f} (goal {GOAL_RATIO:.0f}); {sum(map(len, together.values())):,} held transfers"
    )
    wrong = [line for line, found in one_by_one.items() if found != together.get(line, set())]
    if wrong or not any(one_by_one.values()):
        report.wrong.append(f"held transfers of {len(wrong)} rows")
    report.lines.append(
        Line(
            "what a list touches, as one statement", as_a_set, "s", loop, "one by one", as_a_set / loop,
            goal=f"1/{GOAL_RATIO:.0f} at most", met=loop / as_a_set >= GOAL_RATIO,
        )
    )  # fmt: skip


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
