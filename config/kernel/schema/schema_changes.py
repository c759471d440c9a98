"""Detection of schema changes for migrations, without the words of columns, tables and codes.

A new label or a new code of a vocabulary changes no table: in the database a vocabulary is only a CHECK constraint.
"""

from typing import Any

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.state import ProjectState
from django.db.models import Field

#: Options of a model that are only words.
_WORDS = frozenset({"verbose_name", "verbose_name_plural"})


class SchemaAutodetector(MigrationAutodetector):
    """Finds changes between migrations and models, ignoring words."""

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
    """Return a copy of a field without its words; for an array also without those of its elements."""
    copy: Field = field.clone()
    whole: list[Any] = [copy, getattr(copy, "base_field", None)]
    for each in filter(None, whole):
        each._verbose_name, each.choices = None, None
    return copy
