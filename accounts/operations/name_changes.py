"""Change a customer's name (更改姓名): a document on file shows it, a second person approves, the former one is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, Document, NameChange
from accounts.operations.holders import keys_of, lock_matches
from accounts.operations.identity_documents import document_summary, lock_customer_with
from accounts.policy.identity import NameChangeFacts, check_name_change
from accounts.queries.documents import born_on
from accounts.queries.matches import match_key_of
from accounts.queries.whose import merged_mark
from accounts.vocabulary import RequestStatus, Rule
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Lapse, Record, no_evidence
from config.kernel.approvals.registry import Rule as ProposalRule
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import mask_name
from config.kernel.identity.names import same_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.sealed import identity_key, name_key


@dataclass(frozen=True, slots=True)
class NewName:
    """A name as a document shows it.

    :ivar document: one that the customer has on file, as it was shown.
    :ivar evidence: what else was seen; kept sealed, it may hold personal data.
    """

    name: str = field(repr=False)
    document: DocumentInput
    evidence: str = field(repr=False)


@transaction_required
def request_name_change(*, principal: Caller, customer_id: UUID, entered: NewName) -> tuple[NameChange, Approval]:
    """Propose that a customer has another name (申请更改姓名); a supervisor decides.

    :raises BadRequest: what the document cannot be.
    :raises NotFound: for an unknown customer.
    :raises DocumentNotOnFile: the customer has not this document in force: it is to be added first.
    :raises NameUnchanged: it is the customer's name already.
    :raises ApprovalPending: while another change of this customer's name waits for a second person.
    :source: 银发〔2007〕345号; house rule: who somebody is does not change with the name.
    """
    document = read_document(entered.document, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding(KIND.name, principal=principal, rule=Rule.CHANGE_NAME, customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        customer_id = decision.customer_id = customer.id
        shown = Document.objects.filter(
            customer_id=customer_id, type=document.type, identity_key=key, status=RequestStatus.IN_FORCE
        ).first()
        decision.at = at
        decision.facts = {"document_type": document.type.value}
        check_name_change(NameChangeFacts(shown is not None, same_name(customer.name, entered.name)))
        place = approvals.make_room(KIND, customer_id, at=at)
        row = NameChange(id=new_id(), customer_id=customer_id, document=shown, asked_at=at)
        row.old_name, row.old_name_index = customer.name, bytes(customer.name_index)
        row.name, row.name_index = entered.name, name_key(entered.name)
        row.evidence = entered.evidence
        row.save(force_insert=True)
        decision.object_id = row.id
        approval = approvals.propose(
            place,
            principal=principal,
            object_id=row.id,
            before=_as_it_is(row, customer),
            after={"status": RequestStatus.IN_FORCE.value, "name": mask_name(entered.name)},
            subject_keys=keys.locks(),
        )
        return row, approval


def _as_it_is(row: NameChange, customer: Customer) -> dict[str, Any]:
    summary = document_summary(row.document)
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": mask_name(customer.name),
        "document_status": str(row.document.status),
        "type": summary["type"],
        "number": summary["number"],
        **merged_mark(customer),
    }


def _rename(row: NameChange, at: datetime, decision: Deciding) -> None:
    """Let the customer have the new name (更改姓名生效): payees are compared with it from now on, and with it alone."""
    decision.facts = {"document_type": str(row.document.type)}
    customer = Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    # Masked, two names may look alike: another change of name may have come between.
    if bytes(customer.name_index) != bytes(row.old_name_index) or not NameChange.put_in_force(row.id, at):
        raise ApprovalStale
    customer.name, customer.name_index = row.name, bytes(row.name_index)
    customer.match_key = match_key_of(customer.kind, row.name, born_on(customer, shanghai_day(at)))
    customer.save(update_fields=["name", "name_index", "match_key"])
    # Whoever opens for somebody of the new name and this birth date counts before this, or over both.
    lock_matches(customer.pk)


def _evidence(row: NameChange, _approval: Approval) -> Mapping[str, str]:
    # The checker compares both with the document.
    return {"old_name": row.old_name, "new_name": row.name, "evidence": row.evidence}


KIND: Kind[NameChange] = Kind(
    name="name_change",
    text=Text("更改姓名", "Change of name"),
    role=Role.SUPERVISOR,
    object_type="name_change",
    rows=lambda: NameChange.objects.select_related("customer", "document"),
    record=Record("desk:customer", "customer_id"),
    telling=("name", "type", "number"),
    in_force="status = 'active'",
    rule=ProposalRule.PUT_IN_FORCE,
    concerns=lambda row: {"customer_id": row.customer_id},
    snapshot=lambda row, _: _as_it_is(row, row.customer),
    approve=_rename,
    end=NameChange.end,
    evidence=_evidence,
    brings=no_evidence,
    asked_as="name_change",
    lapses=Lapse.AFTER_DAYS,
    keys=lambda row: keys_of(row.customer_id),
)
