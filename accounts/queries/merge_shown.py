"""A merge of two customers as a page shows it: before the press, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import (
    Account,
    Card,
    Customer,
    Freeze,
    SamePerson,
)
from accounts.queries.freezes import standing_freezes
from accounts.queries.merging import MergePlan, plan_of
from accounts.queries.records import PLACES, rows_of
from accounts.queries.subject_lines import SubjectLine, subject_line_of
from accounts.vocabulary import CardStatus, RequestStatus, Sameness
from blacklist.policy.restrictions import Restriction
from config.kernel.approvals import open_about
from config.kernel.models import ProposedModel


@dataclass(frozen=True, slots=True)
class AccountMerged:
    """An account of either as it is afterwards; the number is whole.

    :ivar comes: it is the other's now.
    :ivar excess: it loses its place within the limit and goes on beyond it.
    :ivar restrictions: what stands against it afterwards.
    """

    account: Account
    comes: bool
    excess: bool
    restrictions: tuple[Restriction, ...]
    freezes: tuple[Freeze, ...]


@dataclass(frozen=True, slots=True)
class CardMerged:
    """A live card of either as it is afterwards; the number is whole."""

    card: Card
    comes: bool
    excess: bool


@dataclass(frozen=True, slots=True)
class MergeShown:
    """What a merge does, for a page.

    :ivar sides: both as they are, the one that remains first.
    :ivar stale: what waits about the other and cannot be approved any more.
    """

    plan: MergePlan
    sides: tuple[SubjectLine, SubjectLine]
    accounts: tuple[AccountMerged, ...]
    cards: tuple[CardMerged, ...]
    stale: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MergePair:
    """What was proposed about two customers; neither need be what it was.

    :ivar customer_id: the one that remains now.
    """

    merge: SamePerson
    customer_id: UUID
    other_id: UUID
    waits: bool
    in_force: bool


def merge_shown(customer_id: UUID, other_id: UUID, at: datetime) -> MergeShown:
    """Return what a merge of two customers would do, for a page; neither was merged before."""
    found = Customer.objects.in_bulk([customer_id, other_id])
    plan = plan_of(found[customer_id], found[other_id], at)
    standing = plan.standing
    excess = {each.id for each in (*plan.excess_accounts, *plan.excess_cards)}
    freezes: dict[UUID, list[Freeze]] = {each.id: [] for each in plan.accounts}
    for freeze in standing_freezes(at).filter(account__in=freezes).order_by("id"):
        freezes[freeze.account_id].append(freeze)
    accounts = [
        AccountMerged(each, side is plan.other, each.id in excess, standing.of_account(each), tuple(freezes[each.id]))
        for side in (plan.remains, plan.other)
        for each in side.open_accounts
    ]
    cards = [
        CardMerged(each, side is plan.other, each.id in excess)
        for side in (plan.remains, plan.other)
        for each in side.cards
        if each.status != CardStatus.CANCELLED
    ]
    lines = tuple(subject_line_of(side.customer, side.documents) for side in (plan.remains, plan.other))
    return MergeShown(
        plan, (lines[0], lines[1]), tuple(accounts), tuple(cards), tuple(_stale(customer_id, other_id, at))
    )


def pair_of(merge_id: UUID) -> MergePair | None:
    """Return what was proposed about two customers, None when there is none of this id."""
    row = SamePerson.objects.select_related("customer").filter(pk=merge_id, decision=Sameness.SAME).first()
    if row is None:
        return None
    return MergePair(
        merge=row,
        customer_id=row.customer.merged_into_id or row.customer_id,
        other_id=row.other_id,
        waits=row.status == RequestStatus.PENDING
        and row.customer.merged_into_id is None
        and row.other.merged_into_id is None,
        in_force=row.status == RequestStatus.IN_FORCE,
    )


def _stale(customer_id: UUID, other_id: UUID, at: datetime) -> Iterable[UUID]:
    """Yield the proposals about the other customer that nobody can approve once it is merged: but the merge itself.

    What is about an account or a case of the clean-up goes on with the customer that remains.
    """
    pair = (customer_id, other_id)
    the_merge = SamePerson.objects.filter(decision=Sameness.SAME, customer_id__in=pair, other_id__in=pair)
    first, *others = (
        rows_of(table, ways, [other_id]).filter(status=RequestStatus.PENDING)
        for table, ways in PLACES.items()
        if issubclass(table, ProposedModel) and not {"account", "case"} & set(ways[0].split("__"))
    )
    waiting = first.union(*others).difference(the_merge.values_list("id", flat=True))
    return open_about(waiting, at).values()
