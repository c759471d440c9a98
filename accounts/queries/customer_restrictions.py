"""Restrictions of a customer and the customer's accounts at an instant: derived, never stored."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from accounts.models import Account, Card, Customer, Identity, ImpostorDeclaration
from accounts.vocabulary import AccountKind, AccountStatus, RequestStatus
from blacklist.policy.listings import Listing, Reverified, reverified
from blacklist.policy.restrictions import (
    Restriction,
    grace_of_account,
    grace_of_person,
    restrictions_of_account,
    restrictions_of_person,
)
from blacklist.queries import listed, lock_keys
from blacklist.queries.listings import Listings


@dataclass(frozen=True, slots=True)
class Standing:
    """The listings of a customer at an instant, under any document, account or card (状况).

    :ivar card_keys: of all the customer's cards, by account.
    """

    listings: tuple[Listing, ...]
    card_keys: Mapping[UUID, tuple[bytes, ...]]
    reverified: Reverified | None
    at: datetime

    def of_person(self) -> tuple[Restriction, ...]:
        """Return the restrictions of the person, bars on opening included."""
        return restrictions_of_person(
            self.listings,
            at=self.at,
            reverified=self.reverified,
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
        )

    def grace_of_person(self) -> tuple[Restriction, ...]:
        """Return the restrictions of the person that begin without a re-verification in time (宽限期内)."""
        return grace_of_person(
            self.listings,
            at=self.at,
            reverified=self.reverified,
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
        )

    def grace_of_account(self, account: Account) -> tuple[Restriction, ...]:
        """Return the restrictions of an account that begin without a re-verification in time."""
        return grace_of_account(self.listings, **self._arguments(account))

    def of_account(self, account: Account) -> tuple[Restriction, ...]:
        """Return the restrictions on one of the customer's accounts; freezes are not among them."""
        return restrictions_of_account(self.listings, **self._arguments(account))

    def _arguments(self, account: Account) -> dict[str, Any]:
        return {
            "account_number": account.account_number,
            "card_keys": self.card_keys.get(account.id, ()),
            "payment": account.kind == AccountKind.PAYMENT,
            "at": self.at,
            "reverified": self.reverified,
            "grace_days": settings.CASE_HOLDER_GRACE_DAYS,
        }


@dataclass(frozen=True, slots=True)
class SubjectKeys:
    """The keys a customer could be listed under: identities, and every account and card, past and present.

    :ivar cards: the key of each card, and its account.
    """

    identity_keys: tuple[bytes, ...]
    account_numbers: tuple[str, ...]
    cards: tuple[tuple[bytes, UUID], ...]

    @property
    def card_keys(self) -> tuple[bytes, ...]:
        """Return the keys of all the customer's cards."""
        return tuple(key for key, _ in self.cards)

    def locks(self) -> set[bytes]:
        """Return the keys that a decision about the customer shares."""
        return lock_keys(self.identity_keys, self.account_numbers, self.card_keys)


def subject_keys(customer_id: UUID) -> SubjectKeys:
    """Return the keys under which a customer could be listed."""
    return subject_keys_of([customer_id])[customer_id]


def subject_keys_of(customer_ids: Collection[UUID]) -> dict[UUID, SubjectKeys]:
    """Return the keys under which customers could be listed, in three queries for any number of customers."""
    if not customer_ids:
        return {}
    ids = list(customer_ids)
    # An account that an impostor opened restricts its holder no more.
    declared = ImpostorDeclaration.objects.filter(status=RequestStatus.IN_FORCE)
    identities, accounts, cards = (
        _by_customer(found.filter(customer_id__in=ids).values_list("customer_id", *columns))
        for found, columns in (
            (Identity.objects.all(), ["key"]),
            (Account.objects.exclude(Exists(declared.filter(account_id=OuterRef("id")))), ["account_number"]),
            (
                Card.objects.exclude(Exists(declared.filter(account_id=OuterRef("account_id")))),
                ["number_index", "account_id"],
            ),
        )
    )
    return {
        each: SubjectKeys(
            tuple(bytes(key) for (key,) in identities[each]),
            tuple(number for (number,) in accounts[each]),
            tuple((bytes(key), account) for key, account in cards[each]),
        )
        for each in ids
    }


def _by_customer(records: Iterable[tuple[Any, ...]]) -> defaultdict[UUID, list[tuple[Any, ...]]]:
    rows: defaultdict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for customer_id, *values in records:
        rows[customer_id].append(tuple(values))
    return rows


def reverified_of(customer: Customer) -> Reverified | None:
    """Return a customer's last re-verification, None without one."""
    return reverified(customer.reverified_at, customer.reverified_knowing)


def standing_of(customer: Customer, keys: SubjectKeys, at: datetime) -> Standing:
    """Return the listings of a customer at an instant, in one round trip.

    :param keys: of the customer, as `subject_keys` returns them; a caller that decides by the result has locked them.
    :param at: the instant the restrictions are derived for.
    """
    every = (keys.identity_keys, keys.account_numbers, keys.card_keys)
    return _standing(listed(*every), customer, keys, at)


def standings_of(customer_ids: Collection[UUID], at: datetime) -> dict[UUID, Standing]:
    """Return the listings of customers at an instant, in five round trips for any number of customers."""
    keys = subject_keys_of(customer_ids)
    lists = listed(
        [each for of in keys.values() for each in of.identity_keys],
        [each for of in keys.values() for each in of.account_numbers],
        [each for of in keys.values() for each in of.card_keys],
    )
    found = Customer.objects.filter(pk__in=customer_ids)
    return {customer.id: _standing(lists, customer, keys[customer.id], at) for customer in found}


def restricted_among(customer_ids: Collection[UUID], at: datetime) -> set[UUID]:
    """Return which of some customers are restricted at an instant, themselves or in an open account."""
    standings = standings_of(customer_ids, at)
    accounts = Account.objects.filter(customer_id__in=standings, status=AccountStatus.OPEN)
    return {each for each, standing in standings.items() if standing.of_person()} | {
        each.customer_id for each in accounts if standings[each.customer_id].of_account(each)
    }


def _standing(lists: Listings, customer: Customer, keys: SubjectKeys, at: datetime) -> Standing:
    by_account: dict[UUID, tuple[bytes, ...]] = {}
    for key, account_id in keys.cards:
        by_account[account_id] = (*by_account.get(account_id, ()), key)
    listings = lists.of(keys.identity_keys, keys.account_numbers, keys.card_keys)
    return Standing(listings, by_account, reverified_of(customer), at)
