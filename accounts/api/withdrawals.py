"""Withdrawals of the contract: a document, an own account at another bank is the customer's no longer."""

from typing import Any

from rest_framework import serializers

from accounts.models import DocumentWithdrawal, ExternalAccountWithdrawal
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.vocabulary import RequestStatus
from config.frames.api.fields import InstantField, StrictSerializer, TextField, path_id, rfc3339
from config.frames.api.links import PROPOSED
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.models import Approval


class WithdrawalBody(StrictSerializer):
    """Why it is the customer's no longer."""

    examples = {"mistaken": {"reason": "登记有误"}}

    reason = TextField(max_length=1000)


class WithdrawalAnswer(serializers.Serializer[Any]):
    """A withdrawal that was proposed."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


class DocumentWithdrawalAnswer(WithdrawalAnswer):
    """The withdrawal of a document."""

    document_id = serializers.UUIDField()


class ExternalAccountWithdrawalAnswer(WithdrawalAnswer):
    """The withdrawal of an own account elsewhere."""

    external_account_id = serializers.UUIDField()


class DocumentWithdrawalsView(ContractView):
    """`POST /customers/{id}/documents/{document_id}/withdrawals`."""

    roles = {"POST": ROLES[Permission.WITHDRAW_DOCUMENT]}
    links = {"POST": PROPOSED}
    body = WithdrawalBody
    answers = {"POST": {201: DocumentWithdrawalAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_document_withdrawal(
            principal=caller,
            customer_id=path_id(path["customer_id"]),
            document_id=path_id(path["document_id"]),
            reason=data["reason"],
        )
        about = {"customer_id": str(row.document.customer_id), "document_id": str(row.document_id)}
        return 201, about | _answer(row, approval)


class ExternalAccountWithdrawalsView(ContractView):
    """`POST /customers/{id}/external-accounts/{external_account_id}/withdrawals`."""

    roles = {"POST": ROLES[Permission.WITHDRAW_EXTERNAL_ACCOUNT]}
    links = {"POST": PROPOSED}
    body = WithdrawalBody
    answers = {"POST": {201: ExternalAccountWithdrawalAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_external_account_withdrawal(
            principal=caller,
            customer_id=path_id(path["customer_id"]),
            external_account_id=path_id(path["external_account_id"]),
            reason=data["reason"],
        )
        about = {
            "customer_id": str(row.external_account.customer_id),
            "external_account_id": str(row.external_account_id),
        }
        return 201, about | _answer(row, approval)


def _answer(row: DocumentWithdrawal | ExternalAccountWithdrawal, approval: Approval) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }
