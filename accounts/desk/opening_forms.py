"""The forms of an opening: the holder, the product, the agent."""

from typing import Any

from django import forms

from accounts.desk.forms import (
    COUNTRY,
    NO_END,
    ORGANIZATION_METHODS,
    ORGANIZATION_TYPES,
    PERSONAL_TYPES,
    TYPE,
    VALID,
    CardProductField,
    DocumentForm,
    MethodField,
    ProofField,
    ResultField,
    ask_for_end,
    ask_for_proof,
    products,
)
from accounts.desk.particulars_forms import chosen_of
from accounts.models import Account, Customer
from accounts.operations.customers import Representative
from accounts.operations.holders import Agent
from accounts.operations.identity_documents import CheckInput
from accounts.vocabulary import AccountClass, AccountKind, AgentRelation, CheckResult, CustomerKind
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.frames.desk.fields import (
    DayField,
    DeskForm,
    DigitRadios,
    NameField,
    PhoneField,
    StatedField,
    missing_message,
)
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.models import column_word

#: The classes, each with its purpose.
CLASSES = [
    AccountClass.I.noted("全功能", "all functions"),
    AccountClass.II.noted("储蓄理财、限额消费", "savings, limited payments"),
    AccountClass.III.noted("小额消费，不配卡", "small payments, no card"),
]


class IdentityForm(DocumentForm):
    """The person at the counter (身份), and how the identity was checked."""

    prefix = "identity"
    holder_kind = CustomerKind.INDIVIDUAL

    name = NameField(label=Text("姓名", "Name"), max_length=200)
    phone = PhoneField(label=Text("手机号码", "Mobile phone"), required=False, max_length=40)
    birth_date = DayField(
        label=column_word(Customer, "sealed_birth_date"),
        required=False,
        help_text=Text("证件号码中没有的才填", "Only if the document number does not contain it"),
    )
    method = MethodField()
    result = ResultField()

    field_order = [
        "type",
        "number",
        "valid_until",
        "no_end",
        "country",
        "name",
        "phone",
        "birth_date",
        "method",
        "result",
    ]

    @property
    def check_input(self) -> CheckInput:
        """Return the identity check as operations take it."""
        return CheckInput(self.cleaned_data["method"], CheckResult(self.cleaned_data["result"]))


class OrganizationForm(IdentityForm):
    """The organization that opens an account (单位), and how its identity was checked."""

    holder_kind = CustomerKind.ORGANIZATION

    type = StatedField(label=TYPE, choices=ORGANIZATION_TYPES)
    name = NameField(label=Text("单位名称", "Organization name"), max_length=200)
    phone = PhoneField(label=Text("联系电话", "Phone"), required=False, max_length=40)
    method = MethodField(ORGANIZATION_METHODS)

    # An organization has no birth date, and its code names no country.
    birth_date = None  # type: ignore[assignment]
    country = None  # type: ignore[assignment]
    field_order = ["type", "number", "valid_until", "no_end", "name", "phone", "method", "result"]

    def clean(self) -> dict[str, Any]:
        return {"birth_date": None, **super().clean()}


class RepresentativeForm(DocumentForm):
    """The legal representative of the organization (法定代表人) and the document shown."""

    prefix = "representative"

    name = NameField(label=Text("法定代表人姓名", "Representative's name"), max_length=200)

    field_order = ["name", "type", "number", "valid_until", "no_end", "country"]

    @property
    def representative(self) -> Representative:
        """Return the representative as operations take it."""
        data = self.cleaned_data
        return Representative(data["name"], data["read"], data["valid_until"])


class ProductForm(DeskForm):
    """The product to be opened (产品)."""

    prefix = "product"

    kind = forms.ChoiceField(
        label=column_word(Account, "kind"),
        choices=AccountKind.choices,
    )
    account_class = forms.ChoiceField(label=column_word(Account, "account_class"), choices=CLASSES)
    card = CardProductField(label=Text("发卡", "Issue a card"), choices=[], required=False)
    proof = ProofField()
    purpose = chosen_of(Purpose, column_word(Account, "purpose"))
    unit_kind = chosen_of(OrganizationAccountKind, column_word(Account, "unit_kind"), required=False)

    def __init__(self, *args: Any, organization: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An organization's account has a kind, an individual's a purpose.
        del self.fields["purpose" if organization else "unit_kind"]
        cards = [("", Text("不配卡", "No card")), *products(organization=organization)]
        self.fields["card"].choices = cards  # type: ignore[attr-defined]
        if organization:
            self.fields["account_class"].choices = [(AccountClass.NONE.value, AccountClass.NONE.label)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        ask_for_proof(self, data.get("card"))
        if "unit_kind" in self.fields:
            if data.get("kind") == AccountKind.PAYMENT:
                data["unit_kind"] = ""
            elif not data.get("unit_kind") and "unit_kind" not in self.errors:
                self.add_error("unit_kind", missing_message(self.fields["unit_kind"].label, choose=True))
        return data


class AgentForm(DeskForm):
    """The agent or guardian who acts for the holder (代理人、监护人), if there is one."""

    prefix = "agent"

    came = forms.BooleanField(label=Text("由代理人办理", "An agent acts for the customer"), required=False)
    relation = StatedField(
        label=Text("关系", "Relation"),
        choices=AgentRelation.choices,
        required=False,
        widget=DigitRadios,
        help_text=Text("监护人仅限未满16周岁的客户", "A guardian only for a customer under 16"),
    )
    name = NameField(label=column_word(Account, "agent_name"), required=False, max_length=200)
    type = StatedField(label=Text("代理人证件种类", "Agent's document type"), choices=PERSONAL_TYPES, required=False)
    number = forms.CharField(label=Text("代理人证件号码", "Agent's document number"), max_length=64, required=False)
    country = forms.CharField(
        label=COUNTRY, max_length=3, required=False, help_text=Text("仅护照填写", "Passports only")
    )
    valid_until = DayField(label=VALID, required=False)
    no_end = forms.BooleanField(label=NO_END, required=False)

    field_order = ["came", "relation", "name", "type", "number", "valid_until", "no_end", "country"]

    def __init__(self, *args: Any, organization: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if organization:
            # An organization has no guardian.
            del self.fields["relation"]
            self.fields["came"].label = Text(
                "由授权经办人办理（非法定代表人）", "An authorized agent acts (not the legal representative)"
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("came"):
            return data
        for name in ("relation", "name", "type", "number"):
            if name in self.fields and not data.get(name) and name not in self.errors:
                self.add_error(name, str(Text("代理人办理的须填写。", "Required when an agent acts.")))
        ask_for_end(self)
        wrong = self.errors.keys() & {"relation", "name", "type", "number"}
        if not wrong and (document := self.read_document().get("read")):
            # An organization's form has no relation: only an agent can act.
            relation = AgentRelation(data.get("relation", AgentRelation.AGENT))
            data["agent"] = Agent(data["name"], document, relation)
        return data

    @property
    def agent(self) -> Agent | None:
        """Return the agent, None when the holder came in person."""
        return self.cleaned_data.get("agent")

    def add_errors(self, bad: BadRequest) -> None:
        """Show errors about the agent as a whole at the name, those about the document at its number."""
        fields = {"agent": "name", "agent.document": "number"}
        super().add_errors(BadRequest({fields.get(path, path): messages for path, messages in bad.fields.items()}))
