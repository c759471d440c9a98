"""Masked display of personal values (脱敏): each model field declares its mask.

Lists, pages, answers and evidence read masked values here, so that none of them chooses a mask. Migrations
contain no masks.
"""

from collections.abc import Callable
from typing import Any

from django.db import models


class MaskedCharField(models.CharField):
    """A column for an unsealed personal text, such as an account number of this bank.

    :param mask: the function that masks the value.
    """

    def __init__(self, *args: Any, mask: Callable[[str], str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mask = mask

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def mask_of(model: type[models.Model] | models.Model, name: str) -> Callable[[str], str]:
    """Return the mask of a field.

    :raises TypeError: when the field has none.
    """
    field = model._meta.get_field(name)
    mask = getattr(field, "mask", None)
    if mask is None:
        raise TypeError(f"{field} has no mask")
    return mask  # type: ignore[no-any-return]


def masked(row: models.Model, name: str) -> str:
    """Return a personal value of a row, masked; an empty text without a value.

    :raises TypeError: when the field has no mask.
    """
    mask, value = mask_of(row, name), getattr(row, name)
    return mask(value) if value else ""
