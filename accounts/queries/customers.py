"""Customers with their documents, accounts and restrictions; and the customer with a document or phone.

Their data is whole for a caller with a reason that is on record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models.functions import Coalesce

from accounts.models import Account, Card, Customer, Document, Identity, LegalRepresentative
from accounts.queries.customer_restrictions import Standing, SubjectKeys, standing_of, subject_keys
from accounts.queries.documents import with_last_numbers
from accounts.queries.matches import Match, match_data_of, possible_same
from accounts.queries.merged_customers import surviving_customer
from accounts.queries.particulars import ParticularsLine, particulars_shown
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    COUNTED_REQUESTS,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    CustomerKind,
    RequestStatus,
)
from blacklist.policy.restrictions import Restriction
from config.kernel.approvals import open_about
from config.kernel.database.clock import bank_now
from config.kernel.identity.names import same_name
from config.kernel.vault.masked import masked
from config.kernel.vault.sealed import name_key, phone_key

#: The counts a rule looks at, by the word the contract has for each.
COUNTED_ACCOUNTS = {
    "bank_class_i": (AccountKind.BANK, AccountClass.I),
    "bank_class_ii": (AccountKind.BANK, AccountClass.II),
    "bank_class_iii": (AccountKind.BANK, AccountClass.III),
    "payment_class_iii": (AccountKind.PAYMENT, AccountClass.III),
}


@dataclass(frozen=True, slots=True)
class CustomerShown:
    """A customer at an instant.

    :ivar keys: under which the customer could be listed.
    :ivar documents: those in force, and those pending approval.
    :ivar proposals: the approval of each pending document.
    :ivar standing: the listings of the customer.
    :ivar counts: open accounts by class, and the debit cards that count against the four.
    :ivar matches: customers who may be the same person, decided or not.
    """

    customer: Customer
    keys: SubjectKeys
    documents: tuple[Document, ...]
    proposals: Mapping[UUID, UUID]
    accounts: tuple[Account, ...]
    standing: Standing
    counts: Mapping[str, int]
    matches: tuple[Match, ...]
    at: datetime

    @property
    def restrictions(self) -> tuple[Restriction, ...]:
        """Return the restrictions of the person."""
        return self.standing.of_person()

    @property
    def grace(self) -> tuple[Restriction, ...]:
        """Return the restrictions that begin unless the person is re-verified in time (宽限期内)."""
        return self.standing.grace_of_person()


def show_customer(customer_id: UUID) -> CustomerShown | None:
    """Return a customer as of now, None for an unknown id; after a merge the surviving customer.

    The number of queries does not grow with the customer's accounts.
    """
    customer = surviving_customer(customer_id)
    if customer is None:
        return None
    at = bank_now()
    accounts = tuple(Account.objects.filter(customer=customer).order_by("id"))
    proposals, documents = _documents(customer, at)
    keys = subject_keys(customer.id)
    return CustomerShown(
        customer=customer,
        keys=keys,
        documents=documents,
        proposals=proposals,
        accounts=accounts,
        standing=standing_of(customer, keys, at),
        counts=_counts(customer, accounts),
        matches=possible_same(match_data_of(customer, documents)) if customer.kind == CustomerKind.INDIVIDUAL else (),
        at=at,
    )


def _documents(customer: Customer, at: datetime) -> tuple[Mapping[UUID, UUID], tuple[Document, ...]]:
    rows = Document.objects.filter(customer=customer, status__in=COUNTED_REQUESTS).order_by("-is_primary", "id")
    proposals = open_about([row.id for row in rows if row.status == RequestStatus.PENDING], at)
    shown = (row for row in rows if row.status == RequestStatus.IN_FORCE or row.id in proposals)
    return proposals, with_last_numbers(shown)


def _counts(customer: Customer, accounts: Sequence[Account]) -> dict[str, int]:
    cards = Card.objects.filter(customer=customer, product__in=COUNTED_CARD_PRODUCTS, status__in=COUNTED_CARD_STATUSES)
    live = [(each.kind, each.account_class) for each in accounts if each.status == AccountStatus.OPEN]
    return {"debit_cards": cards.count()} | {name: live.count(key) for name, key in COUNTED_ACCOUNTS.items()}


def customer_with_identity(key: bytes) -> UUID | None:
    """Return the id of the customer with an identity, under any document that shows it."""
    return Identity.objects.filter(key=key).values_list("customer_id", flat=True).first()


def find_customer_with_identity(key: bytes) -> Customer | None:
    """Return the row of the customer an identity belongs to, None when there is none."""
    return Customer.objects.filter(identities__key=key).first()


def has_name(customer: Customer, name: str) -> bool:
    """Return whether a name is a customer's present name, or that of a customer merged into it.

    The same person may show any of the documents, and each has its own spelling.
    """
    if same_name(customer.name, name):
        return True
    return Customer.objects.filter(merged_into_id=customer.pk, name_index=name_key(name)).exists()


def find_customer(customer_id: UUID) -> Customer | None:
    """Return a customer's row, after a merge that of the surviving one; None for an unknown id."""
    return surviving_customer(customer_id)


def representative_of(customer_id: UUID) -> LegalRepresentative | None:
    """Return the legal representative of an organization now (法定代表人), None where none is on record."""
    return LegalRepresentative.objects.filter(customer_id=customer_id).order_by("-at", "-id").first()


def customers_with_phone(phone: str) -> list[UUID]:
    """Return the customers with a phone, in its one written form; several persons may share one."""
    found = Customer.objects.filter(phone_index=phone_key(phone)).order_by("id")
    return list(dict.fromkeys(found.values_list(Coalesce("merged_into_id", "pk"), flat=True)))


@dataclass(frozen=True, slots=True)
class WholeDocument:
    """A document with its full number."""

    type: str
    number: str = field(repr=False)
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class WholeRepresentative:
    """The legal representative of an organization (法定代表人)."""

    name: str = field(repr=False)
    type: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WholeProof:
    """The ground on which the holder has a card of its product (申领依据); the card's number is masked."""

    product: str
    card: str
    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WholeCustomer:
    """A customer with nothing masked.

    :ivar documents: those in force, the primary one first.
    :ivar proofs: of the cards that are not cancelled.
    :ivar particulars: the customer's last statements, None without any.
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
    """Return a customer's full data, None for an unknown id; the caller records the look."""
    customer = find_customer(customer_id)
    if customer is None:
        return None
    documents = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("-is_primary", "id")
    representative = representative_of(customer.pk)
    proved = Card.objects.filter(customer=customer, proof__isnull=False).exclude(status=CardStatus.CANCELLED)
    return WholeCustomer(
        customer_id=customer.pk,
        name=customer.name,
        phone=customer.phone,
        birth_date=customer.born_on,
        documents=tuple(
            WholeDocument(each.type, each.shown_last.number, each.valid_until) for each in with_last_numbers(documents)
        ),
        representative=WholeRepresentative(representative.name, representative.type, representative.number)
        if representative
        else None,
        proofs=tuple(
            WholeProof(each.product, masked(each, "number"), str(each.proof)) for each in proved.order_by("id")
        ),
        particulars=next(iter(particulars_shown(customer.pk, whole=True)), None),
    )
