"""Lists: newest first by id, stable under writes, with an opaque cursor."""

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from rest_framework import serializers

from config.api.fields import StrictSerializer
from config.kernel.refusals import BadRequest
from config.kernel.sealed import blind_index
from config.kernel.words import say

DEFAULT, MOST = 50, 200
_MARK = 6


class LimitField(serializers.IntegerField):
    """How many rows a page holds, in ASCII digits only: `1_0`, ` 5 ` and `٣` are no numbers here."""

    def to_internal_value(self, data: Any) -> int:
        if not (isinstance(data, str) and data.isascii() and data.isdigit()):
            self.fail("invalid")
        return super().to_internal_value(data)


class PageQuery(StrictSerializer):
    """The query of every list; lists with filters add theirs."""

    cursor = serializers.CharField(required=False, max_length=200)
    limit = LimitField(required=False, min_value=1, max_value=MOST, default=DEFAULT)


def page[M: Model](
    rows: QuerySet[M],
    query: dict[str, Any],
    render: Callable[[Sequence[M]], Iterable[dict[str, Any]]],
    *,
    oldest_first: bool = False,
) -> dict[str, Any]:
    """Return one page of rows ordered by id and the cursor of the next.

    :param render: from the page's rows to their answers, at once, so that it can gather in sets.
    """
    limit = query.get("limit", DEFAULT)
    if cursor := query.get("cursor"):
        side = "gt" if oldest_first else "lt"
        rows = rows.filter(**{f"pk__{side}": read_cursor(rows.model, cursor)})
    found = list(rows.order_by("pk" if oldest_first else "-pk")[: limit + 1])
    more = len(found) > limit
    shown = found[:limit]
    return {"results": list(render(shown)), "next": write_cursor(shown[-1]) if more else None}


def write_cursor(row: Model) -> str:
    """Return the opaque cursor after a row."""
    text = str(row.pk)
    return base64.urlsafe_b64encode(_mark(type(row), text) + text.encode()).decode().rstrip("=")


def _mark(model: type[Model], text: str) -> bytes:
    # A cursor of another list is an unknown one.
    return blind_index("cursor", f"{model._meta.label}|{text}")[:_MARK]


def read_cursor(model: type[Model], cursor: str) -> str:
    """Return the row id a cursor stands for in a list of this model.

    :raises BadRequest: when it is none of ours.
    """
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        text = data[_MARK:].decode()
    except (binascii.Error, ValueError):
        text, data = "", b""
    if not text or not hmac.compare_digest(_mark(model, text), data[:_MARK]):
        raise BadRequest({"cursor": [say("不是有效的游标。", "Not a cursor of this list.")]})
    return text
