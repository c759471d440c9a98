"""Pagination of lists: newest first by id, stable under writes, with an opaque cursor."""

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from rest_framework import serializers

from config.frames.api.fields import StrictSerializer, TextField
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.vault.sealed import blind_index

DEFAULT, MOST = 50, 200
#: Maximum number of rows examined for one page if no index finds the matching ones.
LOOKED_THROUGH_MAX = 20_000
_MARK = 6
_NO_CURSOR = Text("不是有效的游标。", "Not a valid cursor.")


class LimitField(serializers.IntegerField):
    """The page size, in ASCII digits only: `1_0`, ` 5 ` and `٣` are refused."""

    def to_internal_value(self, data: Any) -> int:
        if not (isinstance(data, str) and data.isascii() and data.isdigit()):
            self.fail("invalid")
        return super().to_internal_value(data)


class PageQuery(StrictSerializer):
    """Query parameters of every list; lists with filters add theirs."""

    cursor = TextField(required=False, max_length=200)
    limit = LimitField(required=False, min_value=1, max_value=MOST, default=DEFAULT)


def page[M: Model](
    rows: QuerySet[M],
    query: dict[str, Any],
    render: Callable[[Sequence[M]], Iterable[dict[str, Any]]],
    *,
    oldest_first: bool = False,
    among: QuerySet[M] | None = None,
) -> dict[str, Any]:
    """Return one page of rows ordered by id, and the cursor of the next.

    :param render: turns the rows of the page into answers, all at once, so that it can query in sets.
    :param among: rows that an index gives in the order of the list, newest first, if `rows` adds further
        conditions. A page ends once a number of them was examined, however few matched.
    """
    limit = query.get("limit", DEFAULT)
    end = None
    if cursor := query.get("cursor"):
        beyond = {f"pk__{'gt' if oldest_first else 'lt'}": read_cursor(rows.model, cursor)}
        rows = rows.filter(**beyond)
        among = None if among is None else among.filter(**beyond)
    if among is not None and (end := among.only("pk").order_by("-pk")[LOOKED_THROUGH_MAX:].first()):
        rows = rows.filter(pk__gte=end.pk)
    found = list(rows.order_by("pk" if oldest_first else "-pk")[: limit + 1])
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else end
    return {"results": list(render(shown)), "next": write_cursor(last) if last else None}


def write_cursor(row: Model) -> str:
    """Return the opaque cursor after a row."""
    text = str(row.pk)
    return base64.urlsafe_b64encode(_mark(type(row), text) + text.encode()).decode().rstrip("=")


def _mark(model: type[Model], text: str) -> bytes:
    # The name of the model makes a cursor of another list invalid.
    return blind_index("cursor", f"{model._meta.label}|{text}")[:_MARK]


def read_cursor(model: type[Model], cursor: str) -> str:
    """Return the row id of a cursor for a list of this model.

    :raises BadRequest: when it is not a cursor of this list.
    """
    try:
        data = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        text = data[_MARK:].decode()
    except (binascii.Error, ValueError):
        text, data = "", b""
    if not text or not hmac.compare_digest(_mark(model, text), data[:_MARK]):
        raise BadRequest({"cursor": [_NO_CURSOR]})
    return text


class HasPlace(Protocol):
    """A row that knows its position in the order of its list."""

    @property
    def place(self) -> Sequence[str | int]: ...


def write_place(place: Sequence[str | int]) -> str:
    """Return the opaque cursor after a position, for lists of rows without ids."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_place(cursor: str, *kinds: type[str] | type[int]) -> list[Any]:
    """Return the position of a cursor.

    :param kinds: types of its parts, in order.
    :raises BadRequest: when it is not a cursor of this list.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError):
        place = None
    if (
        not isinstance(place, list)
        or [type(each) for each in place] != list(kinds)
        or not all(map(_is_of_place, place))
    ):
        raise BadRequest({"cursor": [_NO_CURSOR]})
    return place


def places[T: HasPlace](
    query: dict[str, Any],
    beginning: tuple[str | int, ...],
    find: Callable[[Any, int], Sequence[T]],
    render: Callable[[T], dict[str, Any]],
) -> dict[str, Any]:
    """Return one page of rows without ids, and the cursor of the next.

    :param beginning: the position before the first row.
    :param find: returns a number of rows after a position.
    :raises BadRequest: for an invalid cursor.
    """
    limit, cursor = query.get("limit", DEFAULT), query.get("cursor")
    after = tuple(read_place(cursor, *map(type, beginning))) if cursor else beginning
    found = find(after, limit + 1)
    return {
        "results": [render(each) for each in found[:limit]],
        "next": write_place(found[limit - 1].place) if len(found) > limit else None,
    }


def _is_of_place(part: str | int) -> bool:
    if isinstance(part, str):
        return "\0" not in part and part.isascii()
    return 0 <= part < 2**31
