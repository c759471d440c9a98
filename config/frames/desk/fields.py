"""Form fields of the desk: they convert typed text into the stored form.

Some are choices that a person states for the record: an identification, a paper, a ground, a reason. They
have no default, because the record must show a statement of a person. A digit key selects a choice when the
field has the focus.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.forms.widgets import ChoiceWidget

from config.frames.desk.days import day_typed
from config.kernel.database.clock import bank_now
from config.kernel.identity.characters import fold_width
from config.kernel.identity.faults import IdentityFault
from config.kernel.identity.names import display_name
from config.kernel.identity.phones import normalise_phone
from config.kernel.law.dates import day_end, shanghai_day
from config.kernel.law.money import MoneyError, parse_yuan
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text, text
from config.kernel.models import QueryReason
from config.kernel.requests import fields
from config.kernel.requests.documents import DocumentInput, read_document

_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_BRACKETS = re.compile(r"（.*?）| ?\(.*?\)")
_SPACES = str.maketrans("", "", " \u00a0")
NO_INSTANT = Text(
    "须为 YYYY-MM-DD 形式的日期，或加时间：YYYY-MM-DD HH:MM。",
    "A day, YYYY-MM-DD, or a day and a time, YYYY-MM-DD HH:MM.",
)


def missing_message(label: object, *, choose: bool = False) -> str:
    """Return the message for an empty field, with its label without the part in brackets.

    :param choose: whether the field is a choice.
    """
    zh, en = (label.zh, label.en) if isinstance(label, Text) else (str(label or ""),) * 2
    zh, en = _BRACKETS.sub("", zh), _BRACKETS.sub("", en)
    return Text(f"请{'选择' if choose else '填写'}{zh}。", f"{en} is required.")


def name_missing_fields(form: forms.Form) -> None:
    """Give required fields a message with their label, unless they have a message of their own."""
    for field in form.fields.values():
        if field.error_messages["required"] is forms.Field.default_error_messages["required"]:
            chosen = isinstance(field.widget, ChoiceWidget | forms.FileInput)
            field.error_messages["required"] = missing_message(field.label, choose=chosen)


def require_visible_text(field: forms.CharField) -> None:
    """Let a required text field refuse text without visible characters."""

    def check(text: str) -> None:
        if fields.is_blank(text):
            raise forms.ValidationError(field.error_messages["required"], code="required")

    field.validators.append(check)


def refuse_hidden_characters(field: forms.CharField) -> None:
    """Let a text field refuse characters that hide text from the checker."""

    def check(text: str) -> None:
        _read(fields.read_text, text)

    field.validators.append(check)


class DeskForm(forms.Form):
    """Base form of the desk, with its CSS classes and messages of bad requests next to the fields."""

    use_required_attribute = False

    def __init__(self, *args: Any, draft: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Fill the form with a draft, if there is one.

        :param draft: as the form would send it.
        """
        super().__init__(*args, **kwargs)
        if draft and not self.is_bound:
            self.initial = {**self.initial, **self._typed_before(draft)}
        name_missing_fields(self)
        for field in self.fields.values():
            # Fields with a reader function check the characters themselves.
            if type(field) is forms.CharField:
                refuse_hidden_characters(field)
                if field.required:
                    require_visible_text(field)
            field.widget.attrs.setdefault("class", _kit_class(field.widget))
            if not isinstance(field.widget, forms.Select | forms.CheckboxInput):
                field.widget.attrs.setdefault("autocomplete", "off")

    def _typed_before(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a draft's fields; an unticked box sends nothing."""
        names = {name: self.add_prefix(name) for name in self.fields}
        if not any(each in draft for each in names.values()):
            return {}
        return {
            name: self.fields[name].widget.value_from_datadict(draft, {}, each)
            for name, each in names.items()
            if each in draft or isinstance(self.fields[name], forms.BooleanField)
        }

    def read_document(self) -> dict[str, Any]:
        """Return the document as `entered` and as `read`; show its faults next to its fields."""
        data = self.cleaned_data
        entered = DocumentInput(data["type"], data["number"], data.get("country") or None, data.get("valid_until"))
        try:
            return {"entered": entered, "read": read_document(entered, on=shanghai_day(bank_now()))}
        except BadRequest as bad:
            self.add_errors(bad)
            return {}

    def add_errors(self, bad: BadRequest) -> None:
        """Show the messages of a bad request next to its fields, all others above the form."""
        for path, messages in bad.fields.items():
            name = path.rsplit(".", 1)[-1]
            for message in messages if isinstance(messages, list | tuple) else [messages]:
                self.add_error(name if name in self.fields else None, str(message))


class ReadField(forms.CharField):
    """A text that a reader function converts into the stored form."""

    @staticmethod
    def reader(text: str, /) -> str:
        """Return the text in its stored form."""
        return text

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return _read(type(self).reader, text) if text else text


class NameField(ReadField):
    """A name of a person or organization (姓名或名称)."""

    reader = staticmethod(display_name)


class PhoneField(ReadField):
    """A phone number (电话) in normal form."""

    reader = staticmethod(normalise_phone)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "tel"}), **kwargs)


class LineField(ReadField):
    """One line of text without hidden characters, with single spaces."""

    reader = staticmethod(fields.read_line)


class YuanField(forms.CharField):
    """An amount in yuan (金额), above zero, converted to fen; commas and full-width digits are accepted."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "class": "form-control desk-amount"}
        super().__init__(max_length=30, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        if not _AMOUNT.fullmatch(plain_amount(text)):
            raise forms.ValidationError(
                str(
                    Text(
                        "请填写金额，如 1680.32，最多两位小数。",
                        "Enter an amount such as 1680.32, with at most two decimals.",
                    )
                )
            )
        return _read(parse_yuan, plain_amount(text))


class YuanOrNoneField(YuanField):
    """An amount in yuan that may be zero, as for an empty cash box."""

    def clean(self, value: Any) -> Any:
        if re.fullmatch(r"0+(?:\.0{1,2})?", plain_amount(str(value or ""))):
            return 0
        return super().clean(value)


class NumberField(ReadField):
    """A card or account number; spaces and hyphens are removed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return re.sub(r"[\s-]", "", fold_width(text)) if text else text


class AccountNumberField(NumberField):
    """An account number (账号): 1 to 34 letters or digits."""

    reader = staticmethod(fields.read_account_number)


class BankCodeField(ReadField):
    """A bank's code (行号): 2 to 14 letters or digits, in normal form."""

    reader = staticmethod(fields.read_bank_code)


class OtherBankField(BankCodeField):
    """The code of another bank; this bank's own code is refused."""

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        return _read(partial(fields.read_other_bank_code, own=settings.BANK_CODE), code) if code else code


class DayField(forms.DateField):
    """A calendar day of Shanghai, typed as YYYY-MM-DD or as eight digits, in any browser language."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"placeholder": "YYYY-MM-DD", "inputmode": "numeric", "maxlength": "10"}
        widget = forms.DateInput(attrs=attrs, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], error_messages={"invalid": fields.NO_DAY}, **kwargs)

    def to_python(self, value: Any) -> Any:
        return super().to_python(day_typed(value) if isinstance(value, str) else value)


class EndField(forms.DateTimeField):
    """An end: an instant of Shanghai, or a day, which is then included."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"placeholder": "YYYY-MM-DD HH:MM", "inputmode": "numeric", "maxlength": "19"}
        widget = forms.DateTimeInput(attrs=attrs, format="%Y-%m-%d %H:%M")
        formats = ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"]
        super().__init__(widget=widget, input_formats=formats, error_messages={"invalid": NO_INSTANT}, **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        try:
            return day_end(date.fromisoformat(day_typed(str(value or ""))))
        except (ValueError, OverflowError):
            return super().to_python(value)


def plain_amount(text: str) -> str:
    """Return a typed amount in the form of the API.

    A comma only separates thousands: "12,50" is refused, and never read as a hundredfold amount.
    """
    plain = fold_width(text).translate(_SPACES).lstrip("¥￥")
    return plain.replace(",", "") if _GROUPED.fullmatch(plain) else plain


def _kit_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-check-input" if isinstance(widget, forms.CheckboxInput) else "form-control"


def _read[T](reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except (IdentityFault, MoneyError) as fault:
        raise forms.ValidationError(str(fields.sentence(fault))) from None


CHOOSE = Text("请选择…", "Choose…")
#: Number of choices with a digit key; the arrow keys reach all choices.
_DIGITS = 9


class DigitSelect(forms.Select):
    """A select box with digit keys: the first option explains them, the next nine start with their digit."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"data-digits": True, **(attrs or {})})

    def use_required_attribute(self, initial: Any) -> bool:
        """Return True: a browser may require a choice, because the first option is empty."""
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
    """Visible choices with digit keys; the label of the field names the group."""

    template_name = "desk/digits.html"
    # Without a fieldset Django describes each button by the field's help and error, as for a select.
    use_fieldset = False

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": "form-check-input", **(attrs or {})})


class StatedField(forms.ChoiceField):
    """A choice without a default, stated by a person; for a few choices pass `widget=DigitRadios`."""

    widget = DigitSelect


class QueryReasonField(StatedField):
    """The reason of a look-up (查询理由)."""

    def __init__(self) -> None:
        super().__init__(
            label=Text("查询理由", "Reason"),
            choices=[each for each in QueryReason.choices if each[0] != QueryReason.AUDIT],
            error_messages={"required": Text("请选择查询理由。", "Choose why you look somebody up.")},
        )
