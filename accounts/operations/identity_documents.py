"""Documents and identity checks as a teller enters them, read by the bank's day before anything is locked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Customer, Document, IdentityCheck
from accounts.policy.identity import check_document_kind, status_after_check
from accounts.queries.customer_restrictions import SubjectKeys, subject_keys
from accounts.queries.matches import inner_key_of
from accounts.queries.merged_customers import merged_into
from accounts.vocabulary import CheckResult, CustomerKind, CustomerStatus
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_subjects
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.identity.faults import DocumentError
from config.kernel.law.refusals import NotFound
from config.kernel.requests.documents import DocumentInput, bad_document
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class CheckInput:
    """A check of an identity as the teller reports it (身份核查)."""

    method: str
    result: CheckResult


def check_kind(document: IdentityDocument, kind: CustomerKind) -> None:
    """Require that a document belongs to this kind of customer.

    :raises BadRequest: on `document.type`.
    """
    try:
        check_document_kind(document, kind)
    except DocumentError as error:
        raise bad_document(error) from None


def new_document(
    customer_id: UUID, entered: DocumentInput, document: IdentityDocument, key: bytes, at: datetime
) -> Document:
    """Return a document's row, not yet written."""
    row = Document(
        customer_id=customer_id,
        identity_key=key,
        type=document.type,
        country=document.country,
        inner_key=inner_key_of(document.type, document.number),
        valid_until=entered.valid_until,
        created_at=at,
    )
    row.number = document.number
    return row


def document_summary(document: Document) -> dict[str, str | None]:
    """Return a document for an answer or a record, its number masked."""
    return {
        "type": str(document.type),
        "number": masked(document.shown_last, "number"),
        "country": document.country or None,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
    }


@transaction_required
def keep_check(customer_id: UUID, check: CheckInput, principal: Caller, at: datetime) -> IdentityCheck:
    """Record the result of a check (联网核查记录); one that does not match puts the customer under review.

    The caller has locked the customer's row, or has inserted it in this transaction.

    :source: 银发〔2007〕345号, 2007-06-29.
    """
    if status_after_check(check.result) is CustomerStatus.IN_REVIEW:
        Customer.objects.filter(pk=customer_id).update(status=CustomerStatus.IN_REVIEW)
    return IdentityCheck.objects.create(
        customer_id=customer_id, method=check.method, result=check.result, at=at, principal_id=principal.id
    )


@transaction_required
def lock_customer_with(customer_id: UUID, *more: bytes) -> tuple[Customer, SubjectKeys, datetime]:
    """Lock a customer's subjects and further ones, then the customer's row; return them with the instant after the locks.

    :returns: the customer, after a merge the surviving one, with the keys it can be listed under.
    :raises NotFound: for an unknown customer.
    """
    keys = subject_keys(customer_id)
    if not keys.identity_keys and (surviving_id := merged_into(customer_id)):
        return lock_customer_with(surviving_id, *more)
    lock_subjects(keys.locks() | set(more))
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound
    if customer.merged_into_id is not None:
        # Merged during the wait for the row.
        return lock_customer_with(customer.merged_into_id, *more)
    # Read again: a document may have been linked during the wait for the row.
    return customer, subject_keys(customer.id), bank_now()
