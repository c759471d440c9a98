"""The head of the queue is searched from time to time only, without walking ended rows or missing any."""

from datetime import timedelta

import pytest

from config.kernel.database.sql import Statement, rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.plans import plans_of, vacuum
from tests.races import other_transaction, row_lock
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations import release_all
from transfers.operations.release_all import SLACK_SECONDS, QueueHead
from transfers.queries import due_queue
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db(transaction=True)

EVERY = 5.0
SLACK = timedelta(seconds=SLACK_SECONDS)
QUEUE = "transfers_transfer"


class Watch:
    """A monotonic clock that advances only on request."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def watch(monkeypatch) -> Watch:
    found = Watch()
    monkeypatch.setattr(release_all, "HEAD_SECONDS", EVERY)
    monkeypatch.setattr(release_all, "time", found)
    return found


@pytest.fixture
def head(monkeypatch) -> QueueHead:
    """The queue head of this process before its first look."""
    found = QueueHead()
    monkeypatch.setattr(release_all, "head", found)
    return found


def release() -> int:
    return sum(done.released for done in release_all.release_all(released_by=ReleasedBy.CELERY))


def test_an_empty_queue_begins_a_little_before_now(noon):
    assert QueueHead().since() == NOON - SLACK


@pytest.mark.parametrize("before", [timedelta(days=3), SLACK + timedelta(microseconds=1), SLACK, timedelta()])
def test_it_begins_no_later_than_the_first_that_is_held(noon, payer, payee, before):
    held(payer, payee, due_at=NOON - before)
    assert QueueHead().since() == min(NOON - before, NOON - SLACK)


def test_head_is_at_a_transfer_locked_by_another_session(noon, head, payer, payee):
    (locked,) = held(payer, payee, due_at=NOON - timedelta(hours=1))
    with other_transaction(row_lock(QUEUE, locked.id)):
        assert head.since() == locked.due_at
        assert release() == 0
    assert release() == 1


def test_due_transfer_is_released_from_the_head(noon, head, payer, payee):
    head.since()
    transfers = held(payer, payee, due_at=NOON - SLACK, count=40, step=timedelta(minutes=36))
    noon.advance(hours=24)
    assert release() == len(transfers)
    assert head.since() == NOON - SLACK


def test_transfer_due_seconds_ago_is_found_without_a_further_look(noon, head, payer, payee):
    head.since()
    held(payer, payee, due_at=NOON - timedelta(seconds=4))
    assert release() == 1


def test_transfer_inserted_before_the_head_is_found_by_the_next_full_look(noon, head, payer, payee, watch):
    """Such transfers come with a stock import when they are already overdue."""
    head.since()
    held(payer, payee, due_at=NOON - timedelta(days=2))
    watch.now += EVERY - 0.001
    assert release() == 0
    watch.now += 0.001
    assert release() == 1


def test_parked_transfer_is_at_the_end_of_its_pause(noon, head, payer, payee):
    (late,) = held(payer, payee, due_at=NOON - timedelta(hours=2))
    Transfer.objects.filter(pk=late.pk).update(attempts=1, parked_until=NOON + timedelta(minutes=1))
    assert head.since() == NOON - SLACK
    noon.advance(minutes=1)
    assert release() == 1


def test_ended_transfers_still_visible_to_others_are_not_walked_again(noon, head, payer, payee):
    by, gone = factories.caller("atm").id, 20_000
    with past_the_guards(QUEUE):
        rows(
            """
            INSERT INTO transfers_transfer (id, status, channel, arrival, amount_fen, payer_account_id, payee_account_id,
                payee_account_number, payee_bank_code, accepted_at, due_at, same_holder, rule_code, rule_clause,
                rule_profile, outcome_code, made_by_id, attempts, hold_seconds)
            SELECT uuidv7(), 'held', 'atm', 'real_time', 1, %s, %s, '1', '', at - interval '24 hours', at, false,
                'ATM_24_HOURS', 'clause', 'NOTICE_2016', '', %s, 0, 86400
            FROM generate_series(%s::timestamptz - interval '20000 seconds', %s::timestamptz - interval '1 second', '1 second') at
            """,
            [payer.id, payee.id, by, NOON, NOON],
        )
    vacuum(QUEUE)
    with other_transaction(
        Statement("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", None),
        Statement("SELECT FROM kernel_principal", None),
    ):
        with past_the_guards(QUEUE):
            rows("UPDATE transfers_transfer SET status = 'posted', settled_at = due_at, ended_at = due_at")
        held(payer, payee, due_at=NOON + timedelta(hours=1))
        head.since()

        def pages(call) -> int:
            return max(plan.pages_of(QUEUE) for plan in plans_of(call))

        assert pages(lambda: due_queue.seconds_to_due(since=due_queue.EVER)) > gone / 1_000
        assert pages(lambda: due_queue.seconds_to_due(since=head.since())) <= 12
        assert pages(lambda: release()) <= 12
