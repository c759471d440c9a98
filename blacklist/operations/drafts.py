"""A certificate as entered, its checks, and its differences from the registered one (不同之处).

A difference names the part of the content, never the value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from blacklist.models import Certificate
from blacklist.policy.authority import known_region
from blacklist.policy.content import Extent, PaperFacts, Sentence
from blacklist.queries.content import extent_of, fingerprint, sentence_of
from blacklist.regimes import LegalBasis, regimes_with_terms
from blacklist.vocabulary import THIS_BANK, AuthorityLevel, Category, CertificatePart, SentenceKind, SubjectKind
from config.kernel.identity.account_numbers import account_reference, same_bank
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.names import normalise_name
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.vault.sealed import identity_key

#: No certificate states a longer term; a longer one is a typing error.
LONGEST_TERM_YEARS = 100
BASIS_NOT_STATED = Text("须填写认定依据。", "State the legal basis.")


@dataclass(frozen=True, slots=True)
class DraftSubject:
    """A person or organization as entered; the document is not parsed."""

    kind: SubjectKind
    name: str = field(repr=False)
    document: DocumentInput


@dataclass(frozen=True, slots=True)
class CertificateDraft:
    """The content of a certificate as entered (认定书内容)."""

    doc_no: str
    authority_name: str
    region_code: str
    level: AuthorityLevel
    certified_on: date
    category: Category
    legal_basis: LegalBasis
    received_on: date | None = None
    subjects: tuple[DraftSubject, ...] = ()
    case_accounts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    term: tuple[date, date] | None = None
    sentence: Sentence | None = None
    extent: Extent | None = None

    @property
    def facts(self) -> PaperFacts:
        """Return the facts of the draft for the rules."""
        return PaperFacts(
            self.legal_basis, self.category, self.level, self.certified_on, self.region_code,
            term=self.term, sentence=self.sentence, extent=self.extent,
            names_organization=any(each.kind is SubjectKind.ORGANIZATION for each in self.subjects),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadSubject:
    """A subject with its parsed document."""

    kind: SubjectKind
    name: str = field(repr=False)
    document: IdentityDocument
    key: bytes = field(repr=False)

    @property
    def compared_name(self) -> str:
        """Return the name normalized for comparison."""
        return normalise_name(self.name)


@dataclass(frozen=True, slots=True)
class ReadDraft:
    """A valid draft with parsed documents and normalized accounts."""

    draft: CertificateDraft
    subjects: tuple[ReadSubject, ...]
    case_accounts: tuple[tuple[str, str], ...] = field(repr=False)

    @property
    def authority_compared(self) -> str:
        """Return the authority's name normalized for comparison, without regard to spacing and width."""
        return normalise_name(self.draft.authority_name)

    def content(self) -> bytes:
        """Return the keyed fingerprint of the content; equal contents have equal fingerprints."""
        return fingerprint(
            self.draft,
            term=self.draft.term,
            sentence=self.draft.sentence,
            extent=self.draft.extent,
            subjects=[(each.kind, each.document.identity, each.compared_name) for each in self.subjects],
            case_accounts=self.case_accounts,
        )


def read_draft(draft: CertificateDraft, *, today: date, own_bank_code: str) -> ReadDraft:
    """Check a draft on its own and parse it (认定书核对).

    The validity of a document is not checked, because a certificate may name an expired one.

    :param today: the bank's day in Shanghai.
    :param own_bank_code: this bank's code; it means the same as an empty code.
    :raises BadRequest: naming each wrong field.
    """
    faults = head_faults(draft, today=today) | party_faults(draft)
    subjects = _read_subjects(draft, today, faults)
    accounts = _read_accounts(draft, own_bank_code, faults)
    if faults:
        raise BadRequest(faults)
    return ReadDraft(draft, subjects, accounts)


def head_faults(draft: CertificateDraft, *, today: date) -> dict[str, list[str]]:
    """Return the errors of a draft by field, except those of subjects and accounts.

    :param today: the bank's day in Shanghai.
    """
    faults: dict[str, list[str]] = {}
    if not known_region(draft.level, draft.region_code):
        faults["authority.region_code"] = [Text("须为 GB/T 2260 的六位行政区划代码。", "Six digits of GB/T 2260.")]
    _check_days(draft, today, faults)
    if draft.sentence and (fault := _sentence_fault(draft, draft.sentence, today)):
        faults["sentence"] = [fault]
    return faults


def _check_days(draft: CertificateDraft, today: date, faults: dict[str, list[str]]) -> None:
    if draft.certified_on > today:
        faults["certified_on"] = [Text("认定日期不得晚于今天。", "The certification date cannot be in the future.")]
    if draft.term and draft.term[0] > draft.term[1]:
        faults["term.to"] = [Text("期限截止日不得早于起始日。", "The end of the term cannot be before its start.")]
    elif draft.term and draft.term[1].year > today.year + LONGEST_TERM_YEARS:
        faults["term.to"] = [
            Text(
                f"期限截止日不得晚于今天起{LONGEST_TERM_YEARS}年，请核对。",
                f"The end of the term cannot be more than {LONGEST_TERM_YEARS} years away; check it.",
            )
        ]
    elif draft.term and draft.term[1] < draft.certified_on and draft.legal_basis in regimes_with_terms():
        faults["term"] = [Text("期限截止日不得早于认定日期。", "The term cannot end before the certification date.")]
    if draft.received_on is None:
        return
    if draft.received_on > today:
        faults["received_on"] = [Text("接收日期不得晚于今天。", "The date of receipt cannot be in the future.")]
    elif draft.received_on < draft.certified_on:
        faults["received_on"] = [
            Text("接收日期不得早于认定日期。", "The date of receipt cannot be before the certification date.")
        ]


def _sentence_fault(draft: CertificateDraft, sentence: Sentence, today: date) -> Text | None:
    """Return the error of a stated sentence; None if it may be stated."""
    if draft.category is not Category.CRIMINAL_PUNISHED or draft.legal_basis not in regimes_with_terms():
        return Text(
            "只有依据联合惩戒办法、类别为受刑事处罚的认定书可以载明刑罚。",
            "Only a certificate of punishment for a crime under the joint discipline measures states a sentence.",
        )
    if sentence.effective_on > draft.certified_on:
        return Text("裁判生效日不得晚于认定日期。", "The judgment cannot take effect after the certification date.")
    if sentence.served_on is None:
        return None
    if sentence.kind is not SentenceKind.CUSTODIAL:
        return Text("只有实刑有刑罚执行完毕日。", "Only a custodial sentence has a day on which it was served.")
    if not sentence.effective_on <= sentence.served_on <= today:
        return Text(
            "刑罚执行完毕日不得早于裁判生效日，也不得晚于今天。",
            "The day on which the sentence was served is not before the judgment takes effect, and not in the future.",
        )
    return None


def party_faults(draft: CertificateDraft) -> dict[str, list[str]]:
    """Return, by field, missing or superfluous subjects and accounts for the category of a draft."""
    faults: dict[str, list[str]] = {}
    if draft.category == Category.CASE_ACCOUNT:
        if not draft.case_accounts:
            faults["case_accounts"] = [Text("涉案账户认定须至少列明一个账户。", "List at least one case account.")]
        return faults
    if draft.case_accounts:
        faults["case_accounts"] = [
            Text("只有涉案账户的认定书可以列明涉案账号。", "Only a case account certificate can list case accounts.")
        ]
    if not draft.subjects:
        faults["subjects"] = [Text("须至少列明一个认定对象。", "List at least one subject.")]
    return faults


def kind_fault(kind: SubjectKind, document: IdentityDocument) -> Text | None:
    """Return the error if a kind of subject does not match its document; None if it matches."""
    if document.is_organization == (kind == SubjectKind.ORGANIZATION):
        return None
    return Text(
        "对象类别与证件种类不符：单位使用统一社会信用代码，个人使用个人证件。",
        "The type of subject and the document do not match: organizations use a unified social credit code, individuals a personal document.",
    )


def _read_subjects(draft: CertificateDraft, today: date, faults: dict[str, list[str]]) -> tuple[ReadSubject, ...]:
    read: dict[bytes, ReadSubject] = {}
    for number, subject in enumerate(draft.subjects):
        where = f"subjects.{number}"
        try:
            document = read_document(subject.document, on=today, at_field=f"{where}.document", even_expired=True)
        except BadRequest as bad:
            faults |= bad.fields
            continue
        key = identity_key(document.identity)
        if (fault := kind_fault(subject.kind, document)) is not None:
            faults[f"{where}.kind"] = [fault]
        elif key in read:
            faults[f"{where}.document.number"] = [
                Text("同一对象在本认定书中重复列出。", "This subject is listed twice in the certificate.")
            ]
        else:
            read[key] = ReadSubject(subject.kind, subject.name, document, key)
    return tuple(read.values())


def _read_accounts(
    draft: CertificateDraft, own_bank_code: str, faults: dict[str, list[str]]
) -> tuple[tuple[str, str], ...]:
    read: dict[tuple[str, str], None] = {}
    for number, (account_number, bank_code) in enumerate(draft.case_accounts):
        own = same_bank(bank_code, own_bank_code)
        account = account_reference(account_number, THIS_BANK if own else bank_code)
        if account in read:
            faults[f"case_accounts.{number}.account_number"] = [
                Text("同一账户在本认定书中重复列出。", "This account is listed twice in the certificate.")
            ]
        read[account] = None
    return tuple(read)


def first_difference(certificate: Certificate, read: ReadDraft) -> str:
    """Return the first part of a draft that differs from the registered certificate.

    Compared are the fields of the form and the counts, then the subjects and accounts.
    """
    return next(_differences(certificate, read), CertificatePart.SUBJECTS.value)


def differences(certificate: Certificate, read: ReadDraft) -> list[str]:
    """Return every part of a draft that differs from the registered certificate; names as written."""
    registered = {
        (bytes(each.subject.identity_key), _compared(each.name))
        for each in certificate.subjects.select_related("subject")
    }
    subjects = registered != {(each.key, each.compared_name) for each in read.subjects}
    return [*_differences(certificate, read), *([CertificatePart.SUBJECTS.value] if subjects else [])]


def _compared(name: object) -> str:
    return normalise_name(str(name))


def _differences(certificate: Certificate, read: ReadDraft) -> Iterator[str]:
    draft = read.draft
    registered = {
        "authority.level": (certificate.level, draft.level.value),
        "certified_on": (certificate.certified_on, draft.certified_on),
        "received_on": (certificate.received_on, draft.received_on),
        "category": (certificate.category, draft.category.value),
        "legal_basis": (certificate.legal_basis, str(draft.legal_basis)),
        "term": (certificate.term, draft.term),
        "sentence": (sentence_of(certificate), draft.sentence),
        "extent": (extent_of(certificate), draft.extent),
        "case_accounts": (
            {(each.number, each.bank_code) for each in certificate.case_accounts.all()},
            set(read.case_accounts),
        ),
    }
    return (part for part, (old, new) in registered.items() if old != new)
