"""Customers under a restriction at an instant, past or present, and penalties that ended (受限客户, 期满自动解除).

Set-based, for the monthly return: the number of queries does not depend on the number of customers. Customers and the
owners of accounts are those of today. Certificates, revocations, documents and re-verifications count as at the instant.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from uuid import UUID

from django.conf import settings

from accounts.models import Account, Card, ImpostorDeclaration, Reverification, SamePerson
from accounts.queries.restriction_history import LinkedDocument, linked_documents
from accounts.vocabulary import RequestStatus, Sameness
from blacklist.policy.listings import Listing, Reverified, reverified
from blacklist.policy.restrictions import Restriction, restrictions_of_person
from blacklist.queries.named_holders import named_holders_query
from blacklist.queries.past_listings import PastListing, find_past_listings
from blacklist.regimes import regimes
from blacklist.vocabulary import THIS_BANK, RestrictionCause
from config.kernel.database.sql import ask
from config.kernel.identity.account_numbers import account_reference

#: The smallest difference of two instants.
MOMENT = timedelta(microseconds=1)
_HOLDERS = "SELECT customer_id, identity_key FROM accounts_document"
# Two branches, each with its own index: few numbers have lower-case letters.
_ACCOUNTS = """
SELECT customer_id, account_number FROM accounts_account
UNION ALL SELECT customer_id, upper(account_number) FROM accounts_account WHERE account_number ~ '[a-z]'
"""
_CARDS = "SELECT customer_id, number_index FROM accounts_card"


@dataclass(frozen=True, slots=True)
class RestrictedCustomer:
    """A customer with one restriction, counted once.

    :ivar basis: legal basis of the penalty; empty for the holder of a case account.
    :ivar until: exclusive end of the last measure; None without an end.
    """

    customer_id: UUID
    basis: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RestrictedCustomers:
    """The customers under a restriction at the end of a window, and those whose penalty ended in it.

    :ivar penalized: one row for each customer and legal basis.
    :ivar case_holders: holders of case accounts whose business outside the counter is stopped.
    :ivar ended: penalties that ended by themselves in the window, one row for each customer and legal basis.
    """

    penalized: tuple[RestrictedCustomer, ...]
    case_holders: tuple[RestrictedCustomer, ...]
    ended: tuple[RestrictedCustomer, ...]


@dataclass(slots=True)
class _Facts:
    """What the register and the bank know of one customer.

    :ivar documents: by identity key.
    :ivar numbers: of accounts and cards, each with the instant from which its account restricts no more, if any.
    :ivar counted: instants, ascending, from which another re-verification, or none, counts.
    """

    listings: list[PastListing] = field(default_factory=list)
    documents: dict[bytes, list[LinkedDocument]] = field(default_factory=dict)
    numbers: dict[str | bytes, datetime | None] = field(default_factory=dict)
    counted: list[tuple[datetime, Reverified | None]] = field(default_factory=list)

    def restrictions(self, at: datetime) -> tuple[Restriction, ...]:
        """Return the restrictions of the person at an instant."""
        return restrictions_of_person(
            (each.listing for each in self.listings if each.was_effective_at(at) and self._applies(each, at)),
            at=at,
            reverified=self._reverified(at),
            grace_days=settings.CASE_HOLDER_GRACE_DAYS,
        )

    def changes(self, since: datetime, until: datetime) -> set[datetime]:
        """Return the instants in a window at which a certificate comes, ends, or comes to apply."""
        linked = chain.from_iterable(self.documents.values())
        instants = {each for listing in self.listings for each in (listing.listing.restricts_from, listing.revoked_at)}
        instants |= {each for document in linked for each in (document.since, document.until)}
        return {each for each in instants if each is not None and since <= each < until}

    def _applies(self, each: PastListing, at: datetime) -> bool:
        key = _key_of(each.listing)
        if isinstance(key, bytes) and each.listing.identity_key is not None:
            return any(one.was_linked(at) for one in self.documents.get(key, ()))
        if key not in self.numbers:
            return False
        free_from = self.numbers[key]
        return free_from is None or at < free_from

    def _reverified(self, at: datetime) -> Reverified | None:
        position = bisect_right(self.counted, at, key=lambda each: each[0])
        return self.counted[position - 1][1] if position else None


def restricted_customers(since: datetime, until: datetime) -> RestrictedCustomers:
    """Return the customers under a restriction in the last microsecond of a window, and the penalties that ended in it.

    A penalty ended if its last measure was in force until an instant of the window by its own term, and no certificate
    of the same basis restricts the customer from then on. The end of the last day, 24:00, is an instant of the next day.

    :param until: exclusive end.
    """
    facts = _facts(since, until)
    at = until - MOMENT
    penalized, holders, ended = [], [], []
    for customer_id in sorted(facts):
        restrictions = facts[customer_id].restrictions(at)
        last = _last_by_basis(restrictions)
        penalized += [RestrictedCustomer(customer_id, basis, last[basis]) for basis in sorted(last)]
        if any(each.cause is RestrictionCause.CASE_HOLDER for each in restrictions):
            holders.append(RestrictedCustomer(customer_id, "", None))
        ended += [RestrictedCustomer(customer_id, *each) for each in _ended(facts[customer_id], since, until)]
    return RestrictedCustomers(tuple(penalized), tuple(holders), tuple(ended))


def _last_by_basis(restrictions: Collection[Restriction]) -> dict[str, datetime | None]:
    """Return the last end of the penalties by legal basis; None without an end."""
    ends: defaultdict[str, list[datetime | None]] = defaultdict(list)
    for each in restrictions:
        if each.cause is RestrictionCause.PENALTY:
            ends[str(each.legal_basis)].append(each.until)
    return {basis: None if None in each else max(filter(None, each)) for basis, each in ends.items()}


def _ended(facts: _Facts, since: datetime, until: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield legal basis and instant of the ends of penalties in a window."""
    # The ends that were foreseen just before the window and after each change in it; most customers have none.
    foreseen = {
        end
        for instant in (since - MOMENT, *facts.changes(since, until))
        for end in _last_by_basis(facts.restrictions(instant)).values()
        if end is not None and since <= end < until
    }
    for instant in sorted(foreseen):
        before, after = (_last_by_basis(facts.restrictions(each)) for each in (instant - MOMENT, instant))
        yield from ((basis, instant) for basis, end in sorted(before.items()) if end == instant and basis not in after)


def _facts(since: datetime, until: datetime) -> dict[UUID, _Facts]:
    """Return the facts of all customers whom certificates of a window name, in seven queries."""
    ids = ask(named_holders_query(since=since, until=until, holders=_HOLDERS, accounts=_ACCOUNTS, cards=_CARDS))
    facts = {each: _Facts() for each in ids}
    known = regimes()
    if not ids:
        return facts
    owners: defaultdict[str | bytes, set[UUID]] = defaultdict(set)
    linked = linked_documents(ids)
    for identity_key, documents in linked.items():
        for document in documents:
            facts[document.customer_id].documents.setdefault(identity_key, []).append(document)
            owners[identity_key].add(document.customer_id)
    for customer_id, key, free_from in _numbers(ids):
        facts[customer_id].numbers[key] = free_from
        owners[key].add(customer_id)
    numbers = [key for key in owners if isinstance(key, str)]
    cards = [key for key in owners if isinstance(key, bytes) and key not in linked]
    for each in find_past_listings(linked, numbers, cards):
        listing = each.listing
        # A certificate of a basis that only a later version knows restricts no one here.
        if not listing.provisional and listing.legal_basis in known:
            for customer_id in owners[_key_of(listing)]:
                facts[customer_id].listings.append(each)
    for customer_id, counted in _reverifications(ids).items():
        facts[customer_id].counted = counted
    return facts


def _key_of(listing: Listing) -> str | bytes:
    """Return the key of the identity or card, or the number of the account, that a listing names."""
    key = listing.identity_key or listing.card_key
    return bytes(key) if key else listing.account_number or ""


def _numbers(ids: Collection[UUID]) -> Iterator[tuple[UUID, str | bytes, datetime | None]]:
    """Yield the accounts and cards of customers with the instant from which they restrict no more."""
    declared = dict(
        ImpostorDeclaration.objects.filter(status=RequestStatus.IN_FORCE, account__customer_id__in=ids).values_list(
            "account_id", "in_force_at"
        )
    )
    accounts = Account.objects.filter(customer_id__in=ids).values_list("customer_id", "account_number", "id")
    for customer_id, number, account_id in accounts:
        yield customer_id, account_reference(number, THIS_BANK)[0], declared.get(account_id)
    cards = Card.objects.filter(customer_id__in=ids).values_list("customer_id", "number_index", "account_id")
    for customer_id, key, account_id in cards:
        yield customer_id, bytes(key), declared.get(account_id)


def _reverifications(ids: Collection[UUID]) -> Mapping[UUID, list[tuple[datetime, Reverified | None]]]:
    """Return from which instant which re-verification of each customer counts; after a merge the one that it names."""
    found: defaultdict[UUID, dict[datetime, Reverified]] = defaultdict(dict)
    kept = Reverification.objects.filter(customer_id__in=ids, status=RequestStatus.IN_FORCE)
    columns = ("customer_id", "in_force_at", "customer__reverified_at", "customer__reverified_knowing")
    for customer_id, at, last_at, knowing in kept.values_list(*columns):
        # The customer's row has the certificates that the checker of the last one was shown.
        if each := reverified(at, knowing if at == last_at else None):
            found[customer_id][each.at] = each
    counted: defaultdict[UUID, list[tuple[datetime, Reverified | None]]] = defaultdict(list)
    for customer_id, by_instant in found.items():
        counted[customer_id] += by_instant.items()
    merges = SamePerson.objects.filter(
        customer_id__in=ids, decision=Sameness.SAME, status=RequestStatus.IN_FORCE
    ).values_list("customer_id", "in_force_at", "reverified_at")
    for customer_id, at, last_at in merges:
        if at is not None:
            of_merge = reverified(last_at, None)
            counted[customer_id].append((at, of_merge and found[customer_id].get(of_merge.at, of_merge)))
    return {customer_id: sorted(each, key=lambda row: row[0]) for customer_id, each in counted.items()}
