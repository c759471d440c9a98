"""An opening as far as it is filled in: the forms of its steps, and who it is for."""

from dataclasses import dataclass
from typing import Any

from accounts.desk.opening_forms import AgentForm, IdentityForm, ProductForm, RepresentativeForm, UnitForm
from accounts.desk.rules import Panel, panel_for
from accounts.models import Customer
from accounts.queries.customers import customer_with_identity
from accounts.vocabulary import CustomerKind
from config.desk.requests import DeskRequest
from config.kernel.sealed import identity_key

IDENTITY, PRODUCT, CHECK = "identity", "product", "check"


@dataclass(slots=True)
class Draft:
    """The forms of an opening, and the customer who was found before.

    :ivar identity: None for a customer who was found: he needs no identity step.
    :ivar representative: of a unit that is not registered yet.
    """

    customer: Customer | None
    identity: IdentityForm | None
    representative: RepresentativeForm | None
    product: ProductForm
    agent: AgentForm

    @property
    def is_unit(self) -> bool:
        """Say whether the account is a unit's (单位)."""
        if self.customer is not None:
            return self.customer.kind == CustomerKind.ORGANIZATION
        return self.representative is not None

    @property
    def steps(self) -> list[str]:
        """Return the steps."""
        return [PRODUCT, CHECK] if self.identity is None else [IDENTITY, PRODUCT, CHECK]

    def valid_up_to(self, step: str) -> bool:
        """Say whether a step and those before it are filled in rightly."""
        first = [form for form in (self.identity, self.representative) if form is not None]
        # Each is asked, so that each says what is wrong with it.
        answers = [form.is_valid() for form in first]
        if step != IDENTITY:
            answers += [self.product.is_valid(), self.agent.is_valid()]
        return all(answers)

    def panel(self) -> Panel:
        """Ask every rule of what is told so far."""
        return panel_for(
            customer=self.customer,
            identity=self.identity,
            representative=self.representative,
            product=self.product if self.product.is_bound else None,
            agent=self.agent if self.agent.is_bound else None,
        )


def draft_of(request: DeskRequest, *, customer: Customer | None = None, unit: bool = False) -> Draft:
    """Read the forms; one that was not on the page yet is empty, not wrong.

    :param unit: whoever is not registered yet is a unit.
    """
    data = request.POST
    unit = unit or (customer is not None and customer.kind == CustomerKind.ORGANIZATION)
    asked = customer is None
    chosen = data if "product-kind" in data else None
    return Draft(
        customer,
        _identity(data, unit=unit) if asked else None,
        RepresentativeForm(data if "representative-number" in data else None) if asked and unit else None,
        ProductForm(chosen, organization=unit),
        AgentForm(chosen, organization=unit),
    )


def holder_of(form: IdentityForm) -> Customer | None:
    """Return the customer a valid form's document means, None when it is nobody's yet."""
    holder_id = customer_with_identity(identity_key(form.cleaned_data["read"].identity))
    return Customer.objects.filter(pk=holder_id).first() if holder_id else None


def _identity(data: Any, *, unit: bool) -> IdentityForm:
    told_before = {}
    if data.get("step") == "start":
        told_before = {name: data.get(name, "") for name in ("type", "number", "country")}
    kind = UnitForm if unit else IdentityForm
    return kind(data if "identity-number" in data else None, initial=told_before)
