"""What is to be said of single rows of a list (名单行提示): where, by which code and why; never a value that is not masked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from blacklist.imports.vocabulary import ListOutcome
from config.kernel.database.sql import copied, rows

#: What a paper that was judged left of its rows; refused ones were never judged.
_JUDGED = """
DELETE FROM blacklist_listfault WHERE import_id = %s AND outcome IN ('new', 'review', 'changed') AND line = ANY(%s)
"""
_COPY = "COPY blacklist_listfault (import_id, line, outcome, col, code, zh, en, named) FROM STDIN"


@dataclass(frozen=True, slots=True)
class ListFault:
    """What is said of a row: a remark on its paper, or why it is refused, looked at by hand, or not imported.

    :ivar line: in the file, the header among the lines.
    :ivar named: whom or what the row names, masked.
    """

    line: int
    outcome: ListOutcome
    column: str
    code: str
    zh: str = field(repr=False)
    en: str = field(repr=False)
    named: str = field(default="", repr=False)


def keep_faults(import_id: UUID, faults: Iterable[ListFault]) -> None:
    """Keep what is to be said of rows."""
    found = list(faults)
    if not found:
        return
    with copied(_COPY) as copy:
        for each in found:
            copy.write_row(
                (import_id, each.line, each.outcome.value, each.column, each.code, each.zh, each.en, each.named)
            )


def forget_judged(import_id: UUID, lines: Iterable[int]) -> None:
    """Forget what was said of rows when their papers were judged first: they are judged anew."""
    rows(_JUDGED, [import_id, list(lines)])
