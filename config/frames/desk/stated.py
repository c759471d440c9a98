"""Choices that a person states for the record: an identification, a paper, a ground, a reason.

Nothing is chosen beforehand: what the record says must have been said by a person. A digit chooses where the field has the focus.
"""

from typing import Any

from django import forms

from config.kernel.law.text import Text, text
from config.kernel.models import QueryReason

CHOOSE = Text("请选择…", "Choose…")
#: So many choices have a digit; the arrow keys reach every one.
_DIGITS = 9


class DigitSelect(forms.Select):
    """A select whose first option says which digits choose, and whose next nine begin with theirs."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-digits": True, **(attrs or {})})

    def use_required_attribute(self, initial: Any) -> bool:
        """Return whether a browser may ask for it: always, as the first option is empty."""
        return not self.is_hidden

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        needed = {"aria-required": "true"} if self.is_required else {}
        return super().build_attrs(base_attrs, extra_attrs) | needed

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)
        for nth, (_, (option,), _) in enumerate(groups[:_DIGITS], start=1):
            option["label"] = f"{nth} {option['label']}"
        last = min(len(groups), _DIGITS)
        digits = f"1–{last}" if last > 1 else "1"
        empty = self.create_option(name, "", text(f"请选择（{digits}）…", f"Choose ({digits})…"), False, 0)
        return [(None, [empty], 0), *groups]


class DigitRadios(forms.RadioSelect):
    """A few choices in sight, each with its digit; the label of the field names the group."""

    template_name = "desk/digits.html"
    # Each button is described by the field's help and error, as a select is.
    use_fieldset = False

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "form-check-input", **(attrs or {})})


class StatedField(forms.ChoiceField):
    """A choice that a person states, never assumed; for a few choices pass `widget=DigitRadios`."""

    widget = DigitSelect


class QueryReasonField(StatedField):
    """Why somebody is looked up (查询理由)."""

    def __init__(self) -> None:
        super().__init__(
            label=Text("查询理由", "Reason"),
            choices=[each for each in QueryReason.choices if each[0] != QueryReason.AUDIT],
            error_messages={"required": Text("请选择查询理由。", "Choose why you look somebody up.")},
        )
