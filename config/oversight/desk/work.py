"""The work on a proposal that waits: claim it and put it back (领取、放回), comment on it, keep and open scans (留言、附件)."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import carry_out
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import opened_scan, scan_sent
from config.kernel import approvals
from config.kernel.access.permissions import Permission
from config.kernel.law.text import text
from config.kernel.models import ApprovalClaim
from config.oversight.desk.inbox import approval_or_404, approval_page
from config.oversight.desk.notes_shown import comment_form, upload_form


@sensitive_post_parameters()
@require_POST
@never_cache
@desk_page(Permission.NOTE_APPROVAL, part=True)
def comment(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Keep a comment, sealed."""
    approval = approval_or_404(request, approval_id)
    drafts.stand_at(request, reverse("desk:approval", args=[approval_id]))
    form = comment_form(request.POST)
    problem = form_problem(form)
    if problem is None:
        said = form.cleaned_data["text"]
        done = carry_out(request, lambda: approvals.comment(approval_id, principal=request.caller, text=said), form)
        problem = done.problem or form_problem(form)
        if problem is None:
            if not done.repeated:
                messages.success(request, text("留言已保存。", "The comment is kept."))
            return redirect("desk:approval", approval_id)
    return approval_page(request, approval, problem, comment=form)


@sensitive_post_parameters()
@require_POST
@never_cache
@desk_page(Permission.NOTE_APPROVAL, part=True)
def attach(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Keep a scan, sealed."""
    approval = approval_or_404(request, approval_id)
    drafts.stand_at(request, reverse("desk:approval", args=[approval_id]))
    form = upload_form(request.POST, request.FILES)
    problem = form_problem(form)
    if problem is None:
        scan = scan_sent(form.cleaned_data["file"])
        done = carry_out(request, lambda: approvals.attach(approval_id, principal=request.caller, scan=scan), form)
        problem = done.problem or form_problem(form)
        if problem is None:
            if not done.repeated:
                messages.success(request, text("已上传，加密保存。", "Uploaded; kept encrypted."))
            return redirect("desk:approval", approval_id)
    return approval_page(request, approval, problem, upload=form)


@require_POST
@never_cache
@desk_page(Permission.NOTE_APPROVAL, part=True)
def attachment(request: DeskRequest, scan_id: UUID) -> HttpResponse:
    """Open a scan, with a reason, on record; without a reason of the list nothing is opened and nothing is kept."""
    return opened_scan(
        request,
        scan_id,
        lambda reason: approvals.open_attachment(principal=request.caller, attachment_id=scan_id, reason=reason),
        back="desk:inbox",
    )


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def claim(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Claim a proposal."""
    done = text("已领取。", "Claimed.")
    return _work(request, approval_id, approvals.claim, done, reverse("desk:approval", args=[approval_id]))


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def put_back(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Put a proposal back."""
    done = text("已放回，其他人员可以领取。", "Put back; others can claim it.")
    return _work(request, approval_id, approvals.put_back, done, reverse("desk:inbox"))


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def claim_next(request: DeskRequest) -> HttpResponse:
    """Claim the oldest proposal that nobody has claimed, of one kind where the list shows one, and open it."""
    kind = request.POST.get("kind", "")
    outcome = carry_out(request, lambda: (approvals.claim_next(principal=request.caller, kind=kind),))
    claimed = outcome.result[0] if outcome.result else None
    if claimed is not None:
        return HttpResponseRedirect(reverse("desk:approval", args=[claimed.approval_id]))
    if outcome.problem is not None:
        messages.warning(request, outcome.problem.text)
    elif not outcome.repeated:
        messages.info(request, text("没有无人领取的待复核事项。", "There is no unclaimed item to decide."))
    return HttpResponseRedirect(f"{reverse('desk:inbox')}?{urlencode({'kind': kind})}")


def _work(
    request: DeskRequest, approval_id: UUID, act: Callable[..., ApprovalClaim], done: str, then: str
) -> HttpResponse:
    """Claim a proposal or put it back, and go on to another page."""
    approval_or_404(request, approval_id)
    drafts.stand_at(request, reverse("desk:approval", args=[approval_id]))
    outcome = carry_out(request, lambda: act(approval_id, principal=request.caller))
    if outcome.problem is not None:
        return approval_page(request, approval_or_404(request, approval_id), outcome.problem)
    if outcome.result is not None:
        messages.success(request, done)
    return HttpResponseRedirect(then)
