"""Plans of clean-up actions: the changes an action on an item would make, as its checker sees them (清理措施的内容).

Operations make a plan under their locks and carry it out; pages, the API and the checker's view make one without
locks.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from accounts.cleanup.models import CleanupAction, CleanupItem
from accounts.cleanup.policy import (
    DOWN_TO,
    OF_LIMIT,
    ItemFacts,
    MoneyUnderWay,
    check_cancel,
    check_downgrade,
    check_item,
    check_keep,
    check_merge_accounts,
    check_undo,
    check_upgrade_back,
    placed_back,
)
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.models import Account, Card
from accounts.policy.facts import PartyFacts
from accounts.policy.limits import check_class_of_same_person, is_stock_account
from accounts.policy.opening import class_max, free_slot
from accounts.queries.cards import status_of
from accounts.queries.customer_restrictions import subject_keys
from accounts.queries.held_transfers import HeldTransferLine, held_transfers
from accounts.queries.opening import Opening, opening_of
from accounts.queries.party_sets import read_parties
from accounts.vocabulary import AccountClass, AccountStatus, CardStatus, RequestStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.clock import bank_now
from config.kernel.vault.masked import masked

#: Actions that change an account's class. Only these need the customer's number of accounts by class.
_OF_CLASSES = frozenset({CleanupWay.DOWNGRADE, CleanupWay.KEEP})


@dataclass(frozen=True, slots=True)
class ActionAsked:
    """A requested action on an item.

    :ivar undoes: the action that is taken back.
    """

    way: CleanupWay
    to_account_id: UUID | None = None
    cards: CardsOfMerge | None = None
    undoes: CleanupAction | None = None

    @classmethod
    def of(cls, action: CleanupAction) -> "ActionAsked":
        """Return the action that a proposal requests."""
        cards = CardsOfMerge(action.cards) if action.cards else None
        return cls(CleanupWay(action.way), action.to_account_id, cards, action.undoes)


@dataclass(frozen=True, slots=True)
class ClassChange:
    """An account whose class changes.

    :ivar slot: its slot within the limit, None without one.
    :ivar excess: whether the limit counts it and it has no slot.
    """

    account: Account
    to: AccountClass
    slot: int | None
    excess: bool


@dataclass(frozen=True)
class ActionPlan:
    """A requested action, and everything that it concerns.

    :ivar account: the item's account, or the account that its card belongs to now.
    :ivar card: the item's card as it is now, or its replacement; None for an account.
    :ivar to: the account that takes over; None where there is none, or it is another customer's.
    :ivar others: the accounts whose class changes with a choice, or changes back.
    :ivar live_cards: the cards of the account that are not cancelled.
    :ivar parties: the facts of the accounts concerned, for the rules.
    :ivar opening: the number of accounts of each class that the customer has; None where no class changes.
    """

    item: CleanupItem
    asked: ActionAsked
    account: Account
    card: Card | None
    to: Account | None
    others: tuple[Account, ...]
    live_cards: tuple[Card, ...]
    parties: dict[UUID, PartyFacts] = field(repr=False)
    opening: Opening | None
    under_way: tuple[HeldTransferLine, ...]
    done: bool
    at: datetime

    @property
    def limit(self) -> CleanupLimit:
        """Return the limit of the item."""
        return CleanupLimit(self.item.limit)

    @property
    def party(self) -> PartyFacts:
        """Return the facts of the account for the rules."""
        return self.parties[self.account.id]

    @property
    def facts(self) -> ItemFacts:
        """Return the facts of the item for the rules."""
        return ItemFacts(
            limit=self.limit,
            sealed=self.item.case.campaign.sealed_at is not None,
            done=self.done,
            account=self.party,
            card_status=CardStatus(self.card.status) if self.card else None,
        )

    @property
    def money(self) -> MoneyUnderWay:
        """Return the held transfers from the account and to it, for the rules."""
        ends = [each.due_at for each in self.under_way if each.due_at is not None]
        return MoneyUnderWay(count=sum(each.incoming for each in self.under_way), until=max(ends) if ends else None)

    def check(self) -> None:
        """Check the action by the rules.

        :raises Refusal: the first that applies.
        """
        way, undoes = self.asked.way, self.asked.undoes
        if undoes is not None:
            in_force = undoes.status == RequestStatus.IN_FORCE and undoes.undone_at is None
            check_undo(self.facts, CleanupWay(undoes.way), in_force=in_force, lasts=self._lasts(CleanupWay(undoes.way)))
            for each in self.others:
                check_upgrade_back(self.parties[each.id])
            if self.others and self.opening:
                key = OF_LIMIT[self.limit]
                count = self.opening.facts.count(key)
                check_class_of_same_person(self.opening.facts.same_person, key, count, class_max(key) or 0)
            _ = self.changes
            return
        check_item(self.facts, way)
        match way:
            case CleanupWay.MERGE:
                check_merge_accounts(
                    self.party,
                    self.parties[self.to.id] if self.to else None,
                    cards=self.asked.cards or CardsOfMerge.CANCEL,
                    live_cards=len(self.live_cards),
                    under_way=self.money,
                )
            case CleanupWay.DOWNGRADE:
                check_downgrade(self.party, DOWN_TO[self.limit], live_cards=len(self.live_cards))
            case CleanupWay.CANCEL:
                check_cancel(self.facts)
            case CleanupWay.KEEP:
                check_keep([self.parties[each.id] for each in self.others])

    def _lasts(self, way: CleanupWay) -> bool:
        """Return whether the effect of an action still lasts."""
        if way is CleanupWay.STOP:
            return self.card is not None and self.card.status == CardStatus.STOPPED
        return way not in _OF_CLASSES or bool(self.others)

    @cached_property
    def changes(self) -> tuple[ClassChange, ...]:
        """Return the accounts whose class changes, and the slot that each gets.

        :raises ClassIExists, ClassIILimit, PaymentClassIIIExists: when an account that returns finds no slot, and has no reason
            of its own to exceed the limit.
        """
        if self.opening is None:
            return ()
        kind, of_before = OF_LIMIT[self.limit]
        if self.asked.undoes is not None:
            key = kind, of_before
            count = self.opening.facts.count(key)
            placed = placed_back(key, count, [has_own_reason(each) for each in self.others])
            return self._into(self.others, of_before, placed)
        falls = (self.account,) if self.asked.way is CleanupWay.DOWNGRADE else self.others
        to = DOWN_TO[self.limit]
        most = class_max((kind, to))
        count = self.opening.facts.count((kind, to))
        return self._into(falls, to, [most is not None and nth < most for nth, _ in enumerate(falls, start=count)])

    def _into(self, accounts: Sequence[Account], to: AccountClass, placed: Iterable[bool]) -> tuple[ClassChange, ...]:
        key = OF_LIMIT[self.limit][0], to
        most = class_max(key)
        taken = set(self.opening.class_slots.get(key, frozenset())) if self.opening else set()
        found = []
        for account, has_place in zip(accounts, placed, strict=True):
            slot = free_slot(taken, most) if has_place and most is not None else None
            if slot is not None:
                taken.add(slot)
            found.append(ClassChange(account, to, slot, excess=most is not None and slot is None))
        return tuple(found)


def has_own_reason(account: Account) -> bool:
    """Return whether an account may exceed a limit by itself: as old stock, a listed breach, or after a merge of customers."""
    if account.merge_id is not None or account.breach_id is not None:
        return True
    return account.import_batch_id is not None and is_stock_account(account.opened_at)


def card_now(item: CleanupItem) -> Card | None:
    """Return the current card of an item, its last replacement if there is one; None for an account."""
    card = item.card
    while card is not None and (fresh := Card.objects.filter(replaces=card).first()) is not None:
        card = fresh
    return card


def concerned(item: CleanupItem, asked: ActionAsked) -> tuple[UUID, list[UUID]]:
    """Return the present account of an item, and the further accounts whose class changes with it, ascending."""
    card = card_now(item)
    account_id = card.account_id if card else item.account_id
    assert account_id is not None  # noqa: S101 - an item is an account's or a card's
    return account_id, [each.id for each in _others(item, asked)]


def plan_of(item: CleanupItem, asked: ActionAsked, at: datetime) -> ActionPlan:
    """Return what an action would do at an instant; to carry it out, lock all accounts concerned first.

    :param item: with its case and campaign.
    """
    card = card_now(item)
    account_id, other_ids = concerned(item, asked)
    wanted = {account_id, *other_ids, *filter(None, [asked.to_account_id])}
    accounts = Account.objects.select_related("customer").defer("agent_name").in_bulk(list(wanted))
    account = accounts[account_id]
    to = accounts.get(asked.to_account_id) if asked.to_account_id else None
    if to is not None and to.customer_id != account.customer_id:
        to = None
    look = read_parties({account_id, *other_ids, *([to.id] if to else [])})
    merges = asked.way in {CleanupWay.MERGE, CleanupWay.CANCEL} and card is None
    of_classes = asked.way in _OF_CLASSES or (asked.undoes is not None and asked.undoes.way in _OF_CLASSES)
    return ActionPlan(
        item=item,
        asked=asked,
        account=account,
        card=card,
        to=to,
        others=tuple(accounts[each] for each in other_ids),
        live_cards=tuple(
            Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED).order_by("id")
        ),
        parties={each: look.at(each, at) for each in look.rows},
        opening=opening_of(account.customer, subject_keys(account.customer_id), at) if of_classes else None,
        under_way=tuple(held_transfers([account_id])) if merges else (),
        done=is_done(item),
        at=at,
    )


def is_done(item: CleanupItem) -> bool:
    """Return whether an action on an item is in force."""
    found = CleanupAction.objects.filter(item=item, status=RequestStatus.IN_FORCE, undone_at=None)
    return found.exclude(way=CleanupWay.UNDO).exists()


def items(item_ids: Collection[UUID]) -> dict[UUID, CleanupItem]:
    """Return items with their cases, campaigns, accounts and cards, in one query."""
    found = CleanupItem.objects.select_related("case__campaign", "account", "card")
    return found.in_bulk(list(item_ids))


def _others(item: CleanupItem, asked: ActionAsked) -> list[Account]:
    """Return the further accounts whose class changes.

    For a choice these are the other open ones of its case; for an undoing those that name the action taken back.
    """
    if asked.undoes is not None:
        return list(Account.objects.filter(downgrade=asked.undoes).order_by("id").only("id"))
    if asked.way is not CleanupWay.KEEP:
        return []
    kind, account_class = OF_LIMIT[CleanupLimit.PAYMENT_III]
    rest = CleanupItem.objects.filter(case=item.case_id, limit=item.limit).exclude(pk=item.pk)
    found = Account.objects.filter(pk__in=rest.values("account_id"), status=AccountStatus.OPEN)
    return list(found.filter(kind=kind, account_class=account_class).order_by("id").only("id"))


#: Actions for which the money on the account is part of the snapshot; payments do not make any other proposal stale.
_OF_MONEY = frozenset({CleanupWay.MERGE})
#: Actions that change the cards of an account, or need an account without cards.
_OF_CARDS = frozenset({CleanupWay.MERGE, CleanupWay.DOWNGRADE, CleanupWay.CANCEL})


def action_snapshot(row: CleanupAction) -> dict[str, Any]:
    """Return the facts on which a proposal rests; any change of them makes the proposal stale.

    For every action these are the status of account and card, and the restrictions; for a merge also the money.
    """
    asked, card = ActionAsked.of(row), card_now(row.item)
    account_id, others = concerned(row.item, asked)
    wanted = {account_id, *others, *([row.to_account_id] if row.to_account_id else [])}
    look, at = read_parties(wanted), bank_now()
    accounts = Account.objects.only("account_number").in_bulk(wanted)
    account = look.at(account_id, at)
    facts: dict[str, Any] = {
        "status": str(row.status),
        "way": str(row.way),
        "limit_kind": str(row.item.limit),
        "account_number": masked(accounts[account_id], "account_number"),
        "account_status": account.status.value,
        "account_class": account.account_class.value,
        "frozen": account.frozen,
        "restricted_by": account.restricted_by,
    }
    # Only actions on all cards depend on their number. In others it would make proposals stale that it does not change.
    if row.way in _OF_CARDS and card is None:
        live = Card.objects.filter(account_id=account_id).exclude(status=CardStatus.CANCELLED)
        facts["live_cards"] = live.count()
    if card is not None:
        facts |= {"card_number": masked(card, "number"), "card_status": status_of(card, at).value}
    if row.way in _OF_MONEY:
        facts |= {"balance_fen": account.balance_fen, "held_fen": account.held_fen, "cards": row.cards}
    if row.to_account_id is not None:
        to = look.at(row.to_account_id, at)
        facts |= {
            "to_account_number": masked(accounts[row.to_account_id], "account_number"),
            "to_account_status": to.status.value,
            "to_frozen": to.frozen,
            "to_restricted_by": to.restricted_by,
        }
    if others:
        facts["other_accounts"] = [masked(accounts[each], "account_number") for each in others]
    if row.undoes is not None:
        facts |= {"undone_way": str(row.undoes.way), "undone": row.undoes.undone_at is not None}
    return facts
