"""Failures reported in public about other projects, which do not occur here.

Each test names the project and the number of the report. Those that need real processes are in `tests/faults`.
"""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.vocabulary import Channel
from config.kernel.database.sql import Statement
from config.kernel.database.transactions import perform
from config.kernel.law.dates import SHANGHAI
from tests import factories
from tests.clock import NOON
from tests.plans import plans_of, vacuum
from tests.races import at_once, other_transaction
from tests.transfers.conftest import CARD, money
from tests.transfers.factories import DAY, held
from transfers.models import Event, Transfer
from transfers.operations.accept import TransferOrder, accept_transfer
from transfers.operations.release import Released, release_due
from transfers.operations.release_all import release_all
from transfers.vocabulary import ReleasedBy

TICK = timedelta(microseconds=1)


def release() -> Released:
    return release_due(released_by=ReleasedBy.CELERY)


def release_everything(batches: list[Released] | None = None) -> Released:
    """Release until no transfer is skipped, as a dispatch does."""
    walked = [] if batches is None else batches
    total = Released()
    while True:
        walk = list(release_all(released_by=ReleasedBy.CELERY))
        walked += walk
        done = sum(walk, Released())
        total += done
        if not done.passed:
            return total


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_stays_open_costs_no_release(noon, payer, payee):
    """PgQue, pull request 80: a held xmin keeps every dead row, and a queue in a table slows down and grows.

    Here each release leaves dead rows too; all transfers are released nevertheless, with the same query plans.
    """
    count, rounds = 100, 6
    held(payer, payee, count=count * rounds, amount_fen=1, due_at=NOON, step=timedelta(minutes=1))
    vacuum("transfers_transfer")

    def ways() -> set[tuple[str, str]]:
        noon.advance(minutes=count)
        return {way for plan in plans_of(release) for way in plan.ways}

    noon.set(NOON - timedelta(minutes=1))
    with other_transaction(
        Statement("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
        Statement("SELECT count(*) FROM transfers_transfer"),
    ) as report:
        first, *later = [ways() for _ in range(rounds)]
        report.execute("SELECT count(*) FROM transfers_transfer WHERE status = 'held'")
        assert report.fetchone() == (count * rounds,), "the report sees what it saw first"
    assert later == [first] * (rounds - 1)
    assert not Transfer.objects.exclude(status="posted").exists()
    assert money(payee) == (count * rounds, 0)


@pytest.mark.django_db(transaction=True)
def test_a_herd_that_falls_due_in_one_second_is_released_once_in_batches_that_have_a_bound(
    noon, payer, payee, settings
):
    """camunda/camunda#14882: half a million timers at one instant, each triggered some 2,500 times."""
    count, settings.RELEASE_BATCH_SIZE = 2_000, 200
    held(payer, payee, count=count, amount_fen=1, due_at=NOON, step=timedelta(seconds=1) / count)
    noon.set(NOON + timedelta(seconds=1))
    batches: list[Released] = []
    done = at_once(*[lambda: release_everything(batches)] * 2)
    assert sum(each.posted for each in done) == count
    assert max(each.claimed for each in batches) == settings.RELEASE_BATCH_SIZE
    ended = Event.objects.filter(new_status="posted")
    assert ended.count() == ended.values("transfer").distinct().count() == count
    assert (money(payer), money(payee)) == ((100_000 - count, 0), (count, 0))


def test_overdue_transfers_are_released_by_due_time_with_lateness_after_days_of_downtime(noon, payer, payee, settings):
    """vercel/workflow#679: a timer that was due while no worker ran never fires."""
    settings.RELEASE_BATCH_SIZE = 7
    step = timedelta(hours=5)
    transfers = held(payer, payee, count=30, amount_fen=1, due_at=NOON, step=step)
    noon.set(awake := NOON + timedelta(days=6))
    overdue = [each for each in transfers if each.due_at <= awake]
    assert 0 < len(overdue) < len(transfers)
    assert release_everything() == Released(claimed=len(overdue), posted=len(overdue))
    releases = list(
        Event.objects.filter(new_status="posted").order_by("id").values_list("transfer_id", "at", "lateness_ms")
    )
    batch = settings.RELEASE_BATCH_SIZE
    for number in range(0, len(overdue), batch):
        assert {each for each, *_ in releases[number : number + batch]} == {
            each.id for each in overdue[number : number + batch]
        }
    late = {each.id: (awake, (awake - each.due_at) // timedelta(milliseconds=1)) for each in overdue}
    assert {each: tuple(rest) for each, *rest in releases} == late
    assert Transfer.objects.filter(status="held").count() == len(transfers) - len(overdue)


#: When an order is accepted, and what lies in the 24 hours after it.
MAGIC = {
    "New York loses an hour": datetime(2026, 3, 7, 12, tzinfo=UTC),
    "New York has one hour twice": datetime(2026, 10, 31, 12, 0, 0, 1, tzinfo=UTC),
    "29 February": datetime(2028, 2, 28, 12, tzinfo=SHANGHAI),
    "1 March of a year without it": datetime(2027, 2, 28, 23, 59, 59, 999_999, tzinfo=SHANGHAI),
    "the year ends": datetime(2026, 12, 31, 23, 59, 59, tzinfo=SHANGHAI),
    "32 bits end": datetime(2038, 1, 18, 3, 14, 7, 500_000, tzinfo=UTC),
    "a day that had a leap second": datetime(2016, 12, 31, 12, tzinfo=UTC),
    "the holiday of the Spring Festival": datetime(2027, 2, 5, 9, 30, tzinfo=SHANGHAI),
    "an instant between two milliseconds": datetime(2026, 5, 5, 5, 5, 5, 123_456, tzinfo=UTC),
}


@pytest.mark.parametrize("accepted_at", MAGIC.values(), ids=MAGIC)
def test_no_date_is_magic(noon, payer, payee, accepted_at):
    """camunda/zeebe-process-test#975: a timer of ten days never fired for some dates.

    24 hours by the clock, exact to the microsecond, on every date (通告 第五条).
    """
    noon.set(accepted_at)
    order = TransferOrder(Channel.ATM, 1, CARD, None, payee.account_number, "", "李四")
    transfer = perform(lambda: accept_transfer(order, principal=factories.caller("atm")))
    assert Transfer.objects.get(pk=transfer.pk).due_at == accepted_at + DAY
    noon.set(accepted_at + DAY - TICK)
    assert release().claimed == 0
    noon.set(accepted_at + DAY)
    assert release() == Released(claimed=1, posted=1)
    assert Event.objects.get(new_status="posted").lateness_ms == 0
