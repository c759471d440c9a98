"""Database guards of the clean-up, with every check in Python removed."""

import pytest

from accounts.cleanup.models import CardMove, CleanupAction, CleanupCampaign, CleanupItem
from accounts.models import Account, Card
from accounts.operations.freezes import place_freeze
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, ask, rows
from tests import cleanup_cases, factories
from tests.accounts.test_posting_guards import settle
from tests.cleanup_cases import done, stock_account, undone
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(beyond) -> CleanupItem:
    return CleanupItem.objects.get(account=beyond)


def action(item: CleanupItem, way: str = "explain", **more) -> CleanupAction:
    """Write an action as the application does, with an approval if it is in force."""
    row = CleanupAction(item=item, way=way, asked_at=NOON, **more)
    row.reason = "说明"
    row.save(force_insert=True)
    if row.status == "active":
        factories.approved("cleanup_action", row)
    return row


IN_FORCE = {"status": "active", "in_force_at": NOON}


class TestAnAction:
    @pytest.mark.parametrize(
        ("constraint", "way", "more"),
        [
            ("cleanup_action_in_force_since", "explain", {"in_force_at": NOON}),
            ("cleanup_action_says_whereto", "merge", {}),
            ("cleanup_action_says_whereto", "explain", {"to_class": "II"}),
            ("cleanup_action_undo_names_what", "undo", {}),
            ("cleanup_action_merge_says_amount", "explain", {"amount_fen": 1}),
            ("cleanup_action_undone_was_in_force", "explain", {"undone_at": NOON}),
            ("cleanup_action_stop_says_from", "explain", {"stopped_from": "active"}),
            ("cleanup_action_undone_can_be", "cancel", IN_FORCE | {"undone_at": NOON}),
        ],
    )
    def test_action_has_the_fields_of_its_way(self, item, constraint, way, more):
        with refused_by(constraint):
            action(item, way, **more)

    def test_action_has_a_known_way(self, item):
        with refused_by("cleanup_action_way_known"), past_the_guards("accounts_cleanupaction"):
            rows("ALTER TABLE accounts_cleanupaction DROP CONSTRAINT cleanup_action_says_whereto")
            action(item, "close")

    def test_item_has_one_open_action(self, item):
        action(item)
        with refused_by("cleanup_action_one_open"):
            action(item)

    def test_action_is_in_force_alone(self, item):
        action(item, **IN_FORCE)
        with refused_by("cleanup_action_one_in_force"):
            action(item, **IN_FORCE)

    def test_action_is_undone_once(self, item):
        first = done(item, "explain")
        undone(first)
        with refused_by("cleanup_action_undone_once"):
            action(item, "undo", undoes=first, **IN_FORCE)

    def test_action_needs_a_second_person(self, item):
        with refused_by("accounts_cleanupaction_second_person"):
            row = CleanupAction(item=item, way="explain", asked_at=NOON, **IN_FORCE)
            row.reason = "说明"
            row.save(force_insert=True)
            settle()

    @pytest.mark.parametrize(
        "change", ["way = 'cancel'", "asked_at = 'infinity'", "to_class = 'II', way = 'downgrade'", "undoes_id = id"]
    )
    def test_requested_fields_cannot_change(self, item, change):
        row = action(item)
        name = "cleanup_action_undo_names_what" if "undoes" in change else "accounts_cleanupaction_stands"
        with refused_by(name):
            rows(f"UPDATE accounts_cleanupaction SET {change} WHERE id = %s RETURNING id", [row.pk])

    def test_end_of_an_action_cannot_change(self, item):
        row = action(item, status="rejected")
        with refused_by("accounts_cleanupaction_stands"):
            rows("UPDATE accounts_cleanupaction SET status = 'pending' WHERE id = %s RETURNING id", [row.pk])

    def test_begins_before_the_seal(self, item):
        CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=factories.caller("supervisor").id)
        with refused_by("cleanup_action_before_the_seal"):
            action(item)

    def test_action_comes_into_force_before_the_seal(self, item):
        row, supervisor = action(item), factories.caller("supervisor").id
        with past_the_guards("accounts_cleanupcampaign"):
            CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=supervisor)
        with refused_by("cleanup_action_before_the_seal"):
            CleanupAction.put_in_force(row.pk, NOON)

    @pytest.mark.parametrize(
        ("way", "more"),
        [("downgrade", {"to_class": "II"}), ("cancel", {}), ("keep", {})],
    )
    def test_action_in_force_has_its_effect(self, item, way, more):
        with refused_by("cleanup_action_is_done"):
            action(item, way, **IN_FORCE, **more)
            settle()

    def test_a_merge_in_force_has_moved_the_money(self, item, kept):
        with refused_by("cleanup_action_is_done"):
            action(item, "merge", to_account=kept, cards="move", amount_fen=12_000, **IN_FORCE)
            settle()

    def test_a_stop_in_force_has_stopped_its_card(self, fifth_card):
        with refused_by("cleanup_action_is_done"):
            action(CleanupItem.objects.get(card=fifth_card), "stop", stopped_from="active", **IN_FORCE)
            settle()

    def test_action_is_undone_by_an_action_in_force_only(self, item):
        row = done(item, "explain")
        with refused_by("cleanup_action_is_undone"):
            rows("UPDATE accounts_cleanupaction SET undone_at = in_force_at WHERE id = %s RETURNING id", [row.pk])
            settle()

    def test_undone_action_has_no_effect(self, item):
        row = done(item, "downgrade")
        with refused_by("cleanup_action_is_undone"):
            CleanupAction.objects.filter(pk=row.pk).update(undone_at=NOON)
            action(item, "undo", undoes=row, **IN_FORCE)
            settle()

    def test_an_undo_in_force_has_undone(self, item):
        row = done(item, "explain")
        with refused_by("cleanup_action_is_done"):
            action(item, "undo", undoes=row, **IN_FORCE)
            settle()

    def test_undone_action_stays_undone(self, item):
        row = done(item, "explain")
        undone(row)
        with refused_by("accounts_cleanupaction_stands"):
            rows("UPDATE accounts_cleanupaction SET undone_at = NULL WHERE id = %s RETURNING id", [row.pk])


class TestMoney:
    def post(self, action_id) -> None:
        ask(Statement("SELECT accounts_post_merge(%s)", [action_id]))

    def approved(self, item, to, fen=12_000) -> CleanupAction:
        """A merge in force that has not been carried out."""
        return action(item, "merge", to_account=to, cards="cancel", amount_fen=fen, **IN_FORCE)

    def close(self, account) -> None:
        Account.objects.filter(pk=account.pk).update(status="closed", closed_at=NOON)

    def test_approved_amount_is_moved(self, item, beyond, kept):
        row = self.approved(item, kept)
        self.post(row.id)
        self.close(beyond)
        settle()

    def test_unapproved_amount_is_not_moved(self, item, kept):
        row = action(item, "merge", to_account=kept, cards="cancel")
        for unapproved in (row.id, new_id()):
            with refused_by("entry_merge_is_approved"):
                self.post(unapproved)

    def test_moves_the_whole(self, item, kept):
        with refused_by("entry_merge_is_approved"):
            self.post(self.approved(item, kept, 11_999).id)

    def test_moves_once(self, item, beyond, kept):
        row = self.approved(item, kept)
        self.post(row.id)
        self.close(beyond)
        with refused_by("entry_merge_is_approved"):
            self.post(row.id)

    def test_money_is_moved_to_the_named_account_only(self, item, beyond, li):
        theirs = factories.account(li, "I")
        with refused_by("entry_merge_is_approved"):
            self.post(self.approved(item, theirs).id)

    def test_moves_nothing_that_is_frozen(self, item, beyond, kept):
        officer = factories.caller("compliance")
        place_freeze(principal=officer, account_id=kept.id, authority="法院", order_no="冻1", until=None)
        with refused_by("merge_of_no_freeze"):
            self.post(self.approved(item, kept).id)

    def test_empty_account_is_merged_into_the_named_account_only(self, zhang, li):
        first, empty = factories.account(zhang, "I"), stock_account(zhang)
        cleanup_cases.case(zhang, CleanupLimit.BANK_I, first, empty, most=1)
        with refused_by("cleanup_action_is_done"):
            self.approved(CleanupItem.objects.get(account=empty), factories.account(li, "I"), 0)
            self.close(empty)
            settle()


class TestCards:
    def test_go_to_another_account_by_a_merge_alone(self, kept, beyond):
        card = factories.card(beyond)
        with refused_by("card_moves_by_merge"):
            Card.objects.filter(pk=card.pk).update(account=kept)

    def test_go_where_the_merge_says(self, item, kept, beyond):
        card, elsewhere = factories.card(beyond), factories.account(kept.customer, "II")
        with refused_by("card_moves_by_merge"):
            action(item, "merge", to_account=kept, cards="move", amount_fen=12_000, **IN_FORCE)
            Card.objects.filter(pk=card.pk).update(account=elsewhere)

    def test_cancelled_card_stays_cancelled(self, item, kept, beyond):
        card = factories.card(beyond, status="cancelled")
        done(item, "merge", to_account_id=kept.id, cards="move")
        with refused_by("card_moves_by_merge"):
            Card.objects.filter(pk=card.pk).update(account=kept)

    def test_former_account_of_a_moved_card_is_kept(self, item, kept, beyond):
        card = factories.card(beyond)
        row = done(item, "merge", to_account_id=kept.id, cards="move")
        more = {"card": card, "from_account": beyond, "to_account": kept, "at": NOON, "action": row}
        with refused_by("card_move_once"), past_the_guards("accounts_cardmove"):
            CardMove.objects.create(**more)
        with refused_by("card_move_between_two"), past_the_guards("accounts_cardmove"):
            CardMove.objects.create(**more | {"card": factories.card(kept), "to_account": beyond})
        with pytest.raises(Exception, match="append_only"):
            CardMove.objects.create(**more | {"card": factories.card(kept)})

    def test_stop_by_an_action_alone(self, fifth_card):
        with refused_by("card_stopped_by_cleanup"):
            Card.objects.filter(pk=fifth_card.pk).update(status="stopped")

    def test_stopped_card_is_usable_again_by_an_action_only(self, fifth_card):
        done(CleanupItem.objects.get(card=fifth_card), "stop")
        with refused_by("card_stopped_by_cleanup"):
            Card.objects.filter(pk=fifth_card.pk).update(status="active")

    def test_stopped_card_cannot_be_issued(self, fifth_card):
        with refused_by("card_stopped_by_cleanup"):
            factories.card(fifth_card.account, product="medical", status="stopped")


class TestClasses:
    def test_an_account_names_its_own_downgrade(self, item, kept, beyond):
        row = done(item, "downgrade")
        with refused_by("account_downgraded_by_action"):
            Account.objects.filter(pk=kept.pk).update(downgrade=row)

    def test_undone_downgrade_returns_to_the_former_class(self, item, beyond):
        done(item, "downgrade")
        with refused_by("account_downgraded_by_action"):
            Account.objects.filter(pk=beyond.pk).update(account_class="III", class_slot=1)

    def test_new_account_has_no_downgrade(self, item, kept):
        row = done(item, "downgrade")
        with refused_by("account_downgraded_by_action"):
            factories.account(kept.customer, "II", downgrade=row)

    def test_account_without_a_place_names_its_action(self, item, kept, beyond):
        for _ in range(5):
            factories.account(kept.customer, "II")
        done(item, "downgrade")
        young = factories.account(kept.customer, "III")
        with refused_by("account_class_slot_or_stock"):
            Account.objects.filter(pk=young.pk).update(class_slot=None)
