"""Rows of a list by legal basis, term and remark (名单行分组), shown before the checker approves it.

The groups are counted when the list is checked and again when it is registered, and stored with it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.imports.vocabulary import ListOutcome
from blacklist.policy.penalties import PENALIZED
from blacklist.regimes import LegalBasis, measure_text, regimes
from blacklist.vocabulary import Category, Remark
from config.kernel.database.sql import rows
from config.kernel.law.text import Text

#: Outcomes whose rows are registered once the list is approved.
REGISTERED = frozenset({ListOutcome.NEW, ListOutcome.REVIEW})
#: The group of a staged certificate: basis, category, and the year in which the stated term ends.
GROUP = "concat_ws('|', p.legal_basis, p.category, extract(year FROM p.term_to))"
_GROUPS = f"""
SELECT {GROUP} AS name, sum(p.rows)::bigint AS rows FROM blacklist_stagedpaper p
WHERE p.import_id = %s AND p.outcome IN ('new', 'review') GROUP BY 1
"""  # noqa: S608 - a constant
_REMARKS = """
SELECT code, count(DISTINCT line) AS rows FROM blacklist_listfault
WHERE import_id = %s AND outcome IN ('new', 'review') AND code = ANY(%s) GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Certificates with one basis and category, whose stated terms end in one year.

    :ivar name: as `GROUP` writes it.
    :ivar ends: the year; None if no term is stated.
    """

    name: str
    basis: LegalBasis
    category: Category
    ends: int | None
    rows: int

    @property
    def term(self) -> str:
        """Return the code of the group's term; certificates with equally long terms share it."""
        if self.category not in PENALIZED:
            return "open"
        regime = regimes().get(self.basis)
        if regime is None:
            return "unknown"
        if regime.term_prevails and self.ends:
            return f"stated-{self.ends}"
        return "-".join(["years", *(str(each.years_for(self.category)) for each in regime.penalty)])

    @property
    def term_text(self) -> Text:
        """Return the length of the term in words."""
        if self.category not in PENALIZED:
            return Text("涉案账户，无固定期限", "Case accounts, without a fixed term")
        regime = regimes().get(self.basis)
        if regime is None:
            return Text("-", "-")
        if regime.term_prevails and self.ends:
            return Text(f"文书所载期限至{self.ends}年", f"Until {self.ends}, as the paper states")
        by_years: defaultdict[int, list[Text]] = defaultdict(list)
        for each in regime.penalty:
            by_years[each.years_for(self.category)].append(measure_text(each.kind, each.stops, regime.verb))
        if len(by_years) == 1:
            (years,) = by_years
            return Text(f"自认定之日起{years}年", f"{years} years from the certification")
        zh = "；".join(f"{years}年：{'、'.join(each.zh for each in words)}" for years, words in by_years.items())
        en = "; ".join(f"{years} years: {', '.join(each.en for each in words)}" for years, words in by_years.items())
        return Text(f"自认定之日起{zh}", f"From the certification {en}")


def count_groups(import_id: UUID) -> dict[str, Any]:
    """Count the rows to be registered by group and by remark, in the form stored with a list."""
    remarks = {each["code"]: int(each["rows"]) for each in rows(_REMARKS, [import_id, Remark.values])}
    return {
        "remarks": {each.value: remarks[each] for each in Remark if each in remarks},
        "groups": {each["name"]: int(each["rows"]) for each in rows(_GROUPS, [import_id])},
    }


def remark_counts(row: ListImport) -> dict[str, int]:
    """Count the rows to be registered by remark, in the order of the vocabulary."""
    found: Mapping[str, int] = row.summary.get("remarks", {})
    return {each.value: int(found[each]) for each in Remark if each in found}


def groups_of(row: ListImport) -> list[RowGroup]:
    """Return the groups of rows to be registered, largest first."""
    counts = Counter(row.summary.get("groups", {}))
    return [_group(name, count) for name, count in counts.most_common()]


def _group(name: str, count: int) -> RowGroup:
    basis, category, *ends = name.split("|")
    return RowGroup(name, LegalBasis(basis), Category(category), int(ends[0]) if ends else None, count)
