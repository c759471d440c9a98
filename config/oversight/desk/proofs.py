"""The proof at the desk (账实核对): the invariants, their last result, and a request for a new run."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import carry_out
from config.frames.desk.pages import found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission, may
from config.kernel.models import ProofRun
from config.kernel.proof.proofs import ask_for_proof, proofs_run, waiting_proof
from config.oversight.queries.proof import last_proof, lines_of_proof
from config.oversight.tasks import wake_proof

#: Number of earlier runs in the list.
EARLIER = 20


@desk_page(Permission.VIEW_PROOF)
def proof(request: DeskRequest) -> HttpResponse:
    """Show the last run of the proof, and the one that is running."""
    return _shown(request, last_proof())


@desk_page(Permission.VIEW_PROOF)
def proof_run(request: DeskRequest, run_id: UUID) -> HttpResponse:
    """Show an earlier run."""
    run = found_or_404(proofs_run().filter(pk=run_id).first())
    return _shown(request, run)


@require_POST
@desk_page(Permission.RUN_PROOF, part=True)
def proof_ask(request: DeskRequest) -> HttpResponse:
    """Request a proof, which runs in the background (发起核对)."""
    outcome = carry_out(request, lambda: ask_for_proof(request.caller))
    if outcome.problem:
        return _shown(request, last_proof(), outcome.problem)
    wake_proof()
    return redirect("desk:proof")


def _shown(request: DeskRequest, run: ProofRun | None, problem: PageProblem | None = None) -> HttpResponse:
    context = {
        "run": run,
        "lines": lines_of_proof(run) if run else [],
        "took": _milliseconds(run) if run else None,
        "waiting": waiting_proof(),
        "earlier": proofs_run().defer("findings")[:EARLIER],
        "may_run": may(request.caller, Permission.RUN_PROOF),
    }
    return problem_page(request, "oversight/proof.html", context, problem)


def _milliseconds(run: ProofRun) -> int | None:
    return round((run.ended_at - run.began_at).total_seconds() * 1000) if run.ended_at and run.began_at else None
