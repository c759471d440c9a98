"""A customer in one masked line, the same on every page."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Customer, Document
from accounts.queries.documents import with_last_numbers
from accounts.vocabulary import RequestStatus
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """The masked line of a customer (客户); everyone who sees the page may read it."""

    customer_id: UUID
    kind: str
    status: str
    name: str
    document_type: str
    document_number: str
    phone: str


def subject_line_of(customer: Customer, documents: Iterable[Document]) -> SubjectLine:
    """Return a customer's line from rows read before.

    :param documents: of this customer, the primary one first.
    """
    document = next((each for each in documents if each.status == RequestStatus.IN_FORCE), None)
    return SubjectLine(
        customer_id=customer.id,
        kind=customer.kind,
        status=customer.status,
        name=masked(customer, "name"),
        document_type=document.type if document else "",
        document_number=masked(document.shown_last, "number") if document else "",
        phone=masked(customer, "phone"),
    )


def subject_lines(customer_ids: Iterable[UUID]) -> dict[UUID, SubjectLine]:
    """Return the lines of several customers, in two queries whatever their number; one more where any was merged.

    :returns: by the given id; for a merged customer the line of the surviving one.
    """
    rows = list(Customer.objects.filter(pk__in=list(customer_ids)))
    merged = {each.id: each.merged_into_id for each in rows if each.merged_into_id}
    surviving = {each.id: each for each in rows if each.id not in merged}
    if merged:
        surviving |= {each.id: each for each in Customer.objects.filter(pk__in=merged.values())}
    customers = list(surviving.values())
    documents: dict[UUID, list[Document]] = {customer.id: [] for customer in customers}
    in_force = Document.objects.filter(customer__in=customers, status=RequestStatus.IN_FORCE)
    for document in with_last_numbers(in_force.order_by("-is_primary", "id")):
        documents[document.customer_id].append(document)
    lines = {customer.id: subject_line_of(customer, documents[customer.id]) for customer in customers}
    return {each.id: lines[merged.get(each.id) or each.id] for each in rows}


def subject_line(customer_id: UUID) -> SubjectLine | None:
    """Return one customer's line, None for an unknown id."""
    return subject_lines([customer_id]).get(customer_id)
