"""Close-outs: the screening system is asked about the holder, at the order and at the approval."""

import pytest

from tests import factories
from tests.accounts.test_close_outs_elsewhere import NUMBER, approved_elsewhere, balance
from tests.desk.pages import text_of
from tests.factories import ZHANG
from tests.http import ApiClient, code, refused
from tests.listings import certify

pytestmark = [pytest.mark.django_db, pytest.mark.application]


@pytest.fixture
def payment(zhang):
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def ask(zhang, payment):
    """Return a function that orders 张三's close-out to another bank."""
    own = approved_elsewhere(zhang, NUMBER)
    certify(ZHANG, legal_basis="JDM_2024")

    def asked(client, **more):
        return client.post(f"/accounts/{payment.id}/close-outs", {"to_external_account_id": str(own.id)} | more)

    return asked


def names(system):
    return [[each["name"] for each in one["subjects"]] for one in system.asked]


def test_the_holder_is_asked_about_at_the_order_and_at_the_approval(ask, system, teller, supervisor, payment):
    approval_id = ask(teller).json()["approval_id"]
    assert supervisor.approve(approval_id).status_code == 200
    assert names(system) == [["张三"], ["张三"]]
    assert balance(payment) == 0


def test_holder_under_special_measures_is_paid_nothing(ask, system, teller, payment):
    system.listed = {"张三"}
    for client, more in ((teller, {}), (ApiClient("gateway"), {"channel": "online"})):
        assert refused(ask(client, **more), "NOT_PROVIDED")["clause"] is None
    assert balance(payment) == 12_000


def test_nothing_moves_without_an_answer(ask, down, teller, payment):
    for client, more in ((teller, {}), (ApiClient("gateway"), {"channel": "online"})):
        assert code(ask(client, **more)) == (503, "CHECK_UNAVAILABLE")
    assert balance(payment) == 12_000


def test_page_asks_about_the_holder(ask, system, signed_in, payment, zhang):
    bank = factories.account(zhang, "I")
    answer = signed_in("teller").post(f"/desk/accounts/{payment.id}/close-out", {"to": str(bank.id), "once": "0" * 32})
    assert (answer.status_code, names(system)) == (302, [["张三"]]), text_of(answer)
