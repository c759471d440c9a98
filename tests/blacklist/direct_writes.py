"""Direct writes past the application; each function returns a call for `refused_by`."""

from collections.abc import Callable
from typing import Any

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows


def update(row: Any, **change: Any) -> Callable[[], Any]:
    """Return a call that changes columns of a row."""
    return lambda: type(row).objects.filter(pk=row.pk).update(**change)


def copy(row: Any, **change: Any) -> Callable[[], Any]:
    """Return a call that writes a changed copy of a row under another id."""

    def insert() -> None:
        fields = {field.attname: row.__dict__[field.attname] for field in row._meta.concrete_fields}
        type(row)(**fields | {"id": new_id()} | change).save(force_insert=True)

    return insert


def at_the_end(act: Callable[[], Any]) -> Callable[[], Any]:
    """Return a call that also runs the deferred checks, as the end of a transaction does."""

    def ended() -> None:
        act()
        rows("SET CONSTRAINTS ALL IMMEDIATE")

    return ended
