"""Link a further document to a customer, by two persons, and renew a document on file (增加证件、换证登记).

From its approval on, limits and listings count over all documents; until when a renewed one was valid stays on
record.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, Document, DocumentRenewal, Identity
from accounts.operations.holders import keys_of
from accounts.operations.identity_documents import (
    CheckInput,
    check_kind,
    document_summary,
    keep_check,
    lock_customer_with,
    new_document,
)
from accounts.operations.match_keys import update_match_key
from accounts.policy.identity import LinkFacts, RenewalFacts, check_link_document, check_renewal
from accounts.queries.merged_customers import merged_mark
from accounts.vocabulary import (
    CustomerKind,
    DecisionKind,
    RequestStatus,
    Rule,
)
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.faults import DocumentError
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.requests.documents import DocumentInput, bad_document, read_document
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import identity_key


@transaction_required
def request_document_link(*, principal: Caller, customer_id: UUID, entered: DocumentInput) -> tuple[Document, Approval]:
    """Propose a further document of a customer (申请增加证件); a supervisor decides.

    :raises BadRequest: what the document cannot be.
    :raises NotFound: for an unknown customer.
    :raises CustomerExists: the document is another customer's.
    :raises DocumentOnFile: the customer has it on file.
    :raises ApprovalPending: while a link of the same document waits for a second person.
    """
    document = read_document(entered, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding(
        DecisionKind.LINK_DOCUMENT, principal=principal, rule=Rule.LINK_DOCUMENT, customer_id=customer_id
    ) as decision:
        customer, keys, at = lock_customer_with(customer_id, key)
        customer_id = decision.customer_id = customer.id
        check_kind(document, CustomerKind(customer.kind))
        decision.at = at
        decision.facts = {"document_type": document.type.value}
        place = approvals.make_room(KIND, customer_id, document.type.value, key, at=at)
        on_file = Document.objects.filter(
            customer_id=customer_id, type=document.type, identity_key=key, status=RequestStatus.IN_FORCE
        ).first()
        check_link_document(
            LinkFacts(
                customer_id=customer_id,
                holder_id=_holder_id(key),
                on_file_id=on_file.id if on_file else None,
            )
        )
        row = new_document(customer_id, entered, document, key, at)
        row.customer = customer
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            after=document_summary(row),
            subject_keys=keys.locks() | {key},
        )


def _holder_id(key: bytes) -> UUID | None:
    return Identity.objects.filter(key=key).values_list("customer_id", flat=True).first()


def _snapshot(row: Document) -> dict[str, Any]:
    customer = row.customer
    holder_id = _holder_id(bytes(row.identity_key))
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": masked(customer, "name"),
        "identity_of": None if holder_id is None else str(holder_id),
        **merged_mark(customer),
    }


def _link(row: Document, at: datetime, decision: Deciding) -> None:
    """Put a document in force (增加证件生效): listings of it apply to the customer from now on.

    The subjects are locked exclusively. If another counter has registered the identity for another customer meanwhile,
    the proposal is stale, or `identity_is_one_customer` refuses.
    """
    decision.facts = {"document_type": str(row.type)}
    # An opening for the customer holds this row, so it counts either before the link or with the new document.
    customer = Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    key = bytes(row.identity_key)
    identity = Identity.objects.filter(key=key).first()
    if identity is None:
        identity = Identity.objects.create(customer_id=row.customer_id, key=key)
    elif identity.customer_id != row.customer_id:
        raise ApprovalStale
    approvals.put_in_force(row, at, identity=identity)
    # The document may be the first to show a birth date: from now on namesakes are compared with the customer.
    update_match_key(customer, at)


def _evidence(row: Document, _approval: Approval) -> Mapping[str, str]:
    # The checker compares it with the copy of the document.
    return {"number": row.number}


KIND = Kind(
    model=Document,
    name="document_link",
    text=Text("增加证件", "Additional document"),
    role=Role.SUPERVISOR,
    related=("customer",),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "type", "number"),
    # The first document of a merged customer came with the merge, without a proposal.
    in_force="status = 'active' AND NOT is_primary AND merge_id IS NULL AND import_batch_id IS NULL",
    rule=Rule.LINK_DOCUMENT,
    snapshot=lambda row, _: _snapshot(row),
    approve=_link,
    evidence=_evidence,
    submission_kind=DecisionKind.LINK_DOCUMENT.value,
    keys=lambda row: keys_of(row.customer_id),
)


@transaction_required
def renew_document(*, principal: Caller, customer_id: UUID, entered: DocumentInput, check: CheckInput) -> None:
    """Record that a document on file was shown again with another validity (更新证件有效期).

    The identity does not change: the number of a travel permit ends in a count of its issues, and the new number is kept
    with the renewal. A check that does not match does not prevent the renewal, but puts the customer under review.

    :param entered: the document as shown; one without a last day has no end.
    :raises BadRequest: what the document cannot be; on `document.valid_until` when that day is over, or earlier than
        the one on file.
    :raises NotFound: for an unknown customer.
    :raises DocumentNotOnFile: when the customer has no such document in force.
    :source: 国务院令第285号 第六条; 银发〔2007〕345号.
    """
    document = read_document(entered, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding(
        DecisionKind.RENEW_DOCUMENT, principal=principal, rule=Rule.RENEW_DOCUMENT, customer_id=customer_id
    ) as decision:
        customer, _, at = lock_customer_with(customer_id)
        customer_id = decision.customer_id = customer.id
        row = Document.objects.filter(
            customer_id=customer_id, type=document.type, identity_key=key, status=RequestStatus.IN_FORCE
        ).first()
        decision.at = at
        decision.facts = {
            "document_type": document.type.value,
            "old_valid_until": row.valid_until.isoformat() if row and row.valid_until else None,
            "valid_until": entered.valid_until.isoformat() if entered.valid_until else None,
            "check_result": check.result.value,
        }
        try:
            check_renewal(RenewalFacts(row is not None, row.valid_until if row else None, entered.valid_until))
        except DocumentError as error:
            raise bad_document(error) from None
        if row is not None:
            decision.object_id = _write(row, document.number, entered.valid_until, principal, at).id
        keep_check(customer_id, check, principal, at)


def _write(row: Document, number: str, valid_until: date | None, principal: Caller, at: datetime) -> DocumentRenewal:
    renewal = DocumentRenewal(
        id=new_id(),
        document=row,
        nth=row.renewal_count + 1,
        old_valid_until=row.valid_until,
        valid_until=valid_until,
        at=at,
        principal_id=principal.id,
    )
    renewal.number = number
    renewal.save(force_insert=True)
    Document.objects.filter(pk=row.pk).update(valid_until=valid_until, renewal_count=renewal.nth)
    return renewal
