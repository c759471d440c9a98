"""Customers who may be one person (可能为同一人): derived at each request, never stored."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from accounts.models import Account, Card, Customer, Document
from accounts.policy.limits import NO_SAME_PERSON, ClassKey, SamePersonHoldings
from accounts.queries.documents import born_on
from accounts.queries.subject_lines import SubjectLine, subject_lines
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    CustomerKind,
    MatchReason,
    RequestStatus,
)
from config.kernel.database.sql import rows
from config.kernel.identity.documents import CITIZEN_TYPES, IdentityDocument, citizen_identity_within
from config.kernel.identity.faults import NameFault
from config.kernel.identity.masking import Unreadable
from config.kernel.law.dates import shanghai_day
from config.kernel.vault.sealed import identity_key, person_key

#: The most customers that are named because they share a phone, which is only a hint.
BY_PHONE_MAX = 20
_MATCHES = "SELECT customer_id, reasons, decided FROM accounts_possible_same(%s, %s, %s) ORDER BY customer_id"


@dataclass(frozen=True, slots=True)
class MatchData:
    """The data of a person that is compared with customers (比对要素).

    :ivar match_key: of name and birth date, None where no birth date is known.
    :ivar citizen_keys: the identities of the citizen numbers that documents show, or contain.
    :ivar customer_id: None while the person is no customer.
    """

    match_key: bytes | None = field(default=None, repr=False)
    citizen_keys: frozenset[bytes] = field(default=frozenset(), repr=False)
    phone_index: bytes | None = field(default=None, repr=False)
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A customer who may be the same person, and the indications.

    :ivar reasons: all indications.
    :ivar decided: those for which two persons decided that the customers are different.
    """

    customer_id: UUID
    reasons: tuple[MatchReason, ...]
    decided: frozenset[MatchReason] = frozenset()

    @property
    def open_reasons(self) -> tuple[MatchReason, ...]:
        """Return the undecided indications; a mere hint is settled, too, once the two are known to be different."""
        if self.decided and not any(each.counts and each not in self.decided for each in self.reasons):
            return ()
        return tuple(each for each in self.reasons if each not in self.decided)

    @property
    def is_undecided(self) -> bool:
        """Return whether limits count over both: an indication other than a hint is undecided."""
        return any(each.counts for each in self.open_reasons)


def match_key_of(kind: str, name: str, born: date | None) -> bytes | None:
    """Return the key of name and birth date; None for an organization, or where one of the two is unknown."""
    if kind != CustomerKind.INDIVIDUAL or born is None or isinstance(name, Unreadable):
        return None
    try:
        return person_key(name, born)
    except NameFault:
        # The name would not be accepted under the present rules.
        return None


def inner_key_of(kind: str, number: str) -> bytes | None:
    """Return the identity of a citizen number contained in another document's number, None where there is none."""
    if isinstance(number, Unreadable):
        return None
    identity = citizen_identity_within(kind, number)
    return identity_key(identity) if identity else None


def citizen_key_of(document: IdentityDocument) -> bytes | None:
    """Return the identity of the citizen number that a document shows or contains, None where there is none."""
    if document.type in CITIZEN_TYPES:
        return identity_key(document.identity)
    return inner_key_of(document.type, document.number)


def citizen_keys_of(documents: Iterable[Document]) -> frozenset[bytes]:
    """Return the identities of the citizen numbers that documents in force show or contain."""
    keys = set()
    for each in documents:
        if each.status != RequestStatus.IN_FORCE:
            continue
        if each.type in CITIZEN_TYPES:
            keys.add(bytes(each.identity_key))
        if each.inner_key:
            keys.add(bytes(each.inner_key))
    return frozenset(keys)


def present_match_key(customer: Customer, at: datetime) -> bytes | None:
    """Return the key of the present name and documents, whatever the column contains."""
    return match_key_of(customer.kind, customer.name, born_on(customer, shanghai_day(at)))


def match_data_of(customer: Customer, documents: Iterable[Document] | None = None) -> MatchData:
    """Return the data of a customer that is compared.

    :param documents: the customer's, where they were read already.
    """
    if documents is None:
        documents = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("id")
    return MatchData(
        match_key=bytes(customer.match_key) if customer.match_key else None,
        citizen_keys=citizen_keys_of(documents),
        phone_index=bytes(customer.phone_index) if customer.phone_index else None,
        customer_id=customer.id,
    )


def possible_same(person: MatchData, *, hints: bool = True) -> tuple[Match, ...]:
    """Return the customers who may be this person (可能为同一人): one indexed look-up, and one for the hint of a phone.

    :param hints: whether to include customers with the same phone.
    """
    matches: dict[UUID, Match] = {}
    if person.match_key is not None or person.citizen_keys:
        for row in rows(_MATCHES, [person.customer_id, person.match_key, list(person.citizen_keys)]):
            matches[row["customer_id"]] = Match(
                row["customer_id"], _reasons(row["reasons"]), frozenset(_reasons(row["decided"]))
            )
    if hints and person.phone_index is not None:
        for customer_id in _with_phone(person):
            known = matches.get(customer_id, Match(customer_id, ()))
            matches[customer_id] = Match(customer_id, (*known.reasons, MatchReason.PHONE), known.decided)
    return tuple(matches[each] for each in sorted(matches))


def same_person_holdings(matches: Iterable[Match]) -> SamePersonHoldings:
    """Return the counted accounts and cards of customers who may be the same person, while undecided (合并计算)."""
    ids = [each.customer_id for each in matches if each.is_undecided]
    if not ids:
        return NO_SAME_PERSON
    cards = Card.objects.filter(
        customer_id__in=ids, product__in=COUNTED_CARD_PRODUCTS, status__in=COUNTED_CARD_STATUSES
    )
    return SamePersonHoldings(tuple(ids), _open_accounts(ids), cards.count())


def _open_accounts(ids: Sequence[UUID]) -> Mapping[ClassKey, int]:
    counts: defaultdict[ClassKey, int] = defaultdict(int)
    found = Account.objects.filter(customer_id__in=ids, status=AccountStatus.OPEN)
    for kind, account_class in found.values_list("kind", "account_class"):
        counts[AccountKind(kind), AccountClass(account_class)] += 1
    return dict(counts)


def _with_phone(person: MatchData) -> Iterable[UUID]:
    customers = Customer.objects.filter(phone_index=person.phone_index, kind=CustomerKind.INDIVIDUAL, merged_into=None)
    others = customers if person.customer_id is None else customers.exclude(pk=person.customer_id)
    return others.order_by("id").values_list("id", flat=True)[:BY_PHONE_MAX]


def _reasons(codes: Iterable[str]) -> tuple[MatchReason, ...]:
    return tuple(MatchReason(each) for each in codes)


@dataclass(frozen=True, slots=True)
class MatchLine:
    """A customer who may be the same person, masked, with the indications.

    :ivar counts: whether limits count over both while undecided.
    """

    subject: SubjectLine
    reasons: tuple[MatchReason, ...]
    counts: bool


def match_lines(matches: Iterable[Match]) -> tuple[MatchLine, ...]:
    """Return the undecided customers who may be the same person, those that limits count first."""
    undecided = [each for each in matches if each.open_reasons]
    subjects = subject_lines(each.customer_id for each in undecided) if undecided else {}
    lines = (MatchLine(subjects[each.customer_id], each.open_reasons, each.is_undecided) for each in undecided)
    return tuple(sorted(lines, key=lambda line: not line.counts))
