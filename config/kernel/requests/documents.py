"""A document as somebody entered it, its kinds in words, and the one way from there to what it says (证件录入)."""

from dataclasses import dataclass, field
from datetime import date

from config.kernel.identity.documents import IdentityDocument, check_validity, parse_document
from config.kernel.identity.faults import DocumentError
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests.fields import sentence

#: Code and word of each, as a field or a form takes its choices, in the order of `DocumentType`.
DOCUMENT_TYPES: list[tuple[str, str]] = [(kind.value, Text(kind.zh, kind.en)) for kind in DocumentType]


def document_word(code: str) -> str:
    """Return what a kind of document is called in the reader's language now."""
    return str(dict(DOCUMENT_TYPES).get(code, code))


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A document as it was entered; nothing of it is read yet.

    :ivar country: who issued a passport; None or empty for every other document.
    :ivar valid_until: the last day of its validity; None when it has no end or nobody asked.
    """

    type: str
    number: str = field(repr=False)
    country: str | None = None
    valid_until: date | None = None


def read_document(
    entered: DocumentInput, *, on: date, at_field: str = "document", even_expired: bool = False
) -> IdentityDocument:
    """Read a document as it was entered (识读证件).

    :param on: the bank's day in Shanghai.
    :param at_field: where the request has the document: faults are named under it, `document.number`.
    :param even_expired: do not look at its validity: its holder is the same person.
    :raises BadRequest: naming the part of it that is wrong.
    """
    try:
        document = parse_document(entered.type, entered.number, entered.country, on=on)
        if not even_expired:
            check_validity(entered.valid_until, on=on)
    except DocumentError as error:
        raise bad_document(error, at_field=at_field) from None
    return document


def bad_document(error: DocumentError, *, at_field: str = "document") -> BadRequest:
    """Return the bad request that names the part of a document."""
    return BadRequest({f"{at_field}.{error.field}": [sentence(error)]})
