"""What a migration records: the schema. The words of columns, tables and codes are none of it.

A label that is worded anew, or a code that is added to a vocabulary, changes no table: what the database holds of a
vocabulary is its CHECK constraint.
"""

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.models import Field

#: Options of a model that are words alone.
_WORDS = frozenset({"verbose_name", "verbose_name_plural"})


class SchemaAutodetector(MigrationAutodetector):
    """Find what changed between migrations and models, words left out of both."""

    def __init__(self, from_state: ProjectState, to_state: ProjectState, *args: Any, **kwargs: Any) -> None:
        super().__init__(without_words(from_state), without_words(to_state), *args, **kwargs)


def without_words(state: ProjectState) -> ProjectState:
    """Return a copy of a state without verbose names and choices."""
    bare = state.clone()
    for model in bare.models.values():
        model.fields = {name: _bare(field) for name, field in model.fields.items()}
        model.options = {name: value for name, value in model.options.items() if name not in _WORDS}
    return bare


def _bare(field: Field) -> Field:
    """Return a copy of a field without its words; an array's are its elements', too."""
    copy: Field = field.clone()
    whole: list[Any] = [copy, getattr(copy, "base_field", None)]
    for each in filter(None, whole):
        each._verbose_name, each.choices = None, None
    return copy
