"""How the planner, left alone with its defaults, carries out what production sends."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel.sql import rows


def plans_of(call: Callable[[], object]) -> list[dict[str, Any]]:
    """Make a call, then carry out each of its queries again under EXPLAIN ANALYZE; return the plans."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return [plan_of(query["sql"]) for query in queries if query["sql"].lstrip().startswith(("SELECT", "WITH"))]


def plan_of(sql: str, params: Any = None) -> dict[str, Any]:
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
