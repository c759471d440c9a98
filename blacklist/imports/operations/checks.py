"""Check a completely staged list (校验名单): judge each certificate, then count rows and affected objects.

A message about a row keeps line, column, code and reason. It contains no unmasked value.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Any
from uuid import UUID

from blacklist.imports.models import ListImport
from blacklist.imports.operations.listed_certificates import ListedCertificate, ListedRow, judge, staged_certificates
from blacklist.imports.operations.rows import head_of
from blacklist.imports.queries.groups import count_groups
from blacklist.imports.vocabulary import ListOutcome, ListStatus
from blacklist.operations.drafts import DraftSubject, party_faults
from blacklist.operations.impact import NamedBySql, impact_query
from blacklist.vocabulary import CertificatePart, ReviewReason, SubjectKind, TouchKind
from config.kernel.database.bulk import in_sets
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.sql import copied, rows
from config.kernel.law.text import Text
from config.kernel.requests.documents import DocumentInput

#: Number of certificates judged together.
PORTION = 1000

#: Delete the messages of judged certificates; refused rows were never judged.
_FORGET_JUDGED = """
DELETE FROM blacklist_listfault WHERE import_id = %s AND outcome IN ('new', 'review', 'changed') AND line = ANY(%s)
"""
_FAULT = "COPY blacklist_listfault (import_id, line, outcome, col, code, zh, en, named) FROM STDIN"


@dataclass(frozen=True, slots=True)
class ListFault:
    """A message about a row: a remark on its certificate, or why it is refused, reviewed or skipped.

    :ivar line: line of the file, the header being line 1.
    :ivar named: the subject or account of the row, masked.
    """

    line: int
    outcome: ListOutcome
    column: str
    code: str
    zh: str = field(repr=False)
    en: str = field(repr=False)
    named: str = field(default="", repr=False)


def keep_faults(import_id: UUID, faults: Iterable[ListFault]) -> None:
    """Store messages about rows."""
    found = list(faults)
    if not found:
        return
    with copied(_FAULT) as copy:
        for each in found:
            copy.write_row(
                (import_id, each.line, each.outcome.value, each.column, each.code, each.zh, each.en, each.named)
            )


def delete_messages(import_id: UUID, lines: Iterable[int]) -> None:
    """Delete the messages of rows that are about to be judged again."""
    rows(_FORGET_JUDGED, [import_id, list(lines)])


_PAPER = """
COPY blacklist_stagedpaper (import_id, paper, outcome, rows, certificate_id, doc_no, authority_name, authority_compared,
    region_code, level, certified_on, received_on, category, legal_basis, term_from, term_to, sentence_kind,
    sentence_effective_on, sentence_served_on, extent_accounts, extent_times, extent_counterparties, review_reasons, content) FROM STDIN
"""
_COUNTS = """
SELECT p.outcome, count(*) AS several, sum(p.rows)::bigint AS rows FROM blacklist_stagedpaper p
WHERE p.import_id = %s GROUP BY 1
"""
_SOMEBODY = DraftSubject(SubjectKind.INDIVIDUAL, "", DocumentInput("", ""))
#: Column of a row for each part of a single entry, and for each reason for review.
_PART_COLUMNS = {
    CertificatePart.LEVEL: "level",
    CertificatePart.TERM: "term_to",
    CertificatePart.SENTENCE: "sentence_kind",
    CertificatePart.EXTENT: "extent_accounts",
    CertificatePart.CASE_ACCOUNTS: "account_number",
    CertificatePart.SUBJECTS: "document_number",
}
_REASON_COLUMNS = {
    ReviewReason.DISTRICT_BRANCH: "level",
    ReviewReason.LEVEL_CONTRADICTS_REGION: "region_code",
    ReviewReason.NAME_DIFFERS: "name",
    ReviewReason.CASE_ACCOUNT_UNKNOWN: "account_number",
    ReviewReason.TERM_SHORTER: "term_to",
    ReviewReason.BELOW_THRESHOLD: "extent_accounts",
    ReviewReason.TERM_LONGER: "term_to",
    ReviewReason.TERM_BEYOND_FIVE_YEARS: "term_to",
    ReviewReason.TERM_BEFORE_CERTIFICATION: "term_from",
    ReviewReason.TERM_NOT_STATED: "term_to",
    ReviewReason.UNIT_AS_PUNISHED: "kind",
}
_CHANGED = Text(
    "该认定机关的同一文书号已登记，内容与本行不同，原登记不变，本行不导入。",
    "This authority's document number is registered with other content, which stays in force; the row is not imported.",
)


def check_certificates(row: ListImport, on_step: Callable[[int], None] = lambda _papers: None) -> None:
    """Judge each certificate of a staged list and count rows by outcome, in the caller's transaction.

    :param on_step: called with the number of certificates judged.
    """
    in_sets(row.read)
    for several in batched(staged_certificates(row.id), PORTION, strict=False):
        whole = [paper for paper in several if _is_whole(row.id, paper)]
        judge(whole)
        keep_faults(row.id, (fault for paper in whole for fault in certificate_messages(paper)))
        _keep(row.id, whole)
        on_step(len(several))
    keep_touches(row.id)
    row.summary = count_rows(row) | {"touches": touch_counts(row.id)}
    counts = row.summary["counts"]
    taken = sum(counts[each.value] for each in ListOutcome if each is not ListOutcome.REFUSED)
    row.status, row.staged_at = ListStatus.STAGED if taken else ListStatus.REFUSED, bank_now()
    row.save(update_fields=["status", "staged_at", "summary"])


def count_rows(row: ListImport) -> dict[str, Any]:
    """Count rows and certificates of a list by outcome, and rows by remark and group."""
    found = {each["outcome"]: each for each in rows(_COUNTS, [row.id])}
    counts = {each.value: int(found[each]["rows"]) if each in found else 0 for each in ListOutcome}
    counts["refused"] = row.read - sum(counts.values())
    several = {each.value: int(found[each]["several"]) for each in ListOutcome if each in found}
    return {"counts": counts, "certificates": several} | count_groups(row.id)


def certificate_messages(paper: ListedCertificate) -> Iterator[ListFault]:
    """Yield the messages about a judged certificate: remarks, and reasons for review or for skipping it."""
    assert paper.outcome is not None  # noqa: S101 - it was judged
    for each in paper.rows:
        if paper.outcome is ListOutcome.CHANGED:
            column = _PART_COLUMNS.get(CertificatePart(paper.differs), paper.differs)
            yield ListFault(
                each.line, ListOutcome.CHANGED, column, "CERTIFICATE_EXISTS", _CHANGED.zh, _CHANGED.en, each.masked
            )
        for code in paper.codes:
            label: Any = code.label
            column = _REASON_COLUMNS.get(code, "certified_on")
            yield ListFault(each.line, paper.outcome, column, code.value, label.zh, label.en, each.masked)


def _is_whole(import_id: UUID, paper: ListedCertificate) -> bool:
    """Return whether all rows of a certificate are acceptable; a part of it would change its meaning.

    A row that repeats another is refused alone.
    """
    faults = list(_faults(paper))
    spoils = [each for each in faults if each.code != "DUPLICATE_ROW"]
    refused = {each.line for each in faults} | {each.line for each in paper.rows if each.refused}
    if spoils or any(each.refused for each in paper.rows):
        first = min({each.line for each in spoils} | {each.line for each in paper.rows if each.refused})
        faults += (_of_refused(each, first) for each in paper.rows if each.line not in refused)
        refused |= {each.line for each in paper.rows}
    keep_faults(import_id, faults)
    lines = sorted(refused - {each.line for each in paper.rows if each.refused})
    if lines:
        rows(
            "UPDATE blacklist_stagedrow SET outcome = 'refused' WHERE import_id = %s AND line = ANY(%s)",
            [import_id, lines],
        )
    paper.rows = [each for each in paper.rows if each.line not in refused]
    return bool(paper.rows)


def _faults(paper: ListedCertificate) -> Iterator[ListFault]:
    """Yield the faults that the rows of one certificate have together."""
    good = [each for each in paper.rows if not each.refused]
    if not good:
        return
    first = good[0]
    seen: dict[object, ListedRow] = {}
    for each in good:
        if each.head != first.head:
            zh = f"与第{first.line - 1}行为同一认定书，但机关、日期、类别、依据或期限写法不同。"
            en = f"The certificate of row {first.line - 1}, with another authority, day, category, basis or term."
            yield _refused(each, "doc_no", "PAPER_DIFFERS", zh, en)
        key = each.key or each.account
        before = seen.setdefault(key, each)
        if before is each:
            continue
        if before.subject == each.subject:
            zh, en = f"与第{before.line - 1}行重复。", f"The same as row {before.line - 1}."
            yield _refused(each, "document_number" if each.key else "account_number", "DUPLICATE_ROW", zh, en)
        else:
            zh = f"与第{before.line - 1}行为同一证件，姓名或对象类别不同。"
            en = f"The document of row {before.line - 1} with another name or kind."
            yield _refused(each, "name", "IDENTITY_CONFLICT", zh, en)
    draft = replace(
        head_of(first.head).draft,
        subjects=(_SOMEBODY,) if any(each.key for each in good) else (),
        case_accounts=tuple(each.account for each in good if each.account),
    )
    for part, sentences in party_faults(draft).items():
        sentence: Any = sentences[0]
        for each in good:
            if part == "case_accounts" and draft.case_accounts and each.key:
                continue
            column = "account_number" if part == "case_accounts" else "name"
            yield _refused(each, column, "PARTIES", sentence.zh, sentence.en)


def _refused(row: ListedRow, column: str, code: str, zh: str, en: str) -> ListFault:
    return ListFault(row.line, ListOutcome.REFUSED, column, code, zh, en, row.masked)


def _of_refused(row: ListedRow, first: int) -> ListFault:
    zh = f"同一认定书的第{first - 1}行被拒绝，整份认定书不登记。改正后可另行导入。"
    en = f"Row {first - 1} of the same certificate is refused, and none of it is registered. Correct it and import it again."
    return _refused(row, "doc_no", "PAPER_REFUSED", zh, en)


def _keep(import_id: UUID, several: Iterable[ListedCertificate]) -> None:
    with copied(_PAPER) as copy:
        for each in several:
            draft = each.head.draft
            extent = draft.extent
            sentence = draft.sentence
            said = (sentence.kind.value, sentence.effective_on, sentence.served_on) if sentence else (None, None, None)
            counted = (extent.accounts, extent.times, extent.counterparties) if extent else (None, None, None)
            copy.write_row(
                (
                    import_id, each.place, str(each.outcome), len(each.rows), new_id(), draft.doc_no,
                    draft.authority_name, each.head.authority_compared, draft.region_code, draft.level.value,
                    draft.certified_on, draft.received_on, draft.category.value, str(draft.legal_basis),
                    *(draft.term or (None, None)), *said, *counted, [reason.value for reason in each.reasons], each.content,
                )
            )  # fmt: skip


#: Names in a list's certificates that are new or differ from the registered ones.
_OF_LIST = """
SELECT s.line, s.{column} FROM blacklist_stagedrow s JOIN blacklist_stagedpaper p USING (import_id, paper)
WHERE s.import_id = %(import)s AND s.outcome IS NULL AND p.outcome <> 'known' AND s.{column} IS NOT NULL{more}
"""
OF_LIST = NamedBySql(
    people=_OF_LIST.format(column="identity_key", more=""),
    numbers=_OF_LIST.format(column="account_number", more=" AND s.account_number <> '' AND s.bank_code = ''"),
    cards=_OF_LIST.format(column="card_key", more=""),
    outside=_OF_LIST.format(column="outside_key", more=""),
)
_KEPT = """
INSERT INTO blacklist_listtouch (import_id, line, kind, object_id)
SELECT %(import)s, t.line, t.kind, t.object_id FROM ({touched}) t
"""
_TOUCHED = "SELECT kind, count(DISTINCT object_id) AS count FROM blacklist_listtouch WHERE import_id = %s GROUP BY 1"


def keep_touches(import_id: UUID) -> None:
    """Store which objects of this bank the rows of a list affect, in the caller's transaction."""
    rows(_KEPT.format(touched=impact_query(OF_LIST)), {"import": import_id})


def touch_counts(import_id: UUID) -> dict[str, Any]:
    """Count the objects of each kind that a list affects, each once."""
    found = {each["kind"]: each["count"] for each in rows(_TOUCHED, [import_id])}
    return {each.value: found.get(each, 0) for each in TouchKind}
