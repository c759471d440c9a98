"""Customers over the API: register, look up, read, eligibility, and what a second person decides about them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from accounts.api.customer_answers import (
    CustomerAnswer,
    DocumentWithdrawalAnswer,
    ExternalAccountAnswer,
    ExternalAccountWithdrawalAnswer,
    LinkedDocumentAnswer,
    NameChangeAnswer,
    ReverificationAnswer,
    SamePersonAnswer,
    customer_answer,
)
from accounts.api.customer_bodies import (
    CustomerBody,
    CustomerLookupBody,
    ExternalAccountBody,
    LinkBody,
    NameChangeBody,
    RenewalBody,
    ReverificationBody,
    SamePersonBody,
    check_input,
    new_customer,
    stated_particulars,
)
from accounts.operations import people_named
from accounts.operations.customer_search import CustomerSearchResult, find_by_document, find_by_phone
from accounts.operations.customers import register_customer
from accounts.operations.documents import renew_document, request_document_link
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.names import NewName, request_name_change
from accounts.operations.particulars import record_particulars
from accounts.operations.reverifications import request_reverification
from accounts.operations.sameness import request_same_person
from accounts.operations.withdrawals import request_document_withdrawal, request_external_account_withdrawal
from accounts.policy.opening import eligibility
from accounts.queries.opening import opening_at
from accounts.vocabulary import Sameness
from config.frames.api.answers import Answer
from config.frames.api.fields import IdField, InstantField, StrictSerializer, TextField, path_id
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import read_id
from config.kernel.identity.masking import mask_name
from config.kernel.law.refusals import NotFound, Refusal
from config.kernel.law.text import language
from config.kernel.models import TrailKind
from config.kernel.requests.special_measures import ScreenedAct
from config.kernel.trail import budgets


class CustomersView(ContractView):
    """`POST /customers`."""

    roles = {"POST": ROLES[Permission.REGISTER_CUSTOMER]}
    links = {
        "POST": {
            "readCustomer": to("get_customers_id", customer_id=ID),
            "readEligibility": to("get_customers_id_eligibility", customer_id=ID),
            "linkDocument": to("post_customers_id_documents", customer_id=ID),
            "renewDocument": to("post_customers_id_documents_renewals", customer_id=ID),
            "addExternalAccount": to(
                "post_customers_id_external_accounts", {"name": "$request.body#/name"}, customer_id=ID
            ),
            "changeName": to("post_customers_id_names", {"document": "$request.body#/document"}, customer_id=ID),
            "reverify": to("post_customers_id_reverifications", customer_id=ID),
            "listLetters": to("get_customers_id_letters", customer_id=ID),
            "judgeSamePerson": to("post_customers_id_same_person", customer_id=ID),
            "openAccount": to("post_accounts", {"customer_id": ID}),
            # Answers are masked, so the whole document is taken from the request.
            "lookUpCustomer": to("post_customers_lookup", {"document": "$request.body#/document"}),
            "screen": to("post_blacklist_screenings", {"document": "$request.body#/document"}),
        }
    }
    body = CustomerBody
    answers = {"POST": {201: CustomerAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        stated = stated_particulars(data["particulars"]) if data.get("particulars") is not None else None
        return people_named.registration(new_customer(data), stated)

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        # Read the statements first: a bad request must not record an attempt.
        stated = stated_particulars(data["particulars"]) if data.get("particulars") is not None else None
        customer_id = register_customer(principal=caller, new=new_customer(data))
        if stated is not None:
            record_particulars(principal=caller, customer_id=customer_id, entered=stated)
        return 201, customer_answer(customer_id)


class CustomerLookupView(ContractView):
    """`POST /customers/lookup`: it changes nothing, so it takes no idempotency key; the lookup is recorded."""

    roles = {"POST": ROLES[Permission.LOOK_UP_CUSTOMER]}
    body = CustomerLookupBody
    keyed = False
    answers = {"POST": {200: CustomerAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        result = _find(data)
        budgets.record_look_up(
            TrailKind.LOOK_UP_CUSTOMER,
            self.http_request,
            found=bool(result.customer_ids),
            whom=result.key,
            customer_id=result.single_id,
        )
        return 200, customer_answer(result.require_single())


class CustomerView(ContractView):
    """`GET /customers/{id}`."""

    roles = {"GET": ROLES[Permission.VIEW_CUSTOMER]}
    answers = {"GET": {200: CustomerAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return customer_answer(path_id(path["customer_id"]))


class DocumentsView(ContractView):
    """`POST /customers/{id}/documents`."""

    roles = {"POST": ROLES[Permission.LINK_DOCUMENT]}
    links = {
        "POST": PROPOSED
        | {
            "withdrawDocument": to(
                "post_customers_id_documents_id_withdrawals", customer_id="$response.body#/customer_id", document_id=ID
            )
        }
    }
    body = LinkBody
    answers = {"POST": {201: LinkedDocumentAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        document, approval = request_document_link(
            principal=caller,
            # A malformed id belongs to no customer: the document is checked first, so 400 comes before 404.
            customer_id=read_id(path["customer_id"]) or IdField.NOBODY,
            entered=data["document"],
        )
        return 201, LinkedDocumentAnswer.of(document, approval_id=approval.id)


class DocumentRenewalsView(ContractView):
    """`POST /customers/{id}/documents/renewals`."""

    roles = {"POST": ROLES[Permission.RENEW_DOCUMENT]}
    body = RenewalBody
    answers = {"POST": {200: CustomerAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        # A malformed id belongs to no customer: the document is checked first, so 400 comes before 404.
        customer_id = read_id(path["customer_id"]) or IdField.NOBODY
        renew_document(
            principal=caller,
            customer_id=customer_id,
            entered=data["document"],
            check=check_input(data["identity_check"]),
        )
        return 200, customer_answer(customer_id)


class ExternalAccountsView(ContractView):
    """`POST /customers/{id}/external-accounts`."""

    roles = {"POST": ROLES[Permission.ADD_EXTERNAL_ACCOUNT]}
    links = {
        "POST": PROPOSED
        | {
            "withdrawExternalAccount": to(
                "post_customers_id_external_accounts_id_withdrawals",
                customer_id="$response.body#/customer_id",
                external_account_id=ID,
            )
        }
    }
    body = ExternalAccountBody
    answers = {"POST": {201: ExternalAccountAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.external_account(path_id(path["customer_id"]))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_external_account(
            principal=caller, customer_id=path_id(path["customer_id"]), entered=ExternalAccountInput(**data)
        )
        return 201, ExternalAccountAnswer.of(row, name=mask_name(data["name"]), approval_id=approval.id)


class NamesView(ContractView):
    """`POST /customers/{id}/names`."""

    roles = {"POST": ROLES[Permission.CHANGE_NAME]}
    links = {"POST": PROPOSED}
    body = NameChangeBody
    answers = {"POST": {201: NameChangeAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.name_change(read_id(path["customer_id"]) or IdField.NOBODY, data["name"])

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_name_change(
            principal=caller,
            # A malformed id belongs to no customer: the document is checked first, so 400 comes before 404.
            customer_id=read_id(path["customer_id"]) or IdField.NOBODY,
            entered=NewName(**data),
        )
        return 201, NameChangeAnswer.of(row, approval_id=approval.id)


class ReverificationsView(ContractView):
    """`POST /customers/{id}/reverifications`."""

    roles = {"POST": ROLES[Permission.REVERIFY]}
    links = {"POST": PROPOSED}
    body = ReverificationBody
    answers = {"POST": {201: ReverificationAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_reverification(
            principal=caller,
            customer_id=path_id(path["customer_id"]),
            check=check_input(data["identity_check"]),
        )
        return 201, ReverificationAnswer.of(row, approval_id=approval.id)


class SamePersonView(ContractView):
    """`POST /customers/{id}/same-person`."""

    roles = {"POST": ROLES[Permission.JUDGE_SAME_PERSON]}
    links = {"POST": PROPOSED}
    body = SamePersonBody
    answers = {"POST": {201: SamePersonAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        row, approval = request_same_person(
            principal=caller,
            customer_id=path_id(path["customer_id"]),
            other_id=data["customer_id"],
            decision=Sameness(data["decision"]),
            evidence=data["evidence"],
        )
        return 201, SamePersonAnswer.of(row, approval_id=approval.id)


def _find(data: dict[str, Any]) -> CustomerSearchResult:
    if "document" in data:
        return find_by_document(data["document"])
    return find_by_phone(data["phone"])


class VerdictAnswer(Answer):
    """Whether one product may be opened; if not, by which rule and until when.

    `grace_until` is present where it is allowed during days of grace: from then on a new account is suspended, too,
    unless the holder is re-verified before.
    """

    allowed = serializers.BooleanField()
    code = serializers.CharField(allow_null=True)
    clause = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)
    until = InstantField(allow_null=True)
    grace_until = InstantField(required=False)


class EligibilityAnswer(Answer):
    """One verdict per product."""

    bank_class_i = VerdictAnswer()
    bank_class_ii = VerdictAnswer()
    bank_class_iii = VerdictAnswer()
    payment_class_iii = VerdictAnswer()
    debit_card = VerdictAnswer()


class EligibilityView(ContractView):
    """`GET /customers/{id}/eligibility`: the result of the opening rules, without opening anything."""

    roles = {"GET": ROLES[Permission.VIEW_ELIGIBILITY]}
    answers = {"GET": {200: EligibilityAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        opening = opening_at(path_id(path["customer_id"]), bank_now())
        if opening is None:
            raise NotFound
        return {
            product: _verdict(refusal, opening.grace_until) for product, refusal in eligibility(opening.facts).items()
        }


def _verdict(refusal: Refusal | None, grace_until: datetime | None) -> dict[str, Any]:
    if refusal is None:
        return VerdictAnswer.of(allowed=True, code=None, clause=None, detail=None, until=None, grace_until=grace_until)
    return VerdictAnswer.of(
        refusal,
        allowed=False,
        detail=refusal.detail(language()),
        until=refusal.fields.get("until"),
    )


class WithdrawalBody(StrictSerializer):
    """Why the document or account does not belong to the customer any more."""

    examples = {"mistaken": {"reason": "登记有误"}}

    reason = TextField(max_length=1000)


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
        return 201, DocumentWithdrawalAnswer.of(row, approval_id=approval.id)


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
        return 201, ExternalAccountWithdrawalAnswer.of(row, approval_id=approval.id)
