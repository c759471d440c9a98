"""Answers about customers and proposals about them, as the contract defines them; personal data is masked."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.api.account_answers import RestrictionAnswer
from accounts.operations.customer_search import is_possibly_listed
from accounts.queries.customers import show_customer
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
from blacklist.queries import restriction_answers
from config.frames.api.answers import Answer, Masked, ProposedAnswer
from config.frames.api.fields import DayField, InstantField
from config.kernel.identity.documents import DocumentType
from config.kernel.law.refusals import NotFound


class DocumentAnswer(Answer):
    """A document, its number masked; `approval_id` while it is pending."""

    id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=[kind.value for kind in DocumentType])
    number = Masked(source="shown_last.number")
    country = serializers.CharField(allow_null=True)
    valid_until = DayField(allow_null=True)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    approval_id = serializers.UUIDField(allow_null=True)


class CustomerAccountAnswer(Answer):
    """An account of a customer; the account's own address has the details."""

    id = serializers.UUIDField()
    account_number = serializers.CharField()
    kind = serializers.ChoiceField(choices=AccountKind.choices)
    account_class = serializers.ChoiceField(choices=AccountClass.choices)
    status = serializers.ChoiceField(choices=AccountStatus.choices)
    opened_at = InstantField()


class CountsAnswer(Answer):
    """The accounts and cards that count against the limits."""

    debit_cards = serializers.IntegerField()
    bank_class_i = serializers.IntegerField()
    bank_class_ii = serializers.IntegerField()
    bank_class_iii = serializers.IntegerField()
    payment_class_iii = serializers.IntegerField()


class PossibleSameAnswer(Answer):
    """A customer who may be the same person, and the undecided indications."""

    customer_id = serializers.UUIDField()
    reasons = serializers.ListField(child=serializers.ChoiceField(choices=MatchReason.choices), source="open_reasons")


class CustomerAnswer(Answer):
    """A customer with documents, accounts and the restrictions in force.

    `possible_same` are customers who may be this person, undecided. `possible_listed` says that a person with this name
    and birth date is in the register under another document: a hint for a closer look, not a bar. `grace` is present
    during days of grace: restrictions that begin at their `starts_at` unless the holder is re-verified before.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CustomerKind.choices)
    name = Masked()
    documents = DocumentAnswer(many=True)
    status = serializers.ChoiceField(choices=CustomerStatus.choices)
    accounts = CustomerAccountAnswer(many=True)
    restrictions = RestrictionAnswer(many=True)
    grace = RestrictionAnswer(many=True, required=False)
    counts = CountsAnswer()
    possible_same = PossibleSameAnswer(many=True)
    possible_listed = serializers.BooleanField()


class LinkedDocumentAnswer(DocumentAnswer):
    """A proposed further document."""

    customer_id = serializers.UUIDField()


class ExternalAccountAnswer(ProposedAnswer):
    """A proposed own account at another bank."""

    customer_id = serializers.UUIDField()
    account_number = serializers.CharField(source="number")
    bank_code = serializers.CharField()
    name = serializers.CharField()


class NameChangeAnswer(ProposedAnswer):
    """A proposed change of a customer's name."""

    customer_id = serializers.UUIDField()
    name = Masked()
    old_name = Masked()
    document_id = serializers.UUIDField()


class CheckAnswer(Answer):
    """How a person was identified, and the result."""

    method = serializers.CharField()
    result = serializers.ChoiceField(choices=CheckResult.choices)


class ReverificationAnswer(ProposedAnswer):
    """A proposed re-verification."""

    customer_id = serializers.UUIDField()
    identity_check = CheckAnswer(source="*")


class SamePersonAnswer(ProposedAnswer):
    """A proposed decision that two customers are one person, or are not."""

    customer_id = serializers.UUIDField()
    other_customer_id = serializers.UUIDField(source="other_id")
    decision = serializers.ChoiceField(choices=Sameness.choices)


class DocumentWithdrawalAnswer(ProposedAnswer):
    """A proposed withdrawal of a document."""

    last = (*ProposedAnswer.last, "document_id")

    customer_id = serializers.UUIDField(source="document.customer_id")
    document_id = serializers.UUIDField()


class ExternalAccountWithdrawalAnswer(ProposedAnswer):
    """A proposed withdrawal of an own account at another bank."""

    last = (*ProposedAnswer.last, "external_account_id")

    customer_id = serializers.UUIDField(source="external_account.customer_id")
    external_account_id = serializers.UUIDField()


def customer_answer(customer_id: UUID) -> dict[str, Any]:
    """Return a customer with the present documents, accounts and restrictions.

    :raises NotFound: when there is none of this id.
    """
    shown = show_customer(customer_id)
    if shown is None:
        raise NotFound
    return CustomerAnswer.of(
        shown.customer,
        documents=[DocumentAnswer.of(row, approval_id=shown.proposals.get(row.id)) for row in shown.documents],
        accounts=shown.accounts,
        restrictions=restriction_answers(shown.restrictions),
        grace=restriction_answers(shown.grace),
        counts=dict(shown.counts),
        possible_same=[each for each in shown.matches if each.open_reasons],
        possible_listed=is_possibly_listed(shown),
    )
