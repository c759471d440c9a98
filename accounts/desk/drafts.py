"""An unfinished opening: the forms of its steps, and the person it is for."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import QueryDict

from accounts.desk.identity_rules import entered_value
from accounts.desk.opening_forms import AgentForm, IdentityForm, OrganizationForm, ProductForm, RepresentativeForm
from accounts.desk.particulars_forms import ParticularsForm, particulars_form
from accounts.desk.rules import Panel, panel_for
from accounts.models import Customer
from accounts.operations.counter_opening import CounterOpening, KnownCustomer
from accounts.operations.customers import NewCustomer
from accounts.policy.opening import carries_cards
from accounts.queries.customers import customer_with_identity
from accounts.queries.particulars import particulars_of
from accounts.vocabulary import AccountClass, AccountKind, CardProduct, CustomerKind
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose
from config.kernel.law.refusals import BadRequest
from config.kernel.vault.sealed import identity_key

IDENTITY, PARTICULARS, PRODUCT, CHECK = "identity", "particulars", "product", "check"


@dataclass(slots=True)
class OpeningDraft(ABC):
    """What is to be opened, and the agent who came for the holder.

    :ivar particulars: the holder's statements, asked for where none are on record.
    """

    product: ProductForm
    agent: AgentForm
    particulars: ParticularsForm

    @property
    @abstractmethod
    def is_organization(self) -> bool:
        """Return whether the account is an organization's (单位)."""

    @property
    def steps(self) -> list[str]:
        """Return the steps of this opening."""
        return [*([PARTICULARS] if self.asks_particulars() else []), PRODUCT, CHECK]

    def asks_particulars(self) -> bool:
        """Return whether the holder's particulars are asked for: none are on record."""
        holder_id = self.known_id()
        return holder_id is None or particulars_of(holder_id) is None

    @abstractmethod
    def known_id(self) -> UUID | None:
        """Return the id of the customer it is for, None for a new customer or while that is unknown."""

    @property
    @abstractmethod
    def holder(self) -> NewCustomer | KnownCustomer:
        """Return the holder, from valid forms."""

    @abstractmethod
    def holder_id(self) -> UUID | None:
        """Return the id of the future holder, None for a person who is no customer yet."""

    @abstractmethod
    def panel(self) -> Panel:
        """Apply every rule to what is entered so far."""

    def whom(self) -> bytes | None:
        """Return the key of the identity that a document looks up, None without one, or where the customer was found before."""
        return None

    def valid_up_to(self, step: str) -> bool:
        """Return whether a step and those before it are filled in correctly."""
        if step == IDENTITY:
            return True
        particulars = not self.asks_particulars() or self.particulars.is_valid()
        # A list, so that each form is validated and shows its own errors.
        return particulars and (step == PARTICULARS or all([self.product.is_valid(), self.agent.is_valid()]))

    def carries_its_card(self) -> bool:
        """Return whether the requested account can have the requested card, from valid forms."""
        chosen = self.product.cleaned_data
        return not chosen["card"] or carries_cards(AccountKind(chosen["kind"]), AccountClass(chosen["account_class"]))

    def asked(self, announced: str | None = None) -> CounterOpening:
        """Return the requested opening, from valid forms.

        :param announced: the mark of the changes of a customer on record that the page announced.
        """
        chosen = self.product.cleaned_data
        return CounterOpening(
            holder=self.holder,
            kind=AccountKind(chosen["kind"]),
            account_class=AccountClass(chosen["account_class"]),
            card=CardProduct(chosen["card"]) if chosen["card"] else None,
            agent=self.agent.agent,
            proof=chosen["proof"] or None,
            particulars=self.particulars.entered if self.asks_particulars() else None,
            unit_kind=OrganizationAccountKind(chosen["unit_kind"]) if chosen.get("unit_kind") else None,
            purpose=Purpose(chosen["purpose"]) if chosen.get("purpose") else None,
            announced=announced,
        )

    def add_errors(self, bad: BadRequest) -> None:
        """Show each error at the field that it concerns."""
        self.agent.add_errors(bad)

    def wrong_step(self) -> str | None:
        """Return the first step with an error."""
        if self.asks_particulars() and self.particulars.errors:
            return PARTICULARS
        return PRODUCT if self.product.errors or self.agent.errors else None

    def begin(self, step: str, before: QueryDict) -> None:
        """Show a step with its earlier entries; errors are marked only after it is sent."""
        if step == PARTICULARS:
            self.particulars = type(self.particulars)(draft=before)
        if step == PRODUCT:
            self.product = ProductForm(draft=before, organization=self.is_organization)
            self.agent = AgentForm(draft=before, organization=self.is_organization)


@dataclass(slots=True)
class KnownDraft(OpeningDraft):
    """An opening for a customer who was found before: it has no identity step."""

    customer: Customer

    @property
    def is_organization(self) -> bool:
        return self.customer.kind == CustomerKind.ORGANIZATION

    @property
    def holder(self) -> KnownCustomer:
        return KnownCustomer(self.customer.id)

    def holder_id(self) -> UUID:
        return self.customer.id

    def known_id(self) -> UUID:
        return self.customer.id

    def panel(self) -> Panel:
        return panel_for(customer=self.customer, product=_bound(self.product), agent=_bound(self.agent))


@dataclass(slots=True)
class NewDraft(OpeningDraft):
    """An opening for a person who shows a document, a customer or not.

    :ivar representative: of an organization.
    """

    identity: IdentityForm
    representative: RepresentativeForm | None

    @property
    def is_organization(self) -> bool:
        return self.representative is not None

    @property
    def steps(self) -> list[str]:
        return [IDENTITY, *OpeningDraft.steps.fget(self)]  # type: ignore[attr-defined]

    @property
    def holder(self) -> NewCustomer:
        data = self.identity.cleaned_data
        return NewCustomer(
            kind=self.identity.holder_kind,
            name=data["name"],
            document=data["entered"],
            phone=data["phone"] or None,
            birth_date=data["birth_date"],
            check=self.identity.check_input,
            representative=self.representative.representative if self.representative else None,
        )

    def holder_id(self) -> UUID | None:
        return customer_with_identity(identity_key(self.identity.cleaned_data["read"].identity))

    def known_id(self) -> UUID | None:
        whom = self.whom()
        return customer_with_identity(whom) if whom is not None else None

    def whom(self) -> bytes | None:
        read = entered_value(self.identity, "read")
        return identity_key(read.identity) if read is not None else None

    def panel(self) -> Panel:
        return panel_for(
            identity=self.identity,
            representative=self.representative,
            product=_bound(self.product),
            agent=_bound(self.agent),
        )

    def valid_up_to(self, step: str) -> bool:
        answers = [form.is_valid() for form in (self.identity, self.representative) if form is not None]
        return all([*answers, OpeningDraft.valid_up_to(self, step)])

    def add_errors(self, bad: BadRequest) -> None:
        of_agent = {
            path: messages for path, messages in bad.fields.items() if path.startswith(("agent", "account_class"))
        }
        of_particulars = {path: messages for path, messages in bad.fields.items() if path in {"particulars", "owners"}}
        of_holder = {
            path: messages for path, messages in bad.fields.items() if path not in {*of_agent, *of_particulars}
        }
        if of_particulars:
            self.particulars.add_errors(BadRequest(of_particulars))
        if of_agent:
            self.agent.add_errors(BadRequest(of_agent))
        if of_holder:
            self.identity.add_errors(BadRequest(of_holder))

    def wrong_step(self) -> str | None:
        return IDENTITY if self.identity.errors else OpeningDraft.wrong_step(self)

    def begin(self, step: str, before: QueryDict) -> None:
        OpeningDraft.begin(self, step, before)
        if step == IDENTITY:
            self.identity = type(self.identity)(draft=before)
            if self.representative:
                self.representative = RepresentativeForm(draft=before)


def draft_for(data: QueryDict, customer: Customer) -> KnownDraft:
    """Read the forms of an opening for a customer who was found; a form of a later step is empty."""
    organization = customer.kind == CustomerKind.ORGANIZATION
    return KnownDraft(*_product_and_agent(data, organization=organization), customer)


def draft_of(data: QueryDict, *, organization: bool = False) -> NewDraft:
    """Read the forms of an opening for a person who shows a document; a form of a later step is empty, not wrong.

    :param organization: it is an organization.
    """
    representative = RepresentativeForm(data if "representative-number" in data else None) if organization else None
    return NewDraft(
        *_product_and_agent(data, organization=organization), _identity(data, organization=organization), representative
    )


def _product_and_agent(data: Any, *, organization: bool) -> tuple[ProductForm, AgentForm, ParticularsForm]:
    chosen = data if "product-kind" in data else None
    particulars = particulars_form(organization=organization)(data if "particulars-address" in data else None)
    return ProductForm(chosen, organization=organization), AgentForm(chosen, organization=organization), particulars


def _identity(data: Any, *, organization: bool) -> IdentityForm:
    kind = OrganizationForm if organization else IdentityForm
    return kind(data if "identity-number" in data else None)


def _bound[F: (ProductForm, AgentForm)](form: F) -> F | None:
    return form if form.is_bound else None
