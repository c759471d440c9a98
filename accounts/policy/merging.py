"""Rules of a merge of two customers (合并客户): whether it is allowed, and what becomes of slots and re-verifications."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.policy.opening import free_slot
from accounts.refusals.identity import MergeNotOffered, TwoCitizenNumbers
from accounts.vocabulary import CustomerKind
from blacklist.policy.listings import Listing, Reverified
from blacklist.vocabulary import Category


@dataclass(frozen=True, slots=True)
class MergeFacts:
    """Identities and kinds of the two customers.

    :ivar citizens: the identities of either that are a citizen number.
    """

    kinds: Collection[CustomerKind]
    citizens: Collection[bytes] = ()


@dataclass(frozen=True, slots=True)
class CountedItem:
    """An account or a card that a limit counts, of either customer.

    :ivar remains: whether it belongs to the surviving customer.
    :ivar place: its slot within the limit; None for one with another reason to exist.
    """

    id: UUID
    remains: bool
    place: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class SuspensionFacts:
    """Listings of one of the two customers, and the customer's last re-verification."""

    listings: Iterable[Listing]
    reverified: Reverified | None


def check_merge(facts: MergeFacts) -> None:
    """Check that two customers may be one person (合并客户).

    :raises MergeNotOffered: one of them is an organization: another code is another organization.
    :raises TwoCitizenNumbers: each has a citizen number, and they differ.
    :source: house rule on merges: 通告第五条 means the person (同一个人), not the document.
    """
    if set(facts.kinds) != {CustomerKind.INDIVIDUAL}:
        raise MergeNotOffered
    if len(set(facts.citizens)) > 1:
        raise TwoCitizenNumbers


def places_after(counted: Iterable[CountedItem], most: int) -> dict[UUID, int | None]:
    """Return the slot of each account or card that had one, None for those beyond the limit: the oldest keep theirs (超限留用).

    Those of the surviving customer keep their number; those that come take free ones.

    :param counted: of one kind and class, or the cards.
    :param most: the limit.
    """
    placed = sorted((each for each in counted if each.place is not None), key=lambda each: (each.since, each.id))
    found: dict[UUID, int | None] = {each.id: None for each in placed[most:]}
    kept = placed[:most]
    found |= {each.id: each.place for each in kept if each.remains}
    taken = {each.place for each in kept if each.remains}
    for each in kept:
        if not each.remains:
            place = each.place if each.place not in taken else free_slot([one for one in taken if one], most)
            taken.add(place)
            found[each.id] = place
    return found


def reverified_after(one: SuspensionFacts, other: SuspensionFacts) -> Reverified | None:
    """Return the re-verification that counts after a merge: the latest that lifts no suspension of either customer.

    :source: 银发〔2016〕261号 一(二), from 2017-01-01; house rule: a merge ends no suspension.
    """
    standing = [
        each
        for of in (one, other)
        for each in of.listings
        if each.category == Category.CASE_ACCOUNT and not each.is_lifted_by(of.reverified)
    ]
    made = [each for each in (one.reverified, other.reverified) if each is not None]
    for each in sorted(made, key=lambda each: each.at, reverse=True):
        if not any(listing.is_lifted_by(each) for listing in standing):
            return each
    return None
