"""How the database reads: plans of the statements themselves, among rows it has counted, at the planner's defaults.

What a plan is chosen by is made inside the test, which has to be a transactional one: what is not committed
cannot be vacuumed. An empty table's plan says nothing: whether it was ever counted depends on the tests
before, and among a handful of rows every way has the same price.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel.sql import Statement, rows
from tests import factories
from tests.transfers.factories import clearing

#: Nearly everything is over: one transfer in twenty is held, by three channels in turn.
TRANSFERS = """
INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_internal_id,
    payee_account_number, payee_bank_code, accepted_at, due_at, settled_at, ended_at, same_holder, rule_code, rule_clause,
    rule_profile, outcome_code, made_by_id, attempts)
SELECT gen_random_uuid(), CASE WHEN held THEN 'held' ELSE 'posted' END, (ARRAY['atm', 'phone', 'online'])[1 + n / 20 %% 3],
       'next_day', 100, %(payer)s, %(clearing)s, '6222000011112222', 'OTHERBANK', due_at - interval '24 hours', due_at,
       CASE WHEN NOT held THEN due_at END, CASE WHEN NOT held THEN due_at END, false, 'NEXT_DAY', '', '', '', %(by)s, 0
FROM (
    SELECT n, n %% 20 = 0 AS held,
           %(at)s::timestamptz + CASE WHEN n %% 20 = 0 THEN n ELSE -n END * interval '4 seconds' AS due_at
    FROM generate_series(1, %(count)s) AS n
) AS planned
"""
#: One decision in fifty is a refusal; two a minute.
DECISIONS = """
INSERT INTO kernel_decision (id, at, kind, outcome, code, rule, clause, policy_version, facts)
SELECT gen_random_uuid(), %(at)s - n * interval '30 seconds', 'transfer',
       CASE WHEN n %% 50 = 0 THEN 'refused' ELSE 'allowed' END, CASE WHEN n %% 50 = 0 THEN 'ACCOUNT_FROZEN' ELSE '' END,
       '', '', '2026.11', '{}'
FROM generate_series(1, %(count)s) AS n
"""


def seed_transfers(at: datetime, count: int = 20_000) -> None:
    """Write transfers of about a day before and after an instant, vacuumed and counted."""
    payer = factories.account(factories.customer(), balance_fen=count * 100, held_fen=count * 5)
    params = {"payer": payer.id, "clearing": clearing().id, "by": factories.caller("atm", "held").id}
    rows(TRANSFERS, {"at": at, "count": count, **params})
    rows("VACUUM ANALYZE transfers_transfer")


def seed_decisions(at: datetime, count: int = 20_000) -> None:
    """Write decisions of about the week before an instant, vacuumed and counted."""
    rows(DECISIONS, {"at": at, "count": count})
    rows("VACUUM ANALYZE kernel_decision")


def plan_of(statement: Statement) -> str:
    """Return how a statement would be executed."""
    return "\n".join(row["QUERY PLAN"] for row in rows(f"EXPLAIN {statement.text}", statement.params))


def plans_of(call: Callable[[], object]) -> list[dict[str, Any]]:
    """Make a call, then carry out each of its queries again under EXPLAIN ANALYZE; return the plans."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return [executed(query["sql"]) for query in queries if query["sql"].lstrip().startswith(("SELECT", "WITH"))]


def executed(sql: str, params: Any = None) -> dict[str, Any]:
    """Return the plan of a query as it was carried out, buffers included."""
    (row,) = rows(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
    found = row["QUERY PLAN"]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a plan's nodes."""
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scanned(plan: dict[str, Any]) -> set[str]:
    """Return the tables that are read from end to end."""
    return {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}


def pages(plan: dict[str, Any]) -> int:
    """Return how many pages were looked at."""
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
