"""The rows of a list by legal basis, by term and by remark, each with the address of the rows (名单行分组)."""

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
    TERM: Text("期限", "Term"),
    REMARK: Text("提示", "Remark"),
}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """How many rows have something in common.

    :ivar by: what they have in common: `BASIS`, `TERM` or `REMARK`.
    """

    by: str
    code: str
    text: Text
    rows: int
    address: str

    @property
    def title(self) -> Text:
        """Return what its rows have in common, in a word."""
        return _TITLES[self.by]


def group_lines(row: ListImport) -> list[GroupLine]:
    """Return the rows that are to be registered by basis, by term and by remark; none before a list is checked."""
    page = reverse("desk:list-import", args=[row.id])
    return [
        GroupLine(by, code, word, count, f"{page}?{urlencode({by: code})}#h-rows")
        for by, code, word, count in (*_by_group(row), *_by_remark(row))
    ]


@dataclass(frozen=True, slots=True)
class GroupAsked:
    """Which of the rows that are to be registered a page asks for.

    :ivar by: what they have in common; empty where all rows are meant.
    """

    by: str = ""
    code: str = ""

    def narrowed(self, row: ListImport) -> dict[str, Any]:
        """Return how `rows_page` is asked for them."""
        if self.by == REMARK:
            return {"remark": self.code}
        found = ((each.name, each.basis if self.by == BASIS else each.term) for each in groups_of(row))
        return {"groups": [name for name, code in found if code == self.code]} if self.by else {}


def asked_for(query: QueryDict, lines: Iterable[GroupLine]) -> GroupAsked:
    """Return what an address asks for; what no line leads to asks for nothing."""
    for each in lines:
        if query.get(each.by) == each.code:
            return GroupAsked(each.by, each.code)
    return GroupAsked()


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
