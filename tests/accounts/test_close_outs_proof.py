"""The proof accepts close-outs of every way, and finds those that were changed past the guards."""

import pytest
from django.db import connection, transaction

from accounts.models import CloseOut
from tests import factories
from tests.accounts.test_close_outs_elsewhere import NUMBER, approved_elsewhere
from tests.factories import ZHANG
from tests.http import ApiClient
from tests.listings import certify
from tests.proof_findings import violated
from tests.tampering.guards import take_away
from transfers.models import Transfer

pytestmark = [pytest.mark.django_db, pytest.mark.owner]

CORRUPTIONS = {
    "the transfer went to another bank": "UPDATE accounts_externalaccount SET bank_code = 'CCB'",
    "the amount is another": "UPDATE accounts_closeout SET amount_fen = amount_fen + 1 WHERE transfer_id IS NOT NULL",
    "the instant is another": "UPDATE accounts_closeout SET in_force_at = in_force_at + interval '1 second'"
    " WHERE transfer_id IS NOT NULL",
    "the transfer is gone": "UPDATE accounts_closeout SET transfer_id = gen_random_uuid() WHERE transfer_id IS NOT NULL",
    "another basis applied": 'UPDATE kernel_decision SET facts = facts || \'{"legal_basis": ["PBOC_85"]}\''
    " WHERE kind = 'payment_close_out'",
    "nobody decided": "UPDATE kernel_decision SET object_id = gen_random_uuid() WHERE kind = 'payment_close_out'",
    "another gateway ordered it": "UPDATE accounts_closeout SET made_by_id ="
    " (SELECT id FROM kernel_principal WHERE name = 'teller') WHERE channel = 'online'",
}


@pytest.fixture
def moved(teller, supervisor, zhang, noon):
    """张三's close-outs: in part to another bank by two persons, in part here and the rest elsewhere through a gateway."""
    payment = factories.account(zhang, "III", kind="payment")
    bank, elsewhere = factories.account(zhang, "I"), approved_elsewhere(zhang, NUMBER)
    paid = teller.post("/cash/deposits", {"account": {"account_id": str(payment.id)}, "amount": "120.00"})
    assert paid.status_code == 201, paid.content.decode()
    certify(ZHANG, legal_basis="JDM_2024")
    address, gateway = f"/accounts/{payment.id}/close-outs", ApiClient("gateway")
    out = {"to_external_account_id": str(elsewhere.id)}
    asked = teller.post(address, out | {"amount": "20.00"}).json()
    noon.advance(minutes=10)
    assert supervisor.approve(asked["approval_id"]).status_code == 200
    for more in ({"to_account_id": str(bank.id), "amount": "30.00"}, out):
        noon.advance(minutes=10)
        assert gateway.post(address, more | {"channel": "online"}).status_code == 201
    assert [each.amount_fen for each in CloseOut.objects.order_by("id")] == [2_000, 3_000, 7_000]
    return payment


def test_raises_no_false_alarm(moved):
    assert Transfer.objects.count() == 2
    assert violated("I03", "I08", "I22", "I23", "I26", "I27", "I37", "I38", "I39", "I43") == set()


@pytest.mark.parametrize("statement", CORRUPTIONS.values(), ids=CORRUPTIONS)
def test_finds_what_was_changed_past_the_guards(moved, statement):
    with transaction.atomic():
        take_away()
        with connection.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.rowcount > 0
        assert "I43" in violated("I43")
        transaction.set_rollback(True)
