"""The manager's figures equal the day's business: today, yesterday, 30 days; they are read by index."""

from datetime import timedelta

import pytest

from accounts.till.operations.reversals import ask_cash_reversal
from config.kernel import approvals
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import TrailRecord
from config.oversight.queries.figures import bank_figures
from tests import cash, factories, plans
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.listings import certify, enter
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.queries.day_figures import ended_by_day, many_payers

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures"
DAY = timedelta(days=1)


@pytest.fixture
def account(noon, zhang):
    return factories.account(zhang, "I", balance_fen=10_000_000)


def test_figures_of_a_day_are_shown_beside_the_day_before(account, noon, signed_in, zhang):
    noon.set(NOON + DAY)
    factories.card(
        factories.account(factories.customer(factories.new_person(), at=NOON + DAY), "I", opened_at=NOON + DAY),
        issued_at=NOON + DAY,
    )
    today, yesterday, *_ = bank_figures().days
    assert (yesterday.customers, yesterday.opened, yesterday.cards) == (1, 1, 0)
    assert (today.customers, today.opened, today.cards) == (1, 1, 1)
    page = text_of(signed_in("supervisor").get(PAGE))
    assert "开户" in page
    assert zhang.name not in page
    assert "Accounts opened" in text_of(english(signed_in("auditor")).get(PAGE))


def test_cash_that_was_taken_back_neither_came_in_nor_went_out(account, noon):
    own = factories.caller("teller")
    cash.box(10_000_000, own)
    kept = [cash.pay(account, "deposit", 500, own), cash.pay(account, "withdrawal", 200, own)]
    for kind, fen in (("deposit", 70), ("withdrawal", 30)):
        moved = cash.pay(account, kind, fen, own)
        asked = perform(lambda moved=moved: ask_cash_reversal(principal=own, movement_id=moved.id, reason="输入错误"))
        perform(lambda asked=asked: approvals.approve(asked[1].pk, principal=factories.caller("supervisor")))
    assert kept
    today = bank_figures().days[0]
    assert (today.in_fen, today.out_fen, today.net_fen) == (500, 200, 300)


def test_cancelled_and_returned_sums_are_counted_on_their_day(account):
    held(account, due_at=NOON + DAY, amount_fen=300, count=4, channel="phone", rule_profile="")
    first, second, third, _ = Transfer.objects.order_by("id")
    with plans.past_the_guards("transfers_transfer"):
        for row, status, ended in ((first, "cancelled", NOON), (second, "cancelled", NOON - DAY)):
            Transfer.objects.filter(pk=row.pk).update(status=status, ended_at=ended, accepted_at=ended - DAY)
        Transfer.objects.filter(pk=third.pk).update(
            status="returned", due_at=NOON, ended_at=NOON, outcome_code="ACCOUNT_FROZEN", accepted_at=NOON - DAY
        )
    figures = bank_figures()
    today, yesterday, *_ = figures.days
    assert (today.cancelled, today.cancelled_fen, today.returned, today.returned_fen) == (1, 300, 1, 300)
    assert (yesterday.cancelled, figures.total.cancelled, figures.total.cancelled_fen) == (1, 2, 600)


def test_certificates_are_shown_with_their_waiting_time(noon, signed_in):
    enter(factories.LI)
    certify(factories.ZHANG)
    figures = bank_figures()
    assert (figures.total.received, figures.total.in_force, figures.waited) == (2, 1, timedelta())
    assert figures.waiting == 1
    assert figures.oldest is not None


def test_payee_of_many_customers_is_shown_once_and_masked(account, signed_in, noon):
    payee = factories.account(factories.customer(factories.new_person()), "I")
    for number in range(3):
        payer = factories.account(factories.customer(factories.new_person()), "I", balance_fen=1_000_000, held_fen=0)
        held(payer, due_at=NOON + DAY, amount_fen=100 + number, payee=payee)
        if number == 1:
            assert many_payers(NOON) == []
            # Two accounts of one customer are one payer.
            other = factories.account(payer.customer, "II", balance_fen=1_000_000)
            held(other, due_at=NOON + DAY, payee=payee)
            assert many_payers(NOON) == []
    (found,) = many_payers(NOON)
    assert (found.payee_account_id, found.customers, found.count) == (payee.id, 3, 4)
    page = text_of(signed_in("supervisor").get(PAGE))
    assert f"/desk/transfers?account={payee.id}" in page
    assert payee.account_number not in page
    assert many_payers(NOON + 2 * DAY) == []


def test_unmasked_views_are_counted_by_person(noon, signed_in, zhang):
    officer = signed_in("compliance", "curious")
    assert officer.post(f"/desk/customers/{zhang.id}/unmask", {"reason": "document_check"}).status_code == 200
    assert TrailRecord.objects.filter(kind="unmask").count() == 1
    (unmasking,) = bank_figures().unmaskings
    assert unmasking["count"] == 1
    assert unmasking["name"] in text_of(signed_in("supervisor").get(PAGE))


def test_query_count_is_independent_of_the_business_of_the_day(account, signed_in):
    supervisor = signed_in("supervisor")
    counts = []
    for _ in range(2):
        factories.card(factories.account(factories.customer(factories.new_person()), "I"))
        certify(factories.new_person())
        counts.append(queries_of(lambda: supervisor.get(PAGE)))
    assert counts[0] == counts[1] < 40


@pytest.mark.django_db(transaction=True)
def test_no_table_is_read_from_end_to_end(noon):
    plans.seed_transfers(NOON)
    plans.seed_decisions(NOON)
    ended = ended_by_day(NOON - 30 * DAY, NOON)
    (plan,) = plans.plans_of(lambda: rows(ended.text, ended.params), table="transfers_transfer")
    assert {index for _, index in plan.ways} == {"transfer_ended_unposted"}
    assert "transfers_transfer" not in plan.scanned
    (looked, *_) = plans.plans_of(lambda: many_payers(NOON, most=500), table="transfers_transfer")
    assert "transfers_transfer" not in looked.scanned
    for plan in plans.plans_of(bank_figures, table="kernel_decision"):
        # In an empty month, which another test may have left, any index will do.
        assert "decision_refused" in {index for _, index in plan.ways}
        assert "kernel_decision" not in plan.scanned
