"""When an individual was born, as far as the bank knows (出生日期)."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime

from accounts.models import Customer, Document
from accounts.policy.opening import age_class
from accounts.vocabulary import AgeClass, CustomerKind, RequestStatus
from config.kernel.identity.documents import DocumentError, parse_document
from config.kernel.law.dates import shanghai_day


def born_on(customer: Customer, day: date, documents: Iterable[Document] | None = None) -> date | None:
    """Return a customer's birth date: as told or read at registration, else from a document that was linked since.

    :param day: the bank's day.
    :param documents: the customer's, where they were read already.
    :returns: None where no document and nobody has told it.
    """
    if customer.kind == CustomerKind.ORGANIZATION:
        return None
    if (known := customer.born_on) is not None:
        return known
    if documents is None:
        documents = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("id")
    for row in documents:
        # A number that cannot be read, or would not be taken any more, tells nothing.
        with suppress(DocumentError):
            if row.status == RequestStatus.IN_FORCE and (
                told := parse_document(row.type, row.number, row.country, on=day).birth_date
            ):
                return told
    return None


def age_of(customer: Customer, at: datetime, documents: Iterable[Document] | None = None) -> AgeClass | None:
    """Return how old a customer is at an instant as far as a rule asks, None for an organization.

    :param documents: the customer's, where they were read already.
    """
    if customer.kind == CustomerKind.ORGANIZATION:
        return None
    day = shanghai_day(at)
    return age_class(born_on(customer, day, documents), day)
