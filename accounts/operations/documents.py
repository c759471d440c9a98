"""Link a further document to a customer: from its approval on, limits and listings count over all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, Document, Identity
from accounts.operations.papers import check_kind, document_shown, lock_customer_with, new_document
from accounts.policy.identity import LinkFacts, check_link_document
from accounts.vocabulary import CustomerKind, RequestStatus
from config.kernel import approvals
from config.kernel.approvals import ApprovalPending, ApprovalStale, Kind
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.decisions import deciding
from config.kernel.documents import DocumentInput, read_document
from config.kernel.identity.masking import mask_name
from config.kernel.keys import Caller
from config.kernel.models import Approval, ApprovalKind, ApprovalStatus, Role
from config.kernel.sealed import identity_key


def request_document_link(*, principal: Caller, customer_id: UUID, told: DocumentInput) -> tuple[Document, Approval]:
    """Propose a further document of a customer (申请关联证件); a supervisor decides.

    :raises BadRequest: what the document cannot be.
    :raises NotFound: for an unknown customer.
    :raises CustomerExists: the document is another customer's.
    :raises DocumentOnFile: the customer has it on file.
    :raises ApprovalPending: while the same document of his waits for a second person.
    """
    document = read_document(told, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding("link_document", principal=principal, rule="link_document", customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id, key)
        check_kind(document, CustomerKind(customer.kind))
        decision.at = at
        decision.facts = {"document_type": document.type.value}
        known = _make_room(customer_id, document.type, key, at)
        check_link_document(
            LinkFacts(
                customer_id=customer_id,
                holder_id=_holder_id(key),
                on_file_id=known.id if known else None,
            )
        )
        row = new_document(customer_id, told, document, key, at)
        row.status = RequestStatus.PENDING
        row.save(force_insert=True)
        decision.object_id = row.id
        approval = approvals.propose(
            kind=ApprovalKind.DOCUMENT_LINK,
            principal=principal,
            at=at,
            object_type="document",
            object_id=row.id,
            before=_as_it_is(row, customer),
            after={"status": RequestStatus.ACTIVE.value, **document_shown(row)},
            subject_keys=keys.locks() | {key},
        )
        return row, approval


def _holder_id(key: bytes) -> UUID | None:
    return Identity.objects.filter(key=key).values_list("customer_id", flat=True).first()


def _make_room(customer_id: UUID, kind: str, key: bytes, at: datetime) -> Document | None:
    """Return the same document in force; let a proposal of it that has expired lapse.

    :raises ApprovalPending: when one still waits.
    """
    same = Document.objects.filter(customer_id=customer_id, type=kind, identity_key=key)
    row = same.exclude(status=RequestStatus.REJECTED).first()
    if row is None or row.status == RequestStatus.ACTIVE:
        return row
    proposal = Approval.objects.filter(kind=ApprovalKind.DOCUMENT_LINK, object_id=row.id).order_by("-id").first()
    if proposal is not None and approvals.status_at(proposal, at) == ApprovalStatus.PENDING:
        raise ApprovalPending(approval_id=str(proposal.id))
    same.filter(pk=row.pk, status=RequestStatus.PENDING).update(status=RequestStatus.REJECTED)
    return None


def _snapshot(approval: Approval) -> dict[str, Any]:
    row = Document.objects.select_related("customer").get(pk=approval.object_id)
    return _as_it_is(row, row.customer)


def _as_it_is(row: Document, customer: Customer) -> dict[str, Any]:
    holder_id = _holder_id(bytes(row.identity_key))
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": mask_name(customer.name),
        "identity_of": None if holder_id is None else str(holder_id),
    }


def _link(approval: Approval, principal: Caller, at: datetime) -> Mapping[str, Any] | None:
    """Put a document in force (关联证件生效): whatever lists it lists the customer from now on.

    The subjects are locked exclusively; should another counter have made the identity another
    customer's all the same, the proposal is stale, or `identity_is_one_customer` refuses.
    """
    row = Document.objects.get(pk=approval.object_id)
    with deciding(
        "document_link",
        principal=principal,
        at=at,
        rule="link_document",
        customer_id=row.customer_id,
        object_id=row.id,
        facts={"document_type": str(row.type)},
    ):
        # Whoever opens something for the customer holds this row: he counts before the link, or over all.
        Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
        key = bytes(row.identity_key)
        identity = Identity.objects.filter(key=key).first()
        if identity is None:
            identity = Identity.objects.create(customer_id=row.customer_id, key=key)
        elif identity.customer_id != row.customer_id:
            raise ApprovalStale
        _decide(row.id, status=RequestStatus.ACTIVE, identity=identity)
    return None


def _reject(approval: Approval) -> Mapping[str, UUID]:
    _decide(approval.object_id, status=RequestStatus.REJECTED)
    return {"customer_id": Document.objects.values_list("customer_id", flat=True).get(pk=approval.object_id)}


def _decide(document_id: UUID, **change: Any) -> None:
    moved = Document.objects.filter(pk=document_id, status=RequestStatus.PENDING).update(**change)
    if moved != 1:
        raise ApprovalStale


KIND = Kind(ApprovalKind.DOCUMENT_LINK, Role.SUPERVISOR, _snapshot, _link, _reject)
