"""Customers and what is proposed about them, as the contract shows them: personal data masked."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.api.account_answers import RestrictionAnswer
from accounts.models import Account, Document, ExternalAccount, NameChange, Reverification, SamePerson
from accounts.operations.customer_search import is_possibly_listed
from accounts.operations.identity_documents import document_summary
from accounts.queries.customers import show_customer
from accounts.queries.matches import Match
from accounts.vocabulary import (
    AccountClass,
    AccountKind,
    AccountStatus,
    CheckResult,
    CustomerKind,
    CustomerStatus,
    MatchReason,
    RequestStatus,
    Sameness,
)
from blacklist.queries import grace_answers, restriction_answers
from config.frames.api.fields import DayField, InstantField, rfc3339
from config.kernel.identity.documents import DocumentType
from config.kernel.identity.masking import mask_name
from config.kernel.law.refusals import NotFound
from config.kernel.models import Approval


class DocumentAnswer(serializers.Serializer[Any]):
    """A document, its number masked; `approval_id` while it waits for a second person."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=[kind.value for kind in DocumentType])
    number = serializers.CharField()
    country = serializers.CharField(allow_null=True)
    valid_until = DayField(allow_null=True)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    approval_id = serializers.UUIDField(allow_null=True)


class CustomerAccountAnswer(serializers.Serializer[Any]):
    """An account of a customer; the account's own address tells the rest."""

    id = serializers.UUIDField()
    account_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=AccountKind.choices)
    account_class = serializers.ChoiceField(choices=AccountClass.choices)
    status = serializers.ChoiceField(choices=AccountStatus.choices)
    opened_at = InstantField()


class CountsAnswer(serializers.Serializer[Any]):
    """What counts against the limits."""

    debit_cards = serializers.IntegerField()
    bank_class_i = serializers.IntegerField()
    bank_class_ii = serializers.IntegerField()
    bank_class_iii = serializers.IntegerField()
    payment_class_iii = serializers.IntegerField()


class PossibleSameAnswer(serializers.Serializer[Any]):
    """A customer who may be the same person, and what speaks for it that nobody has decided."""

    customer_id = serializers.UUIDField()
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=MatchReason.choices))


class CustomerAnswer(serializers.Serializer[Any]):
    """A customer with documents, accounts and the restrictions in force.

    `possible_same` are customers who may be this person, undecided; `possible_listed` says that somebody of this name
    and birth date is in the register under another document: a hint to look closer, no bar. `grace`, where days of grace
    run: what begins at its `starts_at` unless the holder is verified again before.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CustomerKind.choices)
    name = serializers.CharField()
    documents = DocumentAnswer(many=True)
    status = serializers.ChoiceField(choices=CustomerStatus.choices)
    accounts = CustomerAccountAnswer(many=True)
    restrictions = RestrictionAnswer(many=True)
    grace = RestrictionAnswer(many=True, required=False)
    counts = CountsAnswer()
    possible_same = PossibleSameAnswer(many=True)
    possible_listed = serializers.BooleanField()


class LinkedDocumentAnswer(DocumentAnswer):
    """A further document that was proposed."""

    customer_id = serializers.UUIDField()


class ExternalAccountAnswer(serializers.Serializer[Any]):
    """An own account elsewhere that was proposed."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    account_number = serializers.CharField()
    bank_code = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


class NameChangeAnswer(serializers.Serializer[Any]):
    """A change of a customer's name that was proposed."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    name = serializers.CharField()
    old_name = serializers.CharField()
    document_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


class CheckAnswer(serializers.Serializer[Any]):
    """How a person was identified, and the result."""

    method = serializers.CharField()
    result = serializers.ChoiceField(choices=CheckResult.choices)


class ReverificationAnswer(serializers.Serializer[Any]):
    """A re-verification that was proposed."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    identity_check = CheckAnswer()
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


class SamePersonAnswer(serializers.Serializer[Any]):
    """A proposal that two customers are one person, or are not."""

    id = serializers.UUIDField()
    customer_id = serializers.UUIDField()
    other_customer_id = serializers.UUIDField()
    decision = serializers.ChoiceField(choices=Sameness.choices)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    asked_at = InstantField()
    in_force_at = InstantField(allow_null=True)
    approval_id = serializers.UUIDField()


def customer_answer(customer_id: UUID) -> dict[str, Any]:
    """Return a customer with the documents, accounts and restrictions of now.

    :raises NotFound: when there is none of this id.
    """
    shown = show_customer(customer_id)
    if shown is None:
        raise NotFound
    return {
        "id": str(shown.customer.id),
        "kind": shown.customer.kind,
        "name": mask_name(shown.customer.name),
        "documents": [_document(row, shown.proposals.get(row.id)) for row in shown.documents],
        "status": shown.customer.status,
        "accounts": [_account(account) for account in shown.accounts],
        "restrictions": restriction_answers(shown.restrictions),
        **grace_answers(shown.grace),
        "counts": dict(shown.counts),
        "possible_same": [_match(each) for each in shown.matches if each.open_reasons],
        "possible_listed": is_possibly_listed(shown),
    }


def _match(match: Match) -> dict[str, Any]:
    return {"customer_id": str(match.customer_id), "reasons": [each.value for each in match.open_reasons]}


def linked_document_answer(document: Document, approval: Approval) -> dict[str, Any]:
    """Return a further document with its approval."""
    return {"customer_id": str(document.customer_id), **_document(document, approval.id)}


def external_account_answer(row: ExternalAccount, name: str, approval: Approval) -> dict[str, Any]:
    """Return an own account elsewhere with its approval.

    :param name: the holder's, as it was entered; shown masked.
    """
    return {
        "id": str(row.id),
        "customer_id": str(row.customer_id),
        "account_number": row.number,
        "bank_code": row.bank_code,
        "name": mask_name(name),
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }


def name_change_answer(row: NameChange, approval: Approval) -> dict[str, Any]:
    """Return a change of name with its approval; both names masked."""
    return {
        "id": str(row.id),
        "customer_id": str(row.customer_id),
        "name": mask_name(row.name),
        "old_name": mask_name(row.old_name),
        "document_id": str(row.document_id),
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }


def reverification_answer(row: Reverification, approval: Approval) -> dict[str, Any]:
    """Return a re-verification with its approval."""
    return {
        "id": str(row.id),
        "customer_id": str(row.customer_id),
        "identity_check": {"method": row.method, "result": row.result},
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }


def same_person_answer(row: SamePerson, approval: Approval) -> dict[str, Any]:
    """Return what was proposed about two customers with its approval."""
    return {
        "id": str(row.id),
        "customer_id": str(row.customer_id),
        "other_customer_id": str(row.other_id),
        "decision": row.decision,
        "status": row.status,
        "asked_at": rfc3339(row.asked_at),
        "in_force_at": rfc3339(row.in_force_at),
        "approval_id": str(approval.id),
    }


def _document(document: Document, approval_id: UUID | None) -> dict[str, Any]:
    return {
        "id": str(document.id),
        **document_summary(document),
        "status": document.status,
        "approval_id": None if approval_id is None else str(approval_id),
    }


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": str(account.id),
        "account_number": account.account_number,
        "kind": account.kind,
        "account_class": account.account_class,
        "status": account.status,
        "opened_at": rfc3339(account.opened_at),
    }
