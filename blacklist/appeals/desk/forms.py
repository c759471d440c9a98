"""Forms of appeals."""

from collections.abc import Sequence
from typing import Any

from django import forms

from blacklist.appeals.operations.recording import AppealAnswer, AppealDraft
from blacklist.appeals.vocabulary import AppealPaper, AppealStatus
from blacklist.desk.forms import BoxForm
from config.frames.desk.fields import DayField, LineField
from config.frames.desk.scans import ScanField, WithScan, scan_sent
from config.frames.desk.stated import DigitRadios, StatedField
from config.kernel.intake.scans import Scan
from config.kernel.law.text import Text

#: An appellant whom the certificate does not name.
NOT_NAMED = "not-named"


class _ScanBoxForm(WithScan, BoxForm):
    """A form in columns that has a scan."""

    def scan(self) -> Scan | None:
        """Return the scan that came with a valid form, None where none did."""
        file = self.cleaned_data["file"]
        return scan_sent(file) if file else None


class AppealForm(_ScanBoxForm):
    """An appeal as it came in."""

    widths = {"grounds": "col-12"}

    subject = StatedField(label=Text("申诉对象", "Subject"))
    appellant = LineField(label=Text("申诉人", "Appellant"), max_length=200)
    received_on = DayField(label=Text("收到日期", "Received on"))
    doc_no = LineField(label=Text("申诉文书号（如有）", "Document number, if any"), max_length=100, required=False)
    grounds = forms.CharField(
        label=Text("申诉理由", "Grounds"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。申诉期间限制不停止执行。", "Kept encrypted. The restrictions go on meanwhile."),
    )  # fmt: skip

    file = ScanField(label=Text("申诉材料扫描件（如有）", "Scan of what was submitted, if any"), required=False)

    def __init__(self, *args: Any, subjects: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = Text("未列于认定书", "Not named in the certificate")
        self.fields["subject"].choices = [*subjects, (NOT_NAMED, none)]  # type: ignore[attr-defined]

    def draft(self) -> AppealDraft:
        """Return what a valid form says."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "file"}
        return AppealDraft(**data | {"subject": None if data["subject"] == NOT_NAMED else int(data["subject"])})


class AppealMoveForm(_ScanBoxForm):
    """What became of an appeal."""

    widths = {"text": "col-12"}

    status = StatedField(
        label=Text("处理结果", "What became of it"),
        choices=[each for each in AppealStatus.choices if each[0] != AppealStatus.RECEIVED],
        widget=DigitRadios,
    )
    on = DayField(label=Text("日期", "Day"))
    doc_no = LineField(label=Text("文书号（如有）", "Document number, if any"), max_length=100, required=False)
    text = forms.CharField(
        label=Text("答复内容", "Answer"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。", "Kept encrypted."),
    )  # fmt: skip

    file = ScanField(label=Text("答复文书扫描件（如有）", "Scan of the answer, if any"), required=False)

    def answer(self) -> AppealAnswer:
        """Return what a valid form says."""
        data = self.cleaned_data
        return AppealAnswer(AppealStatus(data["status"]), data["on"], data["doc_no"], data["text"])


class AppealScanForm(_ScanBoxForm):
    """A scan that an appeal has."""

    paper = StatedField(label=Text("附件类别", "Kind of attachment"), choices=AppealPaper.choices, widget=DigitRadios)
    file = ScanField()
