"""Desk pages that end a held transfer: cancellation (撤销) and proposed return after failures (申请终止)."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.form_acts import new_form_key, run_once
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.refusals import Refusal, RequestError
from config.kernel.law.text import text
from transfers.desk.forms import ApplicantForm
from transfers.desk.lines import line_of
from transfers.operations.cancel import cancel_transfer
from transfers.operations.parking import ask_parked_return
from transfers.queries.transfers import find_transfer_unopened


@desk_page(Permission.CANCEL_TRANSFER)
def cancel(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Ask for the applicant's document or card; then cancel the transfer and show the slip."""
    transfer = found_or_404(find_transfer_unopened(transfer_id))
    form = ApplicantForm(**form_arguments(request, anew=("way",)))
    problem: PageProblem | None = None
    if request.method == "POST" and form.is_valid():
        caller, applicant = request.caller, form.cleaned_data["applicant"]
        try:
            reason = form.cleaned_data["reason"]
            run_once(
                request, lambda: cancel_transfer(transfer_id, principal=caller, applicant=applicant, reason=reason)
            )
        except (Refusal, RequestError) as refused:
            problem = problem_of(refused)
            transfer.refresh_from_db(fields=["status", "settled_at", "ended_at", "outcome_code"])
        else:
            # A repeat changed nothing and leads to the same slip.
            return HttpResponseRedirect(reverse("desk:transfer-slip", args=[transfer_id]))
    at = bank_now()
    context = {"line": line_of(transfer, at), "at": at, "form": form, "problem": problem, "once": new_form_key()}
    status = problem.status if problem else 400 if form.errors else 200
    return render(request, "transfers/desk/cancel.html", context, status=status)


@desk_page(Permission.RETURN_PARKED)
def parked_return(request: DeskRequest, transfer_id: UUID) -> HttpResponse:
    """Show the transfer to return and why posting failed; then submit the proposal."""
    transfer = found_or_404(find_transfer_unopened(transfer_id))

    def page(problem: PageProblem | None) -> HttpResponse:
        at = bank_now()
        context = {"line": line_of(transfer, at), "transfer": transfer, "at": at, "waiting": [transfer_id]}
        return problem_page(request, "transfers/desk/parked_return.html", context, problem)

    return act_on_form(
        request,
        lambda: ask_parked_return(principal=request.caller, transfer_id=transfer_id),
        page=page,
        to=reverse("desk:transfer", args=[transfer_id]),
        done=text(
            "已提交，待另一名主管复核；复核前仍会继续尝试入账。",
            "Submitted; pending another supervisor's approval. Posting is tried on until then.",
        ),
    )
