"""Forms of appeals."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms

from blacklist.appeals.operations.recording import AppealAnswer, AppealDraft
from blacklist.desk.forms import BoxForm
from blacklist.desk.revocation_form import RevocationForm
from blacklist.operations.revoke import RevocationDraft
from blacklist.vocabulary import AppealPaper, AppealStatus, RevocationGround
from config.frames.desk.fields import DayField, LineField, missing
from config.frames.desk.scans import ScanField, WithScan, scan_sent
from config.frames.desk.stated import DigitRadios, StatedField
from config.kernel.intake.scans import Scan
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

#: An appellant whom the certificate does not name; an appeal that the bank has not recorded.
NOT_NAMED, NOT_RECORDED = "not-named", "not-recorded"


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


class AppealRevocationForm(RevocationForm):
    """The paper that revokes a certificate, and the appeal that it rests on where one was upheld."""

    field_order = ("doc_no", "revoked_on", "ground", "appeal")

    appeal = StatedField(
        label=Text("所据申诉", "Appeal"),
        required=False,
        help_text=Text("撤销原因为“申诉成立”时须选择。", "Required where the ground is that an appeal was upheld."),
    )

    def __init__(self, *args: Any, appeals: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """Offer the appeals that were upheld.

        :param appeals: the last one first.
        """
        super().__init__(*args, **kwargs)
        if appeals:
            other = Text("本行未登记的申诉", "An appeal that is not recorded here")
            self.fields["appeal"].choices = [*appeals, (NOT_RECORDED, other)]  # type: ignore[attr-defined]
        else:
            del self.fields["appeal"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        asked = "appeal" in self.fields and data.get("ground") == RevocationGround.APPEAL
        if asked and not data.get("appeal") and "appeal" not in self.errors:
            self.add_error("appeal", missing(self.fields["appeal"].label, choose=True))
        return data

    def draft(self) -> RevocationDraft:
        """Return what a valid form says; on another ground no appeal is named."""
        chosen = self.cleaned_data.pop("appeal", "")
        said = super().draft()
        named = chosen not in {"", NOT_RECORDED} and said.ground == RevocationGround.APPEAL
        return replace(said, appeal_id=UUID(chosen)) if named else said

    def add_errors(self, bad: BadRequest) -> None:
        """Place what is wrong with the appeal beside it."""
        super().add_errors(
            BadRequest({"appeal" if each == "appeal_id" else each: told for each, told in bad.fields.items()})
        )
