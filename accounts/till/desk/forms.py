"""Forms of cash business (现金业务): movement, box, count and reversal."""

from typing import Any

from django import forms
from django.urls import reverse

from accounts.vocabulary import EntryKind
from config.frames.desk.fields import (
    DeskForm,
    YuanField,
    YuanOrNoneField,
    missing_message,
)
from config.kernel.law.text import Text


class CashForm(DeskForm):
    """Amount and direction of a movement of cash."""

    way = forms.ChoiceField(
        label=Text("业务", "Business"),
        choices=[(each.value, each.label) for each in (EntryKind.DEPOSIT, EntryKind.WITHDRAWAL)],
    )
    amount = YuanField(label=Text("金额（元）", "Amount (yuan)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget.attrs |= {
            "data-first": True,
            "hx-get": reverse("desk:amount-in-words"),
            "hx-trigger": "input delay:250ms",
            "hx-sync": "this:replace",
            "hx-target": "#capitals",
        }


class CashReversalForm(DeskForm):
    """The reason for a reversal."""

    reason = forms.CharField(
        label=Text("抹账理由", "Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("写明错在哪里；由主管复核；加密保存", "What went wrong; reviewed by a supervisor; kept encrypted"),
    )  # fmt: skip


class CashBoxForm(DeskForm):
    """The amount of cash with which a box is opened."""

    opening = YuanOrNoneField(
        label=Text("清点领入现金（元）", "Cash counted into the box (yuan)"),
        help_text=Text("没有现金的填 0", "Enter 0 where there is none"),
    )


class CashCountForm(DeskForm):
    """The amount counted in a box, and the reason for a difference."""

    counted = YuanOrNoneField(
        label=Text("清点现金合计（元）", "Cash counted (yuan)"),
        help_text=Text("尾箱内全部现金；没有的填 0", "All the cash in the box; 0 where there is none"),
    )
    reason = forms.CharField(
        label=Text("长短款说明", "About a difference"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("清点数与账面不符的须填写；加密保存", "Required where the count differs from the books; kept encrypted"),
    )  # fmt: skip

    def __init__(self, *args: Any, book_fen: int, **kwargs: Any) -> None:
        """Prefill the amount that the books show, in fen."""
        super().__init__(*args, **kwargs)
        self.book_fen = book_fen

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "counted" in data and data["counted"] != self.book_fen and not data.get("reason"):
            self.add_error("reason", missing_message(self.fields["reason"].label))
        return data
