"""Runs of the proof (账实核对): requested at the desk, run in the background, recorded with their results.

All instants are of the real clock, because a proof is not an act of the bank's day.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Codes, Text
from config.kernel.models.decisions import Decision
from config.kernel.models.proofs import KEPT_IDS, ProofRun
from config.kernel.proof.invariants import Finding, Invariant
from config.kernel.proof.retained_counts import FACTS, SETTLED, STILL_THERE, counted
from config.kernel.trail.decisions import deciding


class DecisionKind(Codes):
    """Kinds of decisions about proofs."""

    PROVE = "prove", Text("账实核对", "Run of the proof of the books")


class Rule(Codes):
    """Rules of decisions about proofs."""

    KEEP_PROOF = "keep_proof", Text("核对结果登记", "Record of a run of the proof")


#: Digest of the result of a run.
_DIGEST = """
encode(sha256(convert_to(concat_ws('|', r.asked, r.broken, r.whole, r.findings,
    extract(epoch FROM r.began_at), extract(epoch FROM r.ended_at)), 'UTF8')), 'hex')
"""

RUNS = (
    Invariant(
        "I76",
        "每次核对的结果与其登记的决定一致，无一缺失",
        "The result of each run of the proof matches its decision; none is missing",
        f"""
        SELECT coalesce(r.id, d.object_id)::text AS id FROM (SELECT * FROM kernel_proofrun WHERE ended_at IS NOT NULL) r
        FULL JOIN (SELECT * FROM kernel_decision WHERE kind = '{DecisionKind.PROVE.value}') d ON d.object_id = r.id
        WHERE r.id IS NULL OR d.id IS NULL OR d.facts->>'run_digest' IS DISTINCT FROM {_DIGEST}
        """,  # noqa: S608 - constants
    ),
    STILL_THERE,
)


@transaction_required
def ask_for_proof(principal: Caller) -> None:
    """Record a request for a proof; a request that already waits serves both."""
    ProofRun.objects.bulk_create([ProofRun(asked_by_id=principal.id)], ignore_conflicts=True)


def waiting_proof() -> ProofRun | None:
    """Return the requested run that has not ended; None without one."""
    return ProofRun.objects.select_related("asked_by").filter(ended_at=None).first()


@transaction_required
def begin_proof(run: ProofRun, at: datetime) -> None:
    """Record the start of a run; a run that another process abandoned starts again."""
    ProofRun.objects.filter(pk=run.pk, ended_at=None).update(began_at=at)


@transaction_required
def keep_proof(
    findings: Sequence[Finding], *, began_at: datetime, whole: bool = False, run_id: UUID | None = None
) -> None:
    """Record the result of a run: of the requested run, or of a run of the command.

    :param whole: whether all sealed values were opened.
    """
    result = {
        "began_at": began_at,
        "ended_at": max(timezone.now(), began_at),
        "asked": len(findings),
        "broken": sum(not each.holds for each in findings),
        "findings": [_stored(each) for each in findings],
    }
    before = _last_counted()
    if run_id is None:
        run_id = new_id()
        ProofRun.objects.create(pk=run_id, asked_at=began_at, whole=whole, **result)
    else:
        ProofRun.objects.filter(pk=run_id, ended_at=None).update(**result)
    with deciding(DecisionKind.PROVE, principal=None, rule=Rule.KEEP_PROOF, object_id=run_id) as decision:
        decision.at = bank_now()
        (digest,) = rows(f"SELECT {_DIGEST} AS run_digest FROM kernel_proofrun r WHERE r.id = %s", [run_id])  # noqa: S608
        # The old count of a differing table is kept, so that the next run finds the difference again.
        differing = [table for each in findings if each.invariant.name == STILL_THERE.name for table in each.ids]
        kept = counted(began_at - SETTLED, before, differing)
        decision.facts = {"asked": result["asked"], "broken": result["broken"], **digest, **kept}


def _last_counted() -> Mapping[str, Any]:
    """Return the counts of the last run; empty without one."""
    last = ProofRun.objects.filter(ended_at__isnull=False).order_by("-ended_at", "-id").values_list("pk", flat=True)[:1]
    facts = (
        Decision.objects.filter(object_id__in=list(last), kind=DecisionKind.PROVE)
        .values_list("facts", flat=True)
        .first()
    )
    return {name: facts[name] for name in FACTS.values() if name in facts} if facts else {}


def proofs_run() -> QuerySet[ProofRun]:
    """Return the finished runs, the newest first, with the principals who requested them."""
    return ProofRun.objects.select_related("asked_by").filter(ended_at__isnull=False).order_by("-ended_at", "-id")


def _stored(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.invariant.name,
        "broken": len(finding.ids),
        "ids": list(finding.ids[:KEPT_IDS]),
        "ms": round(finding.seconds * 1000),
    }
