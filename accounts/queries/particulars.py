"""What customers have told of themselves (客户信息): whole for who may see it, masked on pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import BeneficialOwner, CustomerParticulars
from config.kernel.identity.masking import mask_address, mask_document, mask_name

#: How many former ones are shown, the newest first.
MOST = 10


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
    """What was told at one time; codes as they are kept, None for what the customer's kind does not tell."""

    id: UUID
    at: datetime
    who: str
    address: str = field(repr=False)
    occupation: str | None
    nationality: str | None
    tax_residency: str | None
    proof_kind: str | None
    business: str | None
    tax_entity: str | None
    owners: tuple[OwnerLine, ...] = ()


def particulars_of(customer_id: UUID) -> CustomerParticulars | None:
    """Return what a customer has told last, None where it has told nothing."""
    return _all(customer_id).first()


def particulars_shown(customer_id: UUID, *, whole: bool = False) -> list[ParticularsLine]:
    """Return what a customer has told, the newest first, in two queries.

    :param whole: for who has a reason on record; else addresses and owners are masked.
    """
    found = list(_all(customer_id).select_related("principal")[:MOST])
    owners: dict[UUID, list[BeneficialOwner]] = {}
    for each in BeneficialOwner.objects.filter(particulars__in=found).order_by("id"):
        owners.setdefault(each.particulars_id, []).append(each)
    return [_line(each, owners.get(each.id, ()), whole=whole) for each in found]


def _all(customer_id: UUID) -> QuerySet[CustomerParticulars]:
    # What somebody told who was merged into this customer is this one's as well.
    whose = Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id)
    return CustomerParticulars.objects.filter(whose).order_by("-at", "-id")


def _line(row: CustomerParticulars, owners: Sequence[BeneficialOwner], *, whole: bool) -> ParticularsLine:
    return ParticularsLine(
        id=row.id,
        at=row.at,
        who=row.principal.name,
        address=row.address if whole else mask_address(row.address),
        occupation=row.occupation,
        nationality=row.nationality,
        tax_residency=row.tax_residency,
        proof_kind=row.proof_kind,
        business=row.business,
        tax_entity=row.tax_entity,
        owners=tuple(
            OwnerLine(
                each.name if whole else mask_name(each.name),
                each.type,
                each.number if whole else mask_document(each.number),
                each.control,
                share_text(each.share),
                each.tax_residency,
            )
            for each in owners
        ),
    )


def share_text(share: int | None) -> str:
    """Write a share, in hundredths of a percent, as a percentage; nothing where there is none."""
    if share is None:
        return ""
    whole, rest = divmod(share, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"
