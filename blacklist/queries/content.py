"""Content of a certificate for its fingerprint (认定书内容), from a draft or from stored rows."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Protocol

from blacklist.models import Certificate
from blacklist.policy.content import Extent, PaperFacts, Sentence
from blacklist.vocabulary import AuthorityLevel, Category, SentenceKind, SubjectKind
from config.kernel.identity.documents import identity_of
from config.kernel.identity.faults import NameFault
from config.kernel.identity.masking import Unreadable
from config.kernel.identity.names import normalise_name
from config.kernel.vault.sealed import blind_index, identity_key

#: Number of certificates read at a time, because a proof reads all of them.
_PIECE = 500


class Paper(Protocol):
    """The content of a certificate without subjects and accounts."""

    @property
    def level(self) -> str: ...
    @property
    def certified_on(self) -> date: ...
    @property
    def received_on(self) -> date | None: ...
    @property
    def category(self) -> str: ...
    @property
    def legal_basis(self) -> str: ...


def fingerprint(
    paper: Paper,
    *,
    term: tuple[date, date] | None,
    sentence: Sentence | None,
    extent: Extent | None,
    subjects: Iterable[tuple[str, str, str]],
    case_accounts: Iterable[tuple[str, str]],
) -> bytes:
    """Return the keyed fingerprint of a content; the order of subjects and accounts does not matter.

    Subjects enter it as hashed by the first index key. The hashed text does not change when another key takes over, so
    the fingerprint can be carried over like any index.

    :param term: stated first and last day.
    :param sentence: stated sentence; None gives the same fingerprint as before sentences were stored.
    :param extent: stated extent; None gives the same fingerprint as before extents were stored.
    :param subjects: kind, identity and normalized name of each.
    :param case_accounts: normalized number and bank code of each.
    """
    parts: dict[str, Any] = {
        "authority.level": str(paper.level),
        "certified_on": paper.certified_on.isoformat(),
        "received_on": paper.received_on.isoformat() if paper.received_on else None,
        "category": str(paper.category),
        "legal_basis": str(paper.legal_basis),
        "subjects": sorted(
            [str(kind), identity_key(identity, generations=1).hex(), name] for kind, identity, name in subjects
        ),
        "case_accounts": sorted(case_accounts),
        "term": [day.isoformat() for day in term] if term else None,
    } | ({"extent": [extent.accounts, extent.times, extent.counterparties]} if extent else {})
    if sentence:
        parts["sentence"] = [*sentence.written().values()]
    return blind_index("certificate", json.dumps(parts, ensure_ascii=True, sort_keys=True))


def extent_of(row: Certificate) -> Extent | None:
    """Return the extent that a certificate states; None if it states none."""
    said = (row.extent_accounts, row.extent_times, row.extent_counterparties)
    return None if said == (None, None, None) else Extent(*said)


def sentence_of(row: Certificate) -> Sentence | None:
    """Return the sentence that a certificate states; None if it states none."""
    if row.sentence_kind is None or row.sentence_effective_on is None:
        return None
    return Sentence(SentenceKind(row.sentence_kind), row.sentence_effective_on, row.sentence_served_on)


def paper_facts(row: Certificate) -> PaperFacts:
    """Return the facts of a certificate's content for the rules."""
    return PaperFacts(
        legal_basis=row.legal_basis,
        category=Category(row.category),
        level=AuthorityLevel(row.level),
        certified_on=row.certified_on,
        region_code=row.region_code,
        term=row.term,
        sentence=sentence_of(row),
        extent=extent_of(row),
        # Asked only where it matters: the subjects are in another table.
        names_organization=row.category == Category.CRIMINAL_PUNISHED
        and any(each.subject.kind == SubjectKind.ORGANIZATION for each in row.subjects.all()),
    )


def changed_since_registered() -> Iterator[str]:
    """Yield ids of certificates whose content no longer matches their fingerprint, or is unreadable."""
    found = Certificate.objects.prefetch_related("subjects__subject", "case_accounts").order_by("pk")
    return (str(row.pk) for row in found.iterator(chunk_size=_PIECE) if not _as_registered(row))


def _as_registered(row: Certificate) -> bool:
    named = [(each.subject, each.name) for each in row.subjects.all()]
    numbers = [(each.number, each.bank_code) for each in row.case_accounts.all()]
    sealed = [each for subject, name in named for each in (subject.document_number, name)]
    if any(isinstance(each, Unreadable) for each in (*sealed, *(number for number, _ in numbers))):
        return False
    try:
        compared = [
            (each.kind, identity_of(each.document_type, each.document_number, each.country), normalise_name(name))
            for each, name in named
        ]
    except NameFault:
        # The present rules would refuse this name; it was registered under older ones.
        return True
    return bytes(row.content) == fingerprint(
        row, term=row.term, sentence=sentence_of(row), extent=extent_of(row), subjects=compared, case_accounts=numbers
    )
