"""The rules of clean-up actions: each refusal for its own reason, and the nearest permitted case."""

from dataclasses import replace
from uuid import UUID

import pytest

from accounts.cleanup.policy import (
    ItemFacts,
    MoneyUnderWay,
    check_downgrade,
    check_item,
    check_keep,
    check_merge_accounts,
    check_undo,
    check_upgrade_back,
    placed_back,
)
from accounts.cleanup.refusals import CleanupNotUndone, ItemSettled, NotAnOwnOpenAccount, TransfersUnderWay
from accounts.cleanup.vocabulary import CardsOfMerge, CleanupWay
from accounts.refusals.money import AccountClosed, BalanceLimit
from accounts.refusals.opening import CardNotOffered, ClassIExists
from accounts.vocabulary import AccountClass, AccountKind, AccountStatus
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.law.money import BALANCE_MAX
from tests.accounts.parties import own_bank_account, party

BANK = party(kind=AccountKind.BANK)
TO = own_bank_account(BANK)
FULL = replace(TO, balance_fen=BALANCE_MAX)


def merged(account=BANK, to=TO, cards=CardsOfMerge.MOVE, live_cards=0, **under_way):
    check_merge_accounts(account, to, cards=cards, live_cards=live_cards, under_way=MoneyUnderWay(**under_way))


@pytest.mark.parametrize(
    "to",
    [
        None,
        replace(TO, customer_id=UUID(int=7)),
        BANK,
        replace(TO, kind=AccountKind.PAYMENT),
        replace(TO, status=AccountStatus.CLOSED),
    ],
    ids=["of another customer, unseen", "of another customer", "itself", "of another kind", "closed"],
)
def test_an_account_is_merged_into_another_open_one_of_its_holder_alone(to):
    merged()
    with pytest.raises(NotAnOwnOpenAccount):
        merged(to=to)


def test_an_account_is_not_merged_while_money_goes_from_it_or_comes_to_it():
    for account, under_way in ((replace(BANK, held_fen=1), {}), (BANK, {"count": 1})):
        with pytest.raises(TransfersUnderWay):
            merged(account, **under_way)


def test_cards_go_to_no_account_that_carries_none():
    third = replace(TO, account_class=AccountClass.III)
    merged(to=third)
    merged(to=third, cards=CardsOfMerge.CANCEL, live_cards=1)
    with pytest.raises(CardNotOffered):
        merged(to=third, live_cards=1)


def test_merge_does_not_exceed_the_balance_limit_of_an_account():
    merged(to=replace(TO, balance_fen=BALANCE_MAX - BANK.balance_fen))
    merged(replace(BANK, balance_fen=0), FULL)
    with pytest.raises(BalanceLimit):
        merged(to=replace(TO, balance_fen=BALANCE_MAX - BANK.balance_fen + 1))


def test_an_account_falls_to_a_class_without_cards_once_it_has_none():
    check_downgrade(BANK, AccountClass.III, live_cards=0)
    check_downgrade(BANK, AccountClass.II, live_cards=1)
    with pytest.raises(CardNotOffered):
        check_downgrade(BANK, AccountClass.III, live_cards=1)


@pytest.mark.parametrize(
    "change",
    [
        lambda closed: check_downgrade(closed, AccountClass.III, live_cards=0),
        check_upgrade_back,
        lambda closed: check_keep([closed]),
        lambda closed: check_keep([BANK, closed]),
    ],
    ids=["down", "back", "kept", "kept among others"],
)
def test_a_closed_account_changes_no_class(change):
    with pytest.raises(AccountClosed):
        change(replace(BANK, status=AccountStatus.CLOSED))


def test_keeping_an_account_requires_another_one():
    check_keep([BANK])
    with pytest.raises(ItemSettled):
        check_keep([])


@pytest.mark.parametrize(("in_force", "lasts"), [(True, False), (False, True), (False, False)])
def test_lasting_action_in_force_can_be_undone(in_force, lasts):
    item = ItemFacts(limit=CleanupLimit.BANK_II, sealed=False, done=True, account=BANK)
    check_undo(item, CleanupWay.DOWNGRADE, in_force=True, lasts=True)
    with pytest.raises(CleanupNotUndone):
        check_undo(item, CleanupWay.DOWNGRADE, in_force=in_force, lasts=lasts)
    with pytest.raises(CleanupNotUndone):
        check_undo(item, CleanupWay.MERGE, in_force=True, lasts=True)


@pytest.mark.parametrize(
    "account",
    [
        replace(BANK, status=AccountStatus.CLOSED),
        replace(BANK, account_class=AccountClass.III),
        replace(BANK, kind=AccountKind.PAYMENT),
    ],
    ids=["closed", "of another class", "of another kind"],
)
def test_item_that_no_longer_counts_is_settled(account):
    item = ItemFacts(limit=CleanupLimit.BANK_II, sealed=False, done=False, account=BANK)
    check_item(item, CleanupWay.DOWNGRADE)
    with pytest.raises(ItemSettled):
        check_item(replace(item, account=account), CleanupWay.DOWNGRADE)
    with pytest.raises(ItemSettled):
        check_item(replace(item, done=True), CleanupWay.DOWNGRADE)


def test_account_returning_to_a_class_takes_a_free_place():
    first = (AccountKind.BANK, AccountClass.I)
    assert placed_back(first, 0, [False]) == [True]
    assert placed_back(first, 0, [False, True]) == [True, False]
    assert placed_back(first, 1, [True]) == [False]
    for count, reasons in ((1, [False]), (0, [True, False])):
        with pytest.raises(ClassIExists):
            placed_back(first, count, reasons)
