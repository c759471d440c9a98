"""Forms of the clean-up of stock."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from accounts.cleanup.models import CleanupAction, CleanupCampaign, CleanupCase, CleanupContact
from accounts.cleanup.vocabulary import CardsOfMerge, CaseState, CleanupWay, ContactKind, ContactResult
from accounts.vocabulary.limits import CleanupLimit
from config.frames.desk.fields import CHOOSE, DayField, DeskForm, LineField, StatedField, missing_message
from config.frames.desk.personal_settings import code_field
from config.kernel.law.text import Text
from config.kernel.models import column_word

ALL = ("", Text("全部", "All"))
REASON_MAX = 1000
#: Filters by assignee besides the ids of persons.
MINE, UNASSIGNED = "me", "none"
#: Filter for cases with an unknown branch.
NO_BRANCH = "-"


class StartForm(DeskForm):
    """Name and deadline of a new campaign."""

    name = LineField(label=Text("活动名称", "Name"), max_length=120)
    deadline = DayField(label=column_word(CleanupCampaign, "deadline"))


class SealForm(DeskForm):
    """A fresh code, for an act that cannot be taken back."""

    code = code_field()


class CasesForm(DeskForm):
    """Filters of the list of cases; without any, all cases are listed."""

    state = forms.ChoiceField(
        label=Text("状态", "Status"),
        required=False,
        choices=[ALL, *CaseState.choices],
    )
    branch = LineField(label=column_word(CleanupCase, "branch"), max_length=20, required=False, widget=forms.Select())
    assignee = forms.ChoiceField(label=column_word(CleanupCase, "assignee"), required=False, choices=[])
    limit_kind = forms.ChoiceField(
        label=Text("超出的限额", "Limit exceeded"), required=False, choices=[ALL, *CleanupLimit.choices]
    )
    overdue = forms.BooleanField(label=Text("仅逾期", "Overdue only"), required=False)

    def __init__(
        self, *args: Any, people: Iterable[tuple[str, str]], branches: Iterable[str] = (), **kwargs: Any
    ) -> None:
        """Offer the assignees and the branches of cases.

        :param branches: names of branches; the empty name is an unknown branch.
        """
        super().__init__(*args, **kwargs)
        named = [(each or NO_BRANCH, each or Text("未登记网点", "No branch")) for each in branches]
        self.fields["branch"].widget.choices = [ALL, *named]
        fixed = [ALL, (MINE, Text("本人", "Me")), (UNASSIGNED, Text("未分派", "Nobody"))]
        self.fields["assignee"].choices = [*fixed, *people]  # type: ignore[attr-defined]


class AssignForm(DeskForm):
    """Assignee and deadline of cases."""

    prefix = "assign"

    assignee = forms.ChoiceField(label=column_word(CleanupCase, "assignee"), choices=[])
    deadline = DayField(label=Text("期限（不填则按活动期限）", "Deadline (blank: the campaign's)"), required=False)

    def __init__(self, *args: Any, people: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = ("", Text("选择承办人…", "Choose an assignee…"))
        self.fields["assignee"].choices = [chosen, *people]  # type: ignore[attr-defined]


class ContactForm(DeskForm):
    """An attempt to reach the customer and its result, or a note."""

    kind = StatedField(label=Text("联系方式", "Way of contact"), choices=ContactKind.choices)
    result = StatedField(
        label=column_word(CleanupContact, "result"),
        required=False,
        choices=[each for each in ContactResult.choices if each[0] != ContactResult.NONE],
    )
    text = forms.CharField(
        label=column_word(CleanupContact, "text"), max_length=REASON_MAX, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=Text("加密保存", "Kept encrypted"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Require a text for a note, and a result for every other kind."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("kind") == ContactKind.NOTE:
            data["result"] = ContactResult.NONE.value
            if not data.get("text", "").strip():
                self.add_error("text", missing_message(self.fields["text"].label))
        elif data.get("kind") and not data.get("result"):
            self.add_error("result", missing_message(self.fields["result"].label, choose=True))
        return data


class ActionForm(DeskForm):
    """An action on one account or card, and its reason."""

    to_account_id = forms.ChoiceField(label=Text("归并到", "Into account"), choices=[])
    cards = forms.ChoiceField(label=column_word(CleanupAction, "cards"), choices=CardsOfMerge.choices)
    to_class = forms.ChoiceField(label=column_word(CleanupAction, "to_class"), choices=[])
    reason = forms.CharField(
        label=Text("理由和依据", "Reason and evidence"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=Text(
            "写明客户的说明和核对的材料；由主管复核；加密保存",
            "The customer's statement and what was checked; reviewed by a supervisor; kept encrypted",
        ),
    )

    def __init__(
        self,
        *args: Any,
        way: CleanupWay,
        accounts: Sequence[tuple[str, str]] = (),
        classes: Sequence[tuple[str, str]] = (),
        has_cards: bool = False,
        preview: str = "",
        **kwargs: Any,
    ) -> None:
        """Add the fields that the action needs.

        :param accounts: the accounts into which the account may be merged.
        :param classes: the classes to which it may be downgraded.
        :param preview: the address that returns the effect of what is chosen.
        """
        super().__init__(*args, **kwargs)
        if way is CleanupWay.MERGE:
            self._choose("to_account_id", accounts)
        else:
            del self.fields["to_account_id"]
        if way is not CleanupWay.MERGE or not has_cards:
            del self.fields["cards"]
        if way is CleanupWay.DOWNGRADE:
            self._choose("to_class", classes)
        else:
            del self.fields["to_class"]
        for name in ("to_account_id", "cards", "to_class"):
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "hx-get": preview,
                    "hx-trigger": "change",
                    # Without the reason, because these fields go into an address.
                    "hx-include": "[name=to_account_id], [name=cards], [name=to_class]",
                    "hx-target": "#effect",
                }

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        """Offer the choices; a single choice is preselected, of several none."""
        self.fields[name].choices = choices if len(choices) == 1 else [("", CHOOSE), *choices]  # type: ignore[attr-defined]


class UndoForm(DeskForm):
    """The reason for taking an action back."""

    reason = forms.CharField(
        label=Text("撤销理由", "Reason"), max_length=REASON_MAX, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=Text("由主管复核；加密保存", "Reviewed by a supervisor; kept encrypted"),
    )  # fmt: skip
