"""What is kept of the past is counted with each run of the proof, and counted again by the next (留存记录清点).

Decisions, the trail and the logs of sign-ins and of the back office are compared with nothing else: what is taken away or
made another there contradicts no other row. So a run keeps how many lines there were until a day before it, and of the
decisions, none of whose columns ever changes, a sum over their content. Whoever writes a transaction is given that day
to commit it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from config.kernel.dates import rfc3339
from config.kernel.invariants import Invariant
from config.kernel.sql import rows
from config.kernel.transactions import transaction_required

#: What a transaction may still be about to commit is not counted.
SETTLED = timedelta(days=1)
#: The decision of a run, and the facts of it that hold what it counted.
KIND = "prove"
FACTS = ("counted_until", "counted_runs", "counted_decisions", "counted_trail", "counted_sign_ins", "counted_office")

# Of the trail the last four months before the run are counted, and asked for two months: what is younger than six months
# nobody may forget. An id begins with the milliseconds at which it was made.
_COUNTED = """
SELECT
  (SELECT count(*)::text FROM kernel_proofrun p WHERE p.ended_at < until) AS counted_runs,
  (SELECT count(*) || ' ' || coalesce(sum(hash_record_extended(ROW(
     d.id, d.at, d.kind, d.outcome, d.code, d.rule, d.clause, d.policy_version, d.facts,
     d.customer_id, d.account_id, d.object_id, d.principal_id), 0)), 0) FROM kernel_decision d
   WHERE d.kind <> 'prove' AND d.id < (lpad(to_hex((extract(epoch FROM until) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
  ) AS counted_decisions,
  (SELECT count(*)::text FROM kernel_trailrecord t WHERE t.at >= until - interval '120 days' AND t.at < until)
    AS counted_trail,
  (SELECT count(*)::text FROM kernel_signin s WHERE s.at < until) || ' ' ||
  (SELECT count(*)::text FROM axes_accesslog x WHERE x.attempt_time < until) || ' ' ||
  (SELECT count(*)::text FROM axes_accessfailurelog x WHERE x.attempt_time < until) AS counted_sign_ins,
  (SELECT count(*)::text FROM django_admin_log o WHERE o.action_time < until) AS counted_office
"""

STILL_THERE = Invariant(
    "I77",
    "上次核对前一日及以前留存的判定记录、审计轨迹、签到与后台记录仍在，判定记录内容未变",
    "What was kept up to a day before the last run of the proof is still there: decisions, and what they say, lines of the"
    " trail, sign-ins, what was done in the back office",
    f"""
    WITH told AS MATERIALIZED (
        SELECT d.facts, (d.facts->>'counted_until')::timestamptz AS until
        FROM kernel_proofrun r JOIN kernel_decision d ON d.object_id = r.id AND d.kind = '{KIND}'
        WHERE r.ended_at IS NOT NULL ORDER BY r.ended_at DESC, r.id DESC LIMIT 1
    ), counted AS MATERIALIZED (
        {_COUNTED} FROM told
    )
    SELECT t.name AS id FROM told, counted, LATERAL (VALUES
        ('kernel_proofrun', facts->>'counted_runs' IS DISTINCT FROM counted_runs),
        ('kernel_decision', facts->>'counted_decisions' IS DISTINCT FROM counted_decisions),
        ('kernel_trailrecord', facts->>'counted_trail' IS DISTINCT FROM counted_trail
                               AND clock_timestamp() < told.until + interval '60 days'),
        ('kernel_signin', facts->>'counted_sign_ins' IS DISTINCT FROM counted_sign_ins),
        ('django_admin_log', facts->>'counted_office' IS DISTINCT FROM counted_office)
    ) t (name, differs) WHERE t.differs
    """,  # noqa: S608 - constants
)


@transaction_required
def counted(until: datetime) -> Mapping[str, Any]:
    """Return what there is from before an instant, as facts of a run; the transaction may take as long as that needs."""
    rows("SET LOCAL statement_timeout = '15min'")
    rows("SET LOCAL transaction_timeout = 0")
    (found,) = rows(f"{_COUNTED} FROM (SELECT %s::timestamptz AS until) u", [until])
    return {**found, "counted_until": rfc3339(until)}
