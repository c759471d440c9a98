"""A paper that stops an account from its registration on, beside an order and beside a release."""

import pytest

from blacklist.models import Certificate
from config.kernel.database.clock import bank_now
from tests.concurrency.conftest import release, release_all
from tests.http import code
from tests.listing import enter
from tests.races import Beside, not_yet_committed
from tests.transfers.conftest import money
from tests.transfers.factories import held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(running, payer, compliance):
    """Register a paper that names the payer's account, by an officer whom the bank knows already."""
    return lambda: enter(case_accounts=[{"account_number": payer.account_number}])


def stopped_from():
    stopped = Certificate.objects.get().stopped_from
    assert stopped is not None
    return stopped


def test_an_order_beside_a_registration_is_stopped_by_it(register, payer, teller, at_once_order):
    with not_yet_committed():
        register()
        paying = Beside(lambda: teller.post("/transfers", at_once_order)).wait_until_it_waits()
    assert code(paying.result()) == (422, "CASE_ACCOUNT_STOPPED")
    assert money(payer) == (100_000, 0)


def test_a_release_beside_a_registration_is_stopped_by_it(register, payer, payee):
    held(payer, payee, count=12)
    with not_yet_committed():
        register()
        releasing = Beside(release).wait_until_it_waits()
    releasing.result()
    release_all()
    assert not Event.objects.filter(new_status="posted", at__gte=stopped_from()).exists()
    assert set(Transfer.objects.values_list("status", "outcome_code")) == {("returned", "CASE_ACCOUNT_STOPPED")}
    assert money(payer) == (100_000, 0)


def test_a_registration_beside_a_release_stops_after_it(register, payer, payee):
    held(payer, payee, count=12)
    with not_yet_committed():
        release()
        registering = Beside(register).wait_until_it_waits()
        released_at = bank_now()
    registering.result()
    assert stopped_from() > released_at
    assert set(Transfer.objects.values_list("status", flat=True)) == {"posted"}
