"""A customer's data whole, for who has a reason that is on record."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from accounts.models import Card, Document
from accounts.queries.customers import find_customer, representative_of
from accounts.queries.particulars import ParticularsLine, particulars_shown
from accounts.queries.renewals import as_shown_last, number_shown
from accounts.vocabulary import CardStatus, RequestStatus
from config.kernel.identity.masking import mask_card


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """A document with its whole number."""

    type: str
    number: str = field(repr=False)
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class WholeRepresentative:
    """Who represents an organization by law (法定代表人)."""

    name: str = field(repr=False)
    type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WholeProof:
    """By what the holder has a card of its product (申领依据); the card's number stays masked."""

    product: str
    card: str
    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WholeCustomer:
    """A customer with nothing masked.

    :ivar documents: those in force, the primary one first.
    :ivar proofs: of the cards that are not cancelled.
    :ivar particulars: what the customer told last, None where it told nothing.
    """

    customer_id: UUID
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    birth_date: date | None = field(repr=False)
    documents: tuple[WholeDocument, ...] = field(repr=False)
    representative: WholeRepresentative | None = field(repr=False)
    proofs: tuple[WholeProof, ...] = field(default=(), repr=False)
    particulars: ParticularsLine | None = field(default=None, repr=False)

    @property
    def document(self) -> WholeDocument | None:
        """Return the primary document."""
        return self.documents[0] if self.documents else None


def whole_customer(customer_id: UUID) -> WholeCustomer | None:
    """Return a customer's whole data, None when there is none of this id; the caller keeps the look on record."""
    customer = find_customer(customer_id)
    if customer is None:
        return None
    found = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("-is_primary", "id")
    row = representative_of(customer.pk)
    proved = Card.objects.filter(customer=customer, proof__isnull=False).exclude(status=CardStatus.CANCELLED)
    return WholeCustomer(
        customer_id=customer.pk,
        name=customer.name,
        phone=customer.phone,
        birth_date=customer.born_on,
        documents=tuple(
            WholeDocument(each.type, number_shown(each), each.valid_until) for each in as_shown_last(found)
        ),
        representative=WholeRepresentative(row.name, row.type, row.number) if row else None,
        proofs=tuple(
            WholeProof(each.product, mask_card(each.number), str(each.proof)) for each in proved.order_by("id")
        ),
        particulars=next(iter(particulars_shown(customer.pk, whole=True)), None),
    )
