"""Whether two customers may be made one, and what becomes of limits and re-verifications then (合并客户)."""

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
    """Who the two customers are.

    :ivar citizens: the identities of either that are a citizen number.
    """

    kinds: Collection[CustomerKind]
    citizens: Collection[bytes] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """An account or a card that a limit counts, of either customer.

    :ivar remains: whether it is of the customer that remains.
    :ivar place: within the limit; None for what has another reason to exist.
    """

    id: UUID
    remains: bool
    place: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Suspended:
    """What certificates list one of the two by, and how that one was last identified again."""

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


def places_after(counted: Iterable[Counted], most: int) -> dict[UUID, int | None]:
    """Return the place of each that had one, None for what is left over: the oldest keep theirs (超限留用).

    What the customer that remains had keeps its number; what comes takes one that is free.

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


def reverified_after(one: Suspended, other: Suspended) -> Reverified | None:
    """Return which re-verification counts for the one customer: the last by which nothing ends that stood for either.

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
