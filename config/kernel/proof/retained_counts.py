"""Counts of retained records, made by each run of the proof and compared by the next (留存记录清点).

Decisions, the trail and the logs of sign-ins and of the back office are compared with no other table, so a
deleted or changed record would contradict nothing. Each run therefore keeps how many records existed until a
day before it, and for decisions, whose columns never change, a sum over their content. The day allows open
transactions to commit.

Each count starts with the instant until which it counts. If one differs, the next run keeps the old value,
and counts the others anew. The confirmation of a restore accepts a loss: counts made before that restore are
no longer compared.
"""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction

from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.proof.invariants import Invariant

log = logging.getLogger("bank.proof")

#: Younger rows are not counted: an open transaction may still commit one of their time.
SETTLED = timedelta(days=1)
#: The decision of a run, and its facts with the counts, by the table that is named where a count differs.
KIND = "prove"
FACTS = {
    "kernel_proofrun": "counted_runs",
    "kernel_decision": "counted_decisions",
    "kernel_trailrecord": "counted_trail",
    "kernel_signin": "counted_sign_ins",
    "django_admin_log": "counted_office",
}

# Of the trail the last four months before the run are counted, and compared for two months: records younger than six
# months must exist. An id begins with the milliseconds of its instant.
_COUNTS = {
    "kernel_proofrun": "(SELECT count(*)::text FROM kernel_proofrun p WHERE p.ended_at < until)",
    "kernel_decision": """
  (SELECT count(*) || ' ' || coalesce(sum(hash_record_extended(ROW(
     d.id, d.at, d.kind, d.outcome, d.code, d.rule, d.clause, d.policy_version, d.facts,
     d.customer_id, d.account_id, d.object_id, d.principal_id), 0)), 0) FROM kernel_decision d
   WHERE d.kind <> 'prove' AND d.id < (lpad(to_hex((extract(epoch FROM until) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
  )""",
    "kernel_trailrecord": """
  (SELECT count(*)::text FROM kernel_trailrecord t WHERE t.at >= until - interval '120 days' AND t.at < until)""",
    "kernel_signin": """
  (SELECT count(*)::text FROM kernel_signin s WHERE s.at < until) || ' ' ||
  (SELECT count(*)::text FROM axes_accesslog x WHERE x.attempt_time < until) || ' ' ||
  (SELECT count(*)::text FROM axes_accessfailurelog x WHERE x.attempt_time < until)""",
    "django_admin_log": "(SELECT count(*)::text FROM django_admin_log o WHERE o.action_time < until)",
}
_EACH = " UNION ALL ".join(
    f"""
    SELECT '{table}' AS id FROM last_run, LATERAL (
        SELECT split_part(facts->>'{FACTS[table]}', ' ', 1)::timestamptz AS until
    ) u
    WHERE until IS NOT NULL
      AND NOT EXISTS (SELECT FROM kernel_restore x WHERE x.confirmed_at IS NOT NULL AND x.restored_at >= until + interval '1 day')
      {"AND clock_timestamp() < until + interval '60 days'" if table == "kernel_trailrecord" else ""}
      AND substr(facts->>'{FACTS[table]}', strpos(facts->>'{FACTS[table]}', ' ') + 1) <> ({count})
    """  # noqa: S608 - constants
    for table, count in _COUNTS.items()
)

STILL_THERE = Invariant(
    "I77",
    "上次核对前一日及以前留存的判定记录、审计轨迹、签到与后台记录仍在，判定记录内容未变",
    "Decisions, audit trail, sign-ins and logs of the back office from more than a day before the last "
    "run still exist, and the decisions are unchanged",
    f"""
    WITH last_run AS MATERIALIZED (
        SELECT d.facts
        FROM kernel_proofrun r JOIN kernel_decision d ON d.object_id = r.id AND d.kind = '{KIND}'
        WHERE r.ended_at IS NOT NULL ORDER BY r.ended_at DESC, r.id DESC LIMIT 1
    )
    {_EACH}
    """,  # noqa: S608 - constants
)


@transaction_required
def counted(until: datetime, before: Mapping[str, Any], differing: Collection[str]) -> Mapping[str, Any]:
    """Count the records before an instant, for the facts of a run; the transaction has no time limit.

    If the count is not finished in 15 minutes, the counts of the last run are returned, so that the run is
    recorded all the same.

    :param before: the counts of the last run; a count that differs is kept.
    :param differing: the tables whose counts differ, from the check just made; without an answer all counts are kept.
    """
    unknown = not FACTS.keys() >= set(differing)
    kept = {fact: before[fact] for table, fact in FACTS.items() if (unknown or table in differing) and fact in before}
    asked = ", ".join(f"({count}) AS {FACTS[table]}" for table, count in _COUNTS.items() if FACTS[table] not in kept)
    if not asked:
        return kept
    try:
        with transaction.atomic():
            rows("SET LOCAL statement_timeout = '15min'")
            rows("SET LOCAL transaction_timeout = 0")
            (counts,) = rows(f"SELECT {asked} FROM (SELECT %s::timestamptz AS until) u", [until])  # noqa: S608 - constants
    except DatabaseError as error:
        log.warning("a run of the proof counted nothing: %s", type(error).__name__)
        return before
    return kept | {fact: f"{rfc3339(until)} {count}" for fact, count in counts.items()}
