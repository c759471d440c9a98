"""Decide whether two customers are one person (是否同一人): a teller proposes, a supervisor decides.

Two that are declared different are counted apart from then on (认定为不同人); two that are one are merged.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q

from accounts.models import Customer, SamePerson
from accounts.operations.merging import lock_both_customers, request_merge
from accounts.queries.matches import match_data_of, possible_same
from accounts.queries.merged_customers import merged_mark
from accounts.vocabulary import Rule, Sameness
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked


@transaction_required
def request_difference(
    *, principal: Caller, customer_id: UUID, other_id: UUID, evidence: str
) -> tuple[SamePerson, Approval]:
    """Propose that two customers are two persons (申请认定为不同人); a supervisor decides.

    It covers the present indications that they are one person, by kind. A later indication of another kind, such as a
    citizen number in a document that is linked then, is undecided again.

    :param evidence: what was seen; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown customer, on either side.
    :raises BadRequest: on `customer_id`, when the two are one customer.
    :raises ApprovalPending: while such a proposal about the two is pending, on either side.
    :source: house rule: two persons of the bank decide whether two customers are one person.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.SAME_PERSON, customer_id=customer_id) as decision:
        customer, other, keys = lock_both_customers(customer_id, other_id)
        at = decision.at = bank_now()
        decision.customer_id = customer.id
        reasons = _reasons(customer, other.id)
        decision.facts = {"other_id": str(other.id), "reasons": reasons}
        place = approvals.make_room(KIND, *sorted((customer.id, other.id)), at=at)
        row = SamePerson(
            id=new_id(),
            customer=customer,
            other=other,
            decision=Sameness.DIFFERENT,
            reasons=reasons,
            asked_at=at,
        )
        row.evidence = evidence
        after = {"decision": Sameness.DIFFERENT.value}
        return approvals.propose_row(place, row, decision, principal=principal, after=after, subject_keys=keys)


def _reasons(customer: Customer, other_id: UUID) -> list[str]:
    """Return the present indications that the two are one person."""
    found = possible_same(match_data_of(customer))
    return [reason.value for each in found if each.customer_id == other_id for reason in each.reasons]


def _snapshot(row: SamePerson) -> dict[str, Any]:
    customer, other = row.customer, row.other
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": masked(customer, "name"),
        "other_id": str(other.id),
        "other_name": masked(other, "name"),
        "reasons": _reasons(customer, other.id),
        **merged_mark(customer),
        **merged_mark(other),
    }


def _declare(row: SamePerson, at: datetime, decision: Deciding) -> None:
    """Declare two customers two persons (认定为不同人生效): limits count for each separately from now on."""
    decision.facts = {"other_id": str(row.other_id), "reasons": row.reasons or []}
    approvals.put_in_force(row, at)


def _evidence(row: SamePerson, _approval: Approval) -> Mapping[str, str]:
    return {"evidence": row.evidence}


KIND = Kind(
    model=SamePerson,
    name="customer_difference",
    text=Text("认定为不同人", "Declared different persons"),
    role=Role.SUPERVISOR,
    related=("customer", "other"),
    condition=Q(decision=Sameness.DIFFERENT),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "other_name"),
    in_force=f"status = 'active' AND decision = '{Sameness.DIFFERENT.value}'",
    snapshot=lambda row, _: _snapshot(row),
    approve=_declare,
    evidence=_evidence,
)


class _Request(Protocol):
    """Proposes one of the two decisions about two customers."""

    def __call__(
        self, *, principal: Caller, customer_id: UUID, other_id: UUID, evidence: str
    ) -> tuple[SamePerson, Approval]: ...


#: The operation that proposes each decision.
REQUESTS: Mapping[Sameness, _Request] = {Sameness.SAME: request_merge, Sameness.DIFFERENT: request_difference}


@transaction_required
def request_same_person(
    *, principal: Caller, customer_id: UUID, other_id: UUID, decision: Sameness, evidence: str
) -> tuple[SamePerson, Approval]:
    """Propose that two customers are one person, or two (申请认定是否同一人).

    :param customer_id: of the surviving customer, where they are one person.
    :param evidence: what the decision rests on; kept sealed, it may hold personal data.
    :raises: what the decision's own operation raises.
    """
    return REQUESTS[decision](principal=principal, customer_id=customer_id, other_id=other_id, evidence=evidence)
