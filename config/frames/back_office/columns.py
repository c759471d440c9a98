"""Columns of the back office: named by their models, codes in words, personal data masked or hidden.

Tables of other packages have their words on their page class (`TableAdmin.words`, `TableAdmin.code_words`).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, Field, ForeignKey, JSONField
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.frames.desk.labels import NOTHING, field_word, value_word
from config.kernel.identity.masking import mask_account
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.money import yuan_text
from config.kernel.law.refusals import Refusal
from config.kernel.law.text import Text, text
from config.kernel.models import Administration, Approval, Decision
from config.kernel.trail.evidence import scope_of
from config.kernel.vault.masked import masked


def column_word(field: Field) -> str:
    """Return the name of a column, evaluated when it is shown.

    A foreign key without a name of its own has the name of its table.
    """
    if (page := _page(field)) and (word := page.words.get(field.name)):
        return cast("str", word)
    if isinstance(field, ForeignKey) and getattr(field, "_verbose_name", None) is None:
        return cast("str", field.related_model._meta.verbose_name)
    return cast("str", field.verbose_name)


def codes_of(field: Field) -> list[str]:
    """Return the codes that a column may hold, if known."""
    return list(_codes(field))


def code_word(field: Field, code: Any) -> str:
    """Return the word of a code of a column; a code without a word is returned unchanged."""
    if isinstance(code, bool):
        return text("是", "Yes") if code else text("否", "No")
    return str(_codes(field).get(str(code), code))


def _codes(field: Field) -> dict[str, str]:
    page = _page(field)
    own = page.code_words().get(field.name) if page else None
    return {str(code): word for code, word in (own.items() if own else getattr(field, "base_field", field).flatchoices)}


def _page(field: Field) -> Any:
    """Return the admin page of a column's table."""
    return admin.site._registry.get(field.model)


type Column = Callable[[Any], Any]


@admin.display(description=Text("理由", "Reason"))
def stated_reason(row: Any) -> str:
    """Return the reason unmasked, because its maker wrote it for the checker, who must be able to read it."""
    return str(row.reason or "")


def desk_link(page: str, row_id: Any, words: str) -> SafeString:
    """Return a link to the desk page for a row."""
    return format_html('<a href="{}">{}</a>', reverse(f"desk:{page}", args=[row_id]), words)


def is_hidden(field: Any) -> bool:
    """Return whether a column is never shown: ciphertext without a mask, hashes and keys of look-ups."""
    binary = isinstance(field, BinaryField) and getattr(field, "mask", None) is None
    return binary or (isinstance(field, ArrayField) and is_hidden(field.base_field))


@cache
def column(field: Field) -> Column:
    """Return how a column is shown: masked if it has a mask (脱敏), an amount in yuan."""
    is_masked = getattr(field, "mask", None) is not None

    def show(row: Any) -> Any:
        if is_masked:
            return masked(row, field.name) or NOTHING
        value = field.value_from_object(row)
        return NOTHING if value is None or value == "" else _shown(field, row, value)

    show.__name__ = field.name
    return admin.display(
        description=column_word(field),
        # Sorting by a masked column would reveal the order of its values.
        ordering=None if is_masked else field.name,
        boolean=field.get_internal_type() == "BooleanField" or None,
    )(show)


def _shown(field: Field, row: Any, value: Any) -> Any:
    if isinstance(field, ForeignKey):
        return _link(field, row)
    if isinstance(field, JSONField):
        scope = scope_of(row) if isinstance(row, Administration | Approval | Decision) else ""
        return "\n".join(evidence_lines(value, scope))
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return text("、", ", ").join(code_word(field, each) for each in value) or NOTHING
    if codes_of(field):
        return code_word(field, value)
    if isinstance(value, datetime):
        return _moment(value)
    return yuan_text(value) if field.name.endswith("_fen") else display_for_field(value, field, NOTHING)


def _moment(instant: datetime) -> SafeString:
    """Return an instant in Shanghai to the second; a line break is possible only between day and time."""
    day, time = f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}".split()
    return format_html('<span class="bo-whole">{}</span> <span class="bo-whole">{}</span>', day, time)


def evidence_lines(value: Mapping[str, Any], scope: str, prefix: str = "") -> Iterator[str]:
    """Yield evidence line by line in words, with masked account numbers.

    :param scope: of the evidence (`config.kernel.trail.evidence.scope_of`).
    """
    for name, each in hide_numbers(value).items():
        if isinstance(each, Mapping):
            yield from evidence_lines(each, scope, f"{prefix}{name}.")
        else:
            yield f"{field_word(prefix + name, scope)}: {value_word(prefix + name, each, scope)}"


def hide_numbers(value: Any) -> Any:
    """Return evidence with all account numbers masked, at any depth."""
    if isinstance(value, Mapping):
        return {
            name: mask_account(str(each)) if name == "account_number" and each else hide_numbers(each)
            for name, each in value.items()
        }
    return [hide_numbers(each) for each in value] if isinstance(value, list | tuple) else value


def _link(field: ForeignKey, row: Any) -> SafeString | str:
    """Return the row that a foreign key refers to, as a link to its page if there is one."""
    other = getattr(row, field.name)
    try:
        page = reverse(f"admin:{other._meta.app_label}_{other._meta.model_name}_change", args=[other.pk])
    except NoReverseMatch:
        return str(other)
    return format_html('<a href="{}">{}</a>', page, other)


class CodeFilter(admin.FieldListFilter):
    """Filter by the codes of a column, which are known without a query."""

    def __init__(self, field: Field, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        self.name = self.parameter(field_path)
        self.chosen = params.get(self.name, [None])[-1]
        super().__init__(field, request, params, model, model_admin, field_path)
        self.title = column_word(field)

    @staticmethod
    def parameter(path: str) -> str:
        """Return the name of a column's filter in an address."""
        return f"{path}__exact"

    @staticmethod
    def offered(field: Field) -> Iterator[tuple[str, str]]:
        """Yield the codes to choose from, each with its word."""
        if field.get_internal_type() == "BooleanField":
            yield from (("1", code_word(field, True)), ("0", code_word(field, False)))
            return
        # A column without a vocabulary has codes of refusals.
        for code in codes_of(field) or sorted(Refusal.catalogue):
            yield code, code_word(field, code)

    def expected_parameters(self) -> list[str | None]:
        return [self.name]

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": self.chosen is None,
            "query_string": changelist.get_query_string(remove=[self.name]),
            "display": Text("全部", "All"),
        }
        for code, word in self.offered(self.field):
            yield {
                "selected": self.chosen == code,
                "query_string": changelist.get_query_string({self.name: code}),
                "display": word,
            }
