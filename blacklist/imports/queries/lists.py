"""Imports of lists as they stand (名单导入): how far each is, what becomes of its rows, whom they touch."""

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
    """Return how many rows there are of each outcome; none before it is checked."""
    counts: dict[str, Any] = row.summary.get("counts", {})
    return {each.value: int(counts.get(each.value, 0)) for each in ListOutcome}


def rows_due(row: ListImport) -> int:
    """Return how many rows are to be registered, those that are looked at by hand among them."""
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

#: Of how many of each kind a row tells which they are.
MOST_TOUCHED = 20
#: Before every row.
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
#: The codes of a row are in the order of the vocabulary, and so are their sentences.
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
#: Each row is in one of the two.
_BOTH = "SELECT * FROM (({judged}) UNION ALL ({faults})) found ORDER BY line, col, code LIMIT %(limit)s"
#: Rows that are listed once each, whatever is said of them; of the others each fault is.
_ONCE = (ListOutcome.NEW, ListOutcome.REVIEW, ListOutcome.KNOWN)
_TOUCHES = """
SELECT line, kind, object_id FROM blacklist_listtouch
WHERE import_id = %s AND line = ANY(%s) ORDER BY line, kind, object_id
"""


@dataclass(frozen=True, slots=True)
class ListRowTold:
    """What becomes of a row of a list, and what it touches.

    :ivar row: counted from 1 below the header.
    :ivar codes: all that the row has; `code` is one of them where it is listed once for each, else the first.
    :ivar named: whom or what it names, masked; empty where that is not told.
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
        """Return its place in the order in which rows are listed."""
        return self.row + 1, self.column, self.code


@dataclass(frozen=True, slots=True)
class ListProgress:
    """How far an import is.

    :ivar rows: done of what is done now: read, registered, or certificates undone.
    :ivar per_second: since it began; None where nothing is under way.
    :ivar seconds_left: at that rate.
    """

    rows: int
    total: int
    per_second: int | None = None
    seconds_left: int | None = None


def status_of(row: ListImport, at: datetime) -> ListStatus:
    """Return the status of a list at an instant: its proposal tells that it is pending, the clock that it is sealed."""
    return ListStatus(LISTS.status_of(row, at))


def progress_of(row: ListImport, at: datetime) -> ListProgress:
    """Return how far an import is."""
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
) -> list[ListRowTold]:
    """Return some of the rows of an outcome, or of all, in their order, with what each touches.

    A row that is refused or not imported is listed once for each of its faults, every other one once.

    :param remark: of rows that are registered, only those with it.
    :param groups: of rows that are registered, only those of papers in these (`blacklist.imports.queries.groups`).
    :param after: the place of the last of the page before.
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
        ListRowTold(
            each["line"] - 1, ListOutcome(each["outcome"]), each["col"], each["code"], each["zh"], each["en"],
            each["named"], each["codes"], touches.get(each["line"], {}),
        )
        for each in found
    ]  # fmt: skip


def refused_cells(import_id: UUID, words: Mapping[str, Text]) -> Iterator[tuple[object, ...]]:
    """Yield the cells of a file of refused rows in the reader's language, names and numbers masked, its head first.

    A row with several faults comes with each.

    :param words: what screens call the columns.
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
    """Return how many customers, accounts, cards and held transfers a list touched when it was checked, each once."""
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
class BroughtBy:
    """The list that a certificate came with.

    :ivar source: what its file is called.
    :ivar undone_by: who approved that it is undone; empty where it is not.
    """

    source: str
    approved_by: str
    approval_id: UUID | None
    undone_by: str = ""
    undo_id: UUID | None = None


def brought_by(certificate: Certificate) -> BroughtBy | None:
    """Return the list that a certificate came with, None where it was entered by itself."""
    if certificate.brought_by_id is None:
        return None
    source = ListImport.objects.values_list("source", flat=True).get(pk=certificate.brought_by_id)
    found = Approval.objects.filter(object_id=certificate.brought_by_id, status=ApprovalStatus.APPROVED)
    told = {kind: (name, pk) for kind, name, pk in found.values_list("kind", "decided_by__name", "id")}
    return BroughtBy(source, *told.get("import", ("", None)), *told.get("import_undo", ("", None)))
