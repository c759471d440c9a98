"""Duration of registering a list of certificates, and of finding the objects that certificates affect.

    python -m benchmarks register_import [--rows 100000] [--held 1000000] [--sample 300] [--json]

First a million transfers are held between account holders. Then a list with one subject per row is read, checked,
submitted, approved and registered; the memory is the maximum of this process. Then the affected held transfers are
found for one new certificate, for the whole list at once, and for a sample of its rows in a loop. The command fails
only for wrong results: a certificate that is not in force, or a transfer found by only one of loop and set.
"""

import resource
import tempfile
import time
from argparse import Namespace
from collections import defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from benchmarks.bank.report import Measurement, Report
from benchmarks.cases.bulk_work import approved_list, write_list
from benchmarks.cases.common import Meter, progress_bars
from benchmarks.cases.seeds import add_parties, citizen, hold, past_the_guards, principal, seed_in_sets
from blacklist.imports import operations as imports
from blacklist.imports.operations.checks import OF_LIST
from blacklist.models import Certificate
from blacklist.operations.impact import NamedBySql, impact_query
from blacklist.vocabulary import TouchKind
from config.kernel.database.bulk import in_sets
from config.kernel.database.sql import rows
from config.kernel.database.transactions import owned
from config.kernel.identity.documents import identity_of
from config.kernel.vault.sealed import identity_key, seal, seal_context
from config.stack.postgres import Postgres

GOAL_SECONDS, GOAL_MB, GOAL_RATIO = 120.0, 250.0, 50.0
#: Held transfers of one holder, and the step of the list's rows that name such a holder.
HELD_EACH, EVERY = 10, 10
_NOTHING = "SELECT 0, NULL::{} WHERE false"
#: One person, as a certificate names one, and nothing else.
_ONE_PERSON = NamedBySql(
    people="SELECT 0, %(key)s::bytea",
    numbers=_NOTHING.format("text"),
    cards=_NOTHING.format("bytea"),
    outside=_NOTHING.format("bytea"),
)
_NAMED = """
UPDATE accounts_identity i SET key = k.key FROM unnest(%(ids)s::uuid[], %(keys)s::bytea[]) AS k (id, key)
WHERE i.customer_id = k.id
"""
_NAMES = """
UPDATE accounts_customer c SET name = k.name FROM unnest(%(ids)s::uuid[], %(names)s::bytea[]) AS k (id, name) WHERE c.id = k.id
"""


def measure(words: Namespace, report: Report, _: Postgres) -> None:
    """Register the list, then find the affected objects."""
    print(f"{words.held:,} held transfers, a list of {words.rows:,} rows", flush=True)
    fill(words.held, words.rows)
    with tempfile.TemporaryDirectory() as folder, progress_bars() as begin:
        path = Path(folder) / "list.csv"
        write_list(path, (citizen(n) for n in range(words.rows)))
        meter, before = Meter(), _megabytes()
        advance = begin("rows", 3 * words.rows)
        row = imports.stage_list(path, principal=principal("compliance"), on_rows=advance, on_step=advance)
        read, read_cpu = meter.seconds(), meter.spent()
        approved_list(row)
        row = imports.apply_list(row.id, on_rows=advance)
    taken, cpu = meter.seconds(), meter.spent()
    in_force = Certificate.objects.filter(status="in_force").count()
    report.promise("every certificate is in force", in_force == words.rows)
    # The goals are for a list of a hundred thousand rows.
    large, each = words.rows >= 100_000, 1e6 / words.rows
    what = f"a list of {words.rows:,} rows"
    report.lines += [
        Measurement(f"{what} read and judged", [read], "s", cpu=[read_cpu * each]),
        Measurement(f"{what} registered in all", [taken], "s", cpu=[cpu * each], most=GOAL_SECONDS, judged=large),
        Measurement(
            "memory at its peak", [_megabytes()], "MB", [before], "before", most=GOAL_MB, absolute=True, judged=large
        ),
    ]
    look_at_touched(row, words.sample, report)


def fill(held: int, listed: int) -> None:
    """Create held transfers between holders, some of whom the list names."""
    holders = max(held // HELD_EACH, 2)
    seed_in_sets(1, holders)
    add_parties()
    named = rows("SELECT customer_id AS id FROM bench_person ORDER BY n LIMIT %s", [min(listed // EVERY, holders)])
    ids = [row["id"] for row in named]
    keys = [identity_key(identity_of("resident_id", citizen(n * EVERY), "")) for n in range(len(ids))]
    names = [seal("钱七", where=seal_context("accounts_customer", "name", each)) for each in ids]
    changed = past_the_guards("accounts_identity accounts_customer", _NAMED, _NAMES)
    with transaction.atomic():
        rows(changed, {"ids": ids, "keys": keys, "names": names})
    hold(held, 0, holders, "clock_timestamp()")
    rows("VACUUM (ANALYZE)")


def look_at_touched(row: Any, sample: int, report: Report) -> None:
    """Find the objects affected by a sample of rows one by one, and by all rows in one statement."""
    asked = rows(
        "SELECT line, identity_key FROM blacklist_stagedrow WHERE import_id = %s AND (line - 2) %% %s = 0 "
        "ORDER BY line LIMIT %s",
        [row.id, EVERY // 2, sample],
    )
    one_by_one: dict[int, set[UUID]] = {}
    took = []
    for each in asked:
        begun = time.perf_counter()
        found = rows(impact_query(_ONE_PERSON), {"key": bytes(each["identity_key"])})
        took.append(time.perf_counter() - begun)
        one_by_one[each["line"]] = {one["object_id"] for one in found if one["kind"] == TouchKind.HELD_TRANSFER}
    begun = time.perf_counter()
    with owned():
        in_sets(row.read)
        touched = rows(impact_query(OF_LIST), {"import": row.id})
    as_a_set = time.perf_counter() - begun
    together: dict[int, set[UUID]] = defaultdict(set)
    for each in touched:
        if each["kind"] == TouchKind.HELD_TRANSFER:
            together[each["line"]].add(each["object_id"])
    report.promise("some rows touch held transfers", any(one_by_one.values()))
    report.promise(
        "the set finds what the loop finds",
        all(found == together.get(line, set()) for line, found in one_by_one.items()),
    )
    loop = sum(took) / len(took) * row.read
    report.lines += [
        Measurement("what one paper touches", [1000 * each for each in took], "ms"),
        Measurement("what a list touches, one by one", [loop], "s", [as_a_set], "as one statement", least=GOAL_RATIO),
    ]


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
