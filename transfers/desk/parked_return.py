"""Proposing that a transfer which cannot be posted be returned (申请终止): another supervisor decides."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import carry_out
from config.frames.desk.once import new_once
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import text
from transfers.desk.lines import line_of
from transfers.operations.parked_returns import ask_parked_return
from transfers.queries.transfers import find_transfer_unopened


@never_cache
@desk_page(Permission.RETURN_PARKED)
def parked_return(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show what would be returned and why it could not be posted, or submit the proposal."""
    transfer = find_transfer_unopened(transfer_id)
    if transfer is None:
        raise Http404
    problem: PageProblem | None = None
    if request.method == "POST":
        outcome = carry_out(request, lambda: ask_parked_return(principal=request.caller, transfer_id=transfer_id))
        if outcome.problem is None:
            if not outcome.repeated:
                messages.success(
                    request,
                    text(
                        "已提交，待另一名主管复核；复核前仍会继续尝试入账。",
                        "Submitted; pending another supervisor's approval. Posting is tried on until then.",
                    ),
                )
            return HttpResponseRedirect(reverse("desk:transfer", args=[transfer_id]))
        problem = outcome.problem
    at = bank_now()
    context = {
        "line": line_of(transfer, at),
        "transfer": transfer,
        "at": at,
        "problem": problem,
        "once": new_once(),
        "waiting": [transfer_id],
    }
    return render(request, "transfers/desk/parked_return.html", context, status=problem.status if problem else 200)
