"""With excess no place can be taken, and beyond a limit only two persons can add. Plain SQL is refused."""

from datetime import timedelta

import pytest

from accounts.cleanup.models import CleanupAction, CleanupItem
from accounts.cleanup.vocabulary import CleanupWay
from accounts.models import Account
from accounts.operations.cards import replace_card
from accounts.vocabulary.limits import CleanupLimit
from config.kernel.database.transactions import perform
from tests import cleanup_cases, factories, stock
from tests.accounts.test_posting_guards import settle
from tests.accounts.test_stock_dates import change
from tests.clock import NOON
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db


class TestSlotsOfCustomersWithExcess:
    def test_freed_slot_is_not_taken_while_an_account_is_beyond(self, zhang, batch):
        placed = factories.account(zhang, "I", import_batch=batch)
        beyond = stock.account_beyond(zhang, batch)
        stock.finished(batch)
        change(placed, status="closed", closed_at=NOON)
        with refused_by("account_no_place_beside_excess"):
            factories.account(zhang, "I", class_slot=1)
        later = stock.batch("later")
        with refused_by("account_no_place_beside_excess"):
            factories.account(zhang, "I", class_slot=1, import_batch=later)
        change(beyond, status="closed", closed_at=NOON)
        factories.account(zhang, "I", class_slot=1)

    def test_rows_beyond_count_among_five(self, zhang, batch):
        for _ in range(2):
            stock.account_beyond(zhang, batch, "II")
        stock.finished(batch)
        for slot in (1, 2, 3):
            factories.account(zhang, "II", class_slot=slot)
        with refused_by("account_no_place_beside_excess"):
            factories.account(zhang, "II", class_slot=4)
        factories.account(zhang, "III", class_slot=4)

    def test_a_set_is_refused_for_one_of_its_rows(self, zhang, li, batch):
        stock.account_beyond(zhang, batch)
        stock.finished(batch)
        made = [
            Account(
                customer=of, account_number=f"9{number}", kind="bank", account_class="I", class_slot=1, opened_at=NOON
            )
            for number, of in enumerate((li, zhang))
        ]
        with refused_by("account_no_place_beside_excess"):
            Account.objects.bulk_create(made)

    def test_change_of_class_takes_no_slot_while_an_account_is_beyond(self, zhang, batch):
        stock.account_beyond(zhang, batch)
        stock.finished(batch)
        second = factories.account(zhang, "II")
        with refused_by("account_no_place_beside_excess"):
            change(second, account_class="I", class_slot=1)

    def test_row_beyond_takes_no_place_while_others_are_beyond(self, zhang, batch):
        first, _ = stock.account_beyond(zhang, batch), stock.account_beyond(zhang, batch)
        stock.finished(batch)
        with refused_by("account_no_place_beside_excess"):
            change(first, class_slot=1)

    def test_the_last_one_beyond_takes_its_place(self, zhang, batch):
        last = stock.account_beyond(zhang, batch)
        stock.finished(batch)
        change(last, class_slot=1)

    def test_places_are_assigned_during_an_open_import(self, zhang, batch):
        first, _ = stock.account_beyond(zhang, batch), stock.account_beyond(zhang, batch)
        change(first, class_slot=1)
        stock.account_beyond(zhang, batch, "II")
        factories.account(zhang, "II", class_slot=1, import_batch=stock.batch("at once"))

    def test_a_freed_place_among_four_is_no_further_cards(self, account, batch):
        placed = [factories.card(account, import_batch=batch) for _ in range(4)]
        stock.card_beyond(account, batch)
        stock.finished(batch)
        change(placed[3], status="cancelled", cancelled_at=NOON)
        with refused_by("card_no_place_beside_excess"):
            factories.card(account, slot=4)
        with refused_by("card_no_place_beside_excess"):
            factories.card(account, slot=4, import_batch=stock.batch("later"))
        change(placed[2], status="cancelled", cancelled_at=NOON)
        factories.card(account, slot=4)

    def test_replacement_of_a_card_cancelled_long_ago_takes_no_place(self, account, batch):
        placed = [factories.card(account) for _ in range(4)]
        stock.card_beyond(account, batch)
        stock.finished(batch)
        change(placed[3], status="cancelled", cancelled_at=NOON - timedelta(days=1))
        with refused_by("card_no_place_beside_excess"):
            factories.card(account, slot=4, replaces=placed[3])

    def test_a_replacement_of_one_with_a_place_is_no_further_card(self, noon, account, batch):
        placed = [factories.card(account) for _ in range(4)]
        for _ in range(3):
            stock.card_beyond(account, batch)
        stock.finished(batch)
        fresh = perform(lambda: replace_card(principal=factories.caller("teller"), card_id=placed[3].id))
        assert fresh.slot == 4

    def test_card_beyond_takes_no_place(self, account, batch):
        cards = [stock.card_beyond(account, batch) for _ in range(5)]
        stock.finished(batch)
        with refused_by("card_no_place_beside_excess"):
            change(cards[0], slot=1)
        change(cards[4], status="cancelled", cancelled_at=NOON)
        change(cards[0], slot=1)


class TestExcessByApproval:
    def test_an_old_account_of_another_class_does_not(self, zhang, batch):
        factories.account(zhang, "I")
        old = factories.account(zhang, "II", import_batch=batch, opened_at=factories.BEFORE_THE_RULES)
        stock.finished(batch)
        with refused_by("account_beyond_by_approval"):
            change(old, account_class="I", class_slot=None)
            settle()

    def test_account_does_not_leave_its_place(self, zhang, batch):
        old = factories.account(zhang, "I", import_batch=batch, opened_at=factories.BEFORE_THE_RULES)
        stock.finished(batch)
        with refused_by("account_beyond_by_approval"):
            change(old, class_slot=None)
            settle()

    def test_card_does_not_leave_its_place(self, account, batch):
        old = factories.card(account, import_batch=batch, issued_at=factories.BEFORE_THE_RULES)
        stock.finished(batch)
        with refused_by("card_beyond_by_approval"):
            change(old, slot=None)

    @pytest.fixture
    def cleaned(self, zhang, batch) -> tuple[Account, Account, CleanupItem]:
        """Two Class I accounts, one of them beyond, and the item of the one with the place."""
        placed = factories.account(zhang, "I", import_batch=batch, opened_at=factories.BEFORE_THE_RULES)
        beyond = stock.account_beyond(zhang, batch)
        stock.finished(batch)
        case = cleanup_cases.case(zhang, CleanupLimit.BANK_I, placed, beyond, most=1)
        return placed, beyond, case.items.get(account=placed)

    def test_row_that_had_the_place_gets_it_back(self, cleaned):
        placed, _, item = cleaned
        change(placed, account_class="II", class_slot=1)
        _in_force(item, CleanupWay.DOWNGRADE)
        with refused_by("account_no_place_beside_excess"):
            change(placed, account_class="I", class_slot=1)
        _in_force(item, CleanupWay.UNDO)
        change(placed, account_class="I", class_slot=1)


def _in_force(item: CleanupItem, way: CleanupWay) -> CleanupAction:
    more = {"to_class": "II"} if way is CleanupWay.DOWNGRADE else {}
    if way is CleanupWay.UNDO:
        more = {"undoes": item.actions.get(way=CleanupWay.DOWNGRADE)}
        change(more["undoes"], undone_at=NOON)
    row = cleanup_cases.action(item, way, status="active", in_force_at=NOON, **more)
    factories.approved("cleanup_action", row)
    return row
