"""Pagination of rows by id, the newest first."""

from typing import Any

from django.db.models import Model, QuerySet


def newest_page[M: Model](found: QuerySet[M], before: Any, limit: int) -> tuple[list[M], Any]:
    """Return a page of rows, the newest first, and the id of its last row if more follow.

    :param before: the id of the last row of the previous page; None for the first page.
    """
    among = found if before is None else found.filter(pk__lt=before)
    rows = list(among.order_by("-pk")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None
