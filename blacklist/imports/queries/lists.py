"""Queries of list imports (名单导入): progress, outcome of each row, and affected objects."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.imports.queries.groups import GROUP, REGISTERED
from blacklist.imports.refusals import ListImportBusy, ListImportState, ListKeysChanged, NothingToRegister
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.models import Certificate
from blacklist.vocabulary import ReviewReason, TouchKind
from config.kernel.database.sql import rows
from config.kernel.intake.imports import Intake
from config.kernel.intake.tables import FAULT_HEAD, fault_cells
from config.kernel.law.text import Text
from config.kernel.models import Approval, ApprovalStatus


def counts_of(row: ListImport) -> Mapping[str, int]:
    """Count the rows of a list by outcome; empty before it is checked."""
    counts: dict[str, Any] = row.summary.get("counts", {})
    return {each.value: int(counts.get(each.value, 0)) for each in ListOutcome}


def rows_due(row: ListImport) -> int:
    """Count the rows to be registered, including those that need review."""
    counts = counts_of(row)
    return counts[ListOutcome.NEW] + counts[ListOutcome.REVIEW]


LISTS = Intake(
    model=ListImport,
    lock=0x6C697374,
    busy=ListImportBusy,
    unfit=ListImportState,
    keys_changed=ListKeysChanged,
    nothing_due=NothingToRegister,
    under_way=(ListStatus.APPLYING, ListStatus.UNDOING),
    given_up=ListStatus.REFUSED,
    staging=lambda: ("blacklist_stagedrow", "blacklist_stagedpaper", "blacklist_listfault", "blacklist_listtouch"),
    faults="blacklist_listfault",
    due=rows_due,
    forgets_broken=True,
)

#: Maximum of objects of each kind shown for a row.
MOST_TOUCHED = 20
#: Sort key before every row.
BEGINNING = (0, "", "")
_FAULTS = """
SELECT f.line, f.outcome, f.col, f.code, f.zh, f.en, f.named, ARRAY(
    SELECT o.code FROM blacklist_listfault o
    WHERE o.import_id = f.import_id AND o.outcome = f.outcome AND o.line = f.line ORDER BY o.col, o.code
) AS codes
FROM blacklist_listfault f
WHERE f.import_id = %(import)s AND f.outcome = ANY(%(faulty)s)
  AND (f.line, f.col, f.code) > (%(line)s, %(col)s, %(code)s)
ORDER BY f.line, f.col, f.code LIMIT %(limit)s
"""
#: The codes of a row, and their sentences, are in the order of the vocabulary.
_JUDGED = """
SELECT s.line, p.outcome, coalesce(f.cols[1], '') AS col, coalesce(f.codes[1], '') AS code, coalesce(f.zh, '') AS zh,
       coalesce(f.en, '') AS en, coalesce(f.named, '') AS named, coalesce(f.codes, '{{}}') AS codes
FROM blacklist_stagedrow s JOIN blacklist_stagedpaper p USING (import_id, paper)
CROSS JOIN LATERAL (
    SELECT array_agg(t.code ORDER BY t.place) AS codes, array_agg(t.col ORDER BY t.place) AS cols,
           string_agg(t.zh, '；' ORDER BY t.place) AS zh, string_agg(t.en, '; ' ORDER BY t.place) AS en,
           min(t.named) AS named
    FROM (SELECT *, array_position(%(vocabulary)s::text[], code) AS place FROM blacklist_listfault
          WHERE import_id = s.import_id AND outcome = p.outcome AND line = s.line) t
) f
WHERE s.import_id = %(import)s AND s.outcome IS NULL AND p.outcome = ANY(%(judged)s) AND s.line > %(line)s{more}
ORDER BY s.line LIMIT %(limit)s
"""
_WITH_REMARK = """ AND EXISTS (
    SELECT FROM blacklist_listfault r
    WHERE r.import_id = s.import_id AND r.outcome = p.outcome AND r.line = s.line AND r.code = %(remark)s)"""
_IN_GROUPS = f" AND {GROUP} = ANY(%(groups)s)"
#: Each row is in exactly one of the two queries.
_BOTH = "SELECT * FROM (({judged}) UNION ALL ({faults})) found ORDER BY line, col, code LIMIT %(limit)s"
#: Rows listed once each; other rows are listed once for each fault.
_ONCE = (ListOutcome.NEW, ListOutcome.REVIEW, ListOutcome.KNOWN)
_TOUCHES = """
SELECT line, kind, object_id FROM blacklist_listtouch
WHERE import_id = %s AND line = ANY(%s) ORDER BY line, kind, object_id
"""


@dataclass(frozen=True, slots=True)
class ListRowOutcome:
    """Outcome of a row of a list, and the objects that it affects.

    :ivar row: counted from 1 below the header.
    :ivar codes: all codes of the row. `code` is one of them if the row is listed once for each, otherwise the first.
    :ivar named: its subject or account, masked; empty if not shown.
    """

    row: int
    outcome: ListOutcome
    column: str
    code: str
    zh: str
    en: str
    named: str = field(repr=False)
    codes: Sequence[str] = ()
    touches: Mapping[TouchKind, Sequence[UUID]] = field(default_factory=dict)

    @property
    def place(self) -> tuple[int, str, str]:
        """Return its sort key in lists of rows."""
        return self.row + 1, self.column, self.code


@dataclass(frozen=True, slots=True)
class ListProgress:
    """Progress of an import.

    :ivar rows: number read, registered or undone, by the current step.
    :ivar per_second: average rate since the start; None while nothing runs.
    :ivar seconds_left: remaining time at that rate.
    """

    rows: int
    total: int
    per_second: int | None = None
    seconds_left: int | None = None


def status_of(row: ListImport, at: datetime) -> ListStatus:
    """Return the status of a list at an instant, from its row, its proposal and the clock."""
    return ListStatus(LISTS.status_of(row, at))


def progress_of(row: ListImport, at: datetime) -> ListProgress:
    """Return the progress of an import at an instant."""
    if row.status in {ListStatus.STAGING, ListStatus.STAGED, ListStatus.REFUSED}:
        done, total, since = row.read, max(row.read, row.line_count), row.started_at
        if row.status != ListStatus.STAGING:
            total = row.read
    else:
        done, total, since = row.rows_done, row.rows_due, row.begun_at or row.in_force_at or at
    if row.status not in {ListStatus.STAGING, ListStatus.APPLYING, ListStatus.UNDOING} or not done:
        return ListProgress(done, total)
    per_second = done / max((at - since).total_seconds(), 0.001)
    return ListProgress(done, total, round(per_second), round((total - done) / per_second))


def rows_page(
    import_id: UUID,
    outcome: ListOutcome | None = None,
    *,
    remark: str = "",
    groups: Collection[str] | None = None,
    after: tuple[int, str, str] = BEGINNING,
    limit: int,
) -> list[ListRowOutcome]:
    """Return a page of rows, of one outcome or of all, with the objects that each affects.

    A row that is refused or not imported is listed once for each of its faults, every other one once.

    :param remark: only rows to be registered with this remark.
    :param groups: only rows to be registered in these groups (`blacklist.imports.queries.groups`).
    :param after: the place of the last row of the previous page.
    """
    line, col, code = after
    wanted = set(ListOutcome) if outcome is None else {outcome}
    if remark or groups is not None:
        wanted &= REGISTERED
    judged, faulty = ([each.value for each in wanted if (each in _ONCE) is once] for once in (True, False))
    params: dict[str, Any] = {
        "import": import_id, "judged": judged, "faulty": faulty, "line": line, "col": col, "code": code, "limit": limit,
        "vocabulary": ReviewReason.values, "remark": remark, "groups": list(groups or ()),
    }  # fmt: skip
    more = (_WITH_REMARK if remark else "") + (_IN_GROUPS if groups is not None else "")
    found = (
        rows(_page(_JUDGED.format(more=more) if judged else "", _FAULTS if faulty else ""), params) if wanted else []
    )
    touches = _touches(import_id, [each["line"] for each in found])
    return [
        ListRowOutcome(
            each["line"] - 1, ListOutcome(each["outcome"]), each["col"], each["code"], each["zh"], each["en"],
            each["named"], each["codes"], touches.get(each["line"], {}),
        )
        for each in found
    ]  # fmt: skip


def refused_cells(import_id: UUID, words: Mapping[str, Text]) -> Iterator[tuple[object, ...]]:
    """Yield the lines of a file of refused rows in the reader's language, masked, header first.

    A row with several faults is repeated for each.

    :param words: column headings as on screen.
    """
    yield Text("行（表头不计）", "Row below the header"), Text("所列（脱敏）", "Names (masked)"), *FAULT_HEAD
    after = BEGINNING
    while found := rows_page(import_id, ListOutcome.REFUSED, after=after, limit=2000):
        for each in found:
            yield each.row, each.named, *fault_cells(each.column, each.code, each.zh, each.en, words)
        after = found[-1].place


def _page(judged: str, faults: str) -> str:
    return _BOTH.format(judged=judged, faults=faults) if judged and faults else judged or faults


def touches_of(row: ListImport) -> Mapping[TouchKind, int]:
    """Count the customers, accounts, cards and held transfers that a list affected when checked, each once."""
    found: dict[str, Any] = row.summary.get("touches", {})
    return {each: int(found.get(each.value, 0)) for each in TouchKind}


def _touches(import_id: UUID, lines: Sequence[int]) -> Mapping[int, Mapping[TouchKind, list[UUID]]]:
    found: dict[int, dict[TouchKind, list[UUID]]] = defaultdict(lambda: defaultdict(list))
    for each in rows(_TOUCHES, [import_id, list(lines)]) if lines else ():
        ids = found[each["line"]][TouchKind(each["kind"])]
        if len(ids) < MOST_TOUCHED:
            ids.append(each["object_id"])
    return found


@dataclass(frozen=True, slots=True)
class SourceList:
    """The list from which a certificate was registered.

    :ivar source: name of its file.
    :ivar undone_by: the person who approved its undoing; empty if it is not undone.
    """

    source: str
    approved_by: str
    approval_id: UUID | None
    undone_by: str = ""
    undo_id: UUID | None = None


def source_list_of(certificate: Certificate) -> SourceList | None:
    """Return the list from which a certificate was registered; None for single entry."""
    if certificate.brought_by_id is None:
        return None
    source = ListImport.objects.values_list("source", flat=True).get(pk=certificate.brought_by_id)
    found = Approval.objects.filter(object_id=certificate.brought_by_id, status=ApprovalStatus.APPROVED)
    decided = {kind: (name, pk) for kind, name, pk in found.values_list("kind", "decided_by__name", "id")}
    return SourceList(source, *decided.get("import", ("", None)), *decided.get("import_undo", ("", None)))
