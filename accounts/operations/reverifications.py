"""Identify a customer anew in person (重新核实身份): lifts what hung on his identity, and nothing else.

An identity review ends, and the suspension that other accounts of a case account's holder suffer. A
penalty, a freeze and the case account itself stay.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, Reverification
from accounts.operations.papers import CheckTold, keep_check, lock_customer_with
from accounts.policy.identity import check_reverification
from accounts.queries.standing import standing_of, subject_keys
from accounts.vocabulary import CustomerStatus, RequestStatus
from blacklist.vocabulary import Category
from config.kernel import approvals
from config.kernel.approvals import ApprovalPending, ApprovalStale, Kind
from config.kernel.dates import rfc3339
from config.kernel.decisions import deciding
from config.kernel.keys import Caller
from config.kernel.models import Approval, ApprovalKind, ApprovalStatus, Role


def request_reverification(
    *, principal: Caller, customer_id: UUID, check: CheckTold
) -> tuple[Reverification, Approval]:
    """Propose that a customer was identified anew (申请重新核实); a supervisor decides.

    :param check: how, and the result; the result is kept whatever it is.
    :raises NotFound: for an unknown customer.
    :raises IdentityNotConfirmed: when the check did not match.
    :raises ApprovalPending: while another re-verification of his waits for a second person.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01; 银发〔2007〕345号.
    """
    with deciding("reverification", principal=principal, rule="reverify", customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        decision.at = at
        decision.facts = {"method": check.method, "result": check.result.value, "status": str(customer.status)}
        keep_check(customer_id, check, principal, at)
        check_reverification(check.result)
        _make_room(customer_id, at)
        row = Reverification.objects.create(
            customer_id=customer_id, method=check.method, result=check.result, asked_at=at
        )
        decision.object_id = row.id
        approval = approvals.propose(
            kind=ApprovalKind.REVERIFICATION,
            principal=principal,
            at=at,
            object_type="reverification",
            object_id=row.id,
            before=_as_it_is(row, customer, at),
            after={
                "status": RequestStatus.ACTIVE.value,
                "customer_id": str(customer_id),
                "customer_status": CustomerStatus.ACTIVE.value,
                "method": row.method,
            },
            subject_keys=keys.locks(),
        )
        return row, approval


def _make_room(customer_id: UUID, at: datetime) -> None:
    """Let a proposal that has expired lapse; one that still waits is in the way."""
    waiting = Reverification.objects.filter(customer_id=customer_id, status=RequestStatus.PENDING)
    for row in waiting:
        proposal = Approval.objects.filter(kind=ApprovalKind.REVERIFICATION, object_id=row.id).order_by("-id").first()
        if proposal is not None and approvals.status_at(proposal, at) == ApprovalStatus.PENDING:
            raise ApprovalPending(approval_id=str(proposal.id))
        waiting.filter(pk=row.pk).update(status=RequestStatus.REJECTED)


def _snapshot(approval: Approval) -> dict[str, Any]:
    row = Reverification.objects.select_related("customer").get(pk=approval.object_id)
    return _as_it_is(row, row.customer, approval.made_at)


def _as_it_is(row: Reverification, customer: Customer, at: datetime) -> dict[str, Any]:
    """Return what the checker decides about; a case account certified since is not what he was shown."""
    standing = standing_of(customer, subject_keys(customer.id), at)
    cases = {str(each.certificate_id) for each in standing.listings if each.category == Category.CASE_ACCOUNT}
    return {
        "status": str(row.status),
        "customer_status": str(customer.status),
        "reverified_at": rfc3339(customer.reverified_at),
        "case_certificates": sorted(cases),
    }


def _reverify(approval: Approval, principal: Caller, at: datetime) -> Mapping[str, Any] | None:
    """Put a re-verification in force (重新核实生效)."""
    row = Reverification.objects.get(pk=approval.object_id)
    with deciding(
        "reverification",
        principal=principal,
        at=at,
        rule="put_in_force",
        customer_id=row.customer_id,
        object_id=row.id,
        facts={"method": row.method, "result": row.result},
    ):
        Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
        _decide(row.id, status=RequestStatus.ACTIVE, in_force_at=at)
        Customer.objects.filter(pk=row.customer_id).update(status=CustomerStatus.ACTIVE, reverified_at=at)
    return None


def _reject(approval: Approval) -> Mapping[str, UUID]:
    _decide(approval.object_id, status=RequestStatus.REJECTED)
    return {"customer_id": Reverification.objects.values_list("customer_id", flat=True).get(pk=approval.object_id)}


def _decide(reverification_id: UUID, **change: Any) -> None:
    moved = Reverification.objects.filter(pk=reverification_id, status=RequestStatus.PENDING).update(**change)
    if moved != 1:
        raise ApprovalStale


KIND = Kind(ApprovalKind.REVERIFICATION, Role.SUPERVISOR, _snapshot, _reverify, _reject)
