"""Concurrent payments to a holder of very many accounts."""

import pytest

from accounts.models import Account
from tests import factories
from tests.clock import NOON
from tests.races import at_once
from tests.transfers.conftest import pay_in
from transfers.models import Transfer

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_payments_to_a_holder_of_a_thousand_accounts_are_all_posted(noon, organization, client_for):
    """Each payment shares a lock for every account of the payee's holder: the lock table does not run out."""
    accounts = Account.objects.bulk_create(
        Account(
            customer=organization, account_number=f"7{number:015d}", account_class="none", kind="bank", opened_at=NOON
        )
        for number in range(1000)
    )
    payers = [factories.account(factories.customer(), "I") for _ in range(16)]
    calls = []
    for number, payer in enumerate(payers):
        pay_in(payer, 10_000)
        payee = accounts[number * 61]
        order = {
            "payer": {"account_id": str(payer.id)},
            "payee": {"account_number": payee.account_number, "name": factories.ORGANIZATION.name},
            "amount": "100.00",
            "arrival": "real_time",
        }
        teller = client_for("teller", str(number))
        calls.append(lambda teller=teller, order=order: teller.post("/transfers", order).status_code)
    assert at_once(*calls) == [201] * 16
    assert set(Transfer.objects.values_list("status", flat=True)) == {"posted"}
    assert sum(Account.objects.filter(customer=organization).values_list("balance_fen", flat=True)) == 160_000
