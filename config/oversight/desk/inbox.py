"""The checker's inbox: what one person proposed, another decides (复核中心)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from config.desk.access import desk_page, stepped_up
from config.desk.deciding import DONE, REMARK_MAX, decide, obstacle, unready
from config.desk.diff import changes, meanwhile, summary
from config.desk.labels import field_word
from config.desk.problems import Problem, problem_of
from config.desk.requests import DeskRequest
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.ids import read_id
from config.kernel.models import Approval, ApprovalKind, ApprovalStatus
from config.kernel.permissions import Act, may
from config.kernel.refusals import Refusal, RequestError
from config.kernel.transactions import perform

PAGE = 50
#: The page that shows what a proposal is about: the name of its address, and where its id stands.
_RECORDS = {
    ApprovalKind.CERTIFICATE: ("desk:certificate", None),
    ApprovalKind.REVOCATION: ("desk:certificate", "certificate_id"),
    ApprovalKind.FREEZE_LIFT: ("desk:account", "account_id"),
    ApprovalKind.CARD_EXCEPTION: ("desk:account", "account_id"),
    ApprovalKind.EXTERNAL_ACCOUNT: ("desk:customer", "customer_id"),
    ApprovalKind.REVERIFICATION: ("desk:customer", "customer_id"),
    ApprovalKind.DOCUMENT_LINK: ("desk:customer", "customer_id"),
}


@desk_page(Act.VIEW_APPROVALS)
def inbox(request: DeskRequest) -> HttpResponse:
    """List proposals, the newest first; those that wait, unless somebody asks for others."""
    caller = request.caller
    at = bank_now()
    status = request.GET.get("status", ApprovalStatus.PENDING)
    kind = request.GET.get("kind", "")
    found = Approval.objects.select_related("made_by", "decided_by").defer("remark", "subject_keys")
    if status in ApprovalStatus.values:
        found = approvals.with_status(found, status, at)
    if kind in ApprovalKind.values:
        found = found.filter(kind=kind)
    if before := request.GET.get("before"):
        cursor = read_id(before)
        found = found.filter(pk__lt=cursor) if cursor else found.none()
    rows = list(found.order_by("-pk")[: PAGE + 1])
    context = {
        "rows": [
            {
                "approval": row,
                "about": summary(row),
                "status": approvals.status_at(row, at),
                "obstacle": obstacle(row, caller, at),
            }
            for row in rows[:PAGE]
        ],
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "status": status,
        "kind": kind,
        "statuses": ApprovalStatus,
        "kinds": ApprovalKind,
        "exports": may(caller, Act.EXPORT_EVIDENCE),
        "list": "approvals",
        # All of them: this list has no days to choose.
        "told": [("from", "2000-01-01"), *([("kind", kind)] if kind in ApprovalKind.values else [])],
        "mine": {each.name for each in approvals.kinds().values() if each.role == caller.role},
    }
    return render(request, "oversight/inbox.html", context)


@desk_page(Act.VIEW_APPROVALS)
def detail(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Show one proposal before and after; decide it with a fresh second factor."""
    caller = request.caller
    approval = Approval.objects.select_related("made_by", "decided_by").filter(pk=approval_id).first()
    if approval is None:
        raise Http404
    problem: Problem | None = None
    extra: dict[str, Any] = {}
    if request.method == "POST":
        problem, extra = _decide(request, approval_id)
        if problem is None and not extra:
            return HttpResponseRedirect(reverse("desk:approval", args=[approval_id]))
        approval = Approval.objects.select_related("made_by", "decided_by").get(pk=approval_id)
    at = bank_now()
    status = approvals.status_at(approval, at)
    context = {
        "approval": approval,
        "about": summary(approval),
        "status": status,
        "obstacle": obstacle(approval, caller, at),
        "stale": meanwhile(approval) if status == ApprovalStatus.PENDING else (),
        "changes": changes(approval),
        "evidence": [(field_word(name), text) for name, text in approvals.evidence_for(approval, caller).items()],
        "decides": approvals.deciding_role(approval.kind),
        "record": _record(approval),
        "problem": problem,
        "extra": extra,
        "decision": request.POST.get("decision", "") if problem else "",
        "remark": request.POST.get("remark", "") if problem else "",
        "stepped_up": stepped_up(request),
    }
    return render(request, "oversight/approval.html", context, status=problem.status if problem else 200)


def _decide(request: DeskRequest, approval_id: UUID) -> tuple[Problem | None, dict[str, Any]]:
    """Approve or reject; return the problem in words, and what the approval gave."""
    caller = request.caller
    decision, remark = request.POST.get("decision", ""), request.POST.get("remark", "").strip()[:REMARK_MAX]
    code = request.POST.get("code", "")
    if problem := unready(request, caller=caller, decision=decision, remark=remark, code=code):
        return problem, {}
    try:
        extra = perform(lambda: decide(approval_id, caller=caller, decision=decision, remark=remark))
    except (Refusal, RequestError) as refused:
        return problem_of(refused), {}
    messages.success(request, str(DONE[decision]))
    return None, dict(extra)


def _record(approval: Approval) -> str | None:
    """Return the address of the record a proposal is about, when there is a page for it."""
    name, where = _RECORDS.get(ApprovalKind(approval.kind), ("", None))
    row_id = approval.object_id if where is None else approval.after.get(where) or approval.before.get(where)
    try:
        return reverse(name, args=[row_id]) if row_id else None
    except NoReverseMatch:
        return None
