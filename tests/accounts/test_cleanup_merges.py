"""An account beyond a limit is merged into another of its holder: whole balance and cards, or nothing."""

from datetime import timedelta

import pytest

from accounts.cleanup.models import CardMove
from accounts.cleanup.queries.effect import accounts_to_merge_into, effect_of
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account, Card, Entry
from accounts.operations.cards import replace_card
from accounts.operations.freezes import place_freeze
from accounts.vocabulary import EntryKind
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.approvals import ApprovalStale
from config.kernel.database.transactions import perform
from config.kernel.law.money import BALANCE_MAX
from tests import cleanup_cases, evidence, factories
from tests.cleanup_cases import (
    approve,
    asked,
    contradictions,
    done,
    item_of,
    refreshed,
    refused,
    stock_account,
)
from tests.clock import NOON
from tests.listings import certify_account
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db


def merged(account: Account, to: Account, cards: str = "move"):
    return done(item_of(account), "merge", to_account_id=to.id, cards=cards)


def test_the_whole_goes_in_two_entries_and_the_account_is_closed(beyond, kept, noon):
    waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
    assert (refreshed(beyond).balance_fen, refreshed(kept).balance_fen) == (12_000, 500)
    at = noon.advance(hours=1)
    action = approve(waiting)
    assert (action.amount_fen, action.in_force_at) == (12_000, at)
    assert (refreshed(beyond).status, beyond.balance_fen, beyond.closed_at) == ("closed", 0, at)
    assert (refreshed(kept).status, kept.balance_fen) == ("open", 12_500)
    legs = Entry.objects.filter(posting_id=action.id).order_by("leg")
    assert [(each.account_id, each.amount_fen, each.kind, each.posted_at) for each in legs] == [
        (beyond.id, -12_000, EntryKind.MERGE, at),
        (kept.id, 12_000, EntryKind.MERGE, at),
    ]
    assert not contradictions()


def test_cards_move_with_the_account_and_work_there(beyond, kept, client_for):
    card = factories.card(beyond)
    evidence.write_missing()
    merged(beyond, kept)
    assert (refreshed(card).account_id, card.status, card.slot) == (kept.id, "active", 1)
    move = CardMove.objects.get()
    assert (move.card_id, move.from_account_id, move.to_account_id) == (card.id, beyond.id, kept.id)
    body = {"account": {"card_number": card.number}, "amount": "100.00"}
    assert client_for("atm").post("/cash/withdrawals", body).status_code == 201
    assert refreshed(kept).balance_fen == 2_500
    assert not contradictions()


def test_or_are_cancelled(beyond, kept):
    card = factories.card(beyond)
    merged(beyond, kept, "cancel")
    assert (refreshed(card).account_id, card.status) == (beyond.id, "cancelled")
    assert not CardMove.objects.exists()
    assert not contradictions()


def test_merge_of_an_empty_account_moves_nothing(kept):
    empty = stock_account(kept.customer)
    cleanup_cases.case(kept.customer, CleanupLimit.BANK_I, kept, empty, most=1)
    assert merged(empty, kept).amount_fen == 0
    assert (refreshed(empty).status, Entry.objects.filter(kind="merge").count()) == ("closed", 0)
    assert not contradictions()


def test_merge_goes_only_to_another_open_account_of_the_same_holder_and_kind(beyond, kept, li):
    closed = factories.account(kept.customer, "II", status="closed", closed_at=NOON, class_slot=None)
    payment = factories.account(kept.customer, "I", kind="payment")
    for to in (closed, payment, beyond, factories.account(li, "I")):
        code = refused(lambda to=to: asked(item_of(beyond), "merge", to_account_id=to.id, cards="move"))
        assert code == "CLEANUP_NOT_AN_OWN_ACCOUNT"
    assert [each.id for each in accounts_to_merge_into(item_of(beyond))] == [kept.id]


def test_an_account_without_cards_takes_none(beyond):
    third = factories.account(beyond.customer, "III")
    factories.card(beyond)
    assert refused(lambda: merged(beyond, third)) == "CARD_NOT_OFFERED"
    assert merged(beyond, third, "cancel").status == "active"


@pytest.mark.parametrize("which", ["beyond", "kept"])
def test_merge_is_refused_with_a_freeze_on_either_account(beyond, kept, which):
    place_freeze(
        principal=factories.caller("compliance"), account_id={"beyond": beyond, "kept": kept}[which].id,
        authority="法院", order_no="冻1", until=None,
    )  # fmt: skip
    assert refused(lambda: merged(beyond, kept)) == "ACCOUNT_FROZEN"


@pytest.mark.parametrize("which", ["beyond", "kept"])
def test_merge_is_refused_with_a_case_account(beyond, kept, which):
    certify_account({"beyond": beyond, "kept": kept}[which].account_number, category="CASE_ACCOUNT")
    assert refused(lambda: merged(beyond, kept)) == "CASE_ACCOUNT_STOPPED"


def test_merge_waits_for_held_transfers_and_says_until_when(beyond, kept, li):
    due = NOON + timedelta(hours=24)
    held(beyond, amount_fen=100, due_at=due, channel="mobile")
    held(factories.account(li, "I", balance_fen=900), beyond, due_at=due + timedelta(hours=1), count=2)
    effect = effect_of(item_of(beyond), CleanupWay.MERGE, to_account_id=kept.id, cards="move")
    assert (effect.refusal.code, effect.refusal.fields) == (
        "TRANSFERS_UNDER_WAY",
        {"held": "1.00", "count": 2, "until": "2026-01-06T13:00:00.000000+08:00"},
    )
    assert [each.incoming for each in effect.under_way] == [False, True, True]
    assert refused(lambda: merged(beyond, kept)) == "TRANSFERS_UNDER_WAY"


def test_the_balance_limit_holds(beyond, kept):
    factories.pay_in(kept, BALANCE_MAX - kept.balance_fen - 11_999)
    assert refused(lambda: merged(beyond, kept)) == "BALANCE_LIMIT"


def test_concurrent_deposit_makes_the_merge_stale(beyond, kept):
    waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
    factories.pay_in(beyond, 1)
    with pytest.raises(ApprovalStale):
        approve(waiting)


def test_a_card_by_exception_is_replaced_where_it_went(beyond, kept, cards_full):
    card = cards_full
    merged(beyond, kept)
    fresh = perform(lambda: replace_card(principal=factories.caller("teller"), card_id=card.id))
    assert (fresh.account_id, fresh.exception_id) == (kept.id, card.exception_id)
    assert not contradictions()


@pytest.fixture
def cards_full(beyond) -> Card:
    """A fifth card, by an approved exception."""
    from accounts.operations.card_exceptions import ask_card_exception
    from accounts.vocabulary import CardProduct

    second = factories.account(beyond.customer, "II")
    for _ in range(4):
        factories.card(second)
    _, approval = perform(
        lambda: ask_card_exception(
            principal=factories.caller("teller"), account_id=beyond.id, product=CardProduct.DEBIT, reason="异地"
        )
    )
    perform(lambda: approvals.approve(approval.id, principal=factories.caller("supervisor", "who-checks")))
    return Card.objects.get(account=beyond)


def test_effect_is_shown_before_the_proposal(beyond, kept):
    factories.card(beyond)
    effect = effect_of(item_of(beyond), CleanupWay.MERGE, to_account_id=kept.id, cards="move")
    assert (effect.amount_fen, effect.refusal, len(effect.cards_moved)) == (12_000, None, 1)
    assert effect.lines()[0].startswith("余额 120.00 元转入账户 ")
    assert beyond.account_number not in str(effect)
