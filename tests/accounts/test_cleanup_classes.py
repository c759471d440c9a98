"""An account beyond a limit is downgraded, or it is kept and the others are downgraded."""

import pytest

from accounts.cleanup.queries.effect import effect_of
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account
from accounts.operations.accounts import open_account
from accounts.operations.cards import cancel_card
from accounts.vocabulary import AccountClass, AccountKind
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.transactions import perform
from tests import cleanup_cases, factories
from tests.cleanup_cases import (
    OLD,
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
from tests.listings import certify

pytestmark = pytest.mark.django_db


@pytest.fixture
def payments(zhang) -> list[Account]:
    """Three Class III payment accounts, the first one with the place."""
    made = [
        factories.account(zhang, "III", kind="payment", opened_at=OLD),
        *(stock_account(zhang, "III", "payment") for _ in range(2)),
    ]
    cleanup_cases.case(zhang, CleanupLimit.PAYMENT_III, *made, most=1)
    return made


class TestDowngrade:
    def test_within_the_class_it_takes_a_place(self, beyond):
        action = done(item_of(beyond), "downgrade")
        assert (refreshed(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("II", 1, action.id)
        assert (action.to_class, beyond.balance_fen) == ("II", 12_000)
        assert not contradictions()

    def test_past_the_cap_it_is_explained_excess(self, beyond, kept):
        for _ in range(5):
            factories.account(kept.customer, "II")
        effect = effect_of(item_of(beyond), CleanupWay.DOWNGRADE)
        assert [each.excess for each in effect.changes] == [True]
        action = done(item_of(beyond), "downgrade")
        assert (refreshed(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("II", None, action.id)
        assert not contradictions()
        opening = lambda: perform(  # noqa: E731
            lambda: open_account(
                principal=factories.caller("teller"), customer_id=kept.customer_id, kind=AccountKind.BANK,
                account_class=AccountClass.II,
            )
        )  # fmt: skip
        assert refused(opening) == "CLASS_II_LIMIT"

    def test_class_iii_has_no_card(self, zhang):
        made = [*(factories.account(zhang, "II") for _ in range(5)), stock_account(zhang, "II")]
        cleanup_cases.case(zhang, CleanupLimit.BANK_II, *made, most=5)
        card = factories.card(made[5])
        assert refused(lambda: asked(item_of(made[5]), "downgrade")) == "CARD_NOT_OFFERED"
        perform(lambda: cancel_card(principal=factories.caller("teller"), card_id=card.id))
        assert done(item_of(made[5]), "downgrade").to_class == "III"
        assert refreshed(made[5]).class_slot == 1
        assert not contradictions()

    def test_a_payment_account_falls_to_class_ii(self, payments):
        done(item_of(payments[1]), "downgrade", to_class="II")
        assert (refreshed(payments[1]).account_class, payments[1].class_slot) == ("II", None)
        assert not contradictions()

    def test_undone_downgrade_gives_a_stock_account_beyond_the_limit(self, beyond, noon):
        action = done(item_of(beyond), "downgrade")
        noon.advance(hours=1)
        undone(action)
        assert (refreshed(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("I", None, None)
        assert not contradictions()

    @pytest.fixture
    def young(self, zhang) -> Account:
        """A Class I account with its place that is not stock, and a second one that is."""
        made = factories.account(zhang, "I", opened_at=OLD)
        cleanup_cases.case(zhang, CleanupLimit.BANK_I, made, stock_account(zhang), most=1)
        return made

    def test_account_that_is_no_stock_gets_no_place_when_it_is_taken(self, young):
        action = done(item_of(young), "downgrade")
        # The other one is beyond as the stock it is, and counts.
        assert refused(lambda: undo_asked(action)) == "CLASS_I_EXISTS"
        assert refreshed(young).account_class == "II"

    def test_a_later_change_of_class_names_no_action(self, young, teller):
        action = done(item_of(young), "downgrade")
        assert refreshed(young).downgrade_id == action.id
        answer = teller.post(f"/accounts/{young.id}/downgrade", {"to": "III"})
        assert answer.status_code == 200, answer.json()
        assert (refreshed(young).account_class, young.downgrade_id) == ("III", None)
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"


class TestKeep:
    def test_the_others_fall_to_class_ii(self, payments):
        effect = effect_of(item_of(payments[1]), CleanupWay.KEEP)
        assert len(effect.changes) == 2
        action = done(item_of(payments[1]), "keep")
        assert [refreshed(each).account_class for each in payments] == ["II", "III", "II"]
        assert [each.downgrade_id for each in payments] == [action.id, None, action.id]
        assert not contradictions()

    def test_keeping_an_account_is_undone(self, zhang):
        made = [stock_account(zhang, "III", "payment") for _ in range(3)]
        cleanup_cases.case(zhang, CleanupLimit.PAYMENT_III, *made, most=1)
        undone(done(item_of(made[1]), "keep"))
        assert [refreshed(each).account_class for each in made] == ["III"] * 3
        assert {each.downgrade_id for each in made} == {None}
        assert not contradictions()

    def test_keeping_is_for_payment_accounts_only(self, beyond):
        assert refused(lambda: asked(item_of(beyond), "keep")) == "CLEANUP_WAY_NOT_OFFERED"

    def test_penalty_bars_keeping_an_account(self, payments):
        certify(factories.ZHANG)
        assert refused(lambda: asked(item_of(payments[0]), "keep")) == "PAYMENT_BUSINESS_SUSPENDED"
