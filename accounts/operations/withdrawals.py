"""Withdraw a document or an own account at another bank from a customer (撤销证件、撤销本人他行账户), by two persons.

Earlier decisions that rest on it stay: each was judged as of its instant.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import Customer, Document, DocumentWithdrawal, ExternalAccount, ExternalAccountWithdrawal
from accounts.operations.holders import keys_of
from accounts.operations.identity_documents import document_summary, lock_customer_with
from accounts.operations.match_keys import update_match_key
from accounts.policy.identity import check_withdraw_document
from accounts.vocabulary import RequestStatus, Rule
from blacklist.queries import case_account_key
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalStale, Kind, Record
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.models import Approval, Role
from config.kernel.trail.decisions import Deciding, deciding
from config.kernel.vault.masked import masked


@transaction_required
def request_document_withdrawal(
    *, principal: Caller, customer_id: UUID, document_id: UUID, reason: str
) -> tuple[DocumentWithdrawal, Approval]:
    """Propose to withdraw a document from a customer (申请撤销证件); a supervisor decides.

    :param reason: why; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown customer, or a document that is not this customer's in force.
    :raises LastDocument: it is the only one in force.
    :raises ApprovalPending: while the same waits for a second person.
    :source: house rule: a customer is identified by documents, and no single person changes the identity.
    """
    with deciding(DOCUMENT.name, principal=principal, rule=Rule.WITHDRAW_DOCUMENT, customer_id=customer_id) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        decision.customer_id = customer.id
        decision.at = at
        document = Document.objects.filter(pk=document_id, customer=customer, status=RequestStatus.IN_FORCE).first()
        if document is None:
            raise NotFound
        decision.facts = {"document_type": str(document.type), "document_id": str(document.id)}
        check_withdraw_document(_others_in_force(document))
        place = approvals.make_room(DOCUMENT, document_id, at=at)
        row = DocumentWithdrawal(id=new_id(), document=document, asked_at=at)
        row.reason = reason
        after = {"document_status": RequestStatus.ENDED.value}
        return approvals.propose_row(place, row, decision, principal=principal, after=after, subject_keys=keys.locks())


@transaction_required
def request_external_account_withdrawal(
    *, principal: Caller, customer_id: UUID, external_account_id: UUID, reason: str
) -> tuple[ExternalAccountWithdrawal, Approval]:
    """Propose to withdraw an own account at another bank from a customer (申请撤销本人他行账户); a supervisor decides.

    :param reason: why; kept sealed, it may hold personal data.
    :raises NotFound: for an unknown customer, or an account that is not this customer's in force.
    :raises ApprovalPending: while the same waits for a second person.
    :source: 通告第五条 非同名账户; house rule: an account elsewhere counts as own only after proof and approval.
    """
    with deciding(
        EXTERNAL_ACCOUNT.name, principal=principal, rule=Rule.WITHDRAW_EXTERNAL_ACCOUNT, customer_id=customer_id
    ) as decision:
        customer, keys, at = lock_customer_with(customer_id)
        decision.customer_id = customer.id
        decision.at = at
        account = ExternalAccount.objects.filter(
            pk=external_account_id, customer=customer, status=RequestStatus.IN_FORCE
        ).first()
        if account is None:
            raise NotFound
        decision.facts = {"bank_code": account.bank_code, "external_account_id": str(account.id)}
        place = approvals.make_room(EXTERNAL_ACCOUNT, external_account_id, at=at)
        row = ExternalAccountWithdrawal(id=new_id(), external_account=account, asked_at=at)
        row.reason = reason
        return approvals.propose_row(
            place,
            row,
            decision,
            principal=principal,
            after={"registration": RequestStatus.ENDED.value},
            subject_keys=keys.locks() | {case_account_key(account.number, account.bank_code)},
        )


def _others_in_force(document: Document) -> int:
    found = Document.objects.filter(customer_id=document.customer_id, status=RequestStatus.IN_FORCE)
    return found.exclude(pk=document.pk).count()


def _document_snapshot(row: DocumentWithdrawal) -> dict[str, Any]:
    document, summary = row.document, document_summary(row.document)
    return {
        "status": str(row.status),
        "customer_id": str(document.customer_id),
        "name": masked(document.customer, "name"),
        "document_status": str(document.status),
        "type": summary["type"],
        "number": summary["number"],
    }


def _account_snapshot(row: ExternalAccountWithdrawal) -> dict[str, Any]:
    account = row.external_account
    return {
        "status": str(row.status),
        "customer_id": str(account.customer_id),
        "name": masked(account.customer, "name"),
        "registration": str(account.status),
        "account_number": masked(account, "sealed_number"),
        "bank_code": account.bank_code,
    }


def _withdraw_document(row: DocumentWithdrawal, at: datetime, decision: Deciding) -> None:
    """Withdraw a document (撤销证件生效): listings of that document alone no longer apply to the customer.

    The database deletes an identity with its last document, so that it can belong to another customer.
    """
    decision.facts = {"document_type": str(row.document.type), "document_id": str(row.document_id)}
    customer = Customer.objects.select_for_update(no_key=True).get(pk=row.document.customer_id)
    check_withdraw_document(_others_in_force(row.document))
    approvals.put_in_force(row, at)
    in_force = Document.objects.filter(pk=row.document_id, status=RequestStatus.IN_FORCE)
    if in_force.update(status=RequestStatus.ENDED, ended_at=at, identity=None) != 1:
        raise ApprovalStale
    update_match_key(customer, at)


def _withdraw_account(row: ExternalAccountWithdrawal, at: datetime, decision: Deciding) -> None:
    """Withdraw an own account at another bank (撤销本人他行账户生效); accepted transfers stay as they are."""
    decision.facts = {"bank_code": row.external_account.bank_code}
    approvals.put_in_force(row, at)
    in_force = ExternalAccount.objects.filter(pk=row.external_account_id, status=RequestStatus.IN_FORCE)
    if in_force.update(status=RequestStatus.ENDED, ended_at=at) != 1:
        raise ApprovalStale


def _document_evidence(row: DocumentWithdrawal, _approval: Approval) -> Mapping[str, str]:
    return {"reason": row.reason}


def _account_evidence(row: ExternalAccountWithdrawal, _approval: Approval) -> Mapping[str, str]:
    return {"account_number": row.external_account.number, "reason": row.reason}


DOCUMENT = Kind(
    model=DocumentWithdrawal,
    text=Text("撤销证件", "Withdrawal of a document"),
    role=Role.SUPERVISOR,
    related=("document__customer",),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "type", "number"),
    concerns=lambda row: {"customer_id": row.document.customer_id},
    snapshot=lambda row, _: _document_snapshot(row),
    approve=_withdraw_document,
    evidence=_document_evidence,
    keys=lambda row: keys_of(row.document.customer_id),
)
EXTERNAL_ACCOUNT = Kind(
    model=ExternalAccountWithdrawal,
    text=Text("撤销本人他行账户", "Withdrawal of an own account at another bank"),
    role=Role.SUPERVISOR,
    related=("external_account__customer",),
    record=Record("desk:customer", "customer_id"),
    summary_fields=("name", "account_number", "bank_code"),
    concerns=lambda row: {"customer_id": row.external_account.customer_id},
    snapshot=lambda row, _: _account_snapshot(row),
    approve=_withdraw_account,
    evidence=_account_evidence,
    keys=lambda row: keys_of(row.external_account.customer_id),
)
