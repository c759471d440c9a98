"""Certificates of a list (名单中的认定书): group staged rows by certificate, and judge them as single entries.

The bank's data are read for many certificates by one query.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from blacklist.imports.operations.rows import Head, head_of
from blacklist.imports.vocabulary import ListOutcome
from blacklist.models import CaseAccount, Certificate, CertificateSubject
from blacklist.operations.case_accounts import known_here, number_reasons
from blacklist.operations.customers import known_names
from blacklist.operations.drafts import CertificateDraft, ReadDraft, first_difference
from blacklist.operations.registration import name_reasons
from blacklist.policy.content import PaperFacts, judge_paper
from blacklist.queries.content import fingerprint
from blacklist.vocabulary import Remark, ReviewReason, SubjectKind
from config.kernel.database.sql import Statement, ask
from config.kernel.identity.documents import identity_of
from config.kernel.identity.masking import mask_account, mask_document, mask_name
from config.kernel.identity.names import normalise_name
from config.kernel.vault.sealed import seal_context, unseal

_ROWS = """
SELECT s.paper, s.line, s.outcome, s.head, s.kind, s.named_id, s.document_type, s.country, s.identity_key, s.number, s.name,
       s.account_id, s.account_number, s.bank_code, s.card_number, s.outside_number
FROM blacklist_stagedrow s WHERE s.import_id = %s ORDER BY s.paper, s.line
"""
#: Rows to register after a line, up to a maximum; the last certificate comes completely. The rows of each are looked up
#: separately (OFFSET 0 keeps the planner from joining all rows of the list).
_DUE = """
SELECT s.paper, s.line, s.outcome, s.head, s.kind, s.named_id, s.document_type, s.country, s.identity_key, s.number, s.name,
       s.account_id, s.account_number, s.bank_code, s.card_number, s.outside_number
FROM (
    SELECT paper FROM (
        SELECT paper, sum(rows) OVER (ORDER BY paper) - rows AS before FROM (
            SELECT paper, rows FROM blacklist_stagedpaper
            WHERE import_id = %(import)s AND paper > %(after)s AND outcome IN ('new', 'review')
            ORDER BY paper LIMIT %(most)s
        ) next
    ) counted WHERE before < %(most)s
) due
CROSS JOIN LATERAL (
    SELECT * FROM blacklist_stagedrow r WHERE r.import_id = %(import)s AND r.paper = due.paper AND r.outcome IS NULL OFFSET 0
) s
ORDER BY s.paper, s.line
"""
# A rejected entry, a revoked certificate or an undecided correction does not prevent a registration; the condition is
# that of the unique index. Each is looked up separately: during an import the statistics do not know the new rows, and
# a join would read all of them for each batch.
_REGISTERED = """
SELECT found.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked(region_code, authority_compared, doc_no)
CROSS JOIN LATERAL (
    SELECT c.id, c.region_code, c.authority_compared, c.doc_no, c.content FROM blacklist_certificate c
    WHERE c.region_code = asked.region_code AND c.authority_compared = asked.authority_compared
      AND c.doc_no = asked.doc_no
      AND NOT c.status IN ('rejected', 'revoked') AND (c.corrects_id IS NULL OR c.status = 'in_force')
    LIMIT 1
) found
"""


@dataclass(slots=True)
class ListedRow:
    """A staged row of a certificate, ready to be judged.

    :ivar subject: kind, identity and compared name, as the fingerprint uses them.
    :ivar account: number and bank code, normalized for comparison.
    """

    line: int
    refused: bool
    head: str
    key: bytes | None = field(default=None, repr=False)
    subject: tuple[str, str, str] | None = field(default=None, repr=False)
    account: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def masked(self) -> str:
        """Return the subject or account that the row names, masked."""
        if self.subject:
            return f"{mask_name(self.subject[2])} {mask_document(self.subject[1].rpartition('|')[2])}"
        return mask_account(self.account[0]) if self.account else ""


@dataclass(slots=True)
class ListedCertificate:
    """A certificate of a list.

    :ivar place: its first line in the file.
    :ivar outcome: outcome of its rows; None before it is judged.
    :ivar remarks: remarks about its legal basis, also if no review is needed; empty for one that is already
        registered.
    :ivar reasons: why it needs review.
    :ivar differs: the first part of its content that differs from the registered certificate.
    """

    place: int
    rows: list[ListedRow]
    outcome: ListOutcome | None = None
    remarks: tuple[Remark, ...] = ()
    reasons: tuple[ReviewReason, ...] = ()
    content: bytes = field(default=b"", repr=False)
    differs: str = ""

    @property
    def head(self) -> Head:
        """Return the content of the certificate without subjects and accounts."""
        return head_of(self.rows[0].head)

    @property
    def draft(self) -> CertificateDraft:
        """Return the certificate's draft without its subjects."""
        return replace(self.head.draft, case_accounts=self.accounts)

    @property
    def facts(self) -> PaperFacts:
        """Return the facts of its content for the rules."""
        organization = any(each.subject and each.subject[0] == SubjectKind.ORGANIZATION for each in self.rows)
        return replace(self.head.draft.facts, names_organization=organization)

    @property
    def accounts(self) -> tuple[tuple[str, str], ...]:
        """Return its case accounts."""
        return tuple(each.account for each in self.rows if each.account)

    @property
    def codes(self) -> list[ReviewReason]:
        """Return its remarks and reasons for review, each once, in the order of the vocabulary."""
        return [each for each in ReviewReason if each in self.reasons or each.value in self.remarks]

    @property
    def subjects(self) -> list[tuple[bytes, str]]:
        """Return each subject's key and its name normalized for comparison."""
        return [(each.key, each.subject[2]) for each in self.rows if each.key and each.subject]


def staged_certificates(import_id: UUID) -> Iterator[ListedCertificate]:
    """Yield the certificates of a list in the order of their first lines, in the caller's transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS, [import_id])
        yield from _certificates_of_rows(cursor)


def certificates_due(import_id: UUID, *, after: int, most: int) -> list[ListedCertificate]:
    """Return the next certificates to register.

    :param after: the place up to which the list is registered.
    :param most: approximate maximum of rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"import": import_id, "after": after, "most": most})
        return list(_certificates_of_rows(cursor))


def judge(several: Sequence[ListedCertificate]) -> None:
    """Set the outcome of each certificate (new, known or different) and whether it needs review.

    Three queries for all of them: registered certificates, names of customers, and numbers of this bank.
    """
    registered = _registered(several)
    names = known_names([key for each in several for key, _ in each.subjects])
    known = known_here(tuple(account for each in several for account in each.accounts))
    for each in several:
        each.content = _content(each)
        before = registered.get(each.head.key)
        each.outcome, each.remarks, each.reasons, each.differs = ListOutcome.NEW, (), (), ""
        if before is None:
            judgement = judge_paper(each.facts, review_all=settings.REMARKS_TO_REVIEW)
            each.remarks = judgement.remarks
            each.reasons = judgement.reasons_with(
                name_reasons(each.subjects, names) + number_reasons(each.accounts, known)
            )
            each.outcome = ListOutcome.REVIEW if each.reasons else ListOutcome.NEW
        elif bytes(before[1]) == each.content:
            each.outcome = ListOutcome.KNOWN
        else:
            each.outcome = ListOutcome.CHANGED
            each.differs = _difference(each, before[0])


def _content(paper: ListedCertificate) -> bytes:
    draft = paper.head.draft
    return fingerprint(
        draft,
        term=draft.term,
        sentence=draft.sentence,
        extent=draft.extent,
        subjects=[each.subject for each in paper.rows if each.subject],
        case_accounts=paper.accounts,
    )


def _difference(paper: ListedCertificate, certificate_id: UUID) -> str:
    certificate = Certificate.objects.get(pk=certificate_id)
    return first_difference(certificate, ReadDraft(paper.draft, (), paper.accounts))


def _registered(several: Sequence[ListedCertificate]) -> dict[tuple[str, str, str], tuple[UUID, bytes]]:
    keys = [each.head.key for each in several]
    found = ask(Statement(_REGISTERED, [*map(list, zip(*keys, strict=True))])) if keys else []
    return {
        (each["region_code"], each["authority_compared"], each["doc_no"]): (each["id"], each["content"])
        for each in found
    }


def _certificates_of_rows(staged: Iterable[tuple[Any, ...]]) -> Iterator[ListedCertificate]:
    paper: ListedCertificate | None = None
    for place, *values in staged:
        if paper is None or paper.place != place:
            if paper is not None:
                yield paper
            paper = ListedCertificate(place, [])
        paper.rows.append(_row(*values))
    if paper is not None:
        yield paper


def _row(
    line: int, outcome: str | None, head: str, kind: str | None, named_id: UUID | None, document_type: str | None,
    country: str | None, key: bytes | None, number: bytes | None, name: bytes | None, account_id: UUID | None,
    account_number: str | None, bank: str | None, card: bytes | None, outside: bytes | None,
) -> ListedRow:  # fmt: skip
    if outcome is not None:
        return ListedRow(line, True, head)
    if key is not None and number is not None and name is not None:
        table = CertificateSubject._meta.db_table
        plain = unseal(number, where=seal_context(table, "document_number", str(named_id)))
        called = normalise_name(unseal(name, where=seal_context(table, "name", str(named_id))))
        identity = identity_of(str(document_type), plain, str(country))
        return ListedRow(line, False, head, bytes(key), (str(kind), identity, called))
    table = CaseAccount._meta.db_table
    sealed = {"card_number": card, "outside_number": outside}
    numbers = [unseal(each, where=seal_context(table, at, str(account_id))) for at, each in sealed.items() if each]
    return ListedRow(line, False, head, account=((numbers or [str(account_number)])[0], str(bank)))
