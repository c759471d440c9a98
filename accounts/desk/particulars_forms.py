"""Forms for a customer's statements (客户信息): of an individual, of an organization, of its beneficial owners."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django import forms

from accounts.desk.forms import COUNTRY, NO_END, PERSONAL_TYPES, VALID, ask_for_end
from accounts.models import BeneficialOwner, CustomerParticulars
from accounts.operations.particulars import (
    NOT_AN_OWNER,
    NOT_CONTROLLERS,
    OWNER_ONCE,
    OrganizationParticulars,
    Owner,
    PersonParticulars,
    StatedParticulars,
)
from accounts.policy.particulars import controllers_fit, owner_fits
from accounts.queries.particulars import share_text
from accounts.vocabulary.particulars import (
    ADDRESS_MAX,
    BUSINESS_MAX,
    OWNERS_MAX,
    Control,
    Occupation,
    ProofKind,
    TaxEntity,
    TaxResidency,
    address_word,
)
from config.frames.desk.fields import CHOOSE, DayField, DeskForm, LineField, NameField, StatedField, missing_message
from config.kernel.identity.countries import country_code
from config.kernel.identity.masking import mask_document
from config.kernel.law.text import Text
from config.kernel.models import column_word
from config.kernel.requests.documents import document_word

#: How many owners' rows are open. At most four owners can have a quarter each; further rows are folded until filled in.
OWNERS_OPEN = 4
NO_COUNTRY = Text(
    "没有这个国家或地区代码，如 CHN、HKG。", "No country or area has this code; enter one such as CHN or HKG."
)
NO_OWNER = Text(
    "请填写受益所有人，或勾选依法无须识别（二者选一）。",
    "Name the beneficial owners, or tick that none are to be identified: one of the two.",
)


def chosen_of(codes: Any, label: Text, *, required: bool = True) -> forms.ChoiceField:
    """Return a choice field without a preselected value."""
    return forms.ChoiceField(label=label, choices=[("", CHOOSE), *codes.choices], required=required)


_word, _owner_word = partial(column_word, CustomerParticulars), partial(column_word, BeneficialOwner)


class ParticularsForm(DeskForm):
    """Statements of a customer of either kind."""

    prefix = "particulars"
    stated: ClassVar[tuple[str, ...]]

    @property
    def parts(self) -> list[DeskForm]:
        """Return this form and its subforms."""
        return [self]

    @property
    def entered(self) -> StatedParticulars:
        """Return the statements as operations take them, from a valid form."""
        raise NotImplementedError

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield the statements in words, from a valid form."""
        entered = self.entered
        for name in self.stated:
            if (value := getattr(entered, name)) is not None:
                yield str(self.fields[name].label), str(getattr(value, "label", value))


class PersonParticularsForm(ParticularsForm):
    """Statements of an individual (个人客户信息)."""

    stated = CustomerParticulars.OF_PERSON
    occupation = chosen_of(Occupation, _word("occupation"))
    nationality = forms.CharField(
        label=_word("nationality"),
        max_length=3,
        help_text=Text("代码，如 CHN", "A code such as CHN"),
    )
    address = LineField(label=address_word(of_organization=False), max_length=ADDRESS_MAX)
    tax_residency = chosen_of(TaxResidency, _word("tax_residency"))

    def clean_nationality(self) -> str:
        """Return the country's code in the form that passports use."""
        code = country_code(self.cleaned_data["nationality"])
        if code is None:
            raise forms.ValidationError(str(NO_COUNTRY))
        return code

    @property
    def entered(self) -> PersonParticulars:
        return PersonParticulars.of(self.cleaned_data)


class OwnerForm(DeskForm):
    """One beneficial owner (受益所有人); the row may be empty."""

    name = NameField(label=_owner_word("name"), required=False, max_length=200)
    type = StatedField(label=_owner_word("type"), choices=PERSONAL_TYPES, required=False)
    number = forms.CharField(label=_owner_word("number"), max_length=64, required=False)
    country = forms.CharField(
        label=COUNTRY, max_length=3, required=False, help_text=Text("仅护照填写", "Passports only")
    )
    valid_until = DayField(label=VALID, required=False)
    no_end = forms.BooleanField(label=NO_END, required=False)
    control = chosen_of(Control, _owner_word("control"), required=False)
    share = forms.DecimalField(
        label=Text("比例（%）", "Share (%)"),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=Text("25至100；实际控制和经营管理的不填", "25 to 100; blank for control and management"),
    )

    tax_residency = chosen_of(
        TaxResidency,
        Text("税收居民身份声明（消极非金融机构）", "Tax residency (passive organizations)"),
        required=False,
    )

    @property
    def is_entered(self) -> bool:
        """Return whether an owner is entered, from a cleaned form."""
        return any(
            self.cleaned_data.get(each) not in (None, "", False)
            for each in ("name", "number", "control", "share", "tax_residency")
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.is_entered and not self.errors:
            return data
        for name in ("name", "type", "number", "control"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, missing_message(self.fields[name].label, choose=name in {"type", "control"}))
        ask_for_end(self)
        share: Decimal | None = data.get("share")
        data["hundredths"] = None if share is None else int(share * 100)
        if data.get("control") and not owner_fits(Control(data["control"]), data["hundredths"]):
            self.add_error("share", str(NOT_AN_OWNER))
        if data.get("number") and data.get("type"):
            data |= self.read_document()
        return data

    @property
    def owner(self) -> Owner:
        """Return the beneficial owner entered in a valid form."""
        data = self.cleaned_data
        residency = TaxResidency(data["tax_residency"]) if data["tax_residency"] else None
        return Owner(
            data["name"], data["read"], Control(data["control"]), data["hundredths"], data["valid_until"], residency
        )


class OrganizationParticularsForm(ParticularsForm):
    """Statements of an organization (单位客户信息), with its beneficial owners."""

    stated = CustomerParticulars.OF_ORGANIZATION
    rows_open = OWNERS_OPEN
    proof_kind = StatedField(label=_word("proof_kind"), choices=ProofKind.choices)
    address = LineField(label=address_word(of_organization=True), max_length=ADDRESS_MAX)
    business = LineField(label=_word("business"), max_length=BUSINESS_MAX)
    tax_entity = chosen_of(TaxEntity, _word("tax_entity"))
    tax_residency = chosen_of(TaxResidency, _word("tax_residency"))
    no_owners = forms.BooleanField(
        label=Text(
            "依法无须识别受益所有人（如国家机关、事业单位）",
            "None to be identified by law (authorities, public institutions)",
        ),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        draft = kwargs.get("draft")
        self.owners = [OwnerForm(data, prefix=f"owner{nth}", draft=draft) for nth in range(1, OWNERS_MAX + 1)]

    @property
    def parts(self) -> list[DeskForm]:
        return [self, *self.owners]

    @property
    def first_owners(self) -> list[OwnerForm]:
        """Return the rows of owners that are always shown."""
        return self.owners[:OWNERS_OPEN]

    @property
    def further_owners(self) -> list[OwnerForm]:
        """Return the rows of owners that are folded at first."""
        return self.owners[OWNERS_OPEN:]

    @property
    def unfolded(self) -> bool:
        """Return whether a further row has an owner or an error."""
        return any(each.errors or each["name"].value() or each["number"].value() for each in self.further_owners)

    @property
    def entered_owners(self) -> list[OwnerForm]:
        """Return the rows with an owner, from valid ones."""
        return [each for each in self.owners if each.is_entered]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        # A list, so that each row is validated and shows its own errors.
        answers = [each.is_valid() for each in self.owners]
        if not all(answers):
            self.add_error(None, str(Text("请更正受益所有人。", "Correct the beneficial owners.")))
        elif bool(data.get("no_owners")) == bool(self.entered_owners):
            self.add_error("no_owners", str(NO_OWNER))
        elif len({each.owner.key for each in self.entered_owners}) != len(self.entered_owners):
            self.add_error(None, str(OWNER_ONCE))
        elif data.get("tax_entity") and not controllers_fit(
            TaxEntity(data["tax_entity"]), [each.owner.tax_residency for each in self.entered_owners]
        ):
            self.add_error("tax_entity", str(NOT_CONTROLLERS))
        return data

    @property
    def entered(self) -> OrganizationParticulars:
        data = self.cleaned_data
        owners = tuple(each.owner for each in self.entered_owners)
        return OrganizationParticulars(
            data["address"],
            ProofKind(data["proof_kind"]),
            data["business"],
            owners,
            TaxResidency(data["tax_residency"]),
            TaxEntity(data["tax_entity"]),
        )

    def lines(self) -> Iterator[tuple[str, str]]:
        yield from super().lines()
        entered, label = self.entered, str(Text("受益所有人", "Beneficial owner"))
        for each in entered.owners:
            number = f"{document_word(each.document.type)} {mask_document(each.document.number)}"
            residency = str(each.tax_residency.label) if each.tax_residency else ""
            facts = (each.name, number, str(each.control.label), share_text(each.share), residency)
            yield label, " · ".join(filter(None, facts))
        if not entered.owners:
            yield label, str(Text("依法无须识别", "None to be identified"))


def particulars_form(*, organization: bool) -> type[ParticularsForm]:
    """Return the form for a kind of customer."""
    return OrganizationParticularsForm if organization else PersonParticularsForm
