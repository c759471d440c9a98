"""Parse one row of a list (名单行) into a subject or a case account, or into the faults of its columns.

Pure functions of a row and a day. The bank's data are queried after all rows are read. The rules are those of single
entry.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from typing import Any

from blacklist.models import CaseAccount, Certificate, CertificateSubject, Subject
from blacklist.operations.drafts import BASIS_NOT_STATED, CertificateDraft, ReadSubject, head_faults, kind_fault
from blacklist.policy.authority import judge_authority
from blacklist.policy.content import Extent, Sentence
from blacklist.policy.penalties import basis_not_stated, regime_of
from blacklist.regimes import LegalBasis, regimes
from blacklist.vocabulary import AuthorityLevel, Category, SentenceKind, SubjectKind
from config.kernel.identity.account_numbers import account_reference, outside_bank
from config.kernel.identity.documents import parse_document
from config.kernel.identity.masking import mask_account, mask_document, mask_name
from config.kernel.identity.names import NameFault, display_name, normalise_name
from config.kernel.intake.tables.cells import DOCUMENT_TYPES, Cells, ColumnFault, OneOf, RowRefused, any_day, line_of
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.refusals import Refusal
from config.kernel.requests.fields import read_account_number, read_bank_code
from config.kernel.vault.sealed import identity_key

DOC_NO_MAX = 100
_COUNT_MAX = 1_000_000


class _Bases:
    """Legal bases, accepted as code or as Chinese term."""

    @property
    def words(self) -> dict[str, LegalBasis]:
        """Return the legal bases by their Chinese terms."""
        return {basis.text.zh: basis for basis in map(LegalBasis, regimes())}

    def __call__(self, text: str) -> LegalBasis:
        return self.words.get(text) or LegalBasis.read(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _COUNT_MAX):
        raise ColumnFault(
            "", "INVALID_COUNT", f"应为0至{_COUNT_MAX}的整数。", f"A whole number from 0 to {_COUNT_MAX}."
        )
    return int(text)


#: Columns of a list. A row names a subject or a case account, so the columns of either may be empty.
COLUMNS = Columns(
    FileColumn("doc_no", Certificate, partial(line_of, most=DOC_NO_MAX)),
    FileColumn("authority_name", Certificate, display_name),
    FileColumn("region_code", Certificate),
    FileColumn("level", Certificate, OneOf(*AuthorityLevel)),
    FileColumn("certified_on", Certificate, any_day),
    FileColumn("category", Certificate, OneOf(*Category)),
    FileColumn("legal_basis", Certificate, _Bases(), blank=True),
    FileColumn("kind", Subject, OneOf(*SubjectKind)),
    FileColumn("name", CertificateSubject, display_name),
    FileColumn("document_type", CertificateSubject, DOCUMENT_TYPES),
    FileColumn("document_number", CertificateSubject),
    FileColumn("account_number", CaseAccount, read_account_number),
    FileColumn("bank_code", CaseAccount, read_bank_code, blank=True),
    FileColumn("received_on", Certificate, any_day, optional=True),
    FileColumn("document_country", CertificateSubject, field="country", optional=True),
    FileColumn("term_from", Certificate, any_day, optional=True),
    FileColumn("term_to", Certificate, any_day, optional=True),
    FileColumn("sentence_kind", Certificate, OneOf(*SentenceKind), optional=True),
    FileColumn("sentence_effective_on", Certificate, any_day, optional=True),
    FileColumn("sentence_served_on", Certificate, any_day, optional=True),
    FileColumn("extent_accounts", Certificate, _count, optional=True),
    FileColumn("extent_times", Certificate, _count, optional=True),
    FileColumn("extent_counterparties", Certificate, _count, optional=True),
)
_OF_SUBJECT = ("kind", "name", "document_type", "document_number", "document_country")
_SUBJECT, _ACCOUNT = COLUMNS.only("kind", "name"), COLUMNS.only("account_number", "bank_code")
_HEAD = Columns(*(each for each in COLUMNS if each.of is Certificate))
#: The sheet of a workbook that is read; the only sheet of a workbook may have any name.
SHEET = "register"

#: Columns of a list for the fields of a single entry.
_COLUMN_OF = {
    "authority.region_code": "region_code",
    "term": "term_to",
    "term.to": "term_to",
    "sentence": "sentence_kind",
}


@dataclass(frozen=True, slots=True)
class Head:
    """The part of a row that describes its certificate.

    :ivar draft: the draft without subjects.
    :ivar authority_compared: the authority's name normalized for comparison.
    """

    draft: CertificateDraft
    authority_compared: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the identity of the certificate; rows with equal keys belong to one certificate."""
        return self.draft.region_code, self.authority_compared, self.draft.doc_no

    def written(self) -> str:
        """Return the text stored in staging; equal contents have equal texts."""
        draft = self.draft
        term, sentence, extent = draft.term, draft.sentence, draft.extent
        return json.dumps(
            [
                draft.doc_no, draft.authority_name, draft.region_code, draft.level.value, draft.certified_on.isoformat(),
                draft.category.value, str(draft.legal_basis), draft.received_on and draft.received_on.isoformat(),
                [day.isoformat() for day in term] if term else None,
                [extent.accounts, extent.times, extent.counterparties] if extent else None,
                *([sentence.written()] if sentence else []),
            ],
            ensure_ascii=False,
        )  # fmt: skip


@lru_cache(maxsize=2048)
def head_of(written: str) -> Head:
    """Parse the text that `Head.written` returned."""
    doc_no, name, region, level, certified, category, basis, received, term, extent, *sentence = json.loads(written)
    draft = CertificateDraft(
        doc_no=doc_no,
        authority_name=name,
        region_code=region,
        level=AuthorityLevel(level),
        certified_on=date.fromisoformat(certified),
        category=Category(category),
        legal_basis=LegalBasis(basis),
        received_on=date.fromisoformat(received) if received else None,
        term=(date.fromisoformat(term[0]), date.fromisoformat(term[1])) if term else None,
        sentence=Sentence.read(sentence[0]) if sentence else None,
        extent=Extent(*extent) if extent else None,
    )
    return Head(draft, normalise_name(name))


@dataclass(frozen=True, slots=True)
class ListRow:
    """A valid row: exactly one of `subject` and `account` is set.

    :ivar account: number and bank code, normalized for comparison; this bank's code is empty.
    """

    head: Head
    subject: ReadSubject | None = None
    account: tuple[str, str] | None = field(default=None, repr=False)


class RowReader:
    """Reader of the rows of one list; values that many rows repeat are judged once.

    :param day: the bank's day in Shanghai.
    :param own_bank_code: this bank's code; it means the same as an empty code.
    :param basis_when_missing: legal basis of a row that states none, as for `basis_not_stated`.
    """

    def __init__(self, header: Sequence[str], day: date, own_bank_code: str, basis_when_missing: str) -> None:
        self.day = day
        self.own_bank_code = own_bank_code
        self.basis_when_missing = basis_when_missing
        self.of_head = [column for column in _HEAD.codes if column in header]
        self.heads = lru_cache(maxsize=2048)(self._head)

    def read(self, values: Mapping[str, str]) -> ListRow:
        """Parse and check a row.

        :raises RowRefused: with every fault of it.
        """
        head = self.heads(tuple(values[column] for column in self.of_head))
        is_subject = any(values.get(column) for column in _OF_SUBJECT)
        is_account = bool(values["account_number"] or values["bank_code"])
        cells = Cells(values, self.day)
        if isinstance(head, list):
            cells.faults += head
        subject = account = None
        if is_subject and is_account:
            zh, en = (
                "一行只写一个对象或一个涉案账户，请分为两行。",
                "A row is one subject or one case account; write two rows.",
            )
            cells.refuse("account_number", "SUBJECT_AND_ACCOUNT", zh, en)
        elif is_subject:
            subject = self._subject(cells)
        elif is_account:
            account = self._account(cells)
        else:
            zh, en = "该行既无对象，也无涉案账户。", "This row names no subject and no case account."
            cells.refuse("name", "NOTHING_NAMED", zh, en)
        cells.finish()
        assert isinstance(head, Head)  # noqa: S101 - its faults were raised
        return ListRow(head, subject, account)

    def _head(self, texts: tuple[str, ...]) -> Head | list[ColumnFault]:
        cells = _HEAD.read(dict(zip(self.of_head, texts, strict=True)), self.day)
        basis, certified_on, term = cells["legal_basis"], cells["certified_on"], (cells["term_from"], cells["term_to"])
        if basis is None and not {"certified_on", "legal_basis"} & {each.column for each in cells.faults}:
            basis = basis_not_stated(self.basis_when_missing, certified_on)
            if basis is None:
                cells.refuse("legal_basis", "INVALID_LEGAL_BASIS", BASIS_NOT_STATED.zh, BASIS_NOT_STATED.en)
        if basis is not None:
            _judged(cells, "legal_basis", lambda: regime_of(basis))
        if cells.faults or basis is None:
            return cells.faults
        if (term[0] is None) != (term[1] is None):
            zh, en = "期限起止日应同时填写。", "A term has a first day and a last."
            cells.refuse("term_to", "INVALID_TERM_TO", zh, en)
            return cells.faults
        said = [cells[f"sentence_{each}"] for each in ("kind", "effective_on", "served_on")]
        if any(said) and None in said[:2]:
            zh, en = (
                "刑罚种类和裁判生效日应同时填写。",
                "A sentence has a kind and the day on which the judgment takes effect.",
            )
            cells.refuse("sentence_kind", "INVALID_SENTENCE_KIND", zh, en)
            return cells.faults
        extent = Extent(*(cells[f"extent_{each}"] for each in ("accounts", "times", "counterparties")))
        draft = CertificateDraft(
            doc_no=cells["doc_no"],
            authority_name=cells["authority_name"],
            region_code=cells.values["region_code"],
            level=cells["level"],
            certified_on=certified_on,
            category=cells["category"],
            legal_basis=basis,
            received_on=cells["received_on"],
            term=(term[0], term[1]) if term[0] and term[1] else None,
            sentence=Sentence(*said) if said[0] else None,
            extent=None if extent == Extent() else extent,
        )
        for name_of, messages in head_faults(draft, today=self.day).items():
            column = _COLUMN_OF.get(name_of, name_of)
            for each in messages:
                cells.refuse(column, f"INVALID_{column.upper()}", each.zh, each.en)  # type: ignore[attr-defined]
        if not cells.faults:
            _judged(cells, "level", lambda: judge_authority(draft.level, draft.region_code))
        return cells.faults or Head(draft, normalise_name(draft.authority_name))

    def _subject(self, cells: Cells) -> ReadSubject | None:
        _SUBJECT.fill(cells)
        kind, document = cells["kind"], cells.document("document", parse_document)
        if document is None:
            return None
        if kind and (wrong := kind_fault(kind, document)):
            cells.refuse("kind", "INVALID_KIND", wrong.zh, wrong.en)
        return None if cells.faults else ReadSubject(kind, cells["name"], document, identity_key(document.identity))

    def _account(self, cells: Cells) -> tuple[str, str] | None:
        _ACCOUNT.fill(cells)
        if cells.faults:
            return None
        bank = cells["bank_code"]
        return account_reference(cells["account_number"], outside_bank(bank, own=self.own_bank_code) if bank else "")


def paper_key(values: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the key of the certificate of a row, as far as an invalid row shows it."""
    try:
        authority = normalise_name(values["authority_name"])
    except NameFault:
        authority = ""
    return values["region_code"][:6], authority, " ".join(values["doc_no"].split())[:DOC_NO_MAX]


def masked(values: Mapping[str, str]) -> str:
    """Return the subject or account of a row, masked so that the owner of the list recognizes it (脱敏)."""
    parts = (
        mask_name(values.get("name", "")[:60]),
        mask_document(values.get("document_number", "")[:64]),
        mask_account(values.get("account_number", "")[:34]),
    )
    return " ".join(filter(None, parts))


def _judged(cells: Cells, column: str, judge: Any) -> None:
    """Add the refusal of a single-entry rule to the faults of a column."""
    try:
        judge()
    except Refusal as refusal:
        cells.refuse(column, refusal.code, refusal.detail("zh"), refusal.detail("en"))


__all__ = [
    "COLUMNS",
    "SHEET",
    "Head",
    "ListRow",
    "RowReader",
    "RowRefused",
    "head_of",
    "masked",
    "paper_key",
]
