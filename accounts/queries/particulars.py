"""Statements of customers (客户信息), masked unless full data is allowed, and kinds and purposes of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Account, AccountTelling, BeneficialOwner, CustomerParticulars
from accounts.vocabulary import AccountKind, CustomerKind
from accounts.vocabulary.particulars import OrganizationAccountKind, Purpose, address_word
from config.kernel.law.text import Codes
from config.kernel.models import column_word
from config.kernel.vault.masked import masked

#: The most statements, and the most changes of an account's kind or purpose, that are shown, the newest first.
_SHOWN_MAX = 10


@dataclass(frozen=True, slots=True)
class OwnerLine:
    """A beneficial owner.

    :ivar share: in percent as it is written, empty where there is none.
    """

    name: str = field(repr=False)
    type: str
    number: str = field(repr=False)
    control: str
    share: str
    tax_residency: str | None


@dataclass(frozen=True, slots=True)
class ParticularsLine:
    """Particulars that a customer stated at one time.

    :ivar row: the codes as they are stored, None for fields of the other kind of customer.
    :ivar address: masked unless full data is allowed.
    """

    row: CustomerParticulars = field(repr=False)
    address: str = field(repr=False)
    owners: tuple[OwnerLine, ...] = ()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Return the stated particulars in words, without tax residency and owners."""
        of_person = self.row.occupation is not None
        names = CustomerParticulars.OF_PERSON if of_person else CustomerParticulars.OF_ORGANIZATION
        return [
            (address_word(of_organization=not of_person), self.address)
            if name == "address"
            else (str(column_word(CustomerParticulars, name)), _word(name, getattr(self.row, name)))
            for name in names
            if not name.startswith("tax_") and getattr(self.row, name) is not None
        ]


def _word(name: str, value: str) -> str:
    column: Any = CustomerParticulars._meta.get_field(name)
    return str(dict(column.flatchoices).get(value, value))


def particulars_of(customer_id: UUID) -> CustomerParticulars | None:
    """Return the last statements of a customer, None without any."""
    return _all(customer_id).first()


def particulars_shown(customer_id: UUID, *, whole: bool = False) -> list[ParticularsLine]:
    """Return the statements of a customer, the newest first, in two queries.

    :param whole: True for a caller with a reason on record; else addresses and owners are masked.
    """
    rows = list(_all(customer_id).select_related("principal")[:_SHOWN_MAX])
    owners: dict[UUID, list[BeneficialOwner]] = {}
    for owner in BeneficialOwner.objects.filter(particulars__in=rows).order_by("id"):
        owners.setdefault(owner.particulars_id, []).append(owner)
    return [_line(row, owners.get(row.id, ()), whole=whole) for row in rows]


def _all(customer_id: UUID) -> QuerySet[CustomerParticulars]:
    # The statements of customers merged into this one are included.
    of_customer = Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id)
    return CustomerParticulars.objects.filter(of_customer).order_by("-at", "-id")


def _line(row: CustomerParticulars, owners: Sequence[BeneficialOwner], *, whole: bool) -> ParticularsLine:
    return ParticularsLine(
        row,
        address=row.address if whole else masked(row, "address"),
        owners=tuple(
            OwnerLine(
                each.name if whole else masked(each, "name"),
                each.type,
                each.number if whole else masked(each, "number"),
                each.control,
                share_text(each.share),
                each.tax_residency,
            )
            for each in owners
        ),
    )


def share_text(share: int | None) -> str:
    """Return a share, in hundredths of a percent, as a percentage; empty without one."""
    if share is None:
        return ""
    whole, rest = divmod(share, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


@dataclass(frozen=True, slots=True)
class AccountUseChange:
    """A change of an account's kind or purpose after its opening.

    :ivar actor: the name of the person who made the change.
    :ivar new: the new code.
    :ivar former: the former code, empty where there was none.
    """

    at: datetime
    actor: str
    new: str
    former: str


@dataclass(frozen=True, slots=True)
class AccountUse:
    """The present and former kinds or purposes of an account.

    :ivar codes: the codes: kinds of an organization's bank account, or purposes of an individual's account.
    :ivar present: a code, empty where none was stated.
    """

    codes: type[Codes]
    present: str
    changes: Sequence[AccountUseChange] = ()

    @property
    def of_organization(self) -> bool:
        """Return whether it is an organization's account, which has a kind and no purpose."""
        return self.codes is OrganizationAccountKind

    @property
    def word(self) -> str:
        """Return the name of the codes, as pages look up their words."""
        return self.codes.__name__


def use_of_account(account: Account) -> AccountUse | None:
    """Return the kind or purpose of an account, in one query; None for an organization's payment account, which has neither.

    :param account: with its customer.
    """
    codes: type[Codes]
    if account.customer.kind == CustomerKind.INDIVIDUAL:
        name, codes = "purpose", Purpose
    elif account.kind == AccountKind.BANK:
        name, codes = "unit_kind", OrganizationAccountKind
    else:
        return None
    rows = AccountTelling.objects.filter(account=account).select_related("principal").order_by("-at", "-id")
    changes = [
        AccountUseChange(each.at, each.principal.name, getattr(each, name), getattr(each, f"was_{name}") or "")
        for each in rows[:_SHOWN_MAX]
    ]
    return AccountUse(codes, getattr(account, name) or "", changes)
