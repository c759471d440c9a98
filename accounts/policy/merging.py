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

    :ivar citizens: the identities of both that are citizen numbers.
    """

    kinds: Collection[CustomerKind]
    citizens: Collection[bytes] = ()


@dataclass(frozen=True, slots=True)
class CountedItem:
    """An account or a card that a limit counts, of either customer.

    :ivar of_survivor: whether it belongs to the surviving customer.
    :ivar slot: its slot within the limit; None for one that is excess already.
    """

    id: UUID
    of_survivor: bool
    slot: int | None
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


def slots_after(counted: Iterable[CountedItem], most: int) -> dict[UUID, int | None]:
    """Return the slot of each account or card that had one, None for those beyond the limit: the oldest keep theirs (超限留用).

    Those of the surviving customer keep their slots; those of the merged customer take free ones.

    :param counted: of one kind and class, or the cards.
    :param most: the limit.
    """
    placed = sorted((each for each in counted if each.slot is not None), key=lambda each: (each.since, each.id))
    slots: dict[UUID, int | None] = {each.id: None for each in placed[most:]}
    within = placed[:most]
    slots |= {each.id: each.slot for each in within if each.of_survivor}
    taken = {each.slot for each in within if each.of_survivor}
    for each in within:
        if not each.of_survivor:
            slot = each.slot if each.slot not in taken else free_slot([other for other in taken if other], most)
            taken.add(slot)
            slots[each.id] = slot
    return slots


def reverified_after(one: SuspensionFacts, other: SuspensionFacts) -> Reverified | None:
    """Return the re-verification that counts after a merge: the latest that lifts no suspension of either customer.

    :source: 银发〔2016〕261号 一(二), from 2017-01-01; house rule: a merge ends no suspension.
    """
    suspending = [
        each
        for of in (one, other)
        for each in of.listings
        if each.category == Category.CASE_ACCOUNT and not each.is_lifted_by(of.reverified)
    ]
    candidates = [each for each in (one.reverified, other.reverified) if each is not None]
    for reverified in sorted(candidates, key=lambda each: each.at, reverse=True):
        if not any(listing.is_lifted_by(reverified) for listing in suspending):
            return reverified
    return None
