"""The bank delays a held transfer once, with two persons: later, never earlier, and the payer may still cancel."""

from datetime import timedelta

import pytest

from config.kernel.database.sql import Statement, rows
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.http import code, refused
from tests.races import ConcurrentCall, at_once, other_transaction
from tests.transfers.conftest import CARD, pay_in
from tests.transfers.factories import held
from transfers.models import Suspicion, Transfer, TransferDelay
from transfers.operations.cancel import LOCK
from transfers.operations.delays import ask_delay
from transfers.operations.release import Released, release_due
from transfers.queries.invariants import regime_contradictions
from transfers.vocabulary import ReleasedBy

DUE = NOON + timedelta(hours=24)
LATER = DUE + timedelta(hours=72)
#: Long after a proposal lapses.
FAR = NOON + timedelta(days=365)
TICK = timedelta(microseconds=1)
#: What a caller without the approval might write.
IN_FORCE = "UPDATE transfers_transferdelay SET status = 'active', in_force_at = %s"
MOVE = "UPDATE transfers_transfer SET first_due_at = due_at, due_at = due_at + interval '%s hours' WHERE id = %%s"


def suspected():
    return Suspicion.objects.create(
        kind="transfer_delayed", reason="scam_suspected", words="称要转到安全账户", at=NOON,
        principal_id=factories.caller("teller", "suspects").id,
    )  # fmt: skip


def _held_of(account):
    pay_in(account, 100)
    return held(account, due_at=FAR, channel="mobile")[0].id


CASES = {
    "transfer_delay": Case(
        by="compliance",
        prepare=_held_of,
        propose=lambda _, maker, transfer_id: ask_delay(
            principal=maker,
            transfer_id=transfer_id,
            until=FAR + timedelta(hours=72),
            reason="等待核实",
            suspicion_id=suspected().id,
        ),
        ended=ENDED,
        owner=(True, True),
    ),
}


@pytest.fixture
def transfer(noon, payer, payee):
    return held(payer, payee, amount_fen=3_000, due_at=DUE)[0]


@pytest.fixture
def checker(client_for):
    return client_for("compliance", "2")


def ask(client, transfer, until=LATER):
    body = {"until": until.isoformat(), "reason": "等待家属核实", "suspicion_id": str(suspected().id)}
    return client.post(f"/transfers/{transfer.id}/delays", body)


def delay(client, checker, transfer, until=LATER):
    asked = ask(client, transfer, until)
    assert asked.status_code == 201, asked.content.decode()
    decided = checker.approve(asked.json()["approval_id"])
    assert decided.status_code == 200, decided.content.decode()


def release():
    return release_due(released_by=ReleasedBy.CELERY)


def test_delay_moves_the_due_instant_and_the_release_waits_for_it(noon, compliance, checker, transfer):
    delay(compliance, checker, transfer)
    shown = compliance.get(f"/transfers/{transfer.id}").json()
    until = LATER.astimezone(NOON.tzinfo)
    assert shown["due_at"] == shown["cancellable_until"] == shown["delay"]["until"]
    assert shown["delay"]["clause"].endswith("第十八条")
    assert shown["rule"]["code"] == "ATM_24_HOURS"
    assert "延缓" in shown["notice"]["zh"]
    assert "等待家属核实" not in str(shown)
    noon.set(until - TICK)
    assert release() == Released()
    noon.set(until)
    assert release() == Released(claimed=1, posted=1)
    assert [*regime_contradictions()] == []


def test_waiting_proposal_holds_nothing_up_and_is_stale_at_the_due_instant(noon, compliance, checker, transfer):
    approval = ask(compliance, transfer).json()["approval_id"]
    noon.set(DUE)
    assert code(checker.approve(approval)) == (409, "APPROVAL_STALE")
    assert release() == Released(claimed=1, posted=1)
    assert code(checker.approve(approval)) == (409, "APPROVAL_STALE")


@pytest.mark.parametrize(
    ("by", "kept"), [(TICK, 201), (timedelta(hours=72), 201), (timedelta(0), 400), (timedelta(hours=72) + TICK, 400)]
)
def test_delay_is_later_and_at_most_72_hours(compliance, transfer, by, kept):
    answer = ask(compliance, transfer, DUE + by)
    assert answer.status_code == kept
    if kept == 400:
        assert list(answer.json()["fields"]) == ["until"]


def test_transfer_is_delayed_once_and_only_while_it_is_held(noon, compliance, checker, transfer):
    delay(compliance, checker, transfer, DUE + timedelta(hours=1))
    refused(ask(compliance, transfer, DUE + timedelta(hours=2)), "DELAY_NOT_OFFERED", 409)
    noon.set(DUE + timedelta(hours=1))
    release()
    refused(ask(compliance, transfer, LATER), "DELAY_NOT_OFFERED", 409)


def test_delay_of_an_unknown_transfer_or_suspicion_is_refused(compliance, transfer):
    unknown = "01900000-0000-7000-8000-000000000000"
    body = {"until": LATER.isoformat(), "reason": "等待核实", "suspicion_id": unknown}
    assert code(compliance.post(f"/transfers/{transfer.id}/delays", body)) == (404, "NOT_FOUND")
    body["suspicion_id"] = str(suspected().id)
    assert code(compliance.post(f"/transfers/{unknown}/delays", body)) == (404, "NOT_FOUND")


def test_payer_cancels_a_delayed_transfer_after_its_first_due_instant(noon, compliance, checker, atm, payer, order):
    made = atm.post("/transfers", order()).json()
    transfer = Transfer.objects.get(pk=made["id"])
    delay(compliance, checker, transfer)
    noon.set(DUE + timedelta(hours=1))
    answer = atm.post(f"/transfers/{transfer.id}/cancel", {"applicant": {"card_number": CARD}})
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_cancelled_transfer_makes_the_proposal_stale(noon, compliance, checker, atm, payer, order):
    transfer = Transfer.objects.get(pk=atm.post("/transfers", order()).json()["id"])
    approval = ask(compliance, transfer).json()["approval_id"]
    atm.post(f"/transfers/{transfer.id}/cancel", {"applicant": {"card_number": CARD}})
    assert code(checker.approve(approval)) == (409, "APPROVAL_STALE")
    with refused_by("transfer_due_moves_by_its_delay"):
        rows(IN_FORCE, [NOON])
        rows(MOVE % 72, [transfer.id])


def test_the_due_instant_moves_by_no_other_way(noon, compliance, checker, transfer):
    with refused_by("transfer_due_moves_by_its_delay"):
        rows(MOVE % 1, [transfer.id])
    ask(compliance, transfer)
    with refused_by("transfer_due_moves_by_its_delay"):
        rows(MOVE % 72, [transfer.id])
    with refused_by("transfer_due_moves_by_its_delay"):
        rows(IN_FORCE, [DUE])
        rows(MOVE % 72, [transfer.id])
    with refused_by("transfer_delay_moves_its_transfer"):
        rows(IN_FORCE, [NOON])
        rows("SET CONSTRAINTS transfers_delay_moves IMMEDIATE")
    with refused_by("transfers_transferdelay_second_person"):
        rows(IN_FORCE, [DUE - TICK])
        rows(MOVE % 72, [transfer.id])
        rows("SET CONSTRAINTS transfers_transferdelay_second_person IMMEDIATE")


def test_a_delayed_transfer_is_due_no_earlier_and_no_later(noon, compliance, checker, transfer):
    delay(compliance, checker, transfer)
    for change, constraint in {
        "due_at = due_at - interval '1 hour'": "transfer_accepted_stands",
        "due_at = due_at + interval '1 hour'": "transfer_accepted_stands",
        "due_at = first_due_at, first_due_at = NULL": "transfer_due_moves_by_its_delay",
        "status = 'posted', settled_at = first_due_at, ended_at = first_due_at": "transfer_posted_not_early",
    }.items():
        with refused_by(constraint):
            rows(f"UPDATE transfers_transfer SET {change} WHERE id = %s", [transfer.id])
    with refused_by("transfers_transferdelay_stands"):
        rows("UPDATE transfers_transferdelay SET until = until + interval '1 hour'")
    row = TransferDelay.objects.get()
    with refused_by("transfer_delayed_once"):
        TransferDelay.objects.create(
            transfer=transfer, until=LATER, reason="x", suspicion_id=row.suspicion_id, status="active",
            asked_at=NOON, in_force_at=NOON,
        )  # fmt: skip


@pytest.mark.owner
def test_a_delay_is_bounded_whatever_its_row_says(noon, transfer):
    with refused_by("transfer_delay_is_short"), past_the_guards("transfers_transfer"):
        rows("UPDATE transfers_transfer SET first_due_at = due_at, due_at = due_at + interval '73 hours'")
    with refused_by("transfer_delayed_waits_its_hold"), past_the_guards("transfers_transfer"):
        rows("UPDATE transfers_transfer SET first_due_at = due_at - interval '1 hour'")
    with refused_by("transfer_delay_in_force_since"):
        TransferDelay.objects.create(
            transfer=transfer, until=LATER, reason="x", suspicion=suspected(), status="pending", asked_at=NOON,
            in_force_at=NOON,
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_approval_reads_the_clock_after_it_has_waited_for_the_transfer(noon, compliance, checker, transfer):
    approval = ask(compliance, transfer).json()["approval_id"]
    noon.set(DUE - TICK)
    with other_transaction(Statement(LOCK, [transfer.id])):
        approving = ConcurrentCall(lambda: checker.approve(approval)).wait_until_blocked()
        noon.set(DUE)
    assert code(approving.result()) == (409, "APPROVAL_STALE")
    assert not TransferDelay.objects.filter(status="active").exists()


@pytest.mark.django_db(transaction=True)
def test_of_an_approval_a_cancellation_and_another_approval_at_once_each_holds_or_is_refused(
    noon, compliance, checker, atm, payer, order
):
    transfer = Transfer.objects.get(pk=atm.post("/transfers", order()).json()["id"])
    approval = ask(compliance, transfer).json()["approval_id"]
    cancel = {"applicant": {"card_number": CARD}}
    first, second, cancelled = at_once(
        lambda: checker.approve(approval),
        lambda: checker.approve(approval),
        lambda: atm.post(f"/transfers/{transfer.id}/cancel", cancel),
    )
    assert cancelled.status_code == 200
    assert [first.status_code, second.status_code].count(200) <= 1
    transfer.refresh_from_db()
    assert transfer.status == "cancelled"
    assert TransferDelay.objects.filter(status="active").count() == (transfer.first_due_at is not None)


@pytest.mark.django_db(transaction=True)
def test_an_approval_beside_the_release_is_stale_or_moves_a_transfer_that_is_not_released(
    noon, compliance, checker, atm, payer, order
):
    transfer = Transfer.objects.get(pk=atm.post("/transfers", order()).json()["id"])
    approval = ask(compliance, transfer).json()["approval_id"]
    noon.run_from(DUE - timedelta(milliseconds=40))

    def released():
        return any(release().claimed for _ in range(100))

    answer, done = at_once(lambda: checker.approve(approval), released)
    transfer.refresh_from_db()
    if answer.status_code == 200:
        assert (transfer.status, transfer.due_at, done) == ("held", LATER, False)
    else:
        assert code(answer) == (409, "APPROVAL_STALE")
        assert transfer.first_due_at is None
