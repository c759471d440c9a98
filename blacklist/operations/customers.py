"""What the blacklist may ask about customers, without importing the app that keeps them.

A certificate is looked at by hand when its document is a customer's and its name is not, or when it
names an account here that there is not; a screening counts all documents of a customer. The app that
keeps customers registers its answers here when Django starts; without it no subject is a customer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from blacklist.policy.reverified import Reverified


@dataclass(frozen=True, slots=True)
class Linked:
    """A customer as listings see one: all documents, accounts and cards, and how verified again."""

    identity_keys: tuple[bytes, ...] = field(repr=False)
    account_numbers: tuple[str, ...] = field(default=(), repr=False)
    card_keys: tuple[bytes, ...] = field(default=(), repr=False)
    reverified: Reverified | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Which of some numbers are an account's here, and which a card's, whatever has become of it."""

    accounts: frozenset[str] = field(default=frozenset(), repr=False)
    cards: frozenset[str] = field(default=frozenset(), repr=False)

    def is_known(self, number: str) -> bool:
        """Say whether a number is an account's or a card's of this bank."""
        return number in self.accounts or number in self.cards


type NumberLookup = Callable[[Collection[str]], Known]
type NameLookup = Callable[[Sequence[bytes]], Mapping[bytes, Collection[str]]]
type LinkLookup = Callable[[bytes], Linked | None]


def _no_names(_identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    return {}


def _no_links(_identity_key: bytes) -> Linked | None:
    return None


def _no_numbers(_numbers: Collection[str]) -> Known:
    return Known()


_names: NameLookup = _no_names
_numbers: NumberLookup = _no_numbers
_links: LinkLookup = _no_links


def register_name_lookup(lookup: NameLookup) -> None:
    """Say who knows the names of customers.

    :param lookup: from identity keys to the normalised names of the customers among them.
    """
    global _names
    _names = lookup


def register_number_lookup(lookup: NumberLookup) -> None:
    """Say who knows the numbers of accounts and cards.

    :param lookup: from numbers, letters in upper case, to which of them are an account's or a card's.
    """
    global _numbers
    _numbers = lookup


def register_link_lookup(lookup: LinkLookup) -> None:
    """Say who knows the documents and accounts of a customer.

    :param lookup: from one identity key to its customer, or None.
    """
    global _links
    _links = lookup


def known_names(identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    """Return the normalised names under which these are customers; who is none is left out."""
    return _names(identity_keys)


def known_numbers(numbers: Collection[str]) -> Known:
    """Return which of these are numbers of accounts and cards of this bank."""
    return _numbers(numbers) if numbers else Known()


def linked_to(identity_key: bytes) -> Linked:
    """Return the customer behind an identity, or the identity alone."""
    return _links(identity_key) or Linked((identity_key,))
