"""Ask for a certificate to be revoked (申请撤销认定)."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from blacklist.desk.named import part_choices, upheld_choices
from blacklist.desk.revocation_form import AppealRevocationForm
from blacklist.operations.revoke import request_revocation
from blacklist.queries.certificates import find_certificate
from blacklist.queries.grounds import grounds_of
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import typed
from config.frames.desk.form_acts import carry_out
from config.frames.desk.once import new_once
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.kernel.access.permissions import Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.text import text


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def revoke(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Take the paper that revokes a certificate; what it caused stands until another officer approves."""
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise Http404
    grounds = grounds_of(certificate_id)
    form = AppealRevocationForm(
        **typed(request),
        parts=part_choices(certificate),
        upheld=upheld_choices(certificate, grounds),
        appeals=[(str(each.appeal_id), each.text) for each in grounds],
    )
    problem = form_problem(form)
    if form.is_valid():
        draft, of, caller = form.draft(), form.of_which(), request.caller
        done = carry_out(
            request,
            lambda: request_revocation(
                principal=caller, certificate_id=certificate_id, draft=draft, at=bank_now(), of=of
            ),
            form,
        )
        if done.problem is None:
            if done.result is not None:
                message = text("撤销已提交，待另一名合规人员复核；复核前认定书仍有效。", "Submitted; pending approval by another compliance officer. The certificate remains in force until approval.")  # fmt: skip
                messages.success(request, message)
            return HttpResponseRedirect(reverse("desk:certificate", args=[certificate_id]))
        problem = done.problem
    context = {"certificate": certificate, "form": form, "problem": problem, "once": new_once()}
    return render(request, "blacklist/desk/revocation.html", context, status=problem.status if problem else 200)
