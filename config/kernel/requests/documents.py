"""Identity documents as entered in a request: their types in words, and how they are read (证件录入)."""

from dataclasses import dataclass, field
from datetime import date

from config.kernel.identity.documents import IdentityDocument, check_validity, parse_document
from config.kernel.identity.faults import DocumentError
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests.fields import sentence

#: Code and word of each type as choices of a field or a form, in the order of `DocumentType`.
DOCUMENT_TYPES: list[tuple[str, str]] = [(kind.value, Text(kind.zh, kind.en)) for kind in DocumentType]


def document_word(code: str) -> str:
    """Return the name of a document type in the reader's language."""
    return str(dict(DOCUMENT_TYPES).get(code, code))


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A document as entered, not read yet.

    :ivar country: issuer of a passport; None or empty for any other document.
    :ivar valid_until: the last day of its validity; None if it has no end or was not asked for.
    """

    type: str
    number: str = field(repr=False)
    country: str | None = None
    valid_until: date | None = None


def read_document(
    entered: DocumentInput, *, on: date, at_field: str = "document", even_expired: bool = False
) -> IdentityDocument:
    """Read a document as entered (识读证件).

    :param on: the bank's day in Shanghai.
    :param at_field: the field of the request with the document; faults are named below it, as `document.number`.
    :param even_expired: accept an expired document, because it still identifies its holder.
    :raises BadRequest: naming the part that is wrong.
    """
    try:
        document = parse_document(entered.type, entered.number, entered.country, on=on)
        if not even_expired:
            check_validity(entered.valid_until, on=on)
    except DocumentError as error:
        raise bad_document(error, at_field=at_field) from None
    return document


def bad_document(error: DocumentError, *, at_field: str = "document") -> BadRequest:
    """Return a bad request that names the wrong part of a document."""
    return BadRequest({f"{at_field}.{error.field}": [sentence(error)]})
