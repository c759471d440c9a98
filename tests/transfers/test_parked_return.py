"""Two supervisors return a transfer that cannot be posted; another end of it makes the proposal stale."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from config.frames.desk.form_acts import new_form_key
from config.kernel.database.clock import bank_now
from config.kernel.database.sql import rows
from config.kernel.database.transactions import perform
from config.kernel.models import Approval, Decision
from config.oversight.queries.proof import INVARIANTS, prove
from tests import factories
from tests.approvals.case import ENDED, Case
from tests.clock import NOON
from tests.database_refusals import refused_by
from tests.desk.conftest import signed_in  # noqa: F401 - the fixture
from tests.desk.pages import text_of
from tests.http import refused
from tests.races import ConcurrentCall, not_yet_committed, other_transaction, row_lock
from tests.transfers.conftest import CARD, money, pay_in
from tests.transfers.factories import held
from transfers.models import Event, Transfer
from transfers.operations import parking
from transfers.operations.parking import ask_parked_return
from transfers.operations.release import Released, release_due
from transfers.refusals import NotParked
from transfers.vocabulary import ReleasedBy

pytestmark = pytest.mark.django_db


def _parked(account: Account) -> Any:
    pay_in(account, 100)
    (transfer,) = held(account, due_at=bank_now())
    Transfer.objects.filter(pk=transfer.pk).update(attempts=1, parked_until=bank_now(), parked_reason="IntegrityError")
    return transfer.id


CASES = {
    "parked_return": Case(
        by="supervisor",
        prepare=_parked,
        propose=lambda _, maker, transfer_id: ask_parked_return(principal=maker, transfer_id=transfer_id),
        # It is tried on, whatever becomes of the proposal.
        ended=dict.fromkeys(ENDED, "held"),
        owner=(True, True),
        change=lambda transfer: Transfer.objects.filter(pk=transfer.pk).update(attempts=0),
    ),
}


@pytest.fixture
def parked(noon, payer, payee):
    """A held transfer of 30 yuan that failed at its due instant."""
    (transfer,) = held(payer, payee, amount_fen=3_000, due_at=NOON)
    parking.park(transfer.id, ValueError("no matter"))
    transfer.refresh_from_db()
    return transfer


def propose(client, transfer):
    return perform(lambda: ask_parked_return(principal=client.caller, transfer_id=transfer.id))[1]


@pytest.fixture
def proposal(parked, supervisor):
    return propose(supervisor, parked)


@pytest.fixture
def other(client_for):
    return client_for("supervisor", "other")


def test_the_amount_is_available_again_and_nothing_was_posted(parked, proposal, other, auditor, payer, payee):
    shown = other.get(f"/approvals/{proposal.id}").json()
    assert (shown["kind"], shown["object"]) == ("parked_return", {"type": "transfer", "id": str(parked.id)})
    assert (shown["before"]["status"], shown["before"]["parked_reason"]) == ("held", "ValueError")
    assert shown["after"]["outcome_code"] == "PARKED_RETURN"
    assert money(payer) == (100_000, 3_000)
    assert other.approve(str(proposal.id)).status_code == 200
    assert (money(payer), money(payee)) == ((100_000, 0), (0, 0))
    body = auditor.get(f"/transfers/{parked.id}").json()
    assert (body["status"], body["outcome_code"], body["settled_at"]) == ("returned", "PARKED_RETURN", None)
    step = Event.objects.get(transfer=parked, old_status="held")
    assert (step.new_status, step.code, step.actor_id) == ("returned", "PARKED_RETURN", other.principal.id)
    assert (step.released_by, step.lateness_ms) == ("", None)
    decision = Decision.objects.get(kind="parked_return")
    assert (decision.outcome, decision.object_id, decision.account_id) == ("allowed", parked.id, payer.id)
    assert release_due(released_by=ReleasedBy.CELERY) == Released()


def test_nothing_of_it_contradicts_the_proof(parked, proposal, other):
    other.approve(str(proposal.id))
    asked = tuple(each for each in INVARIANTS if each.name in {"I07", "I08", "I09", "I13", "I23", "I27"})
    assert len(asked) == 6
    assert [each.invariant.name for each in prove(asked) if not each.holds] == []


def test_transfer_that_is_not_parked_is_not_returned(noon, payer, payee, supervisor):
    waits, due = (held(payer, payee, due_at=at)[0] for at in (NOON + timedelta(hours=1), NOON))
    for transfer in (waits, due):
        with pytest.raises(NotParked) as refusal:
            propose(supervisor, transfer)
        assert refusal.value.fields == {"status": "held"}
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, posted=1)
    with pytest.raises(NotParked):
        propose(supervisor, due)
    assert Decision.objects.filter(kind="ask_parked_return", code="NOT_PARKED").count() == 3
    assert not Approval.objects.exists()


def test_successful_release_makes_the_return_stale(noon, parked, proposal, other, payer, payee):
    noon.set(parked.parked_until)
    assert release_due(released_by=ReleasedBy.CELERY) == Released(claimed=1, posted=1)
    refused(other.approve(str(proposal.id)), "APPROVAL_STALE", 409)
    assert (money(payer), money(payee)) == ((97_000, 0), (3_000, 0))


def test_one_that_was_woken_is_tried_first(parked, proposal, other):
    assert parking.wake([parked.id]) == 1
    refused(other.approve(str(proposal.id)), "APPROVAL_STALE", 409)
    parked.refresh_from_db()
    assert parked.status == "held"


def test_another_failure_leaves_it_to_be_decided(noon, parked, proposal, other):
    noon.set(parked.parked_until)
    parking.park(parked.id, ValueError("again"))
    assert other.approve(str(proposal.id)).status_code == 200


def test_it_cannot_be_cancelled_any_more(parked, proposal, teller):
    answer = teller.post(f"/transfers/{parked.id}/cancel", {"applicant": {"card_number": CARD}})
    refused(answer, "CANCEL_TOO_LATE", 409)


@pytest.mark.django_db(transaction=True)
def test_an_approval_that_meets_a_release_waits_and_finds_it_stale(noon, parked, proposal, other, payer, payee):
    noon.set(parked.parked_until)
    with not_yet_committed():
        rows("SELECT FROM transfers_transfer WHERE id = %s FOR NO KEY UPDATE", [parked.id])
        approving = ConcurrentCall(lambda: other.approve(str(proposal.id))).wait_until_blocked()
        Transfer.objects.filter(pk=parked.pk).update(attempts=0)
    refused(approving.result(), "APPROVAL_STALE", 409)
    assert money(payer) == (100_000, 3_000)


@pytest.mark.django_db(transaction=True)
def test_release_skips_a_transfer_being_returned(noon, parked, proposal, other, payer):
    noon.set(parked.parked_until)
    with not_yet_committed():
        rows("SELECT FROM transfers_transfer WHERE id = %s FOR NO KEY UPDATE", [parked.id])
        released = ConcurrentCall(lambda: release_due(released_by=ReleasedBy.CELERY)).result()
    assert released == Released()
    assert other.approve(str(proposal.id)).status_code == 200
    assert release_due(released_by=ReleasedBy.CELERY) == Released()
    assert money(payer) == (100_000, 0)


@pytest.mark.django_db(transaction=True)
def test_a_return_that_waited_for_the_payers_row_happens_after_it(noon, parked, proposal, other, payer):
    with other_transaction(row_lock("accounts_account", payer.id)):
        approving = ConcurrentCall(lambda: other.approve(str(proposal.id))).wait_until_blocked()
        noon.advance(seconds=1)
    assert approving.result().status_code == 200
    assert Event.objects.get(transfer=parked, old_status="held").at == bank_now() == NOON + timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)
def test_database_requires_two_persons_for_the_return(parked, payer):
    one = (
        "UPDATE transfers_transfer SET status = 'returned', outcome_code = 'PARKED_RETURN', ended_at = %s WHERE id = %s"
    )
    with refused_by("transfers_transfer_second_person"):
        rows(one, [bank_now(), parked.id])
        connection.check_constraints()


def test_a_supervisor_proposes_it_at_the_desk(parked, signed_in):  # noqa: F811 - the fixture
    desk = signed_in("supervisor")
    page = text_of(desk.get(f"/desk/transfers/{parked.id}"))
    assert "入账失败次数" in page
    assert f"/desk/transfers/{parked.id}/return" in page
    assert "ValueError" in text_of(desk.get(f"/desk/transfers/{parked.id}/return"))
    answer = desk.post(f"/desk/transfers/{parked.id}/return", {"once": new_form_key()})
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/transfers/{parked.id}")
    assert Approval.objects.get().kind == "parked_return"
    assert "待复核：" in text_of(desk.get(f"/desk/transfers/{parked.id}"))
    again = desk.post(f"/desk/transfers/{parked.id}/return", {"once": new_form_key()})
    assert again.status_code == 409
    assert "/return" not in text_of(signed_in("teller").get(f"/desk/transfers/{parked.id}"))


def test_the_desk_says_why_it_was_returned(parked, proposal, other, signed_in):  # noqa: F811 - the fixture
    other.approve(str(proposal.id))
    page = text_of(signed_in("teller").get(f"/desk/transfers/{parked.id}"))
    assert "经双人复核终止" in page
    assert factories.LI.name not in page


def test_its_page_and_slip_promise_nothing_for_an_instant_that_is_past(parked, signed_in):  # noqa: F811
    for page in (f"/desk/transfers/{parked.id}", f"/desk/transfers/{parked.id}/slip"):
        text = text_of(signed_in("supervisor").get(page))
        assert ("资金将于" in text, "不能再申请撤销" in text, "到期后到账" in text) == (False, True, False)


def test_its_page_says_why_a_return_was_rejected(parked, proposal, other, signed_in):  # noqa: F811
    assert other.reject(proposal.id, reason="请先排查原因").status_code == 200
    assert "请先排查原因" in text_of(signed_in("supervisor").get(f"/desk/transfers/{parked.id}")).split("判定记录")[1]
