"""Ask for a certificate to be revoked (申请撤销认定)."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from blacklist.api.serializers import RevocationBody
from blacklist.desk.boxes import Box, Faults
from blacklist.models import Revocation
from blacklist.operations.revoke import RevocationDraft, request_revocation
from blacklist.queries.certificates import find_certificate
from config.desk.access import desk_page
from config.desk.days import day_typed
from config.desk.once import new_once, once
from config.desk.problems import Problem, problem_of
from config.desk.requests import DeskRequest
from config.kernel.clock import bank_now
from config.kernel.permissions import Act
from config.kernel.refusals import BadRequest, Refusal, RequestError
from config.kernel.text import Text, text


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Act.REVOKE_CERTIFICATE)
def revoke(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Take the paper that revokes a certificate; what it caused stands until another officer approves."""
    certificate = find_certificate(certificate_id)
    if certificate is None:
        raise Http404
    problem: Problem | None = None
    if request.method == "POST":
        try:
            done = once(request, _work(request, certificate_id))
        except (Refusal, RequestError) as raised:
            problem = problem_of(raised)
        else:
            if done is not None:
                message = text("撤销已提交，待另一名合规人员复核；复核前认定书仍有效。", "Submitted. It waits for another compliance officer; the certificate stands until then.")  # fmt: skip
                messages.success(request, message)
            return HttpResponseRedirect(reverse("desk:certificate", args=[certificate_id]))
    faults = Faults(problem.fields if problem else {})
    context = {
        "certificate": certificate,
        "boxes": _boxes(request, faults),
        "reason": request.POST.get("reason", ""),
        "reason_errors": faults.at("reason"),
        "problem": problem,
        "once": new_once(),
    }
    return render(request, "blacklist/desk/revocation.html", context, status=problem.status if problem else 200)


def _work(request: DeskRequest, certificate_id: UUID) -> Callable[[], Revocation]:
    typed = {name: request.POST.get(name, "").strip() for name in ("doc_no", "revoked_on", "reason")}
    body = RevocationBody(data=typed | {"revoked_on": day_typed(typed["revoked_on"])})
    if not body.is_valid():
        raise BadRequest({name: [str(each) for each in told] for name, told in body.errors.items()})
    draft = RevocationDraft(**body.validated_data)
    caller = request.caller
    return lambda: request_revocation(principal=caller, certificate_id=certificate_id, draft=draft, at=bank_now())


def _boxes(request: DeskRequest, faults: Faults) -> tuple[Box, ...]:
    return (
        Box("doc_no", "doc_no", Text("撤销文号", "Number of the revocation"), request.POST.get("doc_no", ""),
            errors=faults.at("doc_no"), required=True, maxlength=100),
        Box("revoked_on", "revoked_on", Text("撤销日期", "Revoked on"), request.POST.get("revoked_on", ""), "date",
            errors=faults.at("revoked_on"), required=True),
    )  # fmt: skip
