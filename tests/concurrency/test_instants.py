"""An act's instant is read after its locks, also when it waits for a lock while the clock runs."""

from datetime import timedelta

import pytest

from accounts.models import Entry, Freeze
from tests.clock import NOON
from tests.http import code
from tests.races import ConcurrentCall, other_transaction, row_lock
from tests.transfers.conftest import CARD, money
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)
DAY = timedelta(hours=24)
ORDER = {"authority": "广州市公安局", "order_no": "穗公冻〔2026〕1号"}
LIFT = {"order_no": "穗公解〔2026〕1号", "reason": "案件撤销"}
BY_CARD = {"applicant": {"card_number": CARD}}


@pytest.fixture
def accepted(atm, order):
    """A transfer of 100 yuan, held since noon."""
    return atm.post("/transfers", order()).json()["id"]


def account_lock(account):
    return row_lock("accounts_account", account.id)


def transfer_lock(transfer_id):
    return row_lock("transfers_transfer", transfer_id)


def test_an_order_that_waited_for_the_payers_row_is_accepted_after_it(noon, payer, atm, order):
    with other_transaction(account_lock(payer)):
        accepting = ConcurrentCall(lambda: atm.post("/transfers", order())).wait_until_blocked()
        noon.advance(seconds=1)
    assert accepting.result().status_code == 201
    transfer = Transfer.objects.get()
    assert (transfer.accepted_at, transfer.due_at) == (NOON + SECOND, NOON + SECOND + DAY)
    assert Event.objects.get().at == NOON + SECOND


def test_money_that_waited_for_the_payees_row_moves_after_it(noon, payee, teller, at_once_order):
    with other_transaction(account_lock(payee)):
        paying = ConcurrentCall(lambda: teller.post("/transfers", at_once_order)).wait_until_blocked()
        noon.advance(seconds=1)
    assert paying.result().status_code == 201
    assert Transfer.objects.get().settled_at == NOON + SECOND
    assert Entry.objects.get(account=payee).posted_at == NOON + SECOND


@pytest.mark.parametrize("held_row", ["transfer", "payer"])
def test_a_cancel_that_waited_past_the_due_instant_is_too_late(noon, payer, atm, accepted, held_row):
    noon.set(NOON + DAY - SECOND)
    with other_transaction(transfer_lock(accepted) if held_row == "transfer" else account_lock(payer)):
        cancelling = ConcurrentCall(lambda: atm.post(f"/transfers/{accepted}/cancel", BY_CARD)).wait_until_blocked()
        noon.advance(seconds=1)
    assert code(cancelling.result()) == (409, "CANCEL_TOO_LATE")
    assert (Transfer.objects.get().status, money(payer)) == ("held", (100_000, 10_000))


def test_a_cancel_that_waits_for_its_transfer_keeps_no_account_from_a_release(payer, atm, accepted):
    """A release locks the transfer before the accounts; the opposite order would deadlock."""
    with other_transaction(transfer_lock(accepted)) as releasing:
        cancelling = ConcurrentCall(lambda: atm.post(f"/transfers/{accepted}/cancel", BY_CARD)).wait_until_blocked()
        releasing.execute("SELECT id FROM accounts_account WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", [payer.id])
        assert releasing.fetchall() == [(payer.id,)], "the cancel holds the payer's row and waits for the transfer"
    assert code(cancelling.result()) == (200, None)
    assert Transfer.objects.get().status == "cancelled"
    assert money(payer) == (100_000, 0)


def test_a_freeze_that_ends_while_its_lift_waits_for_the_account_is_not_lifted(noon, payer, compliance, client_for):
    ends = noon.at + timedelta(minutes=5)
    placed = compliance.post(f"/accounts/{payer.id}/freezes", ORDER | {"until": ends.isoformat()}).json()
    asked = compliance.post(f"/freezes/{placed['id']}/lift", LIFT).json()
    second = client_for("compliance", "second")
    with other_transaction(account_lock(payer)):
        lifting = ConcurrentCall(lambda: second.approve(asked["approval_id"])).wait_until_blocked()
        noon.set(ends)
    assert code(lifting.result()) == (409, "APPROVAL_STALE")
    assert Freeze.objects.get().lifted_at is None
