"""Due transfers are released once, never early, and judged again."""

from datetime import timedelta

import pytest

from accounts.models import Account, Entry, Freeze
from config.kernel.database.sql import rows
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards
from tests.listings import certify
from tests.plans import plans_of
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import clearing, held
from transfers.models import Event, Transfer
from transfers.operations.release import Released, release_due
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)


def release(**more):
    return release_due(released_by=ReleasedBy.CELERY, **more)


def outcome(transfer):
    transfer.refresh_from_db()
    return transfer.status, transfer.outcome_code


def test_transfer_is_released_at_its_due_instant_and_not_a_microsecond_before(noon, payer, payee):
    (transfer,) = held(payer, payee, due_at=NOON + MINUTE)
    noon.set(NOON + MINUTE - TICK)
    assert release() == Released()
    assert outcome(transfer) == ("held", "")
    noon.set(NOON + MINUTE)
    assert release() == Released(claimed=1, posted=1)
    assert outcome(transfer) == ("posted", "")


def test_amount_is_posted_once_with_two_entries_and_an_event(noon, payer, payee):
    (transfer,) = held(payer, payee, amount_fen=30_00, due_at=NOON)
    noon.advance(milliseconds=1500.999)
    release()
    assert release() == Released()
    transfer.refresh_from_db()
    assert transfer.settled_at == transfer.ended_at == noon.at
    assert (money(payer), money(payee)) == ((970_00, 0), (30_00, 0))
    entries = Entry.objects.filter(posting_id=transfer.id).order_by("leg")
    assert [(each.account_id, each.amount_fen, each.posted_at) for each in entries] == [
        (payer.id, -30_00, noon.at),
        (payee.id, 30_00, noon.at),
    ]
    event = Event.objects.get(transfer=transfer, new_status="posted")
    assert (event.old_status, event.at, event.actor_id, event.code) == ("held", noon.at, None, "")
    assert (event.released_by, event.lateness_ms) == ("celery", 1500)


def test_clearing_account_of_another_bank_is_credited(noon, payer):
    there = clearing("YZ")
    (transfer,) = held(payer, there, amount_fen=7, due_at=NOON)
    release()
    assert outcome(transfer) == ("posted", "")
    (leg,) = Entry.objects.filter(internal=there)
    assert (leg.posting_id, leg.amount_fen, money(payer)) == (transfer.id, 7, (99_993, 0))


def test_batch_of_many_between_the_same_accounts_is_released(noon, payer, payee, wang):
    other = factories.account(wang, "I")
    pay_in(payee, 500)
    held(payer, payee, count=30, amount_fen=5, due_at=NOON)
    held(payee, payer, count=20, amount_fen=3, due_at=NOON)
    held(payee, other, count=10, amount_fen=2, due_at=NOON)
    held(payer, clearing("YZ"), count=5, amount_fen=1, due_at=NOON)
    assert release() == Released(claimed=65, posted=65)
    assert money(payer) == (100_000 - 150 + 60 - 5, 0)
    assert money(payee) == (500 + 150 - 60 - 20, 0)
    assert money(other) == (20, 0)


def test_earliest_due_transfers_come_first_and_at_most_a_batch(noon, payer, payee, settings):
    settings.RELEASE_BATCH_SIZE = 1
    late, early = (held(payer, payee, due_at=NOON - MINUTE * minutes)[0] for minutes in (1, 2))
    assert release() == Released(claimed=1, posted=1)
    assert (outcome(early)[0], outcome(late)[0]) == ("posted", "held")


def test_the_watcher_leaves_a_transfer_to_celery_for_its_grace(noon, payer, payee):
    (transfer,) = held(payer, payee, due_at=NOON)

    def watch():
        return release_due(released_by=ReleasedBy.WATCHER, grace_ms=500)

    noon.set(NOON + timedelta(milliseconds=500) - TICK)
    assert watch() == Released()
    noon.advance(microseconds=1)
    assert watch() == Released(claimed=1, posted=1)
    assert Event.objects.get(transfer=transfer, new_status="posted").released_by == "watcher"


class TestRepeatedJudgement:
    """At the due time payer and payee are judged by their current state."""

    def returned(self, transfer, payer, code):
        assert release() == Released(claimed=1, returned=1)
        assert outcome(transfer) == ("returned", code)
        assert money(payer) == (100_000, 0)
        assert not Entry.objects.filter(posting_id=transfer.id).exists()
        event = Event.objects.get(transfer=transfer, new_status="returned")
        assert (event.code, event.released_by, event.lateness_ms) == (code, "celery", 0)
        decision = Decision.objects.get(kind="release", object_id=transfer.id)
        assert (decision.outcome, decision.code, decision.account_id) == ("refused", code, payer.id)

    def test_a_certificate_approved_one_second_before_stops_the_payer(self, noon, payer, payee):
        (transfer,) = held(payer, payee, due_at=NOON + MINUTE)
        noon.set(NOON + MINUTE - timedelta(seconds=1))
        certify(factories.ZHANG)
        noon.set(NOON + MINUTE)
        self.returned(transfer, payer, "NON_COUNTER_SUSPENDED")

    def test_a_transfer_from_the_counter_is_not_stopped_by_a_penalty(self, noon, payer, payee):
        (transfer,) = held(payer, payee, due_at=NOON, channel="counter")
        certify(factories.ZHANG)
        release()
        assert outcome(transfer) == ("posted", "")

    def test_penalized_payees_bank_account_is_credited(self, noon, payer, payee):
        (transfer,) = held(payer, payee, due_at=NOON)
        certify(factories.LI)
        release()
        assert outcome(transfer) == ("posted", "")

    def test_a_penalized_payees_payment_account_is_not(self, noon, payer, li):
        account = factories.account(li, "III", "payment")
        (transfer,) = held(payer, account, due_at=NOON)
        certify(factories.LI)
        self.returned(transfer, payer, "PAYMENT_BUSINESS_SUSPENDED")

    @pytest.mark.parametrize("side", ["payer", "payee"])
    def test_a_case_account_is_stopped_on_either_side(self, noon, payer, payee, side):
        (transfer,) = held(payer, payee, due_at=NOON)
        named = {"payer": payer, "payee": payee}[side]
        certify(case_accounts=[{"account_number": named.account_number}])
        self.returned(transfer, payer, "CASE_ACCOUNT_STOPPED")

    def test_a_case_account_at_another_bank_is_stopped(self, noon, payer):
        (transfer,) = held(payer, clearing("YZ"), due_at=NOON, payee_account_number="ab12")
        (other,) = held(payer, clearing("YZ"), due_at=NOON + MINUTE, payee_account_number="ab13")
        account = {"account_number": "AB12", "bank_code": "yz"}
        certify(case_accounts=[account])
        assert release() == Released(claimed=1, returned=1)
        assert outcome(transfer) == ("returned", "CASE_ACCOUNT_STOPPED")
        noon.advance(minutes=1)
        release()
        assert outcome(other) == ("posted", "")

    @pytest.mark.parametrize(
        ("until", "lifted", "status"),
        [
            (None, False, "returned"),
            (NOON + TICK, False, "returned"),
            (NOON, False, "posted"),
            (None, True, "posted"),
        ],
        ids=["open-end", "ends-just-after", "ends-now", "lifted"],
    )
    def test_freeze_stops_the_payer_while_in_force(self, noon, payer, payee, until, lifted, status):
        placed = NOON - MINUTE
        freeze = Freeze.objects.create(
            account=payer,
            authority="法院",
            order_no="1",
            placed_at=placed,
            until=until,
            lifted_at=NOON if lifted else None,
        )
        factories.approved("freeze_lift", freeze)
        (transfer,) = held(payer, payee, due_at=NOON)
        release()
        assert outcome(transfer) == (status, "ACCOUNT_FROZEN" if status == "returned" else "")

    def test_a_frozen_payee_is_credited(self, noon, payer, payee):
        Freeze.objects.create(account=payee, authority="法院", order_no="1", placed_at=NOON - MINUTE)
        (transfer,) = held(payer, payee, due_at=NOON)
        release()
        assert outcome(transfer) == ("posted", "")

    def test_closed_payee_gets_nothing(self, noon, payer, payee):
        (transfer,) = held(payer, payee, due_at=NOON)
        Account.objects.filter(pk=payee.pk).update(status="closed", closed_at=NOON)
        self.returned(transfer, payer, "ACCOUNT_CLOSED")

    def test_the_card_and_the_name_are_not_looked_at_again(self, noon, payer, payee, li):
        card = payer.cards.get()
        (transfer,) = held(payer, payee, due_at=NOON, payer_card=card)
        rows("UPDATE accounts_card SET status = 'lost' WHERE id = %s", [card.id])
        with past_the_guards("accounts_customer"):
            rows("UPDATE accounts_customer SET name_index = %s WHERE id = %s", [b"\x01" * 32, li.id])
        release()
        assert outcome(transfer) == ("posted", "")

    def test_one_that_is_returned_does_not_hinder_the_others(self, noon, payer, payee, wang):
        frozen = factories.account(wang, "I")
        pay_in(frozen, 100)
        Freeze.objects.create(account=frozen, authority="法院", order_no="1", placed_at=NOON - MINUTE)
        held(frozen, payee, count=2, amount_fen=10, due_at=NOON)
        held(payer, payee, count=3, amount_fen=10, due_at=NOON)
        held(payer, frozen, amount_fen=10, due_at=NOON)
        assert release() == Released(claimed=6, posted=4, returned=2)
        assert (money(payer), money(payee), money(frozen)) == ((99_960, 0), (30, 0), (110, 0))


def test_number_of_statements_is_equal_for_one_and_for_many(noon, payer, payee, django_assert_num_queries):
    held(payer, payee, due_at=NOON)
    with django_assert_num_queries(6):  # with a savepoint and its end
        release()
    held(payer, payee, count=50, due_at=NOON)
    with django_assert_num_queries(6):
        release()


def test_transfers_and_accounts_are_met_in_one_walk_through_their_index(noon, payer, payee):
    """A separate look-up for each of thousands would cost more."""
    held(payer, payee, count=3, due_at=NOON)
    plans = plans_of(release, nested=True)
    for table in ("transfers_transfer", "accounts_account"):
        # What is freed is written by a statement of its own, which has no row here.
        written = [each for each in plans if "ModifyTable" in {node["Node Type"] for node in each.reading(table)}]
        plan = written[0]
        (read,) = [node for node in plan.reading(table) if node["Node Type"] != "ModifyTable"]
        assert "(id = ANY (" in read["Index Cond"]
        assert read["Actual Loops"] == 1
        assert not plan.scanned


def test_a_parked_transfer_waits_for_its_pause(noon, payer, payee):
    (transfer,) = held(payer, payee, due_at=NOON, parked_until=NOON + MINUTE, attempts=1)
    noon.set(NOON + MINUTE - TICK)
    assert release() == Released()
    noon.advance(microseconds=1)
    assert release() == Released(claimed=1, posted=1)
    assert Transfer.objects.get(pk=transfer.pk).attempts == 1
