"""A close-out beside another one, and beside a certificate that is approved or revoked: each sees the other."""

import pytest

from accounts.models import CloseOut
from blacklist.models import Certificate
from tests import factories
from tests.accounts.test_close_outs_elsewhere import NUMBER, approved_elsewhere, balance
from tests.factories import ZHANG
from tests.http import ApiClient, code
from tests.listings import certify, enter
from tests.races import ConcurrentCall, at_once, not_yet_committed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def payment(zhang):
    """张三's payment account with 120 yuan."""
    return factories.account(zhang, "III", kind="payment", balance_fen=12_000)


@pytest.fixture
def elsewhere(zhang):
    return approved_elsewhere(zhang, NUMBER)


def ask(client, payment, to, **more):
    body = {"to_external_account_id": str(to.id)} | more
    return client.post(f"/accounts/{payment.id}/close-outs", body)


def test_of_two_at_the_same_instant_one_moves_the_whole(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    gateways = [ApiClient("gateway", name) for name in ("one", "other")]
    answers = at_once(*(lambda each=each: ask(each, payment, elsewhere, channel="online") for each in gateways))
    assert sorted(each.status_code for each in answers) == [201, 409]
    assert {code(each)[1] for each in answers if each.status_code == 409} == {"NOTHING_TO_CLOSE_OUT"}
    assert balance(payment) == 0
    assert CloseOut.objects.count() == 1


def test_of_two_parts_at_the_same_instant_the_second_finds_the_rest(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    gateways = [ApiClient("gateway", name) for name in ("one", "other")]
    order = {"channel": "mobile", "amount": "70.00"}
    answers = at_once(*(lambda each=each: ask(each, payment, elsewhere, **order) for each in gateways))
    assert sorted(each.status_code for each in answers) == [201, 422]
    assert balance(payment) == 5_000


def test_of_two_proposals_at_the_same_instant_one_waits(payment, elsewhere):
    certify(ZHANG)
    tellers = [ApiClient("teller", name) for name in ("one", "other")]
    answers = at_once(*(lambda each=each: ask(each, payment, elsewhere) for each in tellers))
    assert sorted(map(code_of, answers)) == ["", "APPROVAL_PENDING"]


def code_of(answer):
    return "" if answer.status_code == 201 else code(answer)[1]


def test_close_out_beside_the_approval_of_an_older_certificate_waits_and_is_refused(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    older = enter(ZHANG, legal_basis="PBOC_85")["approval_id"]
    officer, gateway = ApiClient("compliance", "second"), ApiClient("gateway")
    with not_yet_committed():
        assert officer.approve(older).status_code == 200
        moving = ConcurrentCall(lambda: ask(gateway, payment, elsewhere, channel="online")).wait_until_blocked()
    assert moving.result().json()["fields"]["cause"] == "counter_only"
    assert balance(payment) == 12_000


def test_approval_of_a_close_out_beside_the_revocation_of_the_certificate_is_stale(payment, elsewhere):
    certify(ZHANG)
    waiting = ask(ApiClient("teller"), payment, elsewhere).json()["approval_id"]
    revoked = ApiClient("compliance").post(
        f"/blacklist/certificates/{Certificate.objects.get().pk}/revocations",
        {"doc_no": "撤1", "revoked_on": "2026-01-04", "reason": "误认"},
    )
    officer, supervisor = ApiClient("compliance", "second"), ApiClient("supervisor")
    with not_yet_committed():
        assert officer.approve(revoked.json()["approval_id"]).status_code == 200
        approving = ConcurrentCall(lambda: supervisor.approve(waiting)).wait_until_blocked()
    assert code(approving.result()) == (409, "APPROVAL_STALE")
    assert balance(payment) == 12_000


def test_certificate_beside_a_close_out_waits(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    older = enter(ZHANG, legal_basis="PBOC_85")["approval_id"]
    officer, gateway = ApiClient("compliance", "second"), ApiClient("gateway")
    with not_yet_committed():
        assert ask(gateway, payment, elsewhere, channel="online").status_code == 201
        approving = ConcurrentCall(lambda: officer.approve(older)).wait_until_blocked()
    assert approving.result().status_code == 200
    assert balance(payment) == 0


def test_close_out_beside_another_waits_and_finds_nothing(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    one, other = (ApiClient("gateway", name) for name in ("one", "other"))
    with not_yet_committed():
        assert ask(one, payment, elsewhere, channel="online").status_code == 201
        moving = ConcurrentCall(lambda: ask(other, payment, elsewhere, channel="online")).wait_until_blocked()
    assert code(moving.result()) == (409, "NOTHING_TO_CLOSE_OUT")


def test_close_out_beside_the_withdrawal_of_its_target_waits_and_is_refused(payment, elsewhere):
    certify(ZHANG, legal_basis="JDM_2024")
    place = f"/customers/{payment.customer_id}/external-accounts/{elsewhere.id}/withdrawals"
    waiting = ApiClient("teller").post(place, {"reason": "已销户"}).json()["approval_id"]
    supervisor, gateway = ApiClient("supervisor"), ApiClient("gateway")
    with not_yet_committed():
        assert supervisor.approve(waiting).status_code == 200
        moving = ConcurrentCall(lambda: ask(gateway, payment, elsewhere, channel="online")).wait_until_blocked()
    assert code(moving.result()) == (422, "NOT_AN_OWN_BANK_ACCOUNT")
    assert balance(payment) == 12_000
