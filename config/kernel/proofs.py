"""Runs of the proof (账实核对): asked for at the desk, run in the background, kept with what they came to.

All instants are the real clock's: what was proved is no act of the bank's day.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from config.kernel.invariants import Finding
from config.kernel.keys import Caller
from config.kernel.models.proofs import KEPT_IDS, ProofRun
from config.kernel.transactions import transaction_required


@transaction_required
def ask_for_proof(principal: Caller) -> None:
    """Keep that somebody wants the proof; where one waits already, that one answers both."""
    ProofRun.objects.bulk_create([ProofRun(asked_by_id=principal.id)], ignore_conflicts=True)


def waiting_proof() -> ProofRun | None:
    """Return the run that was asked for and has not come to its end, None where there is none."""
    return ProofRun.objects.select_related("asked_by").filter(ended_at=None).first()


@transaction_required
def begin_proof(run: ProofRun, at: datetime) -> None:
    """Keep since when a run is under way; one that a process has left begins anew."""
    ProofRun.objects.filter(pk=run.pk, ended_at=None).update(began_at=at)


@transaction_required
def keep_proof(
    findings: Sequence[Finding], *, began_at: datetime, whole: bool = False, run_id: UUID | None = None
) -> None:
    """Keep what a run came to: of the run that was asked for, or of one that nobody at the desk asked for.

    :param whole: whether all that is sealed was opened.
    """
    result = {
        "began_at": began_at,
        "ended_at": max(timezone.now(), began_at),
        "asked": len(findings),
        "broken": sum(not each.holds for each in findings),
        "findings": [_told(each) for each in findings],
    }
    if run_id is None:
        ProofRun.objects.create(asked_at=began_at, whole=whole, **result)
    else:
        ProofRun.objects.filter(pk=run_id, ended_at=None).update(**result)


def proofs_run() -> QuerySet[ProofRun]:
    """Return the runs that have come to their end, the newest first, with who asked."""
    return ProofRun.objects.select_related("asked_by").filter(ended_at__isnull=False).order_by("-ended_at", "-id")


def _told(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.invariant.name,
        "broken": len(finding.ids),
        "ids": list(finding.ids[:KEPT_IDS]),
        "ms": round(finding.seconds * 1000),
    }
