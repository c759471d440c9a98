"""What stands beside a case: contacts and notes, scans, the letter that asks the customer to come."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.cleanup.desk.case import case_or_404, case_page
from accounts.cleanup.desk.forms import ContactForm
from accounts.cleanup.desk.letters import letter_of
from accounts.cleanup.operations.cases import attach as keep_attachment
from accounts.cleanup.operations.cases import note_contact, open_attachment
from accounts.cleanup.vocabulary import ContactKind, ContactResult
from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.form_acts import carry_out
from config.frames.desk.problems import form_problem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import ScanForm, opened_scan, scan_sent
from config.kernel.access.permissions import Permission
from config.kernel.law.text import text


@sensitive_post_parameters()
@require_POST
@never_cache
@desk_page(Permission.WORK_CLEANUP, part=True)
def contact(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Keep an attempt to reach the customer and what came of it, or a note."""
    case_or_404(case_id)
    drafts.stand_at(request, reverse("desk:cleanup-case", args=[case_id]))
    form = ContactForm(request.POST)
    problem = form_problem(form)
    if problem is None:
        data = form.cleaned_data
        outcome = carry_out(
            request,
            lambda: note_contact(
                principal=request.caller,
                case_id=case_id,
                kind=ContactKind(data["kind"]),
                result=ContactResult(data["result"]),
                text=data["text"],
            ),
            form,
        )
        problem = outcome.problem or form_problem(form)
        if problem is None:
            if not outcome.repeated:
                messages.success(request, text("已登记。", "Saved."))
            return redirect("desk:cleanup-case", case_id)
    return case_page(request, case_id, problem=problem, contact=form)


@sensitive_post_parameters()
@require_POST
@never_cache
@desk_page(Permission.WORK_CLEANUP, part=True)
def attach(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Keep a scan with a case, sealed."""
    case_or_404(case_id)
    form = ScanForm(request.POST, request.FILES)
    problem = form_problem(form)
    if problem is None:
        scan = scan_sent(form.cleaned_data["file"])
        outcome = carry_out(
            request,
            lambda: keep_attachment(principal=request.caller, case_id=case_id, scan=scan),
            form,
        )
        problem = outcome.problem or form_problem(form)
        if problem is None:
            if not outcome.repeated:
                messages.success(request, text("已上传，加密保存。", "Uploaded; kept encrypted."))
            return redirect("desk:cleanup-case", case_id)
    return case_page(request, case_id, problem=problem, upload=form)


@require_POST
@never_cache
@desk_page(Permission.UNMASK_CUSTOMER, part=True)
def attachment(request: DeskRequest, attachment_id: UUID) -> HttpResponse:
    """Open a scan, with a reason, on record; without a reason of the list nothing is opened and nothing is kept."""
    return opened_scan(
        request,
        attachment_id,
        lambda reason: open_attachment(principal=request.caller, attachment_id=attachment_id, reason=reason),
        back="desk:cleanup",
    )


@never_cache
@desk_page(Permission.WORK_CLEANUP)
def letter(request: DeskRequest, case_id: UUID) -> HttpResponse:
    """Print a letter that asks the customer to come and explain: in Chinese, whatever the desk speaks, its numbers masked."""
    case = case_or_404(case_id)
    with translation.override("zh-hans"):
        paper = render_to_string("accounts/desk/cleanup/letter_paper.html", letter_of(case), request=request)
    return render(request, "accounts/desk/cleanup/letter.html", {"case": case, "paper": paper})
