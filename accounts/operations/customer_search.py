"""Find the customer with a document, a phone or an identity, with a record; and whether a namesake is listed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import Account, Card, Customer, Identity
from accounts.queries.customer_restrictions import SubjectKeys, reverified_of, subject_keys_of
from accounts.queries.customers import CustomerShown, customer_with_identity, customers_with_phone
from accounts.queries.documents import born_on
from accounts.queries.names import former_names_of
from accounts.refusals.identity import PhoneShared
from blacklist.operations.customers import KnownNumbers, LinkedCustomer, NumberHolder
from blacklist.operations.screening import namesake_is_listed
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import Unreadable
from config.kernel.identity.names import normalise_name
from config.kernel.law.dates import shanghai_day
from config.kernel.law.refusals import NotFound
from config.kernel.requests.documents import DocumentInput, read_document
from config.kernel.vault.sealed import card_key, identity_key, phone_key


@dataclass(frozen=True, slots=True)
class CustomerSearchResult:
    """Result of a search.

    :ivar key: the blind index by which customers were searched.
    :ivar customer_ids: none, one, or several customers who share a phone.
    """

    key: bytes
    customer_ids: Sequence[UUID]

    @property
    def single_id(self) -> UUID | None:
        """Return the customer, None where there is none or more than one."""
        return self.customer_ids[0] if len(self.customer_ids) == 1 else None

    def require_single(self) -> UUID:
        """Return the customer, or refuse.

        :raises NotFound: when there is none.
        :raises PhoneShared: when there are several.
        """
        if not self.customer_ids:
            raise NotFound
        if len(self.customer_ids) > 1:
            raise PhoneShared(count=len(self.customer_ids), customer_ids=[str(each) for each in self.customer_ids])
        return self.customer_ids[0]


def find_by_document(entered: DocumentInput) -> CustomerSearchResult:
    """Return the customer with a document (证件查询客户).

    Whether it has expired does not matter here: its holder is the same person.

    :raises BadRequest: when it cannot be read.
    """
    document = read_document(entered, on=shanghai_day(bank_now()), even_expired=True)
    key = identity_key(document.identity)
    customer_id = customer_with_identity(key)
    return CustomerSearchResult(key, [customer_id] if customer_id else [])


def find_by_phone(phone: str) -> CustomerSearchResult:
    """Return the customers with a phone (电话查询客户).

    :param phone: in its one written form.
    """
    return CustomerSearchResult(phone_key(phone), customers_with_phone(phone))


def names_of(identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    """Return the normalised names, present and former, of the customers with some identities; called by the blacklist.

    The names of customers merged into them are included, because each document has its own spelling.
    """
    identities = list(
        Identity.objects.filter(key__in=list(identity_keys))
        .select_related("customer")
        .prefetch_related("customer__merged")
    )
    former = former_names_of({row.customer_id for row in identities})
    return {
        bytes(row.key): {
            normalise_name(each.name)
            for each in (row.customer, *row.customer.merged.all(), *former.get(row.customer_id, ()))
        }
        for row in identities
    }


def holders_of(numbers: Collection[str]) -> Sequence[NumberHolder]:
    """Return the holders of the accounts and cards with some numbers, closed and cancelled ones too; called by the blacklist.

    :param numbers: letters in upper case.
    """
    by_number = Account.objects.filter(account_number__in=_spellings(numbers)).values_list("customer_id", flat=True)
    by_card = Card.objects.filter(number_index__in=list(map(card_key, numbers))).values_list("customer_id", flat=True)
    customers = Customer.objects.filter(pk__in={*by_number, *by_card}).order_by("id").prefetch_related("identities")
    return [NumberHolder(row.name, tuple(bytes(each.key) for each in row.identities.all())) for row in customers]


def known_numbers(numbers: Collection[str]) -> KnownNumbers:
    """Return which of some numbers belong to an account or a card, closed and cancelled ones too; called by the blacklist.

    :param numbers: letters in upper case. An account whose number mixes both cases is not found.
    """
    accounts = Account.objects.filter(account_number__in=_spellings(numbers)).values_list("account_number", flat=True)
    keys = {card_key(number): number for number in numbers}
    cards = Card.objects.filter(number_index__in=list(keys)).values_list("number_index", flat=True)
    return KnownNumbers(frozenset(number.upper() for number in accounts), frozenset(keys[bytes(key)] for key in cards))


def linked_to(identity_keys: Collection[bytes]) -> Mapping[bytes, LinkedCustomer]:
    """Return all documents, accounts and cards of the customers with some identities; called by the blacklist."""
    identities = Identity.objects.filter(key__in=list(identity_keys)).select_related("customer")
    rows = identities.only("key", "customer__reverified_at", "customer__reverified_knowing")
    customers = {bytes(row.key): row.customer for row in rows}
    keys = subject_keys_of({each.id for each in customers.values()})
    return {key: _linked(keys[each.id], each) for key, each in customers.items()}


def _linked(keys: SubjectKeys, customer: Customer) -> LinkedCustomer:
    return LinkedCustomer(keys.identity_keys, keys.account_numbers, keys.card_keys, reverified_of(customer))


def _spellings(numbers: Collection[str]) -> set[str]:
    return {spelling for number in numbers for spelling in (number, number.lower())}


def is_possibly_listed(shown: CustomerShown) -> bool:
    """Return whether the register has a person of the same name and birth date; False without a birth date.

    :source: house rule: to notice a listed person who comes with another document.
    """
    customer = shown.customer
    born = born_on(customer, shanghai_day(shown.at), shown.documents)
    if born is None or isinstance(customer.name, Unreadable):
        return False
    return namesake_is_listed(customer.name, born, identity_keys=shown.keys.identity_keys, at=shown.at)
