"""Questions of the blacklist about customers, answered by the app that keeps customers.

A certificate needs review when a subject's document is a customer's but the name differs, or when it names an account
that this bank does not have. It also shows whom it suspends, and a screening counts all documents of a customer.
`accounts` registers its answers here when Django starts; without it no subject is a customer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from blacklist.policy.listings import Reverified


@dataclass(frozen=True, slots=True)
class LinkedCustomer:
    """A customer as listings see one: all documents, accounts and cards, and the last re-verification."""

    identity_keys: tuple[bytes, ...] = field(repr=False)
    account_numbers: tuple[str, ...] = field(default=(), repr=False)
    card_keys: tuple[bytes, ...] = field(default=(), repr=False)
    reverified: Reverified | None = None

    @property
    def keys(self) -> tuple[tuple[bytes, ...], tuple[str, ...], tuple[bytes, ...]]:
        """Return the keys and account numbers under which a certificate may list this person."""
        return self.identity_keys, self.account_numbers, self.card_keys


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """The numbers among some that are accounts or cards of this bank, open or closed."""

    accounts: frozenset[str] = field(default=frozenset(), repr=False)
    cards: frozenset[str] = field(default=frozenset(), repr=False)

    def is_known(self, number: str) -> bool:
        """Return whether a number is an account or a card of this bank."""
        return number in self.accounts or number in self.cards


@dataclass(frozen=True, slots=True)
class NumberHolder:
    """A customer who holds the account or card with a number (开户人)."""

    name: str = field(repr=False)
    identity_keys: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FreedCounts:
    """Number of customers and accounts that become free of restrictions when certificates end (解除范围).

    :ivar letters: number of letters about these certificates to customers.
    """

    customers: int = 0
    accounts: int = 0
    letters: int = 0


type HolderLookup = Callable[[Collection[str]], Sequence[NumberHolder]]
type NumberLookup = Callable[[Collection[str]], KnownNumbers]
type NameLookup = Callable[[Sequence[bytes]], Mapping[bytes, Collection[str]]]
type LinkLookup = Callable[[Collection[bytes]], Mapping[bytes, LinkedCustomer]]
type FreedLookup = Callable[[Collection[UUID], datetime], FreedCounts]


def _no_names(_identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    return {}


def _no_links(_identity_keys: Collection[bytes]) -> Mapping[bytes, LinkedCustomer]:
    return {}


def _no_numbers(_numbers: Collection[str]) -> KnownNumbers:
    return KnownNumbers()


def _no_holders(_numbers: Collection[str]) -> Sequence[NumberHolder]:
    return ()


def _none_freed(_certificate_ids: Collection[UUID], _at: datetime) -> FreedCounts:
    return FreedCounts()


_names: NameLookup = _no_names
_numbers: NumberLookup = _no_numbers
_links: LinkLookup = _no_links
_holders: HolderLookup = _no_holders
_freed: FreedLookup = _none_freed


def register_name_lookup(lookup: NameLookup) -> None:
    """Register the function that returns names of customers.

    :param lookup: from identity keys to the normalised names of the customers among them.
    """
    global _names
    _names = lookup


def register_number_lookup(lookup: NumberLookup) -> None:
    """Register the function that knows the numbers of accounts and cards.

    :param lookup: from numbers, letters in upper case, to which of them are accounts and which are cards.
    """
    global _numbers
    _numbers = lookup


def register_link_lookup(lookup: LinkLookup) -> None:
    """Register the function that knows documents and accounts of customers.

    :param lookup: from identity keys to the customers among them.
    """
    global _links
    _links = lookup


def register_holder_lookup(lookup: HolderLookup) -> None:
    """Register the function that knows the holders of accounts and cards.

    :param lookup: from numbers, letters in upper case, to the customers who hold them, each once.
    """
    global _holders
    _holders = lookup


def register_freed_lookup(lookup: FreedLookup) -> None:
    """Register the function that counts customers restricted only by given certificates.

    :param lookup: from ids of certificates and an instant to the number of customers and accounts without any other
        restriction.
    """
    global _freed
    _freed = lookup


def known_names(identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    """Return the normalized customer names by identity key; identities without customer are left out."""
    return _names(identity_keys)


def known_numbers(numbers: Collection[str]) -> KnownNumbers:
    """Return which of some numbers are accounts or cards of this bank."""
    return _numbers(numbers) if numbers else KnownNumbers()


def holders_of(numbers: Collection[str]) -> Sequence[NumberHolder]:
    """Return the customers who hold the accounts and cards with some numbers, each once."""
    return _holders(numbers) if numbers else ()


def customers_among(identity_keys: Collection[bytes]) -> Mapping[bytes, LinkedCustomer]:
    """Return the customers with some identities; identities without customer are left out."""
    return _links(identity_keys) if identity_keys else {}


def linked_to(identity_key: bytes) -> LinkedCustomer:
    """Return the customer with an identity, or a `LinkedCustomer` with the identity alone."""
    return linked_to_each([identity_key])[0]


def linked_to_each(identity_keys: Sequence[bytes]) -> list[LinkedCustomer]:
    """Return the result of `linked_to` for each identity, in order, in a fixed number of queries."""
    found = _links(identity_keys) if identity_keys else {}
    return [found.get(key) or LinkedCustomer((key,)) for key in identity_keys]


def count_freed(certificate_ids: Collection[UUID], at: datetime) -> FreedCounts:
    """Count customers and accounts that are free of restrictions once certificates end."""
    return _freed(certificate_ids, at) if certificate_ids else FreedCounts()
