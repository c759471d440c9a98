"""Saved filters (已存条件): a few for each person and list, sealed."""

import json
from dataclasses import dataclass, field
from uuid import UUID

from config.kernel.database.ids import new_id
from config.kernel.database.sql import rows
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models.requests import VIEW_MAX, VIEWS_MOST, SavedView
from config.kernel.vault.sealed import seal, seal_context

NAME_MAX = 40
_FULL = Text(
    f"每人每个清单最多保存{VIEWS_MOST}个条件，请先删除一个。",
    f"At most {VIEWS_MOST} views of a list are kept; delete one first.",
)
_TOO_LONG = Text("条件过长，未保存。", "The filters are too long to be kept.")

# Each content gets a new id, so that the previous sealed content cannot be opened under it.
_KEEP = """
INSERT INTO kernel_savedview (id, principal_id, page, slot, content, saved_at)
VALUES (%s, %s, %s, %s, %s, clock_timestamp())
ON CONFLICT (principal_id, page, slot)
DO UPDATE SET id = EXCLUDED.id, content = EXCLUDED.content, saved_at = EXCLUDED.saved_at
"""


@dataclass(frozen=True, slots=True)
class View:
    """Filters under a name.

    :ivar query: as in the address of the list.
    """

    slot: int
    name: str = field(repr=False)
    query: str = field(repr=False)


def views_of(principal_id: UUID, page: str) -> list[View]:
    """Return a principal's saved views of a list, by name."""
    found = [
        View(row.slot, **_read(row.content)) for row in SavedView.objects.filter(principal_id=principal_id, page=page)
    ]
    return sorted(found, key=lambda view: view.name)


def keep_view(principal_id: UUID, page: str, name: str, query: str) -> None:
    """Save filters under a name, replacing those of the same name.

    :raises BadRequest: on `name`, when the limit is reached, or the name is too long.
    """
    there = views_of(principal_id, page)
    taken = {view.slot for view in there}
    free = [slot for slot in range(1, VIEWS_MOST + 1) if slot not in taken]
    slot = next((view.slot for view in there if view.name == name), free[0] if free else None)
    if slot is None:
        raise BadRequest({"name": [_FULL]})
    row_id = new_id()
    content = json.dumps({"name": name, "query": query}, ensure_ascii=False)
    sealed = seal(content, where=seal_context("kernel_savedview", "content", row_id))
    if len(sealed) > VIEW_MAX:
        raise BadRequest({"name": [_TOO_LONG]})
    rows(_KEEP, [row_id, principal_id, page, slot, sealed])


def forget_view(principal_id: UUID, page: str, slot: int) -> None:
    """Delete one of a principal's views."""
    rows("DELETE FROM kernel_savedview WHERE principal_id = %s AND page = %s AND slot = %s", [principal_id, page, slot])


def _read(content: object) -> dict[str, str]:
    """Return name and filters of a view; for one that cannot be opened, a name that says so and no filters."""
    try:
        view = json.loads(str(content))
    except ValueError:
        return {"name": str(content), "query": ""}
    return {"name": view["name"], "query": view["query"]}
