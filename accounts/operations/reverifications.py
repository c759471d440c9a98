"""Re-verify a customer in person (重新核实身份): it ends the restrictions that last until then, no others.

An identity review ends, and the suspension that other accounts of a case account's holder suffer. A
penalty, a freeze and the case account itself stay.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, IdentityCheck, Reverification
from accounts.operations.holders import keys_of
from accounts.operations.identity_documents import CheckInput, keep_check, lock_customer_with
from accounts.policy.identity import check_method, check_reverification
from accounts.queries.customer_restrictions import standing_of, subject_keys
from accounts.queries.merged_customers import ids_of, merged_mark
from accounts.queries.restriction_ends import after_reverification
from accounts.vocabulary import (
    CheckResult,
    CustomerStatus,
    Rule,
)
from blacklist.vocabulary import Category
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import transaction_required
from config.kernel.law.dates import rfc3339
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding


@transaction_required
def request_reverification(
    *, principal: Caller, customer_id: UUID, check: CheckInput
) -> tuple[Reverification, Approval]:
    """Propose a re-verification of a customer (申请重新核实); a supervisor decides.

    :param check: method and result; they are kept whatever the result.
    :raises NotFound: for an unknown customer.
    :raises NotInPerson: for a method other than at the counter; only this refusal is kept.
    :raises IdentityNotConfirmed: when the check did not match: the customer is under review from then on.
    :raises ApprovalPending: while another re-verification of this customer waits for a second person.
    :source: 银发〔2016〕261号 一(二), from 2017-01-01; 银发〔2007〕345号.
    """
    with deciding(KIND.name, principal=principal, rule=Rule.REVERIFY, customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        customer_id = decision.customer_id = customer.id
        decision.at = at
        decision.facts = {"method": check.method, "result": check.result.value, "status": str(customer.status)}
        check_method(check.method)
        keep_check(customer_id, check, principal, at)
        check_reverification(check.result)
        place = approvals.make_room(KIND, customer_id, at=at)
        row = Reverification(customer=customer, method=check.method, result=check.result, asked_at=at)
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            after={
                "customer_id": str(customer_id),
                "customer_status": CustomerStatus.ACTIVE.value,
                "method": row.method,
            },
            subject_keys=keys.locks(),
        )


def _snapshot(row: Reverification, at: datetime) -> dict[str, Any]:
    """Return the facts that the proposal rests on; a case account certified since was not shown to the checker."""
    customer = row.customer
    standing = standing_of(customer, subject_keys(customer.id), at)
    cases = {str(each.certificate_id) for each in standing.listings if each.category == Category.CASE_ACCOUNT}
    return {
        "status": str(row.status),
        "customer_status": str(customer.status),
        "reverified_at": rfc3339(customer.reverified_at),
        "case_certificates": sorted(cases),
        **merged_mark(customer),
    }


def _reverify(row: Reverification, at: datetime, decision: Deciding) -> None:
    """Put a re-verification in force (重新核实生效), unless a later check did not match."""
    decision.facts = {"method": row.method, "result": row.result}
    check_method(row.method)
    Customer.objects.select_for_update(no_key=True).get(pk=row.customer_id)
    last = IdentityCheck.objects.filter(customer_id__in=ids_of(row.customer_id)).order_by("-at", "-id").first()
    if last is not None and last.result != CheckResult.MATCH:
        raise ApprovalStale
    approvals.put_in_force(row, at)
    Customer.objects.filter(pk=row.customer_id).update(status=CustomerStatus.ACTIVE, reverified_at=at)


def _effects(row: Reverification, _approval: Approval) -> Mapping[str, str]:
    """Return which restrictions the approval ends, and which remain."""
    return after_reverification(row.customer_id, bank_now())


KIND = Kind(
    model=Reverification,
    text=Text("重新核实身份", "Re-verification of identity"),
    role=Role.SUPERVISOR,
    related=("customer",),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("method",),
    snapshot=lambda row, approval: _snapshot(row, approval.made_at),
    approve=_reverify,
    effects=_effects,
    keys=lambda row: keys_of(row.customer_id),
)
