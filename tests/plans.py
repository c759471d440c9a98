"""Query plans of executed statements, with statistics and the planner's default settings.

The rows on which a plan depends are created inside the test, which must be transactional: uncommitted rows
cannot be vacuumed. The plan of an empty table says nothing: its statistics depend on the tests before, and
among a handful of rows every plan has the same cost.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import Diagnostic

from config.kernel.database.sql import rows
from tests import factories
from tests.database_refusals import past_the_guards
from tests.roles import as_owner
from tests.servers import PLAN_SETTINGS
from tests.transfers.factories import clearing

#: Nearly everything is over: one transfer in twenty is held, by three channels in turn.
TRANSFERS = """
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_internal_id,
    payee_account_number, payee_sealed, payee_key, payee_bank_code, accepted_at, due_at, settled_at, ended_at,
    same_holder, rule_code, rule_clause, rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
SELECT gen_random_uuid(), CASE WHEN held THEN 'held' ELSE 'posted' END, (ARRAY['atm', 'phone', 'online'])[1 + kind],
       'next_day', 100, %(payer)s, %(clearing)s, '', 'x'::bytea, 'x'::bytea, 'OTHERBANK', due_at - interval '24 hours', due_at,
       CASE WHEN NOT held THEN due_at END, CASE WHEN NOT held THEN due_at END, false,
       CASE kind WHEN 0 THEN 'ATM_24_HOURS' ELSE 'NEXT_DAY' END, '', CASE kind WHEN 0 THEN 'NOTICE_2016' ELSE '' END, '',
       %(by)s, 0, CASE kind WHEN 0 THEN 86400 END
FROM (
    SELECT n, n %% 20 = 0 AS held, n / 20 %% 3 AS kind,
           %(at)s::timestamptz + CASE WHEN n %% 20 = 0 THEN n ELSE -n END * interval '4 seconds' AS due_at
    FROM generate_series(1, %(count)s) AS n
) AS planned
"""
#: One decision in fifty is a refusal; two a minute.
DECISIONS = """
INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts)
SELECT (lpad(to_hex((extract(epoch FROM %(at)s - n * interval '30 seconds') * 1000)::bigint), 12, '0')
        || '7' || left(md5(n::text), 3) || '8' || right(md5(n::text), 15))::uuid, %(at)s - n * interval '30 seconds', 'transfer',
       CASE WHEN n %% 50 = 0 THEN 'refused' ELSE 'allowed' END, CASE WHEN n %% 50 = 0 THEN 'ACCOUNT_FROZEN' ELSE '' END,
       '', '', '2026.11', '{}'
FROM generate_series(1, %(count)s) AS n
"""
#: What the name of a partition ends with.
_PART = re.compile(r"_(strays|\d{4}_\d{2})$")


def seed_transfers(at: datetime, count: int = 20_000) -> None:
    """Write transfers within about a day of an instant, vacuumed and analyzed."""
    payer = factories.account(factories.customer(), balance_fen=count * 100, held_fen=count * 5)
    params = {"payer": payer.id, "clearing": clearing().id, "by": factories.caller("atm", "held").id}
    with past_the_guards("transfers_transfer"):
        rows(TRANSFERS, {"at": at, "count": count, **params})
    vacuum("transfers_transfer")


def seed_decisions(at: datetime, count: int = 20_000) -> None:
    """Write decisions of about the week before an instant, vacuumed and analyzed."""
    rows(DECISIONS, {"at": at, "count": count})
    # As autovacuum does: partitions without rows get no statistics.
    filled = rows("SELECT DISTINCT tableoid::regclass::text AS name FROM kernel_decision")
    vacuum(*(row["name"] for row in filled))


def vacuum(*tables: str) -> None:
    """Vacuum and analyze tables as their owner; for any other role the database skips them with a warning.

    Repeat while another session may still see older rows: a plan depends on the number of all-visible pages.
    """
    hidden = """
    SELECT FROM pg_class
    WHERE oid = ANY(%s::regclass[]) AND relkind = 'r' AND relpages > 9 AND relallvisible < relpages * 9 / 10
    """
    with as_owner():
        for _ in range(100):
            for table in tables:
                rows(f"VACUUM (ANALYZE) {table}")
            if not rows(hidden, [list(tables)]):
                return
            time.sleep(0.1)
    raise AssertionError(f"another session still looks at {', '.join(tables)}")


def _is_empty_part(node: dict[str, Any]) -> bool:
    # Its pages may hold rolled-back rows of earlier tests, or it was never read.
    return "Part" in node and not node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)


@dataclass(frozen=True)
class Plan:
    """The executed plan of a statement, as the tree of its nodes."""

    root: dict[str, Any]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """Return all nodes, each before its children."""
        return list(_nodes(self.root))

    @property
    def types(self) -> set[str]:
        """Return the types of the nodes."""
        return {node["Node Type"] for node in self.nodes}

    @property
    def scanned(self) -> set[str]:
        """Return the tables with a full scan, except empty partitions, whose statistics may be missing."""
        return {
            node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan" and not _is_empty_part(node)
        }

    @property
    def ways(self) -> set[tuple[str, str]]:
        """Return the pairs of node type and index."""
        return {(node["Node Type"], node["Index Name"]) for node in self.nodes if "Index Name" in node}

    @property
    def pages(self) -> int:
        """Return the number of pages read."""
        return self.root["Shared Hit Blocks"] + self.root["Shared Read Blocks"]

    def pages_of(self, table: str) -> int:
        """Return the pages read by the nodes of a table: its own, its indexes' and those of its subqueries."""
        return sum(node["Shared Hit Blocks"] + node["Shared Read Blocks"] for node in self.reading(table))

    def reading(self, table: str) -> list[dict[str, Any]]:
        """Return the nodes that read or write a table."""
        return [node for node in self.nodes if node.get("Relation Name") == table]


def plans_of(call: Callable[[], object], *, table: str = "", nested: bool = False) -> list[Plan]:
    """Make a call and return the plan of each statement that it sent.

    PostgreSQL itself logs the executed plans, however a statement was sent, with its parameters and the settings
    of its transaction.

    :param table: only statements that read or write it.
    :param nested: also those that functions and triggers run.
    """
    connection.ensure_connection()
    session = connection.connection
    all_plans: list[Plan] = []

    def read(notice: Diagnostic) -> None:
        _, mark, text = (notice.message_primary or "").partition("plan:\n")
        if mark:
            all_plans.append(Plan(json.loads(text, object_hook=_by_its_table)["Plan"]))

    _tell_plans(nested=nested)
    session.add_notice_handler(read)
    try:
        call()
    finally:
        # The plan of the last statement has arrived when the next one runs.
        with as_owner():
            rows("SELECT set_config('auto_explain.log_min_duration', '-1', false)")
        session.remove_notice_handler(read)
    plans = [plan for plan in all_plans if not table or plan.reading(table)]
    assert plans, "nothing was asked"
    return plans


def _by_its_table(node: dict[str, Any]) -> dict[str, Any]:
    """Name a partition and its index after the table; the partition is kept as `Part`."""
    for name in {"Relation Name", "Index Name"} & node.keys():
        if found := _PART.search(node[name]):
            node |= {name: node[name][: found.start()], "Part": found[1]}
    return node


def _tell_plans(*, nested: bool) -> None:
    values = {**PLAN_SETTINGS, "auto_explain.log_nested_statements": "on" if nested else "off"}
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in values.items())
    try:
        with transaction.atomic(), as_owner():
            rows(f"SELECT {settings}")
    except ProgrammingError:
        pytest.skip(f"this server's role may not load auto_explain and set {', '.join(PLAN_SETTINGS)}")


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from _nodes(part)
