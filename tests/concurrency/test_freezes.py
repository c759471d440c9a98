"""A freeze placed, or lifted, beside an order and beside a release: the instant of it divides them."""

from datetime import timedelta

import pytest

from accounts.models import Freeze
from tests.concurrency.conftest import release, release_all
from tests.http import code
from tests.races import Beside, not_yet_committed, row_lock, somebody_holds
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

ORDER = {"authority": "广州市公安局", "order_no": "穗公冻〔2026〕1号"}
LIFT = {"order_no": "穗公解〔2026〕1号", "reason": "案件撤销"}


@pytest.fixture
def freeze(running, payer, compliance):
    """Freeze the payer's account; the caller's transaction decides when that is seen."""

    def run():
        answer = compliance.post(f"/accounts/{payer.id}/freezes", ORDER)
        assert answer.status_code == 201, answer.json()
        return answer.json()["id"]

    return run


@pytest.fixture
def lift(freeze, compliance, client_for):
    """The account is frozen, and its lift waits for the second officer: approve it."""
    approval_id = compliance.post(f"/freezes/{freeze()}/lift", LIFT).json()["approval_id"]
    second = client_for("compliance", "second")

    def run():
        answer = second.approve(approval_id)
        assert answer.status_code == 200, answer.json()

    return run


def test_an_order_beside_a_freeze_is_stopped_by_it(freeze, payer, teller, at_once_order):
    with not_yet_committed():
        freeze()
        paying = Beside(lambda: teller.post("/transfers", at_once_order)).wait_until_it_waits()
    assert code(paying.result()) == (422, "ACCOUNT_FROZEN")
    placed_at = Freeze.objects.get().placed_at
    assert not Transfer.objects.filter(status="posted", settled_at__gte=placed_at).exists()
    assert money(payer) == (100_000, 0)


def test_a_freeze_beside_an_order_comes_after_it(freeze, payer, teller, at_once_order):
    with not_yet_committed():
        assert teller.post("/transfers", at_once_order).status_code == 201
        freezing = Beside(freeze).wait_until_it_waits()
    freezing.result()
    assert Transfer.objects.get().settled_at < Freeze.objects.get().placed_at


def test_a_release_beside_a_freeze_is_stopped_by_it(freeze, payer, payee):
    held(payer, payee)
    with not_yet_committed():
        freeze()
        releasing = Beside(release).wait_until_it_waits()
    releasing.result()
    release_all()
    transfer = Transfer.objects.get()
    assert (transfer.status, transfer.outcome_code) == ("returned", "ACCOUNT_FROZEN")
    assert transfer.ended_at >= Freeze.objects.get().placed_at
    assert money(payer) == (100_000, 0)


def test_an_order_beside_a_lift_is_not_stopped_by_what_was_lifted(lift, payer, teller, at_once_order):
    with not_yet_committed():
        lift()
        paying = Beside(lambda: teller.post("/transfers", at_once_order)).wait_until_it_waits()
    assert paying.result().status_code == 201
    lifted_at = Freeze.objects.get().lifted_at
    assert not Transfer.objects.filter(status="refused", accepted_at__gte=lifted_at).exists()
    assert money(payer) == (90_000, 0)


def test_a_release_beside_a_lift_is_not_stopped_by_what_was_lifted(lift, payer, payee):
    held(payer, payee)
    with not_yet_committed():
        lift()
        releasing = Beside(release).wait_until_it_waits()
    releasing.result()
    release_all()
    lifted_at = Freeze.objects.get().lifted_at
    assert not Event.objects.filter(new_status="returned", at__gte=lifted_at).exists()
    assert Transfer.objects.get().status == "posted"


def test_a_freeze_that_ends_while_its_lift_waits_for_the_account_is_not_lifted(noon, payer, compliance, client_for):
    ends = noon.at + timedelta(minutes=5)
    placed = compliance.post(f"/accounts/{payer.id}/freezes", ORDER | {"until": ends.isoformat()}).json()
    asked = compliance.post(f"/freezes/{placed['id']}/lift", LIFT).json()
    second = client_for("compliance", "second")
    with somebody_holds(row_lock("accounts_account", payer.id)):
        lifting = Beside(lambda: second.approve(asked["approval_id"])).wait_until_it_waits()
        noon.set(ends)
    assert code(lifting.result()) == (409, "APPROVAL_STALE")
    assert Freeze.objects.get().lifted_at is None
