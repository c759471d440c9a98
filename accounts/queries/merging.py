"""A merge of two customers (合并客户): its effect before it is proposed, and its result."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.models import (
    Account,
    Card,
    Customer,
    Document,
    ExternalAccount,
    Freeze,
    IdentityCheck,
    SamePerson,
)
from accounts.policy.identity import CheckFacts
from accounts.policy.limits import ClassKey
from accounts.policy.merging import CountedItem, MergeFacts, SuspensionFacts, reverified_after, slots_after
from accounts.policy.opening import DEBIT_CARDS_MAX, class_max
from accounts.queries.accounts import freezes_in_force
from accounts.queries.cards import cards_at
from accounts.queries.customer_restrictions import Standing, SubjectKeys, standing_of, subject_keys_of
from accounts.queries.documents import with_last_numbers
from accounts.queries.opening import check_facts, last_checks
from accounts.queries.records import PLACES, rows_of
from accounts.queries.subject_lines import SubjectLine, subject_line_of
from accounts.vocabulary import (
    COUNTED_CARD_PRODUCTS,
    COUNTED_CARD_STATUSES,
    AccountClass,
    AccountKind,
    AccountStatus,
    CardStatus,
    CustomerKind,
    CustomerStatus,
    RequestStatus,
    Sameness,
)
from blacklist.policy.listings import Reverified
from blacklist.policy.restrictions import Restriction
from config.kernel.approvals import open_about
from config.kernel.identity.documents import CITIZEN_TYPES
from config.kernel.law.dates import rfc3339
from config.kernel.models import ProposedModel
from config.kernel.vault.masked import masked


@dataclass(frozen=True, slots=True)
class MergeSide:
    """One of the two customers, at an instant.

    :ivar documents: those in force, the primary one first.
    :ivar accounts: open and closed ones, the oldest first.
    :ivar cards: of every state, the oldest first.
    :ivar failed: the last check of the identity that did not match.
    """

    customer: Customer
    keys: SubjectKeys
    documents: tuple[Document, ...]
    accounts: tuple[Account, ...]
    cards: tuple[Card, ...]
    external_accounts: tuple[ExternalAccount, ...]
    standing: Standing
    checks: CheckFacts
    failed: IdentityCheck | None

    @property
    def open_accounts(self) -> tuple[Account, ...]:
        """Return the accounts that are not closed."""
        return tuple(each for each in self.accounts if each.status == AccountStatus.OPEN)

    @property
    def debit_cards(self) -> tuple[Card, ...]:
        """Return the cards that count against the four."""
        return tuple(
            each
            for each in self.cards
            if each.product in COUNTED_CARD_PRODUCTS and each.status in COUNTED_CARD_STATUSES
        )

    @property
    def citizens(self) -> set[bytes]:
        """Return the identities that are a citizen number."""
        return {bytes(each.identity_key) for each in self.documents if each.type in CITIZEN_TYPES}

    @property
    def suspension(self) -> SuspensionFacts:
        """Return the facts that decide which suspension continues."""
        return SuspensionFacts(self.standing.listings, self.standing.reverified)

    def counts(self) -> dict[str, int]:
        """Return the number of open accounts by kind and class."""
        counts: defaultdict[str, int] = defaultdict(int)
        for each in self.open_accounts:
            counts[f"{each.kind}_{each.account_class}"] += 1
        return dict(sorted(counts.items()))


@dataclass(frozen=True, slots=True)
class MergePlan:
    """The effect of a merge, computed without writing anything.

    :ivar account_slots: the slot of each account that a limit counts after the merge, None for one in excess;
        likewise the cards.
    :ivar reverified: the re-verification that counts for the surviving customer.
    """

    survivor: MergeSide
    other: MergeSide
    account_slots: Mapping[UUID, int | None]
    card_slots: Mapping[UUID, int | None]
    reverified: Reverified | None
    status: CustomerStatus
    at: datetime

    @property
    def facts(self) -> MergeFacts:
        """Return the facts for the rule."""
        sides = (self.survivor, self.other)
        return MergeFacts(
            kinds=[CustomerKind(each.customer.kind) for each in sides],
            citizens=[key for each in sides for key in each.citizens],
        )

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Return the accounts of both, those of the surviving customer first."""
        return self.survivor.accounts + self.other.accounts

    @property
    def cards(self) -> tuple[Card, ...]:
        """Return the cards of both."""
        return self.survivor.cards + self.other.cards

    @property
    def excess_accounts(self) -> tuple[Account, ...]:
        """Return the accounts that lose their slot within a limit and become excess."""
        return tuple(each for each in self.accounts if self.account_slots.get(each.id, 0) is None)

    @property
    def excess_cards(self) -> tuple[Card, ...]:
        """Return the cards that lose their slot among the four and become excess."""
        return tuple(each for each in self.cards if self.card_slots.get(each.id, 0) is None)

    @property
    def standing(self) -> Standing:
        """Return the listings of the surviving customer."""
        listings = {each: None for side in (self.survivor, self.other) for each in side.standing.listings}
        cards = {**self.survivor.standing.card_keys, **self.other.standing.card_keys}
        return Standing(tuple(listings), cards, self.reverified, self.at)

    def before(self) -> dict[str, Any]:
        """Return both customers as the checker sees them, masked; any change makes the proposal stale."""
        survivor, other = self.survivor, self.other
        return {
            "customer_id": str(survivor.customer.id),
            "name": masked(survivor.customer, "name"),
            "customer_status": str(survivor.customer.status),
            "documents": _masked(survivor),
            "open_accounts": survivor.counts(),
            "debit_cards": len(survivor.debit_cards),
            "other_id": str(other.customer.id),
            "other_name": masked(other.customer, "name"),
            "other_status": str(other.customer.status),
            "other_documents": _masked(other),
            "other_open_accounts": other.counts(),
            "other_debit_cards": len(other.debit_cards),
            "certificates": sorted(
                {str(listing.certificate_id) for side in (survivor, other) for listing in side.standing.listings}
            ),
            "reverified_at": rfc3339(survivor.customer.reverified_at),
            "other_reverified_at": rfc3339(other.customer.reverified_at),
        }

    def after(self) -> dict[str, Any]:
        """Return the surviving customer, masked."""
        counts: defaultdict[str, int] = defaultdict(int)
        for side in (self.survivor, self.other):
            for name, count in side.counts().items():
                counts[name] += count
        return {
            "customer_id": str(self.survivor.customer.id),
            "name": masked(self.survivor.customer, "name"),
            "customer_status": self.status.value,
            "documents": [*_masked(self.survivor), *_masked(self.other)],
            "open_accounts": dict(sorted(counts.items())),
            "debit_cards": len(self.survivor.debit_cards) + len(self.other.debit_cards),
            "excess_accounts": [masked(each, "account_number") for each in self.excess_accounts],
            "excess_cards": [masked(each, "number") for each in self.excess_cards],
            "reverified_at": rfc3339(self.reverified.at if self.reverified else None),
        }


def plan_of(survivor: Customer, other: Customer, at: datetime) -> MergePlan:
    """Return the effect of a merge of two customers at an instant; to carry it out, lock both first."""
    keys = subject_keys_of([survivor.id, other.id])
    surviving_side, other_side = (_side(each, keys[each.id], at) for each in (survivor, other))
    reverified = reverified_after(surviving_side.suspension, other_side.suspension)
    return MergePlan(
        survivor=surviving_side,
        other=other_side,
        account_slots=_account_slots(surviving_side, other_side),
        card_slots=_card_slots(surviving_side, other_side),
        reverified=reverified,
        status=_status(surviving_side, other_side, reverified),
        at=at,
    )


def _side(customer: Customer, keys: SubjectKeys, at: datetime) -> MergeSide:
    documents = Document.objects.filter(customer=customer, status=RequestStatus.IN_FORCE).order_by("-is_primary", "id")
    checks = last_checks(customer)
    return MergeSide(
        customer=customer,
        keys=keys,
        documents=with_last_numbers(documents),
        accounts=tuple(Account.objects.filter(customer=customer).defer("agent_name").order_by("opened_at", "id")),
        cards=tuple(cards_at(Card.objects.filter(customer=customer).order_by("issued_at", "id"), at)),
        external_accounts=tuple(
            ExternalAccount.objects.filter(customer=customer, status=RequestStatus.IN_FORCE)
            .defer("evidence")
            .order_by("id")
        ),
        standing=standing_of(customer, keys, at),
        checks=check_facts(customer, checks),
        failed=next((each for each in checks if each.result != "match"), None),
    )


def _status(survivor: MergeSide, other: MergeSide, reverified: Reverified | None) -> CustomerStatus:
    """Return the status of the surviving customer's identity: under review where either's was, or would be."""
    for side in (survivor, other):
        if side.customer.status == CustomerStatus.IN_REVIEW or side.checks.failed is not None:
            return CustomerStatus.IN_REVIEW
        if side.failed is not None and (reverified is None or side.failed.at > reverified.at):
            # The re-verification that ended this review does not count after the merge.
            return CustomerStatus.IN_REVIEW
    return CustomerStatus.ACTIVE


def _account_slots(survivor: MergeSide, other: MergeSide) -> Mapping[UUID, int | None]:
    counted: defaultdict[ClassKey, list[CountedItem]] = defaultdict(list)
    for side in (survivor, other):
        for each in side.open_accounts:
            key = AccountKind(each.kind), AccountClass(each.account_class)
            counted[key].append(CountedItem(each.id, side is survivor, each.class_slot, each.opened_at))
    slots: dict[UUID, int | None] = {}
    for key, items in counted.items():
        if (most := class_max(key)) is not None:
            slots |= slots_after(items, most)
    return slots


def _card_slots(survivor: MergeSide, other: MergeSide) -> Mapping[UUID, int | None]:
    live = (
        CountedItem(each.id, side is survivor, each.slot, each.issued_at)
        for side in (survivor, other)
        for each in side.cards
        if each.status != CardStatus.CANCELLED
    )
    return slots_after(live, DEBIT_CARDS_MAX)


def _masked(side: MergeSide) -> Sequence[str]:
    return [masked(each.shown_last, "number") for each in side.documents]


@dataclass(frozen=True, slots=True)
class AccountMerged:
    """An account of either as it is after the merge; the number is whole.

    :ivar is_moved: whether the merge moves it to the surviving customer.
    :ivar excess: whether it loses its slot and is kept beyond the limit.
    :ivar restrictions: its restrictions after the merge.
    """

    account: Account
    is_moved: bool
    excess: bool
    restrictions: tuple[Restriction, ...]
    freezes: tuple[Freeze, ...]


@dataclass(frozen=True, slots=True)
class CardMerged:
    """An uncancelled card of either as it is after the merge; the number is whole."""

    card: Card
    is_moved: bool
    excess: bool


@dataclass(frozen=True, slots=True)
class MergeShown:
    """The effect of a merge, for a page.

    :ivar sides: both as they are, the surviving one first.
    :ivar stale: pending proposals about the other customer that can no longer be approved.
    """

    plan: MergePlan
    sides: tuple[SubjectLine, SubjectLine]
    accounts: tuple[AccountMerged, ...]
    cards: tuple[CardMerged, ...]
    stale: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MergePair:
    """A proposal about two customers, who may have changed since.

    :ivar customer_id: the present surviving customer, also if the proposed one was merged since.
    """

    merge: SamePerson
    customer_id: UUID
    other_id: UUID
    waits: bool
    in_force: bool


def merge_shown(customer_id: UUID, other_id: UUID, at: datetime) -> MergeShown:
    """Return the effect of a merge of two customers, for a page; neither was merged before."""
    customers = Customer.objects.in_bulk([customer_id, other_id])
    plan = plan_of(customers[customer_id], customers[other_id], at)
    standing = plan.standing
    excess = {each.id for each in (*plan.excess_accounts, *plan.excess_cards)}
    freezes: dict[UUID, list[Freeze]] = {each.id: [] for each in plan.accounts}
    for freeze in freezes_in_force(at).filter(account__in=freezes).order_by("id"):
        freezes[freeze.account_id].append(freeze)
    accounts = [
        AccountMerged(each, side is plan.other, each.id in excess, standing.of_account(each), tuple(freezes[each.id]))
        for side in (plan.survivor, plan.other)
        for each in side.open_accounts
    ]
    cards = [
        CardMerged(each, side is plan.other, each.id in excess)
        for side in (plan.survivor, plan.other)
        for each in side.cards
        if each.status != CardStatus.CANCELLED
    ]
    lines = tuple(subject_line_of(side.customer, side.documents) for side in (plan.survivor, plan.other))
    return MergeShown(
        plan, (lines[0], lines[1]), tuple(accounts), tuple(cards), tuple(_stale(customer_id, other_id, at))
    )


def pair_of(merge_id: UUID) -> MergePair | None:
    """Return the proposal about two customers, None for an unknown id."""
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
    """Yield the proposals about the other customer that become stale by the merge, except the merge itself.

    Proposals about an account or a clean-up case stay valid for the surviving customer.
    """
    pair = (customer_id, other_id)
    the_merge = SamePerson.objects.filter(decision=Sameness.SAME, customer_id__in=pair, other_id__in=pair)
    first, *further = (
        rows_of(table, ways, [other_id]).filter(status=RequestStatus.PENDING)
        for table, ways in PLACES.items()
        if issubclass(table, ProposedModel) and not {"account", "to_account", "case"} & set(ways[0].split("__"))
    )
    waiting = first.union(*further).difference(the_merge.values_list("id", flat=True))
    return open_about(waiting, at).values()
