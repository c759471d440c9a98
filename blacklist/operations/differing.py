"""In what a paper says something else than what is registered (不同之处): named by the part, never by its value."""

from collections.abc import Iterator

from blacklist.models import Certificate
from blacklist.operations.drafts import ReadDraft
from blacklist.queries.content import extent_of
from blacklist.vocabulary import CertificatePart
from config.kernel.identity.names import normalise_name


def first_difference(certificate: Certificate, read: ReadDraft) -> str:
    """Return the first part of the content that differs from what is registered.

    Compared are forms and counts, then whoever is named; the answer names the part, never its value.
    """
    return next(_differences(certificate, read), CertificatePart.SUBJECTS.value)


def differences(certificate: Certificate, read: ReadDraft) -> list[str]:
    """Return every part of the content that differs from what is registered; names are compared as they are written."""
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
        "extent": (extent_of(certificate), draft.extent),
        "case_accounts": (
            {(each.number, each.bank_code) for each in certificate.case_accounts.all()},
            set(read.case_accounts),
        ),
    }
    return (part for part, (old, new) in registered.items() if old != new)
