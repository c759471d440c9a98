"""A transfer that fails is parked with growing pauses, and the others are released."""

import logging
import time
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Freeze
from blacklist.policy import listings
from blacklist.refusals import LegalBasisNotOffered
from config.kernel.database.id_arrays import Ids
from config.kernel.database.ids import new_id
from config.kernel.database.sql import Statement, rows
from tests import factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.listings import certify
from tests.transfers.conftest import money, pay_in
from tests.transfers.factories import held
from transfers import tasks
from transfers.models import Event, Transfer
from transfers.operations import parking, release_claim
from transfers.operations import release as release_one
from transfers.operations.release import Released, release_due
from transfers.operations.release_all import release_all
from transfers.policy.release import PARKING_SECONDS, parking_seconds
from transfers.queries.due_queue import parked_transfers
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db(transaction=True)


class OlderChannel(StrEnum):
    COUNTER = "counter"

    @property
    def is_counter(self):
        return True


def release():
    return release_due(released_by=ReleasedBy.CELERY)


def reserve(account_id, held_fen):
    """Write the reserved amount of an account with the guards disabled; only the owner of the tables can."""
    with past_the_guards("accounts_account"):
        rows("UPDATE accounts_account SET held_fen = %s WHERE id = %s", [held_fen, account_id])


@pytest.fixture
def poison(noon, wang, payee):
    """A held transfer without its reservation: the database refuses to post it."""
    account = factories.account(wang, "I", account_number="6000300000000003")
    pay_in(account, 100)
    (transfer,) = held(account, payee, due_at=NOON)
    reserve(account.id, 0)
    return transfer


@pytest.mark.parametrize(("failures", "seconds"), [(0, 5), (1, 30), (2, 300), (3, 1800), (4, 1800), (400, 1800)])
def test_the_pauses_grow_and_end_at_half_an_hour(failures, seconds):
    assert parking_seconds(failures) == seconds


def test_a_poison_row_is_set_aside_and_its_batch_goes_on(noon, poison, payer, payee):
    good = held(payer, payee, count=9, amount_fen=10, due_at=NOON)
    assert release() == Released(claimed=10, posted=9, parked=1)
    poison.refresh_from_db()
    assert (poison.status, poison.attempts) == ("held", 1)
    assert poison.parked_until == NOON + timedelta(seconds=PARKING_SECONDS[0])
    assert set(Transfer.objects.filter(status="posted").values_list("id", flat=True)) == {each.id for each in good}
    assert (money(payer), money(payee)) == ((99_910, 0), (90, 0))
    assert not Event.objects.filter(transfer=poison).exclude(new_status="held").exists()
    assert release() == Released()


def test_it_is_tried_again_after_each_pause_and_released_once_it_can_be(noon, poison):
    for number, seconds in enumerate(PARKING_SECONDS, start=1):
        assert release() == Released(claimed=1, parked=1)
        poison.refresh_from_db()
        assert (poison.attempts, poison.parked_until) == (number, noon.at + timedelta(seconds=seconds))
        noon.set(poison.parked_until)
    reserve(poison.payer_account_id, poison.amount_fen)
    assert release() == Released(claimed=1, posted=1)


def test_the_alarm_names_the_transfer_and_the_constraint_and_no_row(noon, poison, caplog):
    with caplog.at_level(logging.ERROR, "bank.release"):
        release()
    (record,) = caplog.records
    assert str(poison.id) in record.getMessage()
    assert "account_held_not_negative" in record.getMessage()
    assert record.exc_info is None
    assert "6000300000000003" not in record.getMessage()


def test_an_error_of_ours_in_judging_one_row_is_one_rows_failure(noon, payer, payee, monkeypatch):
    bad = held(payer, payee, count=3, due_at=NOON)[1]
    plain = release_one.check_release

    def stumbling(facts):
        raise ValueError("unknown channel")

    monkeypatch.setattr(release_one, "check_release", stumbling)
    assert release() == Released(claimed=3, parked=3)
    monkeypatch.setattr(release_one, "check_release", plain)
    noon.advance(seconds=PARKING_SECONDS[0])
    assert release() == Released(claimed=3, posted=3)
    bad.refresh_from_db()
    assert bad.attempts == 1


def test_one_that_is_gone_before_it_is_moved_is_not_counted(noon, payer, payee, monkeypatch):
    """Every claimed transfer is moved, or the batch is rolled back."""
    held(payer, payee, count=3, due_at=NOON)
    plain, claims = release_one.claim, []

    def claim_one_more(**words):
        claims.append(1)
        found = plain(**words)
        return replace(found, ids=Ids.of([*found.ids.read(), new_id()])) if len(claims) == 1 else found

    monkeypatch.setattr(release_one, "claim", claim_one_more)
    assert release() == Released(claimed=4, posted=3)
    assert Transfer.objects.filter(status="posted", attempts=0).count() == 3


@pytest.mark.owner
def test_a_database_that_is_away_parks_nothing(noon, payer, payee, monkeypatch):
    held(payer, payee, count=2, due_at=NOON)

    def cut(*_):
        rows("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(release_one, "judge", cut)
    with pytest.raises(Exception, match=r"terminat|closed"):
        release()
    connection.close()
    assert not Transfer.objects.exclude(parked_until=None).exists()


def test_a_channel_of_another_version_is_one_rows_failure(noon, payer, payee, monkeypatch):
    """A newer web process accepted a channel that this worker does not know."""
    (unknown,) = held(payer, payee, due_at=NOON - timedelta(seconds=1))
    held(payer, payee, count=4, channel="counter", due_at=NOON)
    monkeypatch.setattr(release_one, "Channel", OlderChannel)
    assert release() == Released(claimed=5, posted=4, parked=1)
    unknown.refresh_from_db()
    assert (unknown.status, unknown.attempts, unknown.parked_reason) == ("held", 1, "ValueError")


def test_unknown_legal_basis_fails_transfers_of_its_person_only(noon, payer, payee, wang, monkeypatch):
    other = factories.account(wang, "I")
    pay_in(other, 1000)
    (unknown,) = held(payer, payee, due_at=NOON)
    held(other, payee, count=3, due_at=NOON)
    certify(factories.ZHANG)

    def regime_of(basis):
        raise LegalBasisNotOffered(legal_basis=basis, offered=[])

    monkeypatch.setattr(listings, "regime_of", regime_of)
    assert release() == Released(claimed=4, posted=3, parked=1)
    unknown.refresh_from_db()
    assert unknown.parked_reason == "LegalBasisNotOffered, LEGAL_BASIS_NOT_OFFERED"


class TestManualRetry:
    """An operator sees the parked transfers with the reasons, and has them tried again at once."""

    @pytest.fixture
    def parked(self, poison):
        release()
        return poison

    def test_is_listed_with_its_reason(self, parked):
        (listed,) = parked_transfers(10)
        assert (listed["id"], listed["attempts"]) == (parked.id, 1)
        assert listed["parked_reason"] == "IntegrityError, account_held_not_negative"
        out = StringIO()
        call_command("parked_transfers", stdout=out)
        assert str(parked.id) in out.getvalue()
        assert "account_held_not_negative" in out.getvalue()

    @pytest.mark.parametrize("named", [True, False])
    def test_is_tried_again_at_once(self, parked, named, monkeypatch):
        sent = []
        monkeypatch.setattr(tasks.release_due, "apply_async", lambda **_: sent.append(1))
        out = StringIO()
        reserve(parked.payer_account_id, parked.amount_fen)
        call_command("parked_transfers", *(["--wake", str(parked.id)] if named else ["--wake"]), stdout=out)
        assert (sent, out.getvalue()) == ([1], "Woken: 1.\n")
        parked.refresh_from_db()
        assert parked.attempts == 0
        assert release() == Released(claimed=1, posted=1)

    def test_one_that_is_not_set_aside_is_said_to_be_none(self, parked, payer, payee, monkeypatch):
        monkeypatch.setattr(tasks.release_due, "apply_async", lambda **_: None)
        (other,) = held(payer, payee, due_at=NOON)
        with pytest.raises(CommandError, match="1"):
            call_command("parked_transfers", "--wake", str(parked.id), str(other.id), stdout=StringIO())

    def test_many_are_woken_in_pieces(self, noon, payer, payee, monkeypatch):
        monkeypatch.setattr(parking, "WAKE_PIECE", 3)
        held(payer, payee, count=8, due_at=NOON, parked_until=NOON + timedelta(hours=1), attempts=3)
        assert parking.wake() == 8
        assert release() == Released(claimed=8, posted=8)


class TestSingleFailures:
    """A failure caused by one row costs that row only, even if it looks like a database failure."""

    @pytest.fixture
    def behind(self, noon, payer, payee):
        """Transfers due after the failing one."""
        return held(payer, payee, count=6, amount_fen=1, due_at=NOON)

    @pytest.fixture
    def trouble(self, noon, wang, payee):
        account = factories.account(wang, "I")
        pay_in(account, 1000)
        (transfer,) = held(account, payee, due_at=NOON - timedelta(seconds=1))
        return transfer

    def release_all(self):
        return sum(release_all(released_by=ReleasedBy.CELERY), Released())

    def only_this_is_parked(self, trouble, reason):
        trouble.refresh_from_db()
        assert (trouble.status, trouble.attempts) == ("held", 1)
        assert trouble.parked_reason.startswith(reason)
        assert Transfer.objects.filter(status="posted").count() == 6

    def test_one_that_takes_too_long_by_itself_is_set_aside(self, trouble, behind, monkeypatch):
        monkeypatch.setattr(release_claim, "TRANSACTION_SECONDS", 1)
        monkeypatch.setattr(release_one, "FEW", 3)
        plain = release_one.judge

        def slow(ids, channels, found):
            if trouble.id in ids.read():
                time.sleep(1.5)
            return plain(ids, channels, found)

        monkeypatch.setattr(release_one, "judge", slow)
        assert self.release_all().ended == 0
        self.release_all()
        self.only_this_is_parked(trouble, "")

    def test_one_that_the_driver_cannot_read_is_set_aside(self, trouble, behind):
        rows(
            "INSERT INTO accounts_freeze (id, account_id, authority, order_no, placed_at, until) "
            "VALUES (gen_random_uuid(), %s, '法院', '1', %s, 'infinity')",
            [trouble.payer_account_id, NOON - timedelta(days=1)],
        )
        self.release_all()
        self.only_this_is_parked(trouble, "DataError")

    def test_one_that_meets_a_schema_of_another_version_is_set_aside(self, trouble, behind, monkeypatch):
        """Its account is frozen, so its return needs a decision, which cannot be written."""
        Freeze.objects.create(
            account_id=trouble.payer_account_id, authority="法院", order_no="1", placed_at=NOON - timedelta(days=1)
        )
        monkeypatch.setattr(release_one, "insert", lambda *_: Statement("INSERT INTO not_yet_there DEFAULT VALUES"))
        self.release_all()
        self.only_this_is_parked(trouble, "ProgrammingError, 42P01")

    def test_transfer_that_cannot_be_parked_stops_no_other(self, trouble, behind, monkeypatch, caplog):
        reserve(trouble.payer_account_id, 0)

        def cannot(*_):
            with transaction.atomic():
                rows("SELECT 1 / 0")

        monkeypatch.setattr(release_one, "park", cannot)
        assert self.release_all().posted == 6
        assert f"transfer {trouble.id} could not be set aside (22012)" in caplog.messages

    def test_parking_until_before_the_due_time_is_refused(self, behind):
        with refused_by("transfer_parked_after_due"):
            Transfer.objects.filter(pk=behind[0].pk).update(parked_until=NOON - timedelta(microseconds=1))


class TestSlowBatches:
    """PostgreSQL ends a batch that takes too long or is idle in its transaction; smaller batches may succeed."""

    @pytest.fixture
    def many(self, noon, payer, payee):
        return held(payer, payee, count=50, amount_fen=1, due_at=NOON)

    @pytest.fixture
    def sizes(self, monkeypatch):
        """The number of transfers judged in each batch; a batch of more than forty is too slow."""
        batch_sizes, plain = [], release_one.judge

        def judge(ids, *more):
            batch_sizes.append(ids.size)
            if ids.size > 40:
                rows("SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)")
            return plain(ids, *more)

        monkeypatch.setattr(release_one, "judge", judge)
        return batch_sizes

    def test_hanging_batch_is_ended_within_ten_seconds(self):
        assert 0 < release_claim.TRANSACTION_SECONDS <= 10

    def test_locks_of_a_hanging_process_are_released(self, many, monkeypatch):
        monkeypatch.setattr(release_claim, "TRANSACTION_SECONDS", 1)
        monkeypatch.setattr(release_one, "judge", lambda *_: time.sleep(4) or [])
        assert release() == Released(claimed=50)
        assert not rows(
            "SELECT FROM pg_stat_activity WHERE state LIKE 'idle in transaction%%' AND datname = current_database()"
        )
        monkeypatch.undo()
        assert not Transfer.objects.exclude(attempts=0, parked_until=None).exists()
        while release().claimed:
            pass
        assert Transfer.objects.filter(status="posted").count() == 50

    def test_batches_are_of_a_few_for_a_while_after_one_that_took_too_long(self, many, sizes, monkeypatch):
        for _ in range(2):
            list(release_all(released_by=ReleasedBy.CELERY))
        assert sizes == [50, release_one.FEW, 50 - release_one.FEW]
        assert Transfer.objects.filter(status="posted", attempts=0).count() == 50
        assert release_one.batch_size() == release_one.FEW
        monkeypatch.setattr(release_one, "_slow_until", release_one._slow_until - release_one.SLOW_SECONDS)
        assert release_one.batch_size() > release_one.FEW

    def test_a_batch_is_never_larger_than_the_setting(self, settings, monkeypatch):
        settings.RELEASE_BATCH_SIZE = 5
        monkeypatch.setattr(release_one, "_slow_until", time.monotonic() + 60)
        assert release_one.batch_size() == 5


def test_one_of_a_thousand_is_found_in_two_rounds_of_small_batches(noon, poison, payer, payee, monkeypatch):
    held(payer, payee, count=999, amount_fen=1, due_at=NOON)
    batches, plain = [], release_one.claim
    monkeypatch.setattr(release_one, "claim", lambda **words: batches.append(1) or plain(**words))
    assert release() == Released(claimed=1000, posted=999, parked=1)
    assert len(batches) <= 1 + 2 * 32


@pytest.mark.owner
def test_a_restore_marked_since_the_claim_parks_nothing(noon, payer, payee, monkeypatch):
    held(payer, payee, count=3, due_at=NOON)
    plain = release_one.judge

    def marked_meanwhile(*arguments):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO kernel_restore (source) VALUES ('x')")
        other.close()
        return plain(*arguments)

    monkeypatch.setattr(release_one, "judge", marked_meanwhile)
    assert release() == Released(claimed=3)
    assert not Transfer.objects.exclude(parked_until=None).exists()
