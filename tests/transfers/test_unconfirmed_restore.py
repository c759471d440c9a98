"""While a restore is unconfirmed, no held transfer is posted or returned; other business goes on."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.kernel.database.sql import rows
from config.kernel.integrity.restores import mark_restored
from config.kernel.models import Restore
from config.oversight.queries.proof import prove
from tests import evidence, factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.plans import plans_of
from tests.transfers.conftest import CARD, money
from tests.transfers.factories import held
from transfers import tasks
from transfers.management.commands import watch_due
from transfers.models import Event, Transfer
from transfers.operations import release, release_claim
from transfers.operations.heartbeats import HeartbeatWriter
from transfers.operations.release import release_due
from transfers.operations.release_claim import claim
from transfers.vocabulary import Part, ReleasedBy

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

DAY = timedelta(days=1)


@pytest.fixture
def restored(noon):
    mark_restored("bank.dump")


def confirm(*words: str) -> str:
    out = StringIO()
    try:
        call_command("confirm_restore", *words, stdout=out)
    finally:
        print(out.getvalue())  # noqa: T201 - seen when the test fails
    return out.getvalue()


@pytest.mark.parametrize("by", ReleasedBy)
def test_nothing_is_released(restored, payer, payee, by):
    held(payer, payee, count=3, due_at=NOON - DAY)
    assert release_due(released_by=by) == release.Released()
    assert Transfer.objects.filter(status="held", attempts=0).count() == 3


def test_the_watcher_and_the_task_come_to_their_end(restored, payer, payee):
    held(payer, payee, due_at=NOON - DAY)
    watch_due.look(threading.Event(), HeartbeatWriter(Part.WATCHER))
    tasks.release_due()
    assert Transfer.objects.get().status == "held"


def test_release_without_the_check_is_refused_by_the_database(restored, payer, payee, monkeypatch):
    """The database refuses a release that does not check the restore itself."""
    hold = "AND NOT EXISTS (SELECT FROM kernel_restore WHERE confirmed_at IS NULL)"
    assert hold in release_claim._CLAIM_ANY
    for name in ("_CLAIM_ANY", "_CLAIM_THESE"):
        monkeypatch.setattr(release_claim, name, getattr(release_claim, name).replace(hold, ""))
    held(payer, payee, count=2, due_at=NOON - DAY)
    assert release_due(released_by=ReleasedBy.CELERY) == release.Released(claimed=2)
    assert set(Transfer.objects.values_list("status", "attempts")) == {("held", 0)}
    assert money(payee) == (0, 0)


@pytest.mark.parametrize("status", ["posted", "returned"])
def test_outcome_of_a_held_transfer_cannot_be_written(restored, payer, payee, status):
    (transfer,) = held(payer, payee, due_at=NOON)
    with refused_by("event_releases_wait"):
        Event.objects.create(
            transfer=transfer, at=NOON, old_status="held", new_status=status, released_by="celery", lateness_ms=0
        )


def test_acceptance_and_cancellation_go_on(restored, order, atm, teller):
    accepted = atm.post("/transfers", order()).json()
    assert accepted["status"] == "held"
    assert teller.post("/transfers", order(arrival="real_time")).json()["status"] == "posted"
    cancelled = atm.post(f"/transfers/{accepted['id']}/cancel", {"applicant": {"card_number": CARD}})
    assert cancelled.json()["status"] == "cancelled"


def test_waiting_transfers_break_no_invariant(restored, payer, payee):
    held(payer, payee, due_at=NOON - DAY)
    assert "I12" not in {finding.invariant.name for finding in prove() if not finding.holds}


def test_sandbox_clock_moves_and_reports_the_remaining_transfers(restored, payer, payee, teller):
    held(payer, payee, count=2, due_at=NOON + timedelta(hours=1))
    assert teller.post("/sandbox/clock/advance", {"seconds": 60}, key=None).status_code == 200
    answer = teller.post("/sandbox/clock/advance", {"seconds": 3600}, key=None)
    assert (answer.status_code, answer.json()["code"]) == (503, "RELEASE_PENDING")
    assert answer.json()["fields"] == {"left": 2, "restored": "unconfirmed"}


class TestConfirming:
    def test_is_kept_and_lets_everything_go_on(self, restored, order, atm, payee, noon):
        assert atm.post("/transfers", order()).status_code == 201
        evidence.write_missing()
        noon.advance(days=2)
        supervisor = factories.caller("supervisor")
        assert "Confirmed. 1 transfers" in confirm("--by", supervisor.name, "--note", "已补录")
        kept = Restore.objects.get()
        assert (kept.confirmed_by_id, kept.note) == (supervisor.id, "已补录")
        assert kept.proof == {"invariants_held": len(prove()), "overdue_count": 1, "overdue_fen": 10_000}
        assert release_due(released_by=ReleasedBy.CELERY).posted == 1
        assert release_due(released_by=ReleasedBy.CELERY).claimed == 0
        assert money(payee) == (10_000, 0)

    def test_is_refused_while_an_invariant_is_violated(self, restored, payer):
        evidence.write_missing()
        with past_the_guards("accounts_account"):
            rows("UPDATE accounts_account SET balance_fen = balance_fen + 1 WHERE id = %s", [payer.id])
        with pytest.raises(CommandError, match="releases wait on: I03 violated"):
            confirm("--by", factories.caller("supervisor").name)
        assert Restore.objects.get().confirmed_at is None

    @pytest.mark.parametrize("role", ["teller", "auditor", "atm", "gateway"])
    def test_takes_a_supervisor_or_compliance(self, restored, role):
        with pytest.raises(CommandError, match="must name an active principal"):
            confirm("--by", factories.caller(role).name)
        assert Restore.objects.get().confirmed_at is None

    def test_confirmation_by_a_deactivated_person_is_refused(self, restored):
        name = factories.caller("supervisor").name
        rows("UPDATE kernel_principal SET active = false")
        with pytest.raises(CommandError, match="must name an active principal"):
            confirm("--by", name)

    def test_needs_something_to_confirm(self, noon):
        with pytest.raises(CommandError, match="releases do not wait"):
            confirm("--by", factories.caller("supervisor").name)


def test_the_hold_is_asked_for_once_a_batch(noon):
    plans = plans_of(lambda: claim(grace_ms=0, limit=1000), table="kernel_restore")
    ((asked,),) = [plan.reading("kernel_restore") for plan in plans]
    assert (asked["Index Name"], asked["Actual Loops"]) == ("restore_unconfirmed", 1)
