"""What the blacklist may ask of whoever keeps customers, without knowing him.

A certificate is looked at by hand when its document is a customer's and its name is not, and a
screening counts all documents of a customer. The app that keeps customers registers its answers here
when Django starts; without it nobody is a customer.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Linked:
    """A customer as listings see him: all documents, all accounts, and when verified again."""

    identity_keys: tuple[bytes, ...] = field(repr=False)
    account_numbers: tuple[str, ...] = field(default=(), repr=False)
    reverified_at: datetime | None = None


type NameLookup = Callable[[Sequence[bytes]], Mapping[bytes, Collection[str]]]
type LinkLookup = Callable[[bytes], Linked | None]


def _no_names(_identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    return {}


def _no_links(_identity_key: bytes) -> Linked | None:
    return None


_names: NameLookup = _no_names
_links: LinkLookup = _no_links


def register_name_lookup(lookup: NameLookup) -> None:
    """Say who knows the names of customers.

    :param lookup: from identity keys to the normalised names of the customers among them.
    """
    global _names
    _names = lookup


def register_link_lookup(lookup: LinkLookup) -> None:
    """Say who knows the documents and accounts of a customer.

    :param lookup: from one identity key to its customer, or None.
    """
    global _links
    _links = lookup


def known_names(identity_keys: Sequence[bytes]) -> Mapping[bytes, Collection[str]]:
    """Return the normalised names under which these are customers; who is none is left out."""
    return _names(identity_keys)


def linked_to(identity_key: bytes) -> Linked:
    """Return the customer behind an identity, or the identity alone."""
    return _links(identity_key) or Linked((identity_key,))
