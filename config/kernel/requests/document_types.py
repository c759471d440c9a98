"""The kinds of documents with their words: the identity package itself knows nothing of Django."""

from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.text import Text

#: Code and word of each, as a field or a form takes its choices, in the order of `DocumentType`.
DOCUMENT_TYPES: list[tuple[str, str]] = [(kind.value, Text(kind.zh, kind.en)) for kind in DocumentType]


def document_word(code: str) -> str:
    """Return what a kind of document is called in the reader's language now."""
    return str(dict(DOCUMENT_TYPES).get(code, code))
