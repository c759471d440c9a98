"""End an identity conflict: say what it is and why (身份冲突核查办结); look at both names whole, on record."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, Q

from accounts.models import ConflictReview, Customer, DocumentWithdrawal, IdentityConflict, NameChange, SamePerson
from accounts.policy.identity import ConflictFacts, check_end_conflict
from accounts.queries.names import WholeConflict, whole_conflict
from accounts.vocabulary import DecisionKind, RequestStatus, Rule, Sameness
from accounts.vocabulary.conflicts import ConflictEnd
from config.kernel.access.keys import Caller
from config.kernel.approvals.persons import is_same_person
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.trail.decisions import deciding
from config.kernel.trail.unmasking import record_unmasking


@transaction_required
def end_conflict(*, principal: Caller, conflict_id: UUID, end: ConflictEnd, reason: str) -> ConflictReview:
    """End an identity conflict (身份冲突核查办结): once, and for good.

    :param reason: by what that was found; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown conflict.
    :raises ConflictReviewed: when it was ended before.
    :raises ConflictOfYourOwn: for whoever entered it, under whatever name.
    :raises ConflictNeedsAct: where what the end speaks of is not in force.
    """
    conflict = IdentityConflict.objects.select_related("principal").filter(pk=conflict_id).first()
    if conflict is None:
        raise NotFound
    # The attempt is written once and has no lock of its own: two who end it wait for each other here.
    customer = Customer.objects.select_for_update(no_key=True).get(pk=conflict.customer_id)
    at = bank_now()
    remains = customer.merged_into_id or customer.id
    with deciding(
        DecisionKind.END_CONFLICT, principal=principal, at=at, rule=Rule.END_CONFLICT, customer_id=remains
    ) as decision:
        decision.object_id = conflict.id
        decision.facts = {"end": end.value}
        named = _acts(end, {customer.id, remains}, conflict.at)
        facts = ConflictFacts(
            reviewed=ConflictReview.objects.filter(conflict=conflict).exists(),
            own=is_same_person(principal, conflict.principal),
            act=bool(named),
        )
        check_end_conflict(facts, end)
        row = ConflictReview(conflict=conflict, end=end, at=at, principal_id=principal.id, **named)
        row.reason = reason
        row.save(force_insert=True)
    return row


@transaction_required
def unmask_conflict(*, principal: Caller, conflict_id: UUID, reason: str) -> WholeConflict:
    """Read both names of a conflict whole, and keep that they were read (查看完整信息).

    :param reason: a code of the list.
    :raises NotFound: for an unknown conflict; nothing is kept.
    """
    whole = whole_conflict(conflict_id)
    if whole is None:
        raise NotFound
    record_unmasking(principal, reason, customer_id=whole.customer.customer_id, object_id=conflict_id)
    return whole


def _acts(end: ConflictEnd, customers: set[UUID], since: datetime) -> dict[str, Model]:
    """Return what an end speaks of by the column that names it: the last one that was asked for since and is in force."""
    made: Any = {"status": RequestStatus.IN_FORCE, "asked_at__gte": since}
    match end:
        case ConflictEnd.RENAMED:
            changes = NameChange.objects.filter(customer__in=customers, **made)
            return _last("name_change", changes)
        case ConflictEnd.SAME_PERSON:
            either = Q(customer__in=customers) | Q(other__in=customers)
            return _last("same_person", SamePerson.objects.filter(either, decision=Sameness.SAME, **made))
        case ConflictEnd.DOCUMENT_WITHDRAWN:
            found = DocumentWithdrawal.objects.filter(document__customer__in=customers, **made)
            return _last("document_withdrawal", found)
        case _:
            return {}


def _last(column: str, found: Any) -> dict[str, Model]:
    row = found.order_by("-pk").first()
    return {column: row} if row is not None else {}
