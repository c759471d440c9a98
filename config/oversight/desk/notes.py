"""Say something about a proposal that waits, keep a scan with it, open one (留言、附件)."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
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
