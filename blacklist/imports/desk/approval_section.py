"""Lines about a list for the page of its proposal."""

from blacklist.imports.desk.groups import GroupLine, group_lines
from blacklist.imports.queries.lists import LISTS
from config.kernel.models import Approval


def lines_of(approval: Approval) -> list[GroupLine]:
    """Return the groups of rows of the list that a proposal concerns; empty for other proposals."""
    row = LISTS.find(approval.object_id) if approval.kind == "import" else None
    return group_lines(row) if row else []
