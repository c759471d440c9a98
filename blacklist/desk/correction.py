"""Correct a certificate that is in force: the entry form with what it says, and with whom it names on record (更正, 4101)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from blacklist.desk.correction_form import CorrectionEntry, named_fields, paper_fields
from blacklist.desk.entry import entry_page
from blacklist.desk.register import certificate_or_404
from blacklist.operations.corrections import request_correction
from blacklist.operations.unmasking import unmask_certificate
from blacklist.vocabulary import CertificateStatus
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import begin_typed, typed
from config.frames.desk.form_acts import carry_out
from config.frames.desk.problems import PageProblem, problem_of
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import text
from config.kernel.trail import budgets
from config.kernel.trail.unmasking import LookReason


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.ENTER_CERTIFICATE)
def correct(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Take in what a certificate says as corrected; until another officer approves, it stands as it is."""
    certificate = certificate_or_404(certificate_id)
    told = typed(request)
    filled = bool(told["draft"] or told["data"])
    entry = CorrectionEntry(told["data"], draft=told["draft"] or paper_fields(certificate))
    problem: PageProblem | None = None
    if request.method == "POST" and not entry.is_valid():
        problem = problem_of(BadRequest())
    elif request.method == "POST":
        draft, caller, at = entry.correction_draft, request.caller, bank_now()
        done = carry_out(
            request,
            lambda: request_correction(principal=caller, certificate_id=certificate_id, draft=draft, at=at),
            entry,
        )
        if done.problem is None:
            if done.result is None:
                return HttpResponseRedirect(reverse("desk:certificate", args=[certificate_id]))
            message = text("更正已提交，待另一名合规人员复核；复核前原认定书仍有效。", "Submitted; pending approval by another compliance officer. The certificate stands as it is until then.")  # fmt: skip
            messages.success(request, message)
            return HttpResponseRedirect(reverse("desk:certificate", args=[done.result[0].id]))
        problem = done.problem
    fields = told["data"] or told["draft"] or paper_fields(certificate)
    # Whom it names is shown whole only when that is asked for.
    in_force = certificate.status == CertificateStatus.IN_FORCE
    context = {"corrects": certificate, "fills": in_force and not filled}
    return entry_page(request, entry, problem, fields, **context)


@require_POST
@desk_page(Permission.ENTER_CERTIFICATE)
def fill(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Fill the form with whom and what the certificate names, whole: who looked and when stays on record."""
    reason = LookReason.CORRECTION.value
    certificate = certificate_or_404(certificate_id)
    page = reverse("desk:certificate-correct", args=[certificate_id])
    named = named_fields(certificate)
    if named is None:
        messages.error(
            request,
            text("列名过多，请通过接口办理更正。", "It names more than the form takes; correct it over the API."),
        )
        return HttpResponseRedirect(page)
    budgets.unmasking(request, reason=reason, object_id=certificate_id)
    perform(lambda: unmask_certificate(principal=request.caller, certificate_id=certificate_id, reason=reason))
    begin_typed(request, page, paper_fields(certificate) | named)
    return HttpResponseRedirect(page)
