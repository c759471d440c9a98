"""Personal values as they are shown (脱敏): a field of a model says by its mask how.

Lists, pages, answers and evidence ask here for what they show, so that none of them chooses a mask. A migration knows
no masks.
"""

from collections.abc import Callable
from typing import Any

from django.db import models


class MaskedCharField(models.CharField):
    """Hold a personal text that is not sealed, such as an account number of this bank.

    :param mask: how it is shown.
    """

    def __init__(self, *args: Any, mask: Callable[[str], str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.mask = mask

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def mask_of(model: type[models.Model] | models.Model, name: str) -> Callable[[str], str]:
    """Return the mask of a field.

    :raises TypeError: when the field has none: it is no personal value, or is not to be shown in part.
    """
    field = model._meta.get_field(name)
    mask = getattr(field, "mask", None)
    if mask is None:
        raise TypeError(f"{field} has no mask")
    return mask  # type: ignore[no-any-return]


def masked(row: models.Model, name: str) -> str:
    """Return a personal value of a row as it is shown; an empty text where there is none.

    :raises TypeError: when the field has no mask.
    """
    mask, value = mask_of(row, name), getattr(row, name)
    return mask(value) if value else ""
