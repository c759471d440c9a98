"""Base model of all tables, and field types used by many."""

from collections.abc import Sequence
from typing import Any, cast

from django.db import models
from django.db.models import F, Func, Value

from config.kernel.database.ids import new_id
from config.kernel.law.text import Codes, Text


def column_word(model: type[models.Model], name: str) -> Text:
    """Return the name of a column in both languages."""
    column: Any = model._meta.get_field(name)
    return cast("Text", column.verbose_name)


class CodeField(models.CharField):
    """A column for one code of a vocabulary; in migrations a `CharField` with choices.

    :param codes: the vocabulary, or its codes and words.
    :param verbose_name: the name of the column in both languages.
    """

    def __init__(
        self,
        codes: type[Codes] | Sequence[tuple[str, str]] | None = None,
        verbose_name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**{"choices": codes, "verbose_name": verbose_name, "max_length": 16} | options)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.CharField", args, options


def reference_of() -> Func:
    """Return the SQL expression of the number on a slip (流水号): the last six bytes of the id, which are random."""
    sent = Func(F("id"), function="uuid_send", output_field=models.BinaryField())
    return Func(sent, Value(11), function="substr", output_field=models.BinaryField())


def numbered[M: models.Model](model: type[M], reference: bytes) -> models.QuerySet[M]:
    """Return the rows with a number on their slips: one, unless several ids end alike.

    The table has the index of `by_reference`.
    """
    found: Any = model._default_manager.alias(reference=reference_of()).filter(reference=reference)
    return cast("models.QuerySet[M]", found)


def by_reference(name: str) -> models.Index:
    """Return the index of a table whose rows are found by the number on a slip."""
    return models.Index(reference_of(), name=name)


class PrincipalKey(models.ForeignKey):
    """A foreign key to the principal who did something, without a reverse relation; in migrations a `ForeignKey`.

    :param verbose_name: the name of the column in both languages.
    """

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        fixed: dict[str, Any] = {"to": "kernel.Principal", "on_delete": models.PROTECT, "related_name": "+"}
        super().__init__(**fixed | {"verbose_name": verbose_name} | options)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, options


class UuidModel(models.Model):
    """A row with a UUIDv7 as id, made before the row is written; its text form is the id alone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False, verbose_name=Text("编号", "Id"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)
