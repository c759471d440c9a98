"""Forms of appeals."""

from collections.abc import Sequence
from typing import Any

from django import forms

from blacklist.desk.forms import BoxForm
from blacklist.operations.appeals import AppealAnswer, AppealDraft
from blacklist.vocabulary import AppealStatus
from config.desk.fields import DayField, LineField
from config.kernel.text import Text


class AppealForm(BoxForm):
    """An appeal as it came in."""

    widths = {"grounds": "col-12"}

    subject = forms.ChoiceField(label=Text("申诉对象", "Subject"), required=False)
    appellant = LineField(label=Text("申诉人", "Appellant"), max_length=200)
    received_on = DayField(label=Text("收到日期", "Received on"))
    doc_no = LineField(label=Text("申诉文书号（如有）", "Document number, if any"), max_length=100, required=False)
    grounds = forms.CharField(
        label=Text("申诉理由", "Grounds"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。申诉期间限制不停止执行。", "Kept encrypted. The restrictions go on meanwhile."),
    )  # fmt: skip

    def __init__(self, *args: Any, subjects: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        none = Text("未列于认定书", "Not named in the certificate")
        self.fields["subject"].choices = [("", none), *subjects]  # type: ignore[attr-defined]

    def draft(self) -> AppealDraft:
        """Return what a valid form says."""
        data = self.cleaned_data
        return AppealDraft(**data | {"subject": int(data["subject"]) if data["subject"] else None})


class AppealMoveForm(BoxForm):
    """What became of an appeal."""

    widths = {"text": "col-12"}

    status = forms.ChoiceField(
        label=Text("处理结果", "What became of it"),
        choices=[each for each in AppealStatus.choices if each[0] != AppealStatus.RECEIVED],
    )
    on = DayField(label=Text("日期", "Day"))
    doc_no = LineField(label=Text("文书号（如有）", "Document number, if any"), max_length=100, required=False)
    text = forms.CharField(
        label=Text("答复内容", "Answer"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text("加密保存。", "Kept encrypted."),
    )  # fmt: skip

    def answer(self) -> AppealAnswer:
        """Return what a valid form says."""
        data = self.cleaned_data
        return AppealAnswer(AppealStatus(data["status"]), data["on"], data["doc_no"], data["text"])
