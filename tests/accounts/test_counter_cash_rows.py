"""Database guards of cash at the counter: each refuses plain SQL, by its name."""

from datetime import timedelta

import pytest

from accounts.models import Account
from accounts.till.models import CashBox, CashCount, CashMovement, CashReversal, CounterCash
from accounts.till.operations.cash import post_cash
from accounts.till.queries.boxes import facts_of
from config.kernel.database.ids import new_id
from config.kernel.database.sql import ask, insert, rows
from config.kernel.models import Decision
from tests import cash, factories
from tests.accounts.test_posting_guards import settle
from tests.clock import NOON
from tests.database_refusals import refused_by

pytestmark = pytest.mark.django_db

LIMIT = 50_000_00


@pytest.fixture
def account(zhang) -> Account:
    return factories.account(zhang, "I")


@pytest.fixture
def box(noon) -> CashBox:
    return cash.box(1_000_000_00)


class TestCashGuards:
    """Database guards, with every check in Python removed."""

    def test_teller_with_an_open_box_moves_cash_through_it(self, account, box, noon, monkeypatch):
        noon.advance(microseconds=1)
        monkeypatch.setattr("accounts.till.operations.cash.take_open_box", lambda _: None)
        with refused_by("entry_cash_in_the_open_box"):
            cash.pay(account, "deposit", 1)
            settle()

    def test_cash_above_the_limit_takes_two(self, account, box, monkeypatch):
        monkeypatch.setattr("accounts.till.operations.cash.check_alone", lambda *_: None)
        with refused_by("cash_above_limit_takes_two"):
            cash.pay(account, "deposit", LIMIT + 1)
            settle()

    def test_a_box_is_not_negative(self, account, noon, monkeypatch):
        cash.box(0)
        cash.pay(account, "deposit", 100)
        monkeypatch.setattr("accounts.till.operations.cash.check_in_box", lambda *_: None)
        rich = factories.account(account.customer, "II", balance_fen=200)
        with refused_by("cash_box_not_negative"):
            cash.pay(rich, "withdrawal", 101)

    def test_cash_moves_in_an_open_box_of_its_day(self, account, box, noon, monkeypatch):
        monkeypatch.setattr("accounts.till.operations.cash.check_box", lambda *_: None)
        noon.advance(hours=12)
        with refused_by("cash_moves_in_an_open_box"):
            cash.pay(account, "deposit", 1)

    def test_every_movement_of_a_box_is_posted(self, account, box):
        with refused_by("cash_movement_is_posted"):
            CashMovement(box=box, account=account, kind="deposit", amount_fen=1, at=NOON).save(force_insert=True)
            settle()

    def test_a_box_is_moved_by_its_teller_alone(self, account, box, monkeypatch):
        other = cash.box(teller=factories.caller("teller", "other"))
        monkeypatch.setattr("accounts.till.operations.cash.take_open_box", lambda _: facts_of(other))
        with refused_by("cash_movement_of_its_teller"):
            cash.pay(account, "deposit", 1)
            settle()

    def test_a_box_is_opened_on_its_day(self, box):
        other = factories.caller("teller", "other")
        with refused_by("cash_box_opened_on_its_day"):
            CashBox(
                teller_id=other.id, day=NOON.date() - timedelta(days=1), opening_fen=0, alone_fen=1, opened_at=NOON
            ).save(force_insert=True)  # fmt: skip

    def test_a_box_is_closed_by_a_count(self, box):
        with refused_by("cash_box_closed_by_count"):
            CashBox.objects.filter(pk=box.pk).update(closed_at=NOON)
            settle()
        row, _ = cash.count(1_000_000_00)
        with refused_by("cash_count_closes_the_box"):
            CashCount.put_in_force(row.id, NOON)
            factories.approved("cash_count", row)
            settle()

    def test_a_box_is_closed_once(self, box):
        cash.approve(cash.count(1_000_000_00)[1])
        row = CashCount(
            id=new_id(), box=box, book_fen=1, counted_fen=1, asked_at=NOON, status="active", in_force_at=NOON
        )
        with refused_by("cash_count_once"):
            row.save(force_insert=True)

    def test_approved_cash_is_posted(self, account, box):
        large, _ = cash.large(account, "deposit", LIMIT + 1)
        back, _ = cash.take_back(cash.pay(account, "deposit", 1))
        for row, kind, name in (
            (large, "counter_cash", "counter_cash_moves"),
            (back, "cash_reversal", "cash_reversal_moves"),
        ):
            with refused_by(name):
                type(row).put_in_force(row.id, NOON)
                factories.approved(kind, row)
                settle()

    def test_reversal_mirrors_a_movement_of_the_same_day(self, account, box, noon):
        moved = cash.pay(account, "deposit", 100_00)
        row, _ = cash.take_back(moved)
        for status, at in (("pending", None), ("active", NOON + timedelta(days=1))):
            with refused_by("entry_reversal_mirrors"):
                CashReversal.objects.filter(pk=row.pk).update(status=status, in_force_at=at)
                rows("SELECT accounts_post_cash_reversal(%s)", [row.pk])

    def test_an_order_is_posted_by_no_decision_of_one(self, account, box):
        """A forged decision with the order's id would post another amount instead."""
        order, _ = cash.large(account, "deposit", LIMIT + 1)
        decision = Decision(
            id=new_id(), at=NOON, kind="deposit", outcome="allowed", policy_version="x", object_id=order.id,
            facts={"amount_fen": 1}, account_id=account.id, principal_id=factories.caller("teller").id,
        )  # fmt: skip
        ask(insert(decision))
        with refused_by("entry_cash_is_decided"):
            post_cash(decision.id)

    def test_a_reversal_is_done_once(self, account, box):
        moved = cash.pay(account, "deposit", 100_00)
        cash.approve(cash.take_back(moved)[1])
        row = CashReversal(id=new_id(), movement_id=moved.id, account=account, status="active", asked_at=NOON)
        row.in_force_at, row.reason = NOON, "x"
        with refused_by("cash_reversal_once"):
            row.save(force_insert=True)

    @pytest.mark.parametrize(
        ("name", "kind", "changes"),
        [
            ("cash_box_opening_not_negative", CashBox, {"opening_fen": -1}),
            ("cash_box_closed_after_opened", CashBox, {"closed_at": NOON - timedelta(hours=1)}),
            ("cash_movement_kind_known", CashMovement, {"kind": "x"}),
            ("cash_movement_moves", CashMovement, {"amount_fen": 0}),
            ("counter_cash_kind_known", CounterCash, {"kind": "reversal"}),
            ("counter_cash_moves_money", CounterCash, {"amount_fen": 0}),
            ("counter_cash_in_force_since", CounterCash, {"status": "active"}),
            ("cash_reversal_in_force_since", CashReversal, {"status": "active"}),
            ("cash_count_not_negative", CashCount, {"book_fen": -1, "counted_fen": -1}),
            ("cash_count_in_force_since", CashCount, {"status": "active"}),
        ],
    )
    def test_a_row_is_whole(self, account, box, name, kind, changes):
        facts = {"box": box, "account": account, "kind": "deposit", "amount_fen": 1}
        opened = {"day": NOON.date(), "opening_fen": 0, "alone_fen": 1, "opened_at": NOON}
        whole = {
            CashBox: opened | {"teller_id": factories.caller("teller", "x").id},
            CashMovement: facts | {"at": NOON},
            CounterCash: facts | {"asked_at": NOON},
            CashCount: {"box": box, "book_fen": 1, "counted_fen": 1, "asked_at": NOON},
        }
        if kind is CashReversal:
            moved = cash.pay(account, "deposit", 1)
            whole[kind] = {"movement_id": moved.id, "account": account, "asked_at": NOON}
        with refused_by(name):
            kind(**(whole[kind] | changes)).save(force_insert=True)
