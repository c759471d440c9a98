"""Merge two customers who are one person (合并客户): a teller proposes, a supervisor approves.

Rows keep their ids and move to the surviving customer; no money is posted. What exceeds a limit is kept without a
slot and refers to the merge; no restriction ends by it. Earlier records about the merged customer stay unchanged.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from accounts import ledger
from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    ExternalAccount,
    Identity,
    NameChange,
    Reverification,
    SamePerson,
)
from accounts.operations.holders import keys_of, lock_matches
from accounts.operations.match_keys import update_match_key
from accounts.policy.merging import check_merge
from accounts.queries.documents import born_on
from accounts.queries.merged_customers import merged_mark, surviving_ids
from accounts.queries.merging import MergePlan, plan_of
from accounts.vocabulary import DecisionKind, RequestStatus, Rule, Sameness
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalPending, ApprovalStale, Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.locks import lock_subjects
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.masking import Unreadable
from config.kernel.law.dates import rfc3339, shanghai_day
from config.kernel.law.refusals import BadRequest, NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding

ALREADY_ONE_CUSTOMER = Text("两个编号已是同一客户。", "Both ids are the same customer already.")


@transaction_required
def lock_both_customers(customer_id: UUID, other_id: UUID) -> tuple[Customer, Customer, set[bytes]]:
    """Lock two customers, their subjects first; of a merged one the surviving customer.

    :returns: both, and the keys either could be listed under.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: on `customer_id` when the two are one customer.
    """
    surviving = surviving_ids([customer_id, other_id])
    if len({customer_id, other_id} - set(surviving)) > 0:
        raise NotFound
    first, second = surviving[customer_id], surviving[other_id]
    if first == second:
        raise BadRequest({"customer_id": [ALREADY_ONE_CUSTOMER]})
    lock_subjects(keys_of(first, second))
    locked = {
        each.id: each
        for each in Customer.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=[first, second])
        .order_by("pk")
    }
    if any(each.merged_into_id for each in locked.values()):
        # Merged during the wait for the rows.
        return lock_both_customers(customer_id, other_id)
    return locked[first], locked[second], keys_of(first, second)


@transaction_required
def request_merge(
    *, principal: Caller, customer_id: UUID, other_id: UUID, evidence: str
) -> tuple[SamePerson, Approval]:
    """Propose to merge another customer into this one (申请合并客户); a supervisor decides.

    :param customer_id: of the surviving customer.
    :param evidence: what shows that the two are one person; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: when the two are one customer.
    :raises MergeNotOffered, TwoCitizenNumbers: what `check_merge` refuses.
    :raises ApprovalPending: while a merge of the same two waits, or a link of a document of one to the other.
    :source: 通告第五条 (同一个人), from 2016-12-01; house rule on merges.
    """
    with deciding(
        DecisionKind.ASK_MERGE, principal=principal, rule=Rule.MERGE_CUSTOMERS, customer_id=customer_id
    ) as decision:
        survivor, other, keys = lock_both_customers(customer_id, other_id)
        at = decision.at = bank_now()
        decision.customer_id = survivor.id
        decision.facts = {"other_id": str(other.id)}
        plan = plan_of(survivor, other, at)
        check_merge(plan.facts)
        place = approvals.make_room(KIND, *sorted((survivor.id, other.id)), at=at)
        _check_links(plan)
        row = SamePerson(customer=survivor, other=other, decision=Sameness.SAME, asked_at=at)
        row.evidence = evidence
        before = {"status": str(row.status), **plan.before()}
        return approvals.propose_row(
            place, row, decision, principal=principal, before=before, after=plan.after(), subject_keys=keys
        )


def _check_links(plan: MergePlan) -> None:
    """Require that no document of the other customer is pending to be linked to the surviving one.

    :raises ApprovalPending: naming the link, which is to be decided first.
    """
    documents = {(each.type, bytes(each.identity_key)) for each in plan.other.documents}
    pending = Document.objects.filter(customer=plan.survivor.customer, status=RequestStatus.PENDING).order_by("id")
    links = [each.id for each in pending if (each.type, bytes(each.identity_key)) in documents]
    if links:
        raise ApprovalPending(approval_id=str(approvals.latest_about(links)[links[0]]))


def _snapshot(row: SamePerson) -> dict[str, Any]:
    plan = plan_of(row.customer, row.other, bank_now())
    return {"status": str(row.status), **plan.before(), **merged_mark(row.customer), **merged_mark(row.other)}


def _merge(row: SamePerson, at: datetime, decision: Deciding) -> None:
    """Merge two customers (合并客户生效): the surviving one owns everything of the other from now on.

    The subjects of both are locked exclusively: no other decision about either is made meanwhile. An act that waits for
    the row of a customer or an account finds the surviving customer afterwards.
    """
    rows = Customer.objects.select_for_update(no_key=True, of=("self",))
    # Customers that were merged into the other one earlier go to the surviving customer, too.
    earlier = list(Customer.objects.filter(merged_into_id=row.other_id).values_list("pk", flat=True))
    locked = {each.id: each for each in rows.filter(pk__in=[row.customer_id, row.other_id, *earlier]).order_by("pk")}
    survivor, other = locked[row.customer_id], locked[row.other_id]
    if _renamed(row):
        raise ApprovalStale
    plan = plan_of(survivor, other, at)
    check_merge(plan.facts)
    _check_links(plan)
    # An opening for a customer who may be one of them counts either before the merge or over the surviving customer.
    for each in (survivor, other):
        lock_matches(each.pk)
    ledger.lock([each.id for each in plan.accounts])
    # Read the clock after all locks: a transaction that held one of the accounts decided about the other customer.
    at = decision.at = bank_now()
    reverified_at = plan.reverified.at if plan.reverified else None
    decision.facts = {
        "other_id": str(other.id),
        "excess_accounts": [str(each.id) for each in plan.excess_accounts],
        "excess_cards": [str(each.id) for each in plan.excess_cards],
        "customer_status": plan.status.value,
        "reverified_at": rfc3339(reverified_at),
    }
    approvals.put_in_force(row, at, reverified_at=reverified_at)
    _move_rows(plan, row.id)
    _update_survivor(plan, at)
    Customer.objects.filter(pk__in=[other.id, *earlier]).update(merged_into=survivor)
    update_match_key(survivor, at)


def _renamed(row: SamePerson) -> bool:
    """Return whether the name of either has changed since the proposal: masked, two names may look alike."""
    changes = NameChange.objects.filter(customer_id__in=[row.customer_id, row.other_id], status=RequestStatus.IN_FORCE)
    return changes.filter(in_force_at__gt=row.asked_at).exists()


def _move_rows(plan: MergePlan, merge_id: UUID) -> None:
    """Move the other customer's rows to the surviving one; rows that lose their slot are written before those that take one."""
    survivor, other = plan.survivor.customer.id, plan.other.customer.id
    for model, slots, column in ((Account, plan.account_slots, "class_slot"), (Card, plan.card_slots, "slot")):
        excess = [each for each, slot in slots.items() if slot is None]
        model.objects.filter(pk__in=excess, customer_id=survivor).update(**{column: None, "merge_id": merge_id})
    Identity.objects.filter(customer_id=other).update(customer_id=survivor)
    documents = Document.objects.filter(customer_id=other, status=RequestStatus.IN_FORCE)
    documents.filter(is_primary=True).update(customer_id=survivor, is_primary=False, merge_id=merge_id)
    documents.update(customer_id=survivor)
    for account in plan.other.accounts:
        Account.objects.filter(pk=account.id).update(
            customer_id=survivor, **_slot_values(plan.account_slots, account.id, "class_slot", merge_id)
        )
    for card in plan.other.cards:
        Card.objects.filter(pk=card.id).update(
            customer_id=survivor, **_slot_values(plan.card_slots, card.id, "slot", merge_id)
        )
    ExternalAccount.objects.filter(customer_id=other, status=RequestStatus.IN_FORCE).update(customer_id=survivor)
    Reverification.objects.filter(customer_id=other, status=RequestStatus.IN_FORCE).update(customer_id=survivor)


def _slot_values(slots: Mapping[UUID, int | None], row_id: UUID, column: str, merge_id: UUID) -> dict[str, Any]:
    """Return the slot values to write for a row that moves; none for a row that no limit counts."""
    if row_id not in slots:
        return {}
    slot = slots[row_id]
    return {column: slot} if slot is not None else {column: None, "merge_id": merge_id}


def _update_survivor(plan: MergePlan, at: datetime) -> None:
    """Update the surviving customer; copy the fields that only the merged one had."""
    survivor, other = plan.survivor.customer, plan.other.customer
    survivor.status = plan.status
    survivor.reverified_at = plan.reverified.at if plan.reverified else None
    changed = ["status", "reverified_at"]
    if survivor.phone is None and other.phone is not None and not isinstance(other.phone, Unreadable):
        survivor.phone, survivor.phone_index = other.phone, other.phone_index
        changed += ["phone", "phone_index"]
    if survivor.born_on is None and (born := _born_on(plan, at)) is not None:
        survivor.sealed_birth_date = born.isoformat()
        changed.append("sealed_birth_date")
    survivor.save(update_fields=changed)
    if survivor.match_key is None:
        # Only the merged customer had a birth date: from now on namesakes are compared with the surviving one.
        update_match_key(survivor, at)


def _born_on(plan: MergePlan, at: datetime) -> date | None:
    """Return the birth date to write for the surviving customer without one; None where its documents show it.

    A birth date that one of its own documents shows stays, whatever the other customer stated or shows.
    """
    survivor, other = plan.survivor, plan.other
    day = shanghai_day(at)
    shown = born_on(survivor.customer, day, survivor.documents)
    if shown is None:
        return other.customer.born_on
    return shown if born_on(other.customer, day, other.documents) not in {None, shown} else None


def _evidence(row: SamePerson, _approval: Approval) -> Mapping[str, str]:
    evidence = {"evidence": row.evidence}
    # Masked, two names may look alike, so the checker reads both where they differ.
    if bytes(row.customer.name_index) != bytes(row.other.name_index):
        evidence = {"name": row.customer.name, "other_name": row.other.name, **evidence}
    return evidence


KIND = Kind(
    model=SamePerson,
    name="customer_merge",
    text=Text("合并客户", "Merge of customers"),
    role=Role.SUPERVISOR,
    object_type="customer_merge",
    related=("customer", "other"),
    condition=Q(decision=Sameness.SAME),
    record=Record("desk:merge"),
    summary_fields=("name", "other_name"),
    in_force="decision = 'same' AND status = 'active'",
    rule=Rule.MERGE_CUSTOMERS,
    snapshot=lambda row, _: _snapshot(row),
    approve=_merge,
    evidence=_evidence,
    submission_kind=DecisionKind.ASK_MERGE.value,
    keys=lambda row: keys_of(row.customer_id, row.other_id),
)
