"""What the page of an approval shows of a list."""

from blacklist.imports.desk.groups import GroupLine, group_lines
from blacklist.imports.queries.lists import LISTS
from config.kernel.models import Approval


def lines_of(approval: Approval) -> list[GroupLine]:
    """Return the rows by basis, term and remark of the list that a proposal is about; none of any other proposal."""
    row = LISTS.find(approval.object_id) if approval.kind == "import" else None
    return group_lines(row) if row else []
