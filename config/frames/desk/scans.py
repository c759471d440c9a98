"""Scans at the desk: uploaded with a form, opened with a reason and recorded (附件)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from config.frames.desk.fields import DeskForm
from config.frames.desk.requests import DeskRequest
from config.frames.desk.unmasking import reason_of
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.trail import budgets
from config.kernel.trail.scans import PICTURES, SUFFIXES, Scan, errors_at_file

#: Message after a scan is stored.
SCAN_KEPT = Text("已上传，加密保存。", "Uploaded; kept encrypted.")


class ScanField(forms.FileField):
    """A form field for a scan; its type is checked when it is stored."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", Text("扫描件", "Scan"))
        super().__init__(
            help_text=Text("PDF、PNG 或 JPEG，最大 5 MB；加密保存", "PDF, PNG or JPEG, at most 5 MB; kept encrypted"),
            widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg", "class": "form-control"}),
            error_messages={"empty": Text("文件为空。", "The file is empty.")},
            **kwargs,
        )


class FormWithScan(DeskForm):
    """A form with a scan in its field `file`."""

    def add_errors(self, bad: BadRequest) -> None:
        """Show all messages about the file next to its field."""
        super().add_errors(errors_at_file(bad))


class ScanForm(FormWithScan):
    """A form with a scan only."""

    file = ScanField()


def uploaded_scan(file: Any) -> Scan:
    """Return the scan uploaded with a form."""
    return Scan(str(file.name), file.content_type or "", file.open().read())


def open_scan(request: DeskRequest, scan_id: UUID, look: Callable[[str], Scan], *, back: str) -> HttpResponse:
    """Answer with a scan; without a valid reason nothing is opened or recorded.

    :param look: opens it with the reason, and records the view.
    :param back: the name of the page to show without a valid reason.
    :raises Http404: when `look` finds nothing.
    :raises OverBudget: when the caller's budget of views is used up; nothing is opened then.
    """
    reason = reason_of(request)
    if reason is None:
        return redirect(back)
    budgets.request_unmasking(request, reason=reason, object_id=scan_id)
    try:
        scan = perform(lambda: look(reason))
    except NotFound:
        raise Http404 from None
    answer = HttpResponse(scan.content, content_type=scan.media_type)
    # A picture is shown; a PDF may contain scripts, so it is downloaded. The name of the uploaded file may name a person,
    # so it is not used here.
    shown = "inline" if scan.media_type in PICTURES else "attachment"
    answer["Content-Disposition"] = f'{shown}; filename="{scan_id}.{SUFFIXES[scan.media_type]}"'
    answer["X-Content-Type-Options"] = "nosniff"
    # No script in the file runs. Old pictures were stored as uploaded, without being encoded again.
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    return answer
