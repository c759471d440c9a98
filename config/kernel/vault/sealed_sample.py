"""Proof of the keys on the data (核对密文): open sealed values and recompute their blind indexes.

A part of each run of the proof takes a sample; `reconcile` can take all values.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import models

from config.kernel.vault.sealed import SealedField

NEWEST = RANDOM = 100
#: Rows in memory at a time.
_PIECE = 2000


def contradictions(apps: Apps = installed, *, random: int = RANDOM) -> Iterator[str]:
    """Return the values of a sample that do not open, or whose index differs: `table.column id`.

    :param apps: the models in the state of the database, also during a migration.
    :param random: number of rows of each table besides the newest hundred.
    """
    for rows, fields, columns in _sealed(apps):
        for row in _sample(rows, random):
            yield from (_name(field, row) for field in fields if not _fits(field, row, columns))


def all_contradictions(tell: Callable[[str, int, int], object] = lambda _table, _done, _all: None) -> Iterator[str]:
    """Return all sealed values that do not open, or whose index differs.

    :param tell: called with table, rows examined and rows in total.
    """
    for rows, fields, columns in _sealed(installed):
        table, count = rows.model._meta.db_table, rows.count()
        for number, row in enumerate(rows.order_by("pk").iterator(chunk_size=_PIECE)):
            if number % _PIECE == 0:
                tell(table, number, count)
            yield from (_name(field, row) for field in fields if not _fits(field, row, columns))
        tell(table, count, count)


def _sealed(apps: Apps) -> Iterator[tuple["models.QuerySet[Any]", list[SealedField], set[str]]]:
    """Yield for each table with sealed columns its rows, these columns, and the names of all columns."""
    for there in apps.get_models():
        sealed = {field.name for field in there._meta.local_fields if isinstance(field, SealedField)}
        # A migration's model has the columns of its time, but not the declared indexes.
        model = installed.all_models[there._meta.app_label].get(str(there._meta.model_name)) if sealed else None
        if model is None:
            continue
        columns = {field.name for field in there._meta.local_fields} & {each.name for each in model._meta.local_fields}
        fields = [
            field for field in model._meta.local_fields if field.name in sealed and isinstance(field, SealedField)
        ]
        yield model._default_manager.only(*columns), fields, columns


def _sample(plain: "models.QuerySet[Any]", random: int) -> Iterator[Any]:
    yield from plain.order_by("-pk")[:NEWEST]
    if random:
        yield from plain.filter(pk__in=plain.model._default_manager.order_by("?").values("pk")[:random])


def _fits(field: SealedField, row: models.Model, columns: set[str]) -> bool:
    try:
        text = field.open(row)
    except (InvalidTag, LookupError, ValueError):
        return False
    if text is not None and field.says is not None and text != field.says(row):
        return False
    if row.__dict__[field.attname] is None or field.index is None or field.index.column not in columns:
        return True
    try:
        wanted = field.index.compute(row)
    except ValueError:
        # The present rules refuse this text; it was indexed under older ones.
        return True
    return bytes(getattr(row, field.index.column) or b"") == wanted


def _name(field: SealedField, row: models.Model) -> str:
    return f"{row._meta.db_table}.{field.column} {row.pk}"
