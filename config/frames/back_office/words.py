"""The words of the back office: columns and codes are called what their table says (`verbose_name`, `choices`).

Tables that are not ours have their words with their page here (`TableAdmin.words`, `TableAdmin.code_words`).
"""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Field, ForeignKey

from config.kernel.law.text import text


def column_word(field: Field) -> str:
    """Return what a column is called, told when it is shown.

    One that points at a table without saying more is called what that table is.
    """
    if (page := _page(field)) and (word := page.words.get(field.name)):
        return cast("str", word)
    if isinstance(field, ForeignKey) and getattr(field, "_verbose_name", None) is None:
        return cast("str", field.related_model._meta.verbose_name)
    return cast("str", field.verbose_name)


def codes_of(field: Field) -> list[str]:
    """Return the codes a column may hold, where they are known."""
    return list(_codes(field))


def code_word(field: Field, code: Any) -> str:
    """Return a code of a column in words; a code without words is shown as it is."""
    if isinstance(code, bool):
        return text("是", "Yes") if code else text("否", "No")
    return str(_codes(field).get(str(code), code))


def _codes(field: Field) -> dict[str, str]:
    page = _page(field)
    own = page.code_words().get(field.name) if page else None
    return {str(code): word for code, word in (own.items() if own else getattr(field, "base_field", field).flatchoices)}


def _page(field: Field) -> Any:
    """Return the page of a column's table."""
    return admin.site._registry.get(field.model)
