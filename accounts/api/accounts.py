"""Accounts over the API: open, look up, read, close, change class and freeze."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from accounts.api.account_answers import (
    AccountAnswer,
    EntriesAnswer,
    FreezeAnswer,
    account_answer,
    entry_answers,
    freeze_answer,
)
from accounts.api.fields import AN_AGENT, AgentField, agent_of
from accounts.operations import accounts, people_named
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from accounts.operations.set_aside import declare_impostor
from accounts.queries.accounts import account_entries, find_account
from accounts.vocabulary import AccountClass, AccountKind
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.frames.api import shapes
from config.frames.api.answers import FenField, ProposedAnswer
from config.frames.api.fields import (
    AccountNumberField,
    CardNumberField,
    DocumentBody,
    ExactlyOne,
    IdField,
    InstantField,
    LineField,
    StrictSerializer,
    TextField,
    path_id,
)
from config.frames.api.links import ID, PROPOSED, to
from config.frames.api.pagination import PageQuery, page
from config.frames.api.views import ContractView, Result
from config.kernel.access.keys import Caller
from config.kernel.access.permissions import ROLES, Permission
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.models import TrailKind
from config.kernel.requests.documents import read_document
from config.kernel.requests.special_measures import ScreenedAct
from config.kernel.trail import budgets
from config.kernel.vault.sealed import card_key, own_account_key

CLASSES = [AccountClass.I.value, AccountClass.II.value, AccountClass.III.value]


class OpenAccountBody(StrictSerializer):
    """The account to open, its holder, and the agent, if there is one."""

    examples = {
        "own": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "I"},
        "secondClass": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "II"},
        "payment": {"customer_id": shapes.AN_ID, "kind": "payment", "account_class": "III"},
        "byAgent": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "III", "agent": AN_AGENT},
        "organization": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "none"},
        "basicAccount": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "none", "unit_kind": "basic"},
        "forSalary": {"customer_id": shapes.AN_ID, "kind": "bank", "account_class": "II", "purpose": "salary"},
    }

    customer_id = IdField()
    kind = serializers.ChoiceField(choices=AccountKind.choices)
    account_class = serializers.ChoiceField(choices=AccountClass.choices)
    agent = AgentField()
    unit_kind = serializers.ChoiceField(choices=OrganizationAccountKind.choices, required=False, allow_null=True)
    purpose = serializers.ChoiceField(choices=Purpose.choices, required=False, allow_null=True)


class LookupBody(ExactlyOne):
    """An account's number, or the number of one of its cards."""

    examples = {"account": {"account_number": "6222000011112222"}, "card": {"card_number": "6228480000000005"}}

    account_number = AccountNumberField(required=False)
    card_number = CardNumberField(required=False)


class ChangeClassBody(StrictSerializer):
    """The new class."""

    examples = {"second": {"to": "II"}, "third": {"to": "III"}, "first": {"to": "I"}}

    to = serializers.ChoiceField(choices=CLASSES)


class AccountsView(ContractView):
    """`POST /accounts`."""

    roles = {"POST": ROLES[Permission.OPEN_ACCOUNT]}
    links = {
        "POST": {
            "readAccount": to("get_accounts_id", account_id=ID),
            "readEntries": to("get_accounts_id_entries", account_id=ID),
            "closeAccount": to("post_accounts_id_close", account_id=ID),
            "declareImpostor": to("post_accounts_id_impostor_declarations", account_id=ID),
            "closeOut": to("post_accounts_id_close_outs", account_id=ID),
            "downgradeAccount": to("post_accounts_id_downgrade", account_id=ID),
            "upgradeAccount": to("post_accounts_id_upgrade", account_id=ID),
            "issueCard": to("post_accounts_id_cards", account_id=ID),
            "askCardException": to("post_accounts_id_card_exceptions", account_id=ID),
            "freezeAccount": to("post_accounts_id_freezes", account_id=ID),
            "deposit": to("post_cash_deposits", {"account": {"account_id": ID}}),
            "withdraw": to("post_cash_withdrawals", {"account": {"account_id": ID}}),
            "previewTransfer": to("post_transfers_preview", {"payer": {"account_id": ID}}),
            "transfer": to("post_transfers", {"payer": {"account_id": ID}}),
            "inquire": to("post_payee_inquiries", {"account_number": "$response.body#/account_number"}),
            "lookUpAccount": to("post_accounts_lookup", {"account_number": "$response.body#/account_number"}),
            "listTransfers": to("get_transfers", payer_account=ID),
        }
    }
    body = OpenAccountBody
    answers = {"POST": {201: AccountAnswer}}

    def screened_act(self, data: dict[str, Any], **path: Any) -> ScreenedAct:
        return people_named.opening(data["customer_id"], agent_of(data.get("agent")))

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        account_id = accounts.open_account(
            principal=caller,
            customer_id=data["customer_id"],
            kind=AccountKind(data["kind"]),
            account_class=AccountClass(data["account_class"]),
            agent=agent_of(data.get("agent")),
            unit_kind=OrganizationAccountKind(data["unit_kind"]) if data.get("unit_kind") else None,
            purpose=Purpose(data["purpose"]) if data.get("purpose") else None,
        )
        return 201, account_answer(account_id)


class AccountLookupView(ContractView):
    """`POST /accounts/lookup`: account numbers never appear in an address."""

    roles = {"POST": ROLES[Permission.LOOK_UP_ACCOUNT]}
    body = LookupBody
    keyed = False
    answers = {"POST": {200: AccountAnswer}}

    def look_up(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        account_id = find_account(**data)
        answer = account_answer(account_id) if account_id else None
        budgets.record_look_up(
            TrailKind.LOOK_UP_ACCOUNT,
            self.http_request,
            found=account_id is not None,
            whom=card_key(data["card_number"]) if "card_number" in data else own_account_key(data["account_number"]),
            account_id=account_id,
            customer_id=UUID(answer["customer_id"]) if answer else None,
        )
        if answer is None:
            raise NotFound
        return 200, answer


class AccountView(ContractView):
    """`GET /accounts/{id}`."""

    roles = {"GET": ROLES[Permission.VIEW_ACCOUNT]}
    answers = {"GET": {200: AccountAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        return account_answer(path_id(path["account_id"]))


class EntriesView(ContractView):
    """`GET /accounts/{id}/entries`."""

    roles = {"GET": ROLES[Permission.VIEW_ACCOUNT]}
    query = PageQuery
    answers = {"GET": {200: EntriesAnswer}}

    def read(self, caller: Caller, query: dict[str, Any], **path: Any) -> dict[str, Any]:
        entries = account_entries(path_id(path["account_id"]))
        if entries is None:
            raise NotFound
        return page(entries, query, entry_answers)


class CloseView(ContractView):
    """`POST /accounts/{id}/close`."""

    roles = {"POST": ROLES[Permission.CLOSE_ACCOUNT]}
    answers = {"POST": {200: AccountAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        account_id = path_id(path["account_id"])
        accounts.close_account(principal=caller, account_id=account_id)
        return 200, account_answer(account_id)


class _ChangeClassView(ContractView):
    roles = {"POST": ROLES[Permission.CHANGE_CLASS]}
    body = ChangeClassBody
    answers = {"POST": {200: AccountAnswer}}
    up: bool

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        account_id = path_id(path["account_id"])
        accounts.change_class(principal=caller, account_id=account_id, to=AccountClass(data["to"]), up=self.up)
        return 200, account_answer(account_id)


class DowngradeView(_ChangeClassView):
    """`POST /accounts/{id}/downgrade`."""

    up = False


class UpgradeView(_ChangeClassView):
    """`POST /accounts/{id}/upgrade`."""

    up = True


class FreezeBody(StrictSerializer):
    """The ordering authority, its order, and the end of the freeze."""

    examples = {"open": {"authority": "某市公安局", "order_no": "某公（刑）冻财字〔2026〕1号"}}

    authority = LineField(max_length=120)
    order_no = LineField(max_length=80)
    until = InstantField(required=False, allow_null=True)


class LiftBody(StrictSerializer):
    """The order that lifts a freeze, and the reason."""

    examples = {"lifted": {"order_no": "某公（刑）解冻财字〔2026〕1号", "reason": "原案已撤销"}}

    order_no = LineField(max_length=80)
    reason = TextField(max_length=1000)


class FreezesView(ContractView):
    """`POST /accounts/{id}/freezes`."""

    roles = {"POST": ROLES[Permission.FREEZE]}
    links = {"POST": {"liftFreeze": to("post_freezes_id_lift", freeze_id=ID)}}
    body = FreezeBody
    answers = {"POST": {201: FreezeAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        freeze = place_freeze(
            principal=caller,
            account_id=path_id(path["account_id"]),
            authority=data["authority"],
            order_no=data["order_no"],
            until=data.get("until"),
        )
        return 201, freeze_answer(freeze, freeze.placed_at)


class LiftView(ContractView):
    """`POST /freezes/{id}/lift`."""

    roles = {"POST": ROLES[Permission.FREEZE]}
    links = {"POST": PROPOSED}
    body = LiftBody
    answers = {"POST": {200: FreezeAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        freeze, approval = ask_freeze_lift(
            principal=caller,
            freeze_id=path_id(path["freeze_id"]),
            order_no=data["order_no"],
            reason=data["reason"],
        )
        return 200, freeze_answer(freeze, approval.made_at, approval_id=approval.id)


class DeclarantBody(StrictSerializer):
    """The person at the counter, identified by a document."""

    document = DocumentBody()


class ImpostorDeclarationBody(StrictSerializer):
    """The declaration of the person in whose name the account is, identified in person."""

    examples = {
        "inPerson": {
            "applicant": {"document": shapes.A_PERSON},
            "statement": "该账户系他人冒用我的身份开立，同意销户。",
            "identified": "in_person",
        }
    }

    applicant = DeclarantBody()
    statement = TextField(max_length=1000)
    identified = serializers.ChoiceField(choices=["in_person"])


class ImpostorDeclarationAnswer(ProposedAnswer):
    """A declaration; nothing changes before `status` is `active`. `set_aside` is the whole balance."""

    account_id = serializers.UUIDField()
    set_aside = FenField(source="amount_fen")


class ImpostorDeclarationsView(ContractView):
    """`POST /accounts/{id}/impostor-declarations`."""

    roles = {"POST": ROLES[Permission.CLOSE_ACCOUNT]}
    links = {"POST": PROPOSED}
    body = ImpostorDeclarationBody
    answers = {"POST": {201: ImpostorDeclarationAnswer}}

    def operate(self, caller: Caller, data: dict[str, Any], **path: Any) -> Result:
        entered = data["applicant"]["document"]
        document = read_document(entered, on=shanghai_day(bank_now()), at_field="applicant.document")
        row, approval = declare_impostor(
            principal=caller, account_id=path_id(path["account_id"]), document=document, statement=data["statement"]
        )
        return 201, ImpostorDeclarationAnswer.of(row, approval_id=approval.id)
