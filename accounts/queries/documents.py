"""Documents of customers with the number last shown, the birth date they prove, and words for a withdrawal."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

from django.db.models import F

from accounts.models import Customer, Document, DocumentRenewal, ExternalAccount
from accounts.policy.opening import age_class
from accounts.vocabulary import AgeClass, CustomerKind, RequestStatus
from config.kernel.identity.documents import DocumentError, parse_document
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.requests.documents import document_word
from config.kernel.vault.masked import masked


def with_last_numbers(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Return documents with the numbers last shown; one query more where any was renewed."""
    rows = tuple(documents)
    renewed = {row.id: row for row in rows if row.renewal_count}
    if renewed:
        for last in DocumentRenewal.objects.filter(document__in=renewed, nth=F("document__renewal_count")):
            renewed[last.document_id].last_renewal = last
    return rows


def types_on_file(customer_id: UUID) -> Sequence[str]:
    """Return the types of a customer's documents in force, the primary one first."""
    found = Document.objects.filter(customer_id=customer_id, status=RequestStatus.IN_FORCE)
    return list(dict.fromkeys(found.order_by("-is_primary", "id").values_list("type", flat=True)))


def document_words(customer_id: UUID, document_id: UUID) -> str | None:
    """Return the words for a document in force, None where it does not belong to this customer."""
    row = Document.objects.filter(pk=document_id, customer_id=customer_id, status=RequestStatus.IN_FORCE).first()
    if row is None:
        return None
    document = f"{document_word(row.type)} {masked(row.shown_last, 'number')}"
    return text(f"拟撤销：{document}。", f"To be withdrawn: {document}.")


def external_account_words(customer_id: UUID, external_account_id: UUID) -> str | None:
    """Return the words for an own account at another bank in force, None where it does not belong to this customer."""
    row = ExternalAccount.objects.filter(
        pk=external_account_id, customer_id=customer_id, status=RequestStatus.IN_FORCE
    ).first()
    if row is None:
        return None
    account = f"{row.bank_code} {masked(row, 'sealed_number')}"
    return text(f"拟撤销：{account}。", f"To be withdrawn: {account}.")


def born_on(customer: Customer, day: date, documents: Iterable[Document] | None = None) -> date | None:
    """Return a customer's birth date: as stated or read at registration, else from a document linked since.

    :param day: the bank's day.
    :param documents: the customer's, where they were read already.
    :returns: None where it was neither stated nor shown by a document.
    """
    if customer.kind == CustomerKind.ORGANIZATION:
        return None
    if (known := customer.born_on) is not None:
        return known
    if documents is None:
        documents = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("id")
    for row in documents:
        # Skip a number that cannot be read, or that would not be accepted any more.
        with suppress(DocumentError):
            if row.status == RequestStatus.IN_FORCE and (
                shown := parse_document(row.type, row.number, row.country, on=day).birth_date
            ):
                return shown
    return None


def age_of(customer: Customer, at: datetime, documents: Iterable[Document] | None = None) -> AgeClass | None:
    """Return a customer's age class at an instant, None for an organization.

    :param documents: the customer's, where they were read already.
    """
    if customer.kind == CustomerKind.ORGANIZATION:
        return None
    day = shanghai_day(at)
    return age_class(born_on(customer, day, documents), day)
