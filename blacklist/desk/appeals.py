"""Appeals: recorded, passed on, answered (申诉). They suspend nothing, and what is upheld is revoked by two persons."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from blacklist.desk.appeal_forms import AppealForm, AppealMoveForm
from blacklist.desk.named import subject_choices
from blacklist.operations.appeals import move_appeal, record_appeal
from blacklist.queries.appeals import find_appeal
from blacklist.queries.certificates import find_certificate
from blacklist.vocabulary import AppealStatus
from config.desk.access import desk_page
from config.desk.drafts import typed
from config.desk.form_acts import carry_out
from config.desk.once import new_once
from config.desk.problems import form_problem
from config.desk.requests import DeskRequest
from config.kernel.clock import bank_now
from config.kernel.permissions import Permission
from config.kernel.text import text


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def record(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Record an appeal against a certificate; what that restricts goes on."""
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise Http404
    form = AppealForm(**typed(request), subjects=subject_choices(certificate))
    problem = form_problem(form)
    if form.is_valid():
        draft, caller = form.draft(), request.caller
        done = carry_out(
            request,
            lambda: record_appeal(principal=caller, certificate_id=certificate_id, draft=draft, at=bank_now()),
            form,
        )
        if done.problem is None:
            messages.success(
                request, text("申诉已登记；申诉期间限制不停止执行。", "Recorded. The restrictions go on meanwhile.")
            )
            return HttpResponseRedirect(reverse("desk:certificate", args=[certificate_id]))
        problem = done.problem
    context = {"certificate": certificate, "form": form, "problem": problem, "once": new_once()}
    return render(request, "blacklist/desk/appeal.html", context, status=problem.status if problem else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def move(request: DeskRequest, appeal_id: UUID) -> HttpResponse:
    """Pass an appeal on, or keep its answer; from one that is upheld it goes to the revocation."""
    appeal = find_appeal(appeal_id)
    if appeal is None:
        raise Http404
    form = AppealMoveForm(**typed(request))
    problem = form_problem(form)
    if form.is_valid():
        answer, caller = form.answer(), request.caller
        done = carry_out(
            request, lambda: move_appeal(principal=caller, appeal_id=appeal_id, answer=answer, at=bank_now()), form
        )
        if done.problem is None:
            if answer.status == AppealStatus.UPHELD:
                messages.success(request, text("已记录申诉成立；请提交撤销申请，复核通过前限制仍执行。", "Upheld. Request the revocation: the restrictions go on until it is approved."))  # fmt: skip
                return HttpResponseRedirect(f"{reverse('desk:certificate-revoke', args=[appeal.certificate_id])}")
            messages.success(request, text("已记录。", "Recorded."))
            return HttpResponseRedirect(reverse("desk:certificate", args=[appeal.certificate_id]))
        problem = done.problem
    context = {
        "certificate": appeal.certificate,
        "appeal": appeal,
        "form": form,
        "problem": problem,
        "once": new_once(),
    }
    return render(request, "blacklist/desk/appeal.html", context, status=problem.status if problem else 200)
