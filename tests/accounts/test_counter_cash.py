"""Cash at the counter: in a box, by two persons above a limit, reversed on the same day, counted at its end."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Account, Entry
from accounts.refusals.money import AccountClosed, AccountFrozen, CaseAccountStopped, ChannelLimit, InsufficientFunds
from accounts.till.models import CashBox, CashCount, CashMovement, CounterCash
from accounts.till.operations.boxes import ask_count
from accounts.till.operations.counter import ask_counter_cash
from accounts.till.operations.reversals import ask_cash_reversal
from accounts.till.queries.boxes import facts_of, open_box
from accounts.till.refusals import CashBoxState, CashNotReversible, DocumentScanMissing
from accounts.till.vocabulary import MovementKind
from accounts.vocabulary import RequestStatus
from config.kernel import approvals
from config.kernel.access.keys import Caller
from config.kernel.approvals import ApprovalDecided, ApprovalPending, ApprovalStale
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.models import Decision
from config.kernel.trail.scans import Scan
from tests import cash, factories
from tests.accounts.test_posting_guards import settle
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.http import refused
from tests.listings import certify_account

pytestmark = [pytest.mark.django_db, pytest.mark.application]

LIMIT = 50_000_00


def _large_cash(account: Account, maker: Caller) -> Any:
    if open_box(maker.id) is None:
        # Written without the operation, because the rules of opening a box are not tested here.
        day = {"day": shanghai_day(bank_now()), "opened_at": bank_now()}
        CashBox(teller_id=maker.id, opening_fen=0, alone_fen=50_000_00, **day).save(force_insert=True)
    return ask_counter_cash(principal=maker, account_id=account.id, kind=MovementKind.DEPOSIT, amount_fen=50_000_01)


def _paid_in(account: Account) -> Any:
    teller = factories.caller("teller", "who-took-cash")
    if open_box(teller.id) is None:
        cash.box(teller=teller)
    return cash.pay(account, "deposit", 100_00, teller).id


CASES = {
    "counter_cash": Case(
        by="teller",
        propose=lambda account, maker, _: _large_cash(account, maker),
        ended=ENDED,
        owner=(True, True),
        again=False,
    ),
    "cash_reversal": Case(
        by="teller",
        prepare=_paid_in,
        propose=lambda _, maker, movement_id: ask_cash_reversal(
            principal=maker, movement_id=movement_id, reason="金额录入有误"
        ),
        ended=ENDED,
        owner=(True, True),
        again=False,
    ),
    "cash_count": Case(
        by="teller",
        prepare=lambda _: cash.box(100_00, factories.caller("teller", "who-counts")).id,
        propose=lambda _, maker, box_id: ask_count(
            principal=maker, box_id=box_id, counted_fen=99_50, reason="少了五角，待查"
        ),
        ended=ENDED,
        owner=(False, False),
    ),
}


@pytest.fixture
def account(zhang) -> Account:
    return factories.account(zhang, "I")


@pytest.fixture
def box(noon) -> CashBox:
    return cash.box(1_000_000_00)


def balance(of: Account) -> int:
    of.refresh_from_db()
    return of.balance_fen


def held(box: CashBox) -> int:
    return facts_of(box).held_fen


def cause(kind, what, *args, **more) -> str:
    with pytest.raises(kind) as error:
        what(*args, **more)
    return error.value.fields.get("cause", "")


class TestBox:
    def test_cash_moves_in_the_box_that_is_open(self, account, box):
        cash.pay(account, "deposit", 300_00)
        cash.pay(account, "withdrawal", 100_00)
        settle()
        assert (balance(account), held(box)) == (200_00, 1_000_200_00)
        assert list(CashMovement.objects.order_by("id").values_list("kind", "amount_fen")) == [
            ("deposit", 300_00), ("withdrawal", -100_00),
        ]  # fmt: skip

    def test_desk_cash_needs_an_open_box(self, account, noon):
        assert cause(CashBoxState, cash.pay, account, "deposit", 1) == "box_not_open"
        assert not Entry.objects.exists()

    def test_the_same_person_moves_it_over_rest_too(self, account, box, teller):
        body = {"account": {"account_id": str(account.id)}, "amount": "300.00"}
        assert teller.post("/cash/deposits", body).status_code == 201
        assert held(box) == 1_000_300_00
        assert refused(teller.post("/cash/deposits", body | {"amount": "50000.01"}), "CHANNEL_LIMIT")

    def test_teller_without_a_box_and_machines_move_cash_without_one(self, account, box, client_for):
        body = {"account": {"account_id": str(account.id)}, "amount": "600000.00"}
        assert client_for("teller", "other").post("/cash/deposits", body).status_code == 201
        assert held(box) == 1_000_000_00

    def test_a_box_of_yesterday_lets_nothing_through_until_it_is_counted(self, account, box, noon):
        noon.advance(hours=12)
        assert cause(CashBoxState, cash.pay, account, "deposit", 1) == "box_of_another_day"
        assert cause(CashBoxState, cash.box) == "box_of_another_day"
        cash.approve(cash.count(1_000_000_00)[1])
        cash.box(1)
        cash.pay(account, "deposit", 1)
        settle()

    def test_box_pays_out_no_more_than_it_holds(self, account, noon):
        box = cash.box(0)
        cash.pay(account, "deposit", 300_00)
        cash.approve(cash.count(300_00)[1])
        cash.box(200_00)
        assert cause(CashBoxState, cash.pay, account, "withdrawal", 200_01) == "box_short"
        cash.pay(account, "withdrawal", 200_00)
        assert balance(account) == 100_00
        assert held(box) == 300_00

    def test_one_box_per_teller_is_open_at_a_time(self, box):
        assert cause(CashBoxState, cash.box) == "box_open_already"
        with refused_by("cash_box_one_open"):
            CashBox(teller=box.teller, day=box.day, opening_fen=0, alone_fen=1, opened_at=NOON).save(force_insert=True)


class TestCount:
    def test_a_second_person_closes_it_and_the_difference_stays(self, account, box):
        cash.pay(account, "deposit", 300_00)
        row, approval = cash.count(1_000_299_50, "少了五角，待查")
        assert cause(ApprovalPending, cash.count, 1) == ""
        cash.pay(account, "deposit", 1)
        with pytest.raises(ApprovalStale):
            cash.approve(approval)
        cash.pay(account, "withdrawal", 1)
        cash.approve(approval)
        settle()
        row.refresh_from_db()
        box.refresh_from_db()
        assert (row.difference_fen, row.reason, box.closed_at) == (-50, "少了五角，待查", NOON)
        assert cause(CashBoxState, cash.pay, account, "deposit", 1) == "box_not_open"
        cash.box(1_000_299_50)
        cash.pay(account, "deposit", 1)

    def test_a_reason_without_a_difference_is_not_kept(self, box):
        row, _ = cash.count(1_000_000_00, "无")
        assert row.reason is None

    def test_difference_of_a_count_needs_a_reason(self, box):
        with refused_by("cash_count_difference_told"):
            CashCount(box=box, book_fen=1, counted_fen=2, asked_at=NOON).save(force_insert=True)


class TestLargeCash:
    def test_one_person_is_enough_up_to_the_limit(self, account, box):
        cash.pay(account, "deposit", LIMIT)
        assert cause(ChannelLimit, cash.pay, account, "deposit", LIMIT + 1) == "one_person"
        cash.pay(account, "withdrawal", LIMIT)

    @pytest.mark.parametrize(("kind", "sign"), [("deposit", 1), ("withdrawal", -1)])
    def test_cash_above_the_limit_moves_after_the_second_person_approves(self, account, box, kind, sign):
        cash.approve(cash.large(account, "deposit", 2 * LIMIT)[1])
        row, approval = cash.large(account, kind, LIMIT + 1)
        assert balance(account) == 2 * LIMIT
        cash.approve(approval)
        settle()
        assert balance(account) == 2 * LIMIT + sign * (LIMIT + 1)
        assert held(box) == 1_000_000_00 + balance(account)
        legs = Entry.objects.filter(posting_id=row.id).order_by("leg")
        assert sorted(each.amount_fen for each in legs) == [-LIMIT - 1, LIMIT + 1]
        decision = Decision.objects.get(object_id=row.id, kind="counter_cash")
        assert (decision.facts["entry_kind"], decision.facts["amount_fen"]) == (kind, LIMIT + 1)

    def test_document_scan_is_attached_before_the_approval(self, account, box, settings):
        settings.LARGE_CASH_SCAN = True
        row, approval = cash.large(account, "deposit", LIMIT + 1)
        with pytest.raises(DocumentScanMissing):
            cash.approve(approval)
        assert (balance(account), RequestStatus(CounterCash.objects.get(pk=row.id).status)) == (
            0,
            RequestStatus.PENDING,
        )
        scan = Scan("身份证.pdf", "application/pdf", b"%PDF-1.7 paper")
        approvals.attach(approval.id, principal=approval.made_by, scan=scan)
        cash.approve(approval)
        assert balance(account) == LIMIT + 1

    def test_withdrawal_without_cover_is_refused_on_request_and_on_approval(self, account, box):
        with pytest.raises(InsufficientFunds):
            cash.large(account, "withdrawal", LIMIT + 1)
        cash.approve(cash.large(account, "deposit", LIMIT + 1)[1])
        _, approval = cash.large(account, "withdrawal", LIMIT + 1)
        cash.pay(account, "withdrawal", 1)
        with pytest.raises(InsufficientFunds):
            cash.approve(approval)

    def test_the_box_must_still_be_open(self, account, box):
        _, approval = cash.large(account, "deposit", LIMIT + 1)
        cash.approve(cash.count(1_000_000_00)[1])
        assert cause(CashBoxState, cash.approve, approval) == "box_not_open"

    def test_limit_for_one_person_can_be_lowered_and_not_raised(self, account, settings, noon):
        settings.COUNTER_CASH_ALONE = 100_00
        cash.box()
        cash.pay(account, "deposit", 100_00)
        with pytest.raises(ChannelLimit):
            cash.pay(account, "deposit", 100_01)
        other = factories.caller("teller", "other")
        settings.COUNTER_CASH_ALONE = 900_000_00
        assert cash.box(teller=other).alone_fen == LIMIT
        with refused_by("cash_box_alone_at_most"):
            third = factories.caller("teller", "third")
            CashBox(
                teller_id=third.id, day=NOON.date(), opening_fen=0, alone_fen=LIMIT + 1, opened_at=NOON
            ).save(force_insert=True)  # fmt: skip


class TestReversal:
    @pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
    def test_reversal_mirrors_the_movement(self, account, box, kind):
        cash.pay(account, "deposit", 500_00)
        moved = cash.pay(account, kind, 200_00)
        row, approval = cash.take_back(moved)
        assert cause(ApprovalPending, cash.take_back, moved) == ""
        cash.approve(approval)
        settle()
        assert (balance(account), held(box)) == (500_00, 1_000_500_00)
        was = Entry.objects.filter(posting_id=moved.id).order_by("leg")
        back = Entry.objects.filter(posting_id=row.id).order_by("-leg")
        assert [(e.account_id, e.internal_id, -e.amount_fen) for e in was] == [
            (e.account_id, e.internal_id, e.amount_fen) for e in back
        ]
        assert {each.kind for each in back} == {"reversal"}
        assert cause(CashNotReversible, cash.take_back, moved) == "reversal_done"
        decision = Decision.objects.get(object_id=row.id, kind="cash_reversal")
        assert decision.facts["movement_id"] == str(moved.id)

    def test_a_reversal_is_not_reversed(self, account, box):
        row, approval = cash.take_back(cash.pay(account, "deposit", 1))
        cash.approve(approval)
        assert cause(CashNotReversible, cash.take_back, row) == "reversal_of_a_reversal"

    def test_reversal_is_possible_on_the_same_day_only(self, account, box, noon):
        moved = cash.pay(account, "deposit", 1)
        _, approval = cash.take_back(moved)
        noon.set(NOON.replace(hour=23, minute=59, second=59, microsecond=999_999))
        noon.advance(microseconds=1)
        with pytest.raises(ApprovalDecided):
            cash.approve(approval)
        assert cause(CashNotReversible, cash.take_back, moved) == "reversal_not_today"

    def test_reversal_is_refused_after_the_box_is_closed(self, account, box):
        moved = cash.pay(account, "deposit", 1)
        cash.approve(cash.count(1_000_000_01)[1])
        assert cause(CashNotReversible, cash.take_back, moved) == "reversal_box_closed"

    def test_deposit_spent_meanwhile_is_not_reversed(self, account, box):
        moved = cash.pay(account, "deposit", 100_00)
        _, approval = cash.take_back(moved)
        cash.pay(account, "withdrawal", 1)
        with pytest.raises(InsufficientFunds):
            cash.approve(approval)

    def test_freeze_blocks_reversal_of_a_deposit_and_not_of_a_withdrawal(self, account, box):
        paid_in, paid_out = cash.pay(account, "deposit", 100_00), cash.pay(account, "withdrawal", 50_00)
        account.freezes.create(authority="某公安局", order_no="1", placed_at=NOON - timedelta(days=1))
        with pytest.raises(AccountFrozen):
            cash.take_back(paid_in)
        cash.approve(cash.take_back(paid_out)[1])
        assert balance(account) == 100_00

    def test_reversal_on_a_closed_or_case_account_is_refused(self, account, box, li):
        paid_in, paid_out = cash.pay(account, "deposit", 100_00), cash.pay(account, "withdrawal", 100_00)
        Account.objects.filter(pk=account.pk).update(status="closed", closed_at=NOON)
        for moved in (paid_in, paid_out):
            with pytest.raises(AccountClosed):
                cash.take_back(moved)
        other = factories.account(li, "I")
        moved = cash.pay(other, "deposit", 100_00)
        certify_account(other.account_number)
        with pytest.raises(CaseAccountStopped):
            cash.take_back(moved)
