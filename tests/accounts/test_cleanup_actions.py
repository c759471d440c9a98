"""Clean-up actions: one per item at a time, by two persons, with their effect shown beforehand."""

from typing import Any

import pytest

from accounts.cleanup.models import CleanupCampaign
from accounts.cleanup.operations.actions import request_action
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account
from accounts.operations.accounts import open_account
from accounts.operations.cards import replace_card
from accounts.vocabulary import AccountClass, AccountKind
from accounts.vocabulary.limits import CleanupLimit
from config.kernel import approvals
from config.kernel.approvals import ApprovalPending
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import BadRequest, NotFound, Refusal
from config.kernel.models import Approval, Decision
from tests import cleanup_cases, factories
from tests.approvals.case import ENDED, Case
from tests.cleanup_cases import (
    approve,
    asked,
    contradictions,
    done,
    item_of,
    refreshed,
    refused,
    stock_account,
    undo_asked,
    undone,
)
from tests.clock import NOON
from tests.database_refusals import past_the_guards

pytestmark = pytest.mark.django_db


def _beyond(account: Account) -> Any:
    other = cleanup_cases.stock_account(account.customer, account.account_class)
    limit = CleanupLimit(f"bank_{account.account_class.lower()}")
    return cleanup_cases.case(account.customer, limit, account, other, most=1).items.get(rank=1).id


CASES = {
    "cleanup_action": Case(
        by="teller",
        prepare=_beyond,
        propose=lambda _, maker, item_id: request_action(
            principal=maker, item_id=item_id, way=CleanupWay.EXPLAIN, reason="一户用于工资"
        ),
        ended=ENDED,
        owner=(True, True),
    ),
}


def test_one_action_per_item_is_pending_at_a_time(beyond):
    asked(item_of(beyond), "explain")
    with pytest.raises(ApprovalPending):
        asked(item_of(beyond), "downgrade", by=factories.caller("teller", "other"))


def test_one_action_per_item_is_carried_out(beyond):
    done(item_of(beyond), "explain")
    assert refused(lambda: asked(item_of(beyond), "downgrade")) == "CLEANUP_ITEM_SETTLED"


def test_item_changed_outside_the_campaign_is_settled(kept, teller):
    empty = stock_account(kept.customer)
    cleanup_cases.case(kept.customer, CleanupLimit.BANK_I, kept, empty, most=1)
    assert teller.post(f"/accounts/{empty.id}/close").status_code == 200
    assert refused(lambda: asked(item_of(empty), "explain")) == "CLEANUP_ITEM_SETTLED"


def test_nothing_after_the_seal(beyond):
    waiting = asked(item_of(beyond), "explain")
    # The operation that seals refuses while a proposal is pending, and so does the database.
    with past_the_guards("accounts_cleanupcampaign"):
        CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=Approval.objects.get().made_by)
    with pytest.raises(Refusal) as barred:
        approve(waiting)
    assert barred.value.code == "CLEANUP_SEALED"


def test_nothing_is_taken_back_after_the_seal(beyond):
    action = done(item_of(beyond), "explain")
    CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=Approval.objects.get().made_by)
    assert refused(lambda: undo_asked(action)) == "CLEANUP_SEALED"
    assert refused(lambda: asked(item_of(beyond), "explain")) == "CLEANUP_SEALED"


@pytest.mark.parametrize(
    ("way", "more", "field"),
    [
        ("explain", {"reason": "  "}, "reason"),
        ("explain", {"cards": "move"}, "cards"),
        ("merge", {}, "to_account_id"),
        ("downgrade", {"to_class": "III"}, "to_class"),
        ("explain", {"to_class": "II"}, "to_class"),
        ("undo", {}, "way"),
    ],
)
def test_a_field_that_is_wrong_is_named(beyond, way, more, field):
    with pytest.raises(BadRequest) as wrong:
        asked(item_of(beyond), way, **more)
    assert field in wrong.value.fields


def test_an_unknown_item_or_account(beyond):
    nobody = beyond.customer_id
    with pytest.raises(NotFound):
        perform(
            lambda: request_action(
                principal=factories.caller("teller"), item_id=nobody, way=CleanupWay.EXPLAIN, reason="说明"
            )
        )
    with pytest.raises(NotFound):
        asked(item_of(beyond), "merge", to_account_id=nobody, cards="move")


def test_checker_reads_effect_and_reason(beyond, kept, teller, supervisor):
    waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
    body = supervisor.get(f"/approvals/{waiting.id}").json()
    assert body["before"]["balance_fen"] == 12_000
    assert body["after"]["amount_fen"] == 12_000
    row = approvals.kinds()["cleanup_action"].row_of(waiting)
    assert "销户" in approvals.effects_of(waiting, supervisor.caller)["effect"]
    assert approvals.evidence_for(waiting, supervisor.caller) == {"reason": row.reason}


def test_actions_are_recorded_as_decisions(beyond, kept):
    action = done(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
    kinds = Decision.objects.filter(at=action.in_force_at, outcome="allowed").values_list("kind", flat=True)
    assert set(kinds) == {"ask_cleanup", "cleanup_action", "close_account"}


class TestExplain:
    def test_explanation_keeps_account_and_money_and_seals_the_reason(self, beyond):
        action = done(item_of(beyond), "explain", reason="一户用于工资，一户用于房贷")
        assert (action.status, action.reason, action.undone_at) == ("active", "一户用于工资，一户用于房贷", None)
        assert (refreshed(beyond).status, beyond.balance_fen, beyond.account_class) == ("open", 12_000, "I")
        assert "工资" not in str(Approval.objects.get().before | Approval.objects.get().after)
        assert not contradictions()

    def test_explanation_is_valid_after_a_concurrent_payment(self, beyond):
        waiting = asked(item_of(beyond), "explain")
        factories.pay_in(beyond, 1)
        assert approve(waiting).status == "active"

    def test_an_explained_one_still_counts_for_an_opening(self, beyond, kept):
        done(item_of(beyond), "explain")
        opening = lambda: perform(  # noqa: E731
            lambda: open_account(
                principal=factories.caller("teller"), customer_id=kept.customer_id, kind=AccountKind.BANK,
                account_class=AccountClass.I,
            )
        )  # fmt: skip
        assert refused(opening) == "CLASS_I_EXISTS"

    def test_explanation_is_undone(self, beyond):
        action = done(item_of(beyond), "explain")
        undo = undone(action)
        assert refreshed(action).undone_at == undo.in_force_at
        assert done(item_of(beyond), "explain").status == "active"


class TestCancel:
    def test_closes_an_empty_account_and_its_cards(self, kept):
        empty = stock_account(kept.customer)
        cleanup_cases.case(kept.customer, CleanupLimit.BANK_I, kept, empty, most=1)
        card = factories.card(empty)
        action = done(item_of(empty), "cancel")
        assert (refreshed(empty).status, empty.closed_at) == ("closed", action.in_force_at)
        assert refreshed(card).status == "cancelled"
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"
        assert not contradictions()

    def test_a_balance_is_paid_out_first(self, beyond):
        assert refused(lambda: asked(item_of(beyond), "cancel")) == "ACCOUNT_NOT_EMPTY"

    def test_cancels_a_card_the_one_in_its_place(self, cards):
        fresh = perform(lambda: replace_card(principal=factories.caller("teller"), card_id=cards[4].id))
        done(item_of(cards[4]), "cancel")
        assert refreshed(fresh).status == "cancelled"
        assert refused(lambda: asked(item_of(cards[4]), "cancel")) == "CLEANUP_ITEM_SETTLED"
        assert not contradictions()
