"""Groups of a list's rows by legal basis, term and remark, each with a link to its rows (名单行分组)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from blacklist.imports.models import ListImport
from blacklist.imports.queries.groups import groups_of, remark_counts
from blacklist.vocabulary import Remark
from config.kernel.law.text import Text

BASIS, TERM, REMARK = "basis", "term", "remark"
_TITLES = {
    BASIS: Text("认定依据", "Legal basis"),
    TERM: Text("惩戒期间", "Term"),
    REMARK: Text("提示", "Remark"),
}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """Number of rows in one group.

    :ivar by: by what the rows are grouped: `BASIS`, `TERM` or `REMARK`.
    """

    by: str
    code: str
    text: Text
    rows: int
    address: str

    @property
    def title(self) -> Text:
        """Return the name of the grouping, for example legal basis."""
        return _TITLES[self.by]


def group_lines(row: ListImport) -> list[GroupLine]:
    """Return the rows to be registered by basis, term and remark; empty before the list is checked."""
    page = reverse("desk:list-import", args=[row.id])
    return [
        GroupLine(by, code, word, count, f"{page}?{urlencode({by: code})}#h-rows")
        for by, code, word, count in (*_by_group(row), *_by_remark(row))
    ]


@dataclass(frozen=True, slots=True)
class RequestedGroup:
    """The group of rows that a page is asked for.

    :ivar by: by what the rows are grouped; empty for all rows.
    """

    by: str = ""
    code: str = ""

    def narrowed(self, row: ListImport) -> dict[str, Any]:
        """Return the arguments of `rows_page` that select this group."""
        if self.by == REMARK:
            return {"remark": self.code}
        found = ((each.name, each.basis if self.by == BASIS else each.term) for each in groups_of(row))
        return {"groups": [name for name, code in found if code == self.code]} if self.by else {}


def requested_group(query: QueryDict, lines: Iterable[GroupLine]) -> RequestedGroup:
    """Return the group that an address asks for; unknown groups select no row."""
    for each in lines:
        if query.get(each.by) == each.code:
            return RequestedGroup(each.by, each.code)
    return RequestedGroup()


def _by_group(row: ListImport) -> Iterator[tuple[str, str, Text, int]]:
    groups = groups_of(row)
    for by in (BASIS, TERM):
        counts: Counter[str] = Counter()
        words: dict[str, Text] = {}
        for each in groups:
            code = str(each.basis) if by == BASIS else each.term
            counts[code] += each.rows
            words[code] = each.basis.text if by == BASIS else each.term_text
        yield from ((by, code, words[code], count) for code, count in counts.most_common())


def _by_remark(row: ListImport) -> Iterator[tuple[str, str, Text, int]]:
    for code, count in remark_counts(row).items():
        yield REMARK, code, Remark(code).text, count
