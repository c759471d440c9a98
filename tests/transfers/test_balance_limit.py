"""An account holds 10^15 yuan at most: every way of receiving more is refused with a reason."""

import pytest

from accounts.models import Account
from config.kernel.models import Decision
from tests import factories
from tests.http import code
from tests.transfers.conftest import CARD, money
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

LIMIT_FEN = 10**17

pytestmark = pytest.mark.django_db


def fill(account: Account, room_fen: int) -> None:
    """Fill an account up to `room_fen` below the limit."""
    account.refresh_from_db()
    factories.pay_in(account, LIMIT_FEN - room_fen - account.balance_fen)


@pytest.fixture
def deposit(teller, payee):
    def pay_in(amount: str):
        return teller.post("/cash/deposits", {"account": {"account_id": str(payee.id)}, "amount": amount})

    return pay_in


def test_a_deposit_takes_the_last_fen_and_not_the_first_beyond(deposit, payee):
    fill(payee, 101)
    assert deposit("1.00").status_code == 201
    refused = deposit("0.02")
    assert code(refused) == (422, "BALANCE_LIMIT")
    assert refused.json()["clause"] is None
    assert money(payee) == (LIMIT_FEN - 1, 0)
    assert Decision.objects.filter(kind="deposit", code="BALANCE_LIMIT").count() == 1
    assert deposit("0.01").status_code == 201
    assert money(payee) == (LIMIT_FEN, 0)


def test_a_deposit_of_the_largest_amount(deposit, payee):
    fill(payee, 1)
    assert code(deposit("9999999999999.99")) == (422, "BALANCE_LIMIT")


def test_a_transfer_at_once_takes_the_last_fen_and_not_the_first_beyond(teller, order, payer, payee):
    fill(payee, 100)
    at_once = {"arrival": "real_time", "payer": {"account_id": str(payer.id)}}
    preview = teller.post("/transfers/preview", order(amount="1.01", **at_once), key=None).json()
    assert (preview["outcome"], preview["code"]) == ("refused", "BALANCE_LIMIT")
    refused = teller.post("/transfers", order(amount="1.01", **at_once))
    assert code(refused) == (422, "BALANCE_LIMIT")
    assert Transfer.objects.get(pk=refused.json()["fields"]["transfer_id"]).outcome_code == "BALANCE_LIMIT"
    assert teller.post("/transfers", order(amount="1.00", **at_once)).status_code == 201
    assert (money(payer), money(payee)) == ((99_900, 0), (LIMIT_FEN, 0))


def test_the_payer_learns_that_the_payee_cannot_receive_and_no_more(teller, order, payer, payee):
    fill(payee, 0)
    refused = teller.post("/transfers", order(arrival="real_time", payer={"account_id": str(payer.id)})).json()
    assert set(refused["fields"]) == {"side", "transfer_id"}
    assert "收款账户" in refused["detail"]
    assert "余额" not in refused["detail"]


def test_missing_money_is_reported_before_missing_room(teller, order, payer, payee):
    fill(payee, 0)
    at_once = {"arrival": "real_time", "payer": {"account_id": str(payer.id)}}
    assert code(teller.post("/transfers", order(amount="1000.01", **at_once))) == (422, "INSUFFICIENT_FUNDS")


def test_a_held_transfer_is_accepted_whatever_room_there_is_now(atm, order, payee):
    fill(payee, 0)
    assert atm.post("/transfers", order(payer={"card_number": CARD})).json()["status"] == "held"


def test_a_payee_without_room_at_the_due_time_is_not_paid(noon, payer, payee):
    fill(payee, 99)
    (lost,) = held(payer, payee, amount_fen=100)
    (paid,) = held(payer, amount_fen=100)
    (fits,) = held(payer, payee, amount_fen=99)
    done = release_due(released_by=ReleasedBy.CELERY)
    assert (done.posted, done.returned, done.parked) == (2, 1, 0)
    found = {each.pk: (each.status, each.outcome_code) for each in Transfer.objects.all()}
    assert found == {lost.pk: ("returned", "BALANCE_LIMIT"), paid.pk: ("posted", ""), fits.pk: ("posted", "")}
    assert (money(payer), money(payee)) == ((99_801, 0), (LIMIT_FEN, 0))


def test_of_several_that_do_not_fit_together_the_first_ones_are_paid(noon, payer, payee):
    """Together they break the constraint, so the batch is split in halves and judged again with current balances."""
    fill(payee, 250)
    held(payer, payee, amount_fen=100, count=5)
    done = release_due(released_by=ReleasedBy.CELERY)
    assert (done.posted, done.returned, done.parked) == (2, 3, 0)
    assert (money(payer), money(payee)) == ((99_800, 0), (LIMIT_FEN - 50, 0))
