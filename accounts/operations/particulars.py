"""Record the statements of customers (客户信息) and the kinds and purposes of accounts (账户种类、用途).

A new row takes the place of the old one.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from accounts.models import Account, AccountTelling, BeneficialOwner, Customer, CustomerParticulars
from accounts.operations.accounts import check_use_fields
from accounts.operations.holders import Agent, lock_account, lock_holder
from accounts.policy.particulars import check_account_use, controllers_fit, owner_fits
from accounts.queries.opening import count_basic
from accounts.queries.particulars import particulars_of
from accounts.vocabulary import CustomerKind, DecisionKind, Rule
from accounts.vocabulary.particulars import (
    OWNERS_MAX,
    Control,
    Occupation,
    OrganizationAccountKind,
    ProofKind,
    Purpose,
    TaxEntity,
    TaxResidency,
)
from config.kernel.access.keys import Caller
from config.kernel.database.clock import bank_now
from config.kernel.database.ids import new_id
from config.kernel.database.transactions import transaction_required
from config.kernel.identity.documents import IdentityDocument
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests import special_measures
from config.kernel.trail.decisions import deciding
from config.kernel.vault.sealed import identity_key, name_key, phone_key

DECLARED_TOGETHER = Text(
    "机构类别和税收居民身份须一并声明。", "An organization declares its kind and its tax residency together."
)
WRONG_CUSTOMER_KIND = Text(
    "个人和单位的客户信息不同，请按客户种类填写。", "Individuals and organizations have different particulars."
)
NOT_AN_OWNER = Text(
    "持股等比例须为25%至100%；实际控制或负责经营管理的不填比例。",
    "A share is 25% to 100%; who controls or runs the organization has none here.",
)
OWNER_ONCE = Text("同一受益所有人只填一次。", "Name each beneficial owner once.")
NOT_CONTROLLERS = Text(
    "消极非金融机构的控制人（受益所有人）须逐一声明税收居民身份；其他机构的不填。",
    "Each who controls a passive organization (its beneficial owners) declares a tax residency; of any other none does.",
)
TOO_MANY = Text("受益所有人过多。", "Too many beneficial owners.")


@dataclass(frozen=True, slots=True)
class Owner:
    """A beneficial owner, with the document that was read.

    :ivar share: in hundredths of a percent; None for a kind of control without a share.
    :ivar tax_residency: of a person who controls a passive organization, else None.
    """

    name: str = field(repr=False)
    document: IdentityDocument
    control: Control
    share: int | None = None
    valid_until: date | None = None
    tax_residency: TaxResidency | None = None

    @property
    def key(self) -> bytes:
        """Return the key of this person, the same for all documents with one citizen number."""
        return identity_key(self.document.identity)


@dataclass(frozen=True, slots=True)
class PersonParticulars:
    """Statements of an individual.

    :ivar nationality: ISO 3166 alpha-3.
    """

    address: str = field(repr=False)
    occupation: Occupation
    nationality: str
    tax_residency: TaxResidency

    @classmethod
    def of(cls, entered: dict[str, Any]) -> Self:
        """Return the statements in validated fields of these names."""
        codes = {
            "occupation": Occupation(entered["occupation"]),
            "tax_residency": TaxResidency(entered["tax_residency"]),
        }
        return cls(**entered | codes)


@dataclass(frozen=True, slots=True)
class OrganizationParticulars:
    """Statements of an organization.

    :ivar owners: empty only where none must be identified.
    :ivar tax_residency: stated together with `tax_entity`; None where neither was stated.
    """

    address: str = field(repr=False)
    proof_kind: ProofKind
    business: str
    owners: tuple[Owner, ...] = ()
    tax_residency: TaxResidency | None = None
    tax_entity: TaxEntity | None = None


type StatedParticulars = PersonParticulars | OrganizationParticulars


@transaction_required
def record_particulars(
    *, principal: Caller, customer_id: UUID, entered: StatedParticulars, agent: Agent | None = None
) -> None:
    """Record a customer's statements from now on; unchanged ones are not recorded twice.

    Earlier statements stay on record.

    :param agent: who acts for the customer later in this transaction, and is locked with it; None without one.
    :raises NotFound: for an unknown customer.
    :raises BadRequest: the statements are not those of the customer's kind, or an owner does not qualify.
    :source: 反洗钱法 (2024年修订) 第二十九条; 人民币银行结算账户管理办法; 《受益所有人信息管理办法》 第六条.
    """
    customer = lock_holder(customer_id, agent).customer
    if isinstance(entered, PersonParticulars) is not (customer.kind == CustomerKind.INDIVIDUAL):
        raise BadRequest({"particulars": [WRONG_CUSTOMER_KIND]})
    if isinstance(entered, OrganizationParticulars):
        _check_owners(entered)
    changed = _changed_names(customer.pk, entered)
    if not changed:
        return
    with deciding(
        DecisionKind.TELL_PARTICULARS,
        principal=principal,
        rule=Rule.REGISTER_CUSTOMER,
        customer_id=customer.pk,
    ) as decision:
        decision.at = bank_now()
        # The names of the statements only, not their content.
        decision.facts = {"told": changed}
        if isinstance(entered, OrganizationParticulars):
            special_measures.confirm(*(name_key(each.name) for each in entered.owners))
        decision.object_id = _write(customer.pk, entered, principal, decision.at)


@transaction_required
def record_first_phone(*, principal: Caller, customer: Customer, phone: str) -> None:
    """Record the phone of a customer without one (登记电话); it never replaces a number.

    :param customer: its row is locked, and has no phone.
    :param phone: in the one form phones are kept in.
    """
    with deciding(
        DecisionKind.TELL_PARTICULARS, principal=principal, rule=Rule.REGISTER_CUSTOMER, customer_id=customer.pk
    ) as decision:
        decision.at = bank_now()
        decision.facts = {"told": ["phone"]}
        decision.object_id = customer.pk
        customer.phone, customer.phone_index = phone, phone_key(phone)
        customer.save(update_fields=["phone", "phone_index"])


def _check_owners(entered: OrganizationParticulars) -> None:
    if any(not owner_fits(each.control, each.share) for each in entered.owners):
        raise BadRequest({"owners": [NOT_AN_OWNER]})
    if len({each.key for each in entered.owners}) != len(entered.owners):
        raise BadRequest({"owners": [OWNER_ONCE]})
    if len(entered.owners) > OWNERS_MAX:
        raise BadRequest({"owners": [TOO_MANY]})
    if (entered.tax_entity is None) is not (entered.tax_residency is None):
        raise BadRequest({"tax_entity": [DECLARED_TOGETHER]})
    if not controllers_fit(entered.tax_entity, [each.tax_residency for each in entered.owners]):
        raise BadRequest({"owners": [NOT_CONTROLLERS]})


def _changed_names(customer_id: UUID, entered: StatedParticulars) -> list[str]:
    """Return the names of the statements that differ from those on record."""
    last = particulars_of(customer_id)
    names = [
        each for each in _column_values(entered) if last is None or getattr(last, each) != _column_values(entered)[each]
    ]
    if isinstance(entered, OrganizationParticulars):
        on_record = last.owners.order_by("id") if last else ()
        before = [(bytes(each.identity_key), *_owner_values(each)) for each in on_record]
        now = [(each.key, *_owner_values(each)) for each in entered.owners]
        if before != now or last is None:
            names.append("owners")
    return names


def _owner_values(owner: Owner | BeneficialOwner) -> tuple[object, ...]:
    # The document is compared, too: a person may show another one, and a permit has a new number with each issue.
    document = owner.document if isinstance(owner, Owner) else owner
    return (
        owner.name,
        document.type,
        document.country,
        document.number,
        owner.control,
        owner.share,
        owner.valid_until,
        owner.tax_residency,
    )


def _column_values(entered: StatedParticulars) -> dict[str, str | None]:
    of_person = isinstance(entered, PersonParticulars)
    names = CustomerParticulars.OF_PERSON if of_person else CustomerParticulars.OF_ORGANIZATION
    # The address is named first.
    return {name: getattr(entered, name) for name in sorted(names, key=lambda name: name != "address")}


def _write(customer_id: UUID, entered: StatedParticulars, principal: Caller, at: datetime) -> UUID:
    owners = entered.owners if isinstance(entered, OrganizationParticulars) else None
    row = CustomerParticulars(
        id=new_id(),
        customer_id=customer_id,
        at=at,
        principal_id=principal.id,
        owner_count=None if owners is None else len(owners),
        **_column_values(entered),
    )
    row.save(force_insert=True)
    for each in owners or ():
        owner = BeneficialOwner(
            id=new_id(),
            particulars=row,
            identity_key=each.key,
            type=each.document.type,
            country=each.document.country,
            valid_until=each.valid_until,
            control=each.control,
            share=each.share,
            tax_residency=each.tax_residency,
        )
        owner.name, owner.number = each.name, each.document.number
        owner.save(force_insert=True)
    return row.id


UNCHANGED = Text("与现登记相同，无须变更。", "This is on record already; there is nothing to change.")


@transaction_required
def record_account_use(
    *,
    principal: Caller,
    account_id: UUID,
    unit_kind: OrganizationAccountKind | None = None,
    purpose: Purpose | None = None,
) -> None:
    """Set the kind of an organization's account or the purpose of an individual's; the former value stays on record.

    :param unit_kind: for an organization's bank account; None for any other account, which has a purpose.
    :raises NotFound: for an unknown account.
    :raises BadRequest: it does not fit the account, or is on record already.
    :raises Ruled: what `check_account_use` refuses.
    :source: 人民币银行结算账户管理办法 (中国人民银行令〔2003〕第5号) 第三条 has the kinds; that they change is a house rule.
    """
    if (unit_kind is None) is (purpose is None):
        raise ValueError("state either a kind or a purpose")
    with deciding(
        DecisionKind.TELL_ACCOUNT, principal=principal, rule=Rule.TELL_ACCOUNT, account_id=account_id
    ) as decision:
        holder, party, at = lock_account(account_id)
        check_use_fields(holder, party.kind, unit_kind, purpose)
        account = Account.objects.only("unit_kind", "purpose").get(pk=account_id)
        if (account.unit_kind, account.purpose) == (unit_kind, purpose):
            raise BadRequest({"unit_kind" if unit_kind else "purpose": [UNCHANGED]})
        change = {
            "unit_kind": unit_kind,
            "purpose": purpose,
            "was_unit_kind": account.unit_kind,
            "was_purpose": account.purpose,
        }
        decision.at, decision.customer_id = at, party.customer_id
        decision.facts = {"account_status": party.status.value} | {
            name: str(value) for name, value in change.items() if value
        }
        check_account_use(party, unit_kind, other_basic=count_basic(party.customer_id, without=account_id))
        row = AccountTelling(id=new_id(), account_id=account_id, at=at, principal_id=principal.id, **change)
        # A trigger writes the new value into the account.
        row.save(force_insert=True)
        decision.object_id = row.id
