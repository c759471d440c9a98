"""Desk pages of appeals (申诉): record, forward and answer an appeal, and keep its scans.

An appeal suspends no restriction. If it is upheld, two persons revoke the certificate.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from blacklist.appeals.desk.sections import with_revocations
from blacklist.appeals.models import Appeal, AppealAttachment
from blacklist.appeals.operations.recording import (
    AppealAnswer,
    AppealDraft,
    attach_scan,
    move_appeal,
    open_appeal_scan,
    record_appeal,
)
from blacklist.appeals.policy.course import OPEN
from blacklist.appeals.queries.appeals import attachments_of, find_appeal
from blacklist.appeals.vocabulary import AppealPaper, AppealStatus
from blacklist.desk.forms import BoxForm
from blacklist.desk.subjects import subject_choices
from blacklist.queries.certificates import find_certificate
from config.frames.desk import drafts
from config.frames.desk.access import desk_page
from config.frames.desk.drafts import form_arguments
from config.frames.desk.fields import DayField, DigitRadios, LineField, StatedField
from config.frames.desk.pages import act_on_form, found_or_404, problem_page
from config.frames.desk.problems import PageProblem
from config.frames.desk.requests import DeskRequest
from config.frames.desk.scans import SCAN_KEPT, FormWithScan, ScanField, open_scan, uploaded_scan
from config.frames.desk.unmasking import REASONS
from config.kernel.access.permissions import Permission, may
from config.kernel.database.clock import bank_now
from config.kernel.law.text import Text, text
from config.kernel.models import column_word
from config.kernel.trail.scans import Scan

#: An appellant whom the certificate does not name.
NOT_NAMED = "not-named"


class _ScanBoxForm(FormWithScan, BoxForm):
    """A form in columns with an upload field for a scan."""

    def scan(self) -> Scan | None:
        """Return the scan that was uploaded with a valid form, or None."""
        file = self.cleaned_data["file"]
        return uploaded_scan(file) if file else None


class AppealForm(_ScanBoxForm):
    """Form for a new appeal."""

    widths = {"grounds": "col-12"}

    subject = StatedField(label=column_word(Appeal, "named_subject"))
    appellant = LineField(label=column_word(Appeal, "appellant"), max_length=200)
    received_on = DayField(label=column_word(Appeal, "received_on"))
    doc_no = LineField(label=Text("申诉文书号（如有）", "Document number, if any"), max_length=100, required=False)
    grounds = forms.CharField(
        label=column_word(Appeal, "grounds"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。申诉期间限制不停止执行。", "Kept encrypted. The restrictions go on meanwhile."),
    )  # fmt: skip

    file = ScanField(label=Text("申诉材料扫描件（如有）", "Scan of what was submitted, if any"), required=False)

    def __init__(self, *args: Any, subjects: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = Text("未列于认定书", "Not named in the certificate")
        self.fields["subject"].choices = [*subjects, (NOT_NAMED, none)]  # type: ignore[attr-defined]

    def draft(self) -> AppealDraft:
        """Return the appeal entered in a valid form."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return AppealDraft(**data | {"subject": None if data["subject"] == NOT_NAMED else int(data["subject"])})


class AppealMoveForm(_ScanBoxForm):
    """Form for the next status of an appeal."""

    widths = {"text": "col-12"}

    status = StatedField(
        label=Text("处理结果", "Outcome"),
        choices=[each for each in AppealStatus.choices if each[0] != AppealStatus.RECEIVED],
        widget=DigitRadios,
    )
    on = DayField(label=Text("日期", "Date"))
    doc_no = LineField(label=Text("文书号（如有）", "Document number, if any"), max_length=100, required=False)
    text = forms.CharField(
        label=column_word(Appeal, "answer"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。", "Kept encrypted."),
    )  # fmt: skip

    file = ScanField(label=Text("答复文书扫描件（如有）", "Scan of the answer, if any"), required=False)

    def answer(self) -> AppealAnswer:
        """Return the status and the answer entered in a valid form."""
        data = self.cleaned_data
        return AppealAnswer(AppealStatus(data["status"]), data["on"], data["doc_no"], data["text"])


class AppealScanForm(_ScanBoxForm):
    """Form for a further scan of an appeal."""

    paper = StatedField(label=column_word(AppealAttachment, "paper"), choices=AppealPaper.choices, widget=DigitRadios)
    file = ScanField()


#: Distinguishes the upload's inputs from those of the other form on its page.
_UPLOAD = "scan_%s"


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def record(request: DeskRequest, certificate_id: UUID) -> HttpResponse:
    """Record an appeal against a certificate; the certificate's restrictions continue."""
    certificate = found_or_404(find_certificate(certificate_id))
    form = AppealForm(**form_arguments(request), files=request.FILES or None, subjects=subject_choices(certificate))

    def work() -> None:
        draft, scan, at = form.draft(), form.scan(), bank_now()
        appeal = record_appeal(principal=request.caller, certificate_id=certificate_id, draft=draft, at=at)
        _keep(request, appeal, AppealPaper.SUBMITTED, scan)

    context = {"certificate": certificate, "form": form}
    return act_on_form(
        request,
        work,
        form,
        page=partial(problem_page, request, "blacklist/desk/appeal_new.html", context),
        to=reverse("desk:certificate", args=[certificate_id]),
        done=text("申诉已登记；申诉期间限制不停止执行。", "Recorded. The restrictions go on meanwhile."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page(Permission.REVOKE_CERTIFICATE)
def move(request: DeskRequest, appeal_id: UUID) -> HttpResponse:
    """Show an appeal; forward it or record its answer. After an upheld appeal, go on to the revocation form."""
    appeal = found_or_404(find_appeal(appeal_id))
    form = AppealMoveForm(**form_arguments(request), files=request.FILES or None)
    upheld = form.is_valid() and form.answer().status == AppealStatus.UPHELD

    def work() -> None:
        answer, scan = form.answer(), form.scan()
        shows = AppealPaper.SUBMITTED if answer.status == AppealStatus.FORWARDED else AppealPaper.ANSWER
        row = move_appeal(principal=request.caller, appeal_id=appeal_id, answer=answer, at=bank_now())
        _keep(request, row, shows, scan)

    return act_on_form(
        request,
        work,
        form,
        page=lambda problem: _page(request, appeal, form=form, problem=problem),
        to=reverse("desk:certificate-revoke" if upheld else "desk:certificate", args=[appeal.certificate_id]),
        done=text("已记录申诉成立；请提交撤销申请，复核通过前限制仍执行。", "Upheld. Request the revocation: the restrictions go on until it is approved.")
        if upheld
        else text("已记录。", "Recorded."),
    )  # fmt: skip


@require_POST
@desk_page(Permission.REVOKE_CERTIFICATE, part=True)
def attach(request: DeskRequest, appeal_id: UUID) -> HttpResponse:
    """Add an encrypted scan to an appeal, whether or not the appeal is answered."""
    appeal = found_or_404(find_appeal(appeal_id))
    to = reverse("desk:appeal", args=[appeal_id])
    drafts.set_address(request, to)
    form = AppealScanForm(request.POST, request.FILES, auto_id=_UPLOAD)
    return act_on_form(
        request,
        lambda: _keep(request, appeal, AppealPaper(form.cleaned_data["paper"]), form.scan()),
        form,
        page=lambda problem: _page(request, appeal, upload=form, problem=problem),
        to=to,
        done=SCAN_KEPT,
    )


@require_POST
@desk_page(Permission.UNMASK_CERTIFICATE, part=True)
def attachment(request: DeskRequest, scan_id: UUID) -> HttpResponse:
    """Open a scan and record the reason; without a reason from the list, open and record nothing."""
    return open_scan(
        request,
        scan_id,
        lambda reason: open_appeal_scan(principal=request.caller, attachment_id=scan_id, reason=reason),
        back="desk:certificates-due",
    )


def _keep(request: DeskRequest, appeal: Appeal, paper: AppealPaper, scan: Scan | None) -> None:
    if scan is not None:
        attach_scan(principal=request.caller, appeal_id=appeal.id, paper=paper, scan=scan, at=bank_now())


def _page(
    request: DeskRequest,
    appeal: Appeal,
    *,
    form: AppealMoveForm | None = None,
    upload: AppealScanForm | None = None,
    problem: PageProblem | None = None,
) -> HttpResponse:
    """Render the current page of an appeal."""
    context = {
        "certificate": appeal.certificate,
        "appeal": appeal,
        "moves": appeal.status in OPEN,
        "form": form or AppealMoveForm(),
        "upload": upload or AppealScanForm(auto_id=_UPLOAD),
        "scans": attachments_of(appeal.id).order_by("-pk"),
        "revoked": with_revocations([appeal])[0][1],
        "opens": may(request.caller, Permission.UNMASK_CERTIFICATE),
        "reasons": REASONS.items(),
    }
    return problem_page(request, "blacklist/desk/appeal.html", context, problem)
