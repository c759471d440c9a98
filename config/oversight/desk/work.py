"""Views for work on a waiting proposal: claims (领取、放回), comments and scans (留言、附件)."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import carry_out
from config.frames.desk.pages import act_on_form
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import SCAN_KEPT, open_scan, uploaded_scan
from config.kernel import approvals
from config.kernel.access.permissions import Permission
from config.kernel.law.text import text
from config.kernel.models import Approval, ApprovalClaim
from config.oversight.desk.inbox import approval_or_404, approval_page
from config.oversight.desk.notes import comment_form, upload_form


@require_POST
@desk_page(Permission.NOTE_APPROVAL, part=True)
def comment(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Add a sealed comment."""
    approval, to = _approval_and_page(request, approval_id)
    form = comment_form(request.POST)
    return act_on_form(
        request,
        lambda: approvals.comment(approval_id, principal=request.caller, text=form.cleaned_data["text"]),
        form,
        page=lambda problem: approval_page(request, approval, problem, comment=form),
        to=to,
        done=text("留言已保存。", "The comment is kept."),
    )


@require_POST
@desk_page(Permission.NOTE_APPROVAL, part=True)
def attach(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Add a sealed scan."""
    approval, to = _approval_and_page(request, approval_id)
    form = upload_form(request.POST, request.FILES)
    return act_on_form(
        request,
        lambda: approvals.attach(approval_id, principal=request.caller, scan=uploaded_scan(form.cleaned_data["file"])),
        form,
        page=lambda problem: approval_page(request, approval, problem, upload=form),
        to=to,
        done=SCAN_KEPT,
    )


@require_POST
@desk_page(Permission.NOTE_APPROVAL, part=True)
def attachment(request: DeskRequest, scan_id: UUID) -> HttpResponse:
    """Open a scan with a reason, and record it; without a valid reason nothing is opened or recorded."""
    return open_scan(
        request,
        scan_id,
        lambda reason: approvals.open_attachment(principal=request.caller, attachment_id=scan_id, reason=reason),
        back="desk:inbox",
    )


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def claim(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Claim a proposal."""
    return _work(request, approval_id, approvals.claim, text("已领取。", "Claimed."))


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def put_back(request: DeskRequest, approval_id: UUID) -> HttpResponse:
    """Put a claimed proposal back."""
    done = text("已放回，其他人员可以领取。", "Put back; others can claim it.")
    return _work(request, approval_id, approvals.put_back, done, to=reverse("desk:inbox"))


@require_POST
@desk_page(Permission.DECIDE_APPROVAL, part=True)
def claim_next(request: DeskRequest) -> HttpResponse:
    """Claim the oldest unclaimed proposal, of the kind that the list shows, and open it."""
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
    request: DeskRequest, approval_id: UUID, act: Callable[..., ApprovalClaim], done: str, *, to: str = ""
) -> HttpResponse:
    """Claim a proposal or put it back, and redirect to its page or another one."""
    _, here = _approval_and_page(request, approval_id)
    return act_on_form(
        request,
        lambda: act(approval_id, principal=request.caller),
        page=lambda problem: approval_page(request, approval_or_404(request, approval_id), problem),
        to=to or here,
        done=done,
    )


def _approval_and_page(request: DeskRequest, approval_id: UUID) -> tuple[Approval, str]:
    """Return a proposal and the address of its page, which contains the submitted form."""
    approval, address = approval_or_404(request, approval_id), reverse("desk:approval", args=[approval_id])
    drafts.set_address(request, address)
    return approval, address
