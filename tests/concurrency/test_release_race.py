"""Cancellation and release at the same instant: one outcome per transfer, and matching balances."""

import threading
import time
from datetime import timedelta

import pytest
from django.db.models import Sum

from accounts.models import Account, Entry
from config.kernel.database.clock import bank_now
from config.kernel.database.transactions import perform
from config.kernel.law.refusals import Conflict
from tests import factories
from tests.races import at_once
from tests.transfers.conftest import pay_in
from tests.transfers.factories import held
from transfers.models import Event, Transfer
from transfers.operations.cancel import Applicant, cancel_transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db(transaction=True)


def cancel(transfer):
    """Cancel as the payer; return the code of the answer."""
    applicant = Applicant(identity_key=factories.ZHANG.identity_key)
    try:
        perform(lambda: cancel_transfer(transfer.id, principal=factories.caller("teller"), applicant=applicant))
    except Conflict as refusal:
        return refusal.code
    return "CANCELLED"


@pytest.fixture(autouse=True)
def small_batches(settings):
    settings.RELEASE_BATCH_SIZE = 7


def release_until(stop):
    """Release until the test stops it, and then until no transfer is held."""
    total = Released()
    while not stop.is_set() or Transfer.objects.filter(status="held").exists():
        total += release_due(released_by=ReleasedBy.CELERY)
    return total


def check_money(payer, payee, amount_fen):
    """Assert that each transfer has one outcome, and that balances, holds and entries agree."""
    outcomes = Event.objects.exclude(new_status="held")
    assert outcomes.values("transfer").distinct().count() == outcomes.count() == Transfer.objects.count()
    posted = Transfer.objects.filter(status="posted").count()
    payer.refresh_from_db()
    payee.refresh_from_db()
    assert (payer.balance_fen, payer.held_fen) == (100_000 - posted * amount_fen, 0)
    assert payee.balance_fen == posted * amount_fen
    entries = Entry.objects.filter(kind="transfer")
    assert (entries.count(), entries.aggregate(sum=Sum("amount_fen"))["sum"] or 0) == (2 * posted, 0)


def test_a_hundred_cancels_against_a_release_have_one_outcome(noon, payer, payee):
    factories.caller("teller")
    noon.run()
    (transfer,) = held(payer, payee, amount_fen=10, due_at=bank_now() + timedelta(seconds=1.5))
    stop = threading.Event()

    def cancels(number):
        # Twenty threads, five cancels each, from just before the due instant to just after it.
        time.sleep(max(0, (transfer.due_at - bank_now()).total_seconds() - 0.05 + number * 0.004))
        return [cancel(transfer) for _ in range(5)]

    def canceller(number):
        return lambda: cancels(number)

    timer = threading.Timer(6, stop.set)
    timer.start()
    releasers = [lambda: release_until(stop)] * 2
    results = at_once(*releasers, *(canceller(number) for number in range(20)))
    codes = {code for result in results[2:] for code in result}
    transfer.refresh_from_db()
    assert transfer.status in {"cancelled", "posted"}
    if transfer.status == "cancelled":
        assert codes == {"CANCELLED"}
        assert transfer.ended_at < transfer.due_at
    else:
        assert codes <= {"CANCEL_TOO_LATE", "ALREADY_POSTED"}
        assert transfer.settled_at >= transfer.due_at
    check_money(payer, payee, 10)


def test_two_hundred_pairs_of_cancel_and_release_at_the_due_instant(noon, payer, payee):
    factories.caller("teller")
    noon.run()
    step = timedelta(milliseconds=10)
    transfers = held(payer, payee, count=200, amount_fen=5, due_at=bank_now() + timedelta(seconds=2), step=step)
    stop = threading.Event()

    def cancels(mine):
        found = []
        for transfer in mine:
            time.sleep(max(0, (transfer.due_at - bank_now()).total_seconds() - 0.004))
            found.append(cancel(transfer))
        return found

    def cancel_all():
        # Four hands, so that each is there in time for its own.
        return [lambda mine=transfers[number::4]: cancels(mine) for number in range(4)]

    threading.Timer(7, stop.set).start()
    results = at_once(lambda: release_until(stop), lambda: release_until(stop), *cancel_all())
    cancelled = sum(result.count("CANCELLED") for result in results[2:])
    assert Transfer.objects.filter(status="cancelled").count() == cancelled
    assert Transfer.objects.filter(status="posted").count() == 200 - cancelled
    check_money(payer, payee, 5)


def test_four_releasers_of_crossing_payments_release_each_once_without_a_deadlock(noon):
    accounts = [factories.account(factories.customer(), "I") for _ in range(4)]
    for account in accounts:
        pay_in(account, 1000)
    for number in range(60):
        payer, payee = accounts[number % 4], accounts[(number + 1 + number % 3) % 4]
        held(payer, payee, count=5, amount_fen=number % 5 + 1, due_at=noon.at)

    def empty():
        total = Released()
        while (done := release_due(released_by=ReleasedBy.CELERY)).claimed:
            total += done
        return total

    results = at_once(*[empty] * 4)
    assert sum(result.posted for result in results) == 300
    assert not any(result.parked for result in results)
    assert Account.objects.aggregate(sum=Sum("balance_fen"), held=Sum("held_fen")) == {"sum": 4000, "held": 0}
    assert Event.objects.filter(new_status="posted").count() == 300
