"""What is to be said of single rows of a list (名单行提示): where, by which code and why; never a value that is not masked."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from blacklist.vocabulary.imports import ListOutcome
from config.kernel.sql import copied

_COPY = "COPY blacklist_listfault (import_id, line, outcome, col, code, zh, en, named) FROM STDIN"


@dataclass(frozen=True, slots=True)
class ListFault:
    """Why a row is refused, is to be looked at by hand, or is another than what is registered.

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
