"""Change a customer's name (更改姓名), by two persons, and end an identity conflict (身份冲突核查办结).

A document on file shows the new name, the former one is kept; both names of a conflict are looked at whole, on
record.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from accounts.models import (
    ConflictReview,
    Customer,
    Document,
    DocumentWithdrawal,
    IdentityConflict,
    NameChange,
    SamePerson,
)
from accounts.operations import people_named
from accounts.operations.holders import keys_of, lock_matches
from accounts.operations.identity_documents import document_summary, lock_customer_with
from accounts.policy.identity import ConflictFacts, NameChangeFacts, check_end_conflict, check_name_change
from accounts.queries.documents import born_on
from accounts.queries.matches import match_key_of
from accounts.queries.merged_customers import merged_mark
from accounts.queries.names import WholeConflict, whole_conflict
from accounts.vocabulary import DecisionKind, RequestStatus, Rule, Sameness
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.approvals.queries import is_same_person
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.names import same_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.requests import special_measures
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.trail.unmasking import record_unmasking
from config.kernel.vault.masked import masked
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
    """Propose a change of a customer's name (申请更改姓名); a supervisor decides.

    :raises BadRequest: what the document cannot be.
    :raises NotFound: for an unknown customer.
    :raises DocumentNotOnFile: the customer does not have this document in force; it must be added first.
    :raises NameUnchanged: it is the customer's name already.
    :raises ApprovalPending: while another change of this customer's name waits for a second person.
    :source: 银发〔2007〕345号; house rule: the identity does not change with the name.
    """
    document = read_document(entered.document, on=shanghai_day(bank_now()))
    key = identity_key(document.identity)
    with deciding(KIND.name, principal=principal, rule=Rule.CHANGE_NAME, customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        customer_id = decision.customer_id = customer.id
        on_file = Document.objects.filter(
            customer_id=customer_id, type=document.type, identity_key=key, status=RequestStatus.IN_FORCE
        ).first()
        decision.at = at
        decision.facts = {"document_type": document.type.value}
        check_name_change(NameChangeFacts(on_file is not None, same_name(customer.name, entered.name)))
        special_measures.confirm(name_key(entered.name))
        place = approvals.make_room(KIND, customer_id, at=at)
        row = NameChange(id=new_id(), customer=customer, document=on_file, asked_at=at)
        row.old_name, row.old_name_index = customer.name, bytes(customer.name_index)
        row.name, row.name_index = entered.name, name_key(entered.name)
        row.evidence = entered.evidence
        after = {"name": masked(row, "name")}
        return approvals.propose_row(place, row, decision, principal=principal, after=after, subject_keys=keys.locks())


def _snapshot(row: NameChange) -> dict[str, Any]:
    customer, summary = row.customer, document_summary(row.document)
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": masked(customer, "name"),
        "document_status": str(row.document.status),
        "type": summary["type"],
        "number": summary["number"],
        **merged_mark(customer),
    }


def _rename(row: NameChange, at: datetime, decision: Deciding) -> None:
    """Write the new name (更改姓名生效): payees' names are compared with it from now on."""
    decision.facts = {"document_type": str(row.document.type)}
    customer = Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    # Masked, two names may look alike: another change of name may have come between.
    if bytes(customer.name_index) != bytes(row.old_name_index):
        raise ApprovalStale
    special_measures.confirm(bytes(row.name_index))
    approvals.put_in_force(row, at)
    customer.name, customer.name_index = row.name, bytes(row.name_index)
    customer.match_key = match_key_of(customer.kind, row.name, born_on(customer, shanghai_day(at)))
    customer.save(update_fields=["name", "name_index", "match_key"])
    # An opening for a namesake with this birth date counts either before this change or over both customers.
    lock_matches(customer.pk)


def _evidence(row: NameChange, _approval: Approval) -> Mapping[str, str]:
    # The checker compares both with the document.
    return {"old_name": row.old_name, "new_name": row.name, "evidence": row.evidence}


KIND = Kind(
    model=NameChange,
    text=Text("更改姓名", "Change of name"),
    role=Role.SUPERVISOR,
    related=("customer", "document"),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "type", "number"),
    snapshot=lambda row, _: _snapshot(row),
    approve=_rename,
    evidence=_evidence,
    keys=lambda row: keys_of(row.customer_id),
    people=lambda row: people_named.name_change(row.customer_id, row.name),
)


@transaction_required
def end_conflict(*, principal: Caller, conflict_id: UUID, end: ConflictEnd, reason: str) -> ConflictReview:
    """End an identity conflict with a result (身份冲突核查办结), once.

    :param reason: the grounds of the result; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown conflict.
    :raises ConflictReviewed: when it was ended before.
    :raises ConflictOfYourOwn: for the person who entered it, under any of that person's users.
    :raises ConflictNeedsAct: where the correction that the result rests on is not in force.
    """
    conflict = IdentityConflict.objects.select_related("principal").filter(pk=conflict_id).first()
    if conflict is None:
        raise NotFound
    # The conflict's row is append-only and has no lock: two persons who end it wait for each other here.
    customer = Customer.objects.select_for_update(no_key=True).get(pk=conflict.customer_id)
    at = bank_now()
    surviving_id = customer.merged_into_id or customer.id
    with deciding(
        DecisionKind.END_CONFLICT, principal=principal, at=at, rule=Rule.END_CONFLICT, customer_id=surviving_id
    ) as decision:
        decision.object_id = conflict.id
        decision.facts = {"end": end.value}
        corrections = _corrections(end, {customer.id, surviving_id}, conflict.at)
        facts = ConflictFacts(
            reviewed=ConflictReview.objects.filter(conflict=conflict).exists(),
            own=is_same_person(principal, conflict.principal),
            act=bool(corrections),
        )
        check_end_conflict(facts, end)
        row = ConflictReview(conflict=conflict, end=end, at=at, principal_id=principal.id, **corrections)
        row.reason = reason
        row.save(force_insert=True)
    return row


@transaction_required
def unmask_conflict(*, principal: Caller, conflict_id: UUID, reason: str) -> WholeConflict:
    """Return both full names of a conflict, and record the look (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown conflict; nothing is kept.
    """
    whole = whole_conflict(conflict_id)
    if whole is None:
        raise NotFound
    record_unmasking(principal, reason, customer_id=whole.customer.customer_id, object_id=conflict_id)
    return whole


def _corrections(end: ConflictEnd, customers: set[UUID], since: datetime) -> dict[str, Model]:
    """Return the correction that a result rests on, the last one in force since, by the column that refers to it."""
    in_force: Any = {"status": RequestStatus.IN_FORCE, "asked_at__gte": since}
    match end:
        case ConflictEnd.RENAMED:
            return _last("name_change", NameChange.objects.filter(customer__in=customers, **in_force))
        case ConflictEnd.SAME_PERSON:
            either = Q(customer__in=customers) | Q(other__in=customers)
            return _last("same_person", SamePerson.objects.filter(either, decision=Sameness.SAME, **in_force))
        case ConflictEnd.DOCUMENT_WITHDRAWN:
            withdrawals = DocumentWithdrawal.objects.filter(document__customer__in=customers, **in_force)
            return _last("document_withdrawal", withdrawals)
        case _:
            return {}


def _last(column: str, rows: Any) -> dict[str, Model]:
    row = rows.order_by("-pk").first()
    return {column: row} if row is not None else {}
