"""The checker's inbox: what one person proposed, another decides (复核中心)."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from config.desk.access import desk_page, stepped_up, verify_second_factor
from config.desk.words import told
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.models import Approval, ApprovalKind, ApprovalStatus
from config.kernel.permissions import Act, may
from config.kernel.refusals import Refusal, RequestError
from config.kernel.unit import perform
from config.kernel.words import say

PAGE = 50


@desk_page(Act.VIEW_APPROVALS)
def inbox(request: HttpRequest) -> HttpResponse:
    """List proposals, those that wait first."""
    caller = request.caller  # type: ignore[attr-defined]
    at = bank_now()
    status = request.GET.get("status", ApprovalStatus.PENDING)
    kind = request.GET.get("kind", "")
    found = Approval.objects.select_related("made_by", "decided_by").defer("remark", "subject_keys")
    if status in ApprovalStatus.values:
        found = approvals.with_status(found, status, at)
    if kind in ApprovalKind.values:
        found = found.filter(kind=kind)
    if before := request.GET.get("before"):
        found = found.filter(pk__lt=before) if _is_uuid(before) else found.none()
    rows = list(found.order_by("-pk")[: PAGE + 1])
    context = {
        "rows": [
            {"approval": row, "status": approvals.status_at(row, at), "obstacle": obstacle(row, caller, at)}
            for row in rows[:PAGE]
        ],
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "status": status,
        "kind": kind,
        "statuses": ApprovalStatus,
        "kinds": ApprovalKind,
    }
    return render(request, "desk/inbox.html", context)


@desk_page(Act.VIEW_APPROVALS)
def detail(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Show one proposal before and after; decide it with a fresh second factor."""
    caller = request.caller  # type: ignore[attr-defined]
    approval = Approval.objects.select_related("made_by", "decided_by").filter(pk=approval_id).first()
    if approval is None:
        raise Http404
    problem: str | None = None
    extra: dict[str, Any] = {}
    if request.method == "POST":
        problem, extra = _decide(request, approval_id)
        if problem is None and not extra:
            return HttpResponseRedirect(reverse("desk:approval", args=[approval_id]))
        approval.refresh_from_db()
    at = bank_now()
    context = {
        "approval": approval,
        "status": approvals.status_at(approval, at),
        "obstacle": obstacle(approval, caller, at),
        "changes": changes(approval),
        "problem": problem,
        "extra": extra,
        "stepped_up": stepped_up(request),
    }
    return render(request, "desk/approval.html", context, status=409 if problem else 200)


def _decide(request: HttpRequest, approval_id: UUID) -> tuple[str | None, dict[str, Any]]:
    """Approve or reject; return the problem in words, and what the approval gave."""
    caller = request.caller  # type: ignore[attr-defined]
    if not may(caller, Act.DECIDE_APPROVAL):
        return told("您的角色不能复核。", "Your role does not decide."), {}
    if not stepped_up(request) and not verify_second_factor(request, request.POST.get("code", "")):
        return told(
            "动态口令不正确或已用过，请等待下一个口令。", "The one-time code is wrong or used; wait for the next."
        ), {}
    remark = request.POST.get("remark", "").strip()[:1000]
    try:
        if request.POST.get("decision") == "approve":
            _, extra = perform(lambda: approvals.approve(approval_id, principal=caller, note=remark))
            return None, dict(extra)
        if not remark:
            return told("拒绝须写明理由。", "A rejection needs its reason."), {}
        perform(lambda: approvals.reject(approval_id, principal=caller, reason=remark))
    except (Refusal, RequestError) as refused:
        return refused.detail("en" if request.LANGUAGE_CODE == "en" else "zh"), {}  # type: ignore[attr-defined]
    return None, {}


def obstacle(approval: Approval, caller: Any, at: Any) -> str | None:
    """Return why the caller cannot decide this one, None when he can."""
    status = approvals.status_at(approval, at)
    if status != ApprovalStatus.PENDING:
        return say("已办结", "Already decided")
    if caller.role != approvals.deciding_role(approval.kind):
        return say("由其他角色复核", "Another role decides this")
    if approval.made_by_id == caller.id:
        return say("本人提交，须由他人复核", "Your own; another person must decide")
    return None


def changes(approval: Approval) -> list[dict[str, Any]]:
    """Return the fields of before and after side by side, with those that differ marked."""
    names = list(dict.fromkeys([*approval.before, *approval.after]))
    return [
        {
            "name": name,
            "before": approval.before.get(name),
            "after": approval.after.get(name),
            "differs": approval.before.get(name) != approval.after.get(name),
        }
        for name in names
    ]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
