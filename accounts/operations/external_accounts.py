"""Own accounts at other banks: proved in person, approved by a second person (本人他行账户)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import ExternalAccount
from accounts.operations import people_named
from accounts.operations.holders import keys_of
from accounts.operations.identity_documents import lock_customer_with
from accounts.policy.identity import ExternalAccountFacts, check_external_account
from accounts.queries.merged_customers import merged_mark
from accounts.vocabulary import (
    RequestStatus,
    Rule,
)
from blacklist.queries import case_account_key
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import Kind, Record
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.account_numbers import account_reference
from config.kernel.identity.names import same_name
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.requests import special_measures
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import account_key


@dataclass(frozen=True, slots=True)
class ExternalAccountInput:
    """An account at another bank as the teller entered it.

    :ivar evidence: what was seen; kept sealed, it may hold personal data.
    """

    account_number: str = field(repr=False)
    bank_code: str
    name: str = field(repr=False)
    evidence: str = field(repr=False)

    @property
    def reference(self) -> tuple[str, str]:
        """Return account number and bank code in the form in which accounts are compared."""
        return account_reference(self.account_number, self.bank_code)


@transaction_required
def request_external_account(
    *, principal: Caller, customer_id: UUID, entered: ExternalAccountInput
) -> tuple[ExternalAccount, Approval]:
    """Propose an account at another bank as a customer's own (申请登记本人他行账户); a supervisor decides.

    :raises NotFound: for an unknown customer.
    :raises NotTheHolder: it is not in the customer's name.
    :raises ExternalAccountOnFile: it is registered for this customer.
    :raises ExternalAccountTaken: it is registered as another customer's.
    :raises ApprovalPending: while the same account of this customer waits for a second person.
    :source: 通告第五条, from 2016-12-01; house rule: an account elsewhere counts as own only after proof and approval.
    """
    number, bank = entered.reference
    lock_key = case_account_key(number, bank)
    with deciding(KIND.name, principal=principal, rule=Rule.EXTERNAL_ACCOUNT, customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id, lock_key)
        customer_id = decision.customer_id = customer.id
        decision.at = at
        decision.facts = {"bank_code": bank}
        registered = _registered(number, bank)
        check_external_account(
            ExternalAccountFacts(
                customer_id=customer_id,
                same_name=same_name(customer.name, entered.name),
                holder_id=registered.customer_id if registered else None,
                on_file_id=registered.id if registered else None,
            )
        )
        special_measures.confirm(bytes(customer.name_index))
        place = approvals.make_room(KIND, customer_id, lock_key, at=at)
        row = ExternalAccount(
            id=new_id(),
            customer=customer,
            bank_code=bank,
            number_key=account_key(number, bank),
            asked_at=at,
        )
        row.sealed_number, row.evidence = number, entered.evidence
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            after={"account_number": masked(row, "sealed_number"), "bank_code": row.bank_code},
            subject_keys=keys.locks() | {lock_key},
        )


def _registered(account_number: str, bank_code: str) -> ExternalAccount | None:
    """Return the registration of an account as own, None where there is none."""
    key = account_key(account_number, bank_code)
    return ExternalAccount.objects.filter(number_key=key, status=RequestStatus.IN_FORCE).first()


def _snapshot(row: ExternalAccount) -> dict[str, Any]:
    customer, registered = row.customer, _registered(row.number, row.bank_code)
    return {
        "status": str(row.status),
        "customer_id": str(customer.id),
        "name": masked(customer, "name"),
        "registered_by": None if registered is None else str(registered.customer_id),
        **merged_mark(customer),
    }


def _register(row: ExternalAccount, at: datetime, decision: Deciding) -> None:
    """Put an own account at another bank in force (本人他行账户生效)."""
    decision.facts = {"bank_code": row.bank_code}
    special_measures.confirm(bytes(row.customer.name_index))
    approvals.put_in_force(row, at)


def _evidence(row: ExternalAccount, _approval: Approval) -> Mapping[str, str]:
    # The checker compares it with the card or the passbook that was seen.
    return {"account_number": row.number, "evidence": row.evidence}


KIND = Kind(
    model=ExternalAccount,
    text=Text("本人他行账户", "Own account at another bank"),
    role=Role.SUPERVISOR,
    related=("customer",),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "account_number", "bank_code"),
    snapshot=lambda row, _: _snapshot(row),
    approve=_register,
    evidence=_evidence,
    keys=lambda row: keys_of(row.customer_id),
    people=lambda row: people_named.external_account(row.customer_id),
)
